package directory

import (
	"context"
	"slices"

	"muster/models"
	"muster/models/transform"
)

// UpdateUser changes a user by its public id. edit gets the user with Attributes
// loaded and may set Enabled; it may run more than once. An edit that changes
// nothing writes nothing.
func (d *Directory) UpdateUser(ctx context.Context, by models.Actor, id string, edit func(*models.User) error) (models.User, error) {
	var out models.User
	rules, err := d.rulesFor(ctx, by)
	if err != nil {
		return out, err
	}
	ways := []func(*work) error{func(w *work) error {
		w.entry.TargetID, w.entry.Action = id, models.ActionUpdate
		old, err := w.user(id)
		if err != nil {
			return err
		}
		e, err := editUser(old, rules, edit)
		if err != nil {
			return err
		}
		w.computed = e.computed
		out, err = d.saveEdited(w, e, models.ActionUpdate)
		return err
	}}
	if ahead, ok := d.editAhead(ctx, by, id, rules, edit); ok {
		ways = slices.Insert(ways, 0, func(w *work) (err error) {
			w.entry.TargetID, w.entry.Action = id, models.ActionUpdate
			w.about(&ahead.old)
			w.computed = ahead.computed
			out, err = d.saveEdited(w, ahead, models.ActionUpdate)
			return err
		})
	}
	err = d.change(ctx, by, models.UserTarget, id, ways...)
	return out, err
}

// edited is a user before and after an edit, not yet decided on.
type edited struct {
	old, now models.User
	changes  []models.Change
	computed transform.Result
}

// editAhead reads and edits a user before the transaction, where requests do not
// wait for each other. The transaction writes over the very version that was read
// here; when somebody was quicker, or anything speaks against the edit, everything
// is done once more inside of it.
func (d *Directory) editAhead(ctx context.Context, by models.Actor, id string, rules rules, edit func(*models.User) error) (e edited, ok bool) {
	defer func() {
		if recover() != nil { // the transaction meets it again, and tells of it
			e, ok = edited{}, false
		}
	}()
	if checkID(models.UserTarget, id) != nil {
		return edited{}, false
	}
	old, err := d.Store.User(ctx, by.OrganizationID, id)
	if err != nil || old.Hidden && by.Directory() || old.Load() != nil {
		return edited{}, false
	}
	if e, err = editUser(old, rules, edit); err != nil {
		return edited{}, false
	}
	if len(e.changes) > 0 {
		e.old.Index = e.old.Indexed()
		e.now.Prepare()
	}
	return e, true
}

func editUser(old models.User, rules rules, edit func(*models.User) error) (edited, error) {
	u := old
	computed, err := rules.edit(&old, &u, edit)
	if err != nil {
		return edited{}, err
	}
	e, err := compared(&old, &u)
	e.computed = computed
	return e, err
}

// compared brings an edited user in line with their attributes and tells what
// differs.
func compared(old, u *models.User) (edited, error) {
	if err := u.Extract(); err != nil {
		return edited{}, err
	}
	if err := check(u); err != nil {
		return edited{}, err
	}
	return edited{old: *old, now: *u, changes: modified(old.Attributes, u.Attributes)}, nil
}

// save writes an edited user.
func (d *Directory) save(w *work, old, u *models.User, action models.Action) (models.User, error) {
	e, err := compared(old, u)
	if err != nil {
		return *u, err
	}
	return d.saveEdited(w, e, action)
}

// saveEdited decides on an edit and writes it: guard, uniqueness, status, row,
// provenance, entry.
func (d *Directory) saveEdited(w *work, e edited, action models.Action) (models.User, error) {
	old, u, changes := &e.old, &e.now, e.changes
	if err := d.guard(w, old, u, changes, &action); err != nil {
		return *u, err
	}
	if err := d.decideStatus(w, u); err != nil {
		return *u, err
	}
	settle(u)
	if err := d.place(w, old, u); err != nil {
		return *u, err
	}
	if err := d.readRules(w, u.Parked == models.WaitsForSeat); err != nil {
		return *u, err
	}
	if err := d.seat(w, old, u); err != nil {
		return *u, err
	}
	if err := w.unbacked(old, u); err != nil {
		return *u, err
	}
	if len(changes) == 0 && same(old, u) && (w.entry.Code == "" || w.follows) && len(w.regroups) == 0 {
		w.quiet = true
		return *old, nil
	}
	if err := d.unique(w, old, u); err != nil {
		return *u, err
	}
	if len(changes) > 0 || !same(old, u) {
		written, cleared := paths(changes)
		u.Origins = w.provenance(old.Origins, written, cleared)
		if old.ProfileKey != u.ProfileKey {
			u.Origins = u.Origins.Note(w.ruleOrigin(u), []string{profilePath}, nil)
		}
		u.Version, u.Updated = old.Version+1, w.tx.Now()
		if err := w.tx.SaveUser(old, u); err != nil {
			return *u, err
		}
		if err := w.settle(old, u); err != nil {
			return *u, err
		}
	}
	w.about(u)
	if err := d.readRules(w, old.MappingKey != u.MappingKey || old.ProfileKey != u.ProfileKey); err != nil {
		return *u, err
	}
	w.entry.Details.Modified = append(append(slices.Clip(changes), stateChanges(old, u)...), placeChanges(w.ruling, old, u)...)
	if err := w.joinGroups(u); err != nil {
		return *u, err
	}
	if err := d.admitNext(w); err != nil {
		return *u, err
	}
	w.tellComputed(old, u)
	action = shownAction(action, old, u)
	w.conclude(action, "%s", sentence(action, old, u, w.entry.Code))
	return *u, nil
}
