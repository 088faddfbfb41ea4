package cycle

import (
	"context"
	"encoding/json"
	"fmt"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// editOf gives the edit by which the door brings a user in line with a record.
func (r *run) editOf(ctx context.Context, from store.Reader, rec models.SourceRecord) (func(*models.User) error, error) {
	whole, err := decode(rec)
	if err != nil {
		return nil, err
	}
	manager, comes, err := r.managerOf(ctx, from, rec)
	if err != nil {
		return nil, err
	}
	return func(u *models.User) error {
		u.SetAnchor(r.conn.Method, rec.Anchor)
		u.Attributes = whole.Onto(u.Attributes)
		own(u.Attributes, whole, r.org.Settings.Attributes)
		switch {
		case manager != "":
			putManager(u.Attributes, manager)
		case whole.Manager != nil && !comes:
			clearManager(u.Attributes)
		}
		u.Enabled = new(whole.Enabled == nil || *whole.Enabled)
		return nil
	}, nil
}

// managerOf gives the public id of a record's manager; of one who is not here yet, whether
// they come with the same plan. Nobody keeps a manager whom the directory took from them.
func (r *run) managerOf(ctx context.Context, from store.Reader, rec models.SourceRecord) (id string, comes bool, err error) {
	if rec.Manager == "" {
		return "", false, nil
	}
	if id, err = from.SourceTarget(ctx, r.conn.Key, models.UserTarget, rec.Manager); err != nil || id != "" {
		return id, id != "", err
	}
	known, err := from.SourceRecords(ctx, r.conn.Key, models.UserTarget, []string{rec.Manager})
	manager, ok := known[rec.Manager]
	return "", ok && Wanted(manager), err
}

// putManager sets the manager's public id, which stands one level deeper than other
// values.
func putManager(doc models.Attributes, id string) {
	ext, ok := doc[models.EnterpriseURN].(map[string]any)
	if !ok {
		ext = map[string]any{}
		doc[models.EnterpriseURN] = ext
	}
	manager, ok := ext["manager"].(map[string]any)
	if !ok {
		manager = map[string]any{}
		ext["manager"] = manager
	}
	manager["value"] = id
}

func clearManager(doc models.Attributes) {
	if ext, ok := doc[models.EnterpriseURN].(map[string]any); ok {
		if delete(ext, "manager"); len(ext) == 0 {
			delete(doc, models.EnterpriseURN)
		}
	}
}

func (r *run) editGroupOf(rec models.SourceRecord) (func(*models.Group) error, error) {
	whole, err := decode(rec)
	if err != nil {
		return nil, err
	}
	return func(g *models.Group) error {
		g.SetAnchor(r.conn.Method, rec.Anchor)
		g.Attributes = whole.Onto(g.Attributes)
		own(g.Attributes, whole, r.org.Settings.Attributes)
		return nil
	}, nil
}

// refused is the refusal of one record, which ends nothing else; nil for failures that
// end the page.
func refused(err error) *models.Error {
	e, ok := models.AsError(err)
	if !ok || e.Kind == models.Unavailable || e.Code == "methodNotInCharge" || e.Code == store.LeaseLost {
		return nil
	}
	return e
}

// chunk is a part of the plan that is carried out in one transaction.
type chunk struct {
	*run
	*moving
	d       *directory.Directory
	last    store.RecordFate // what became of the last record
	changes []models.CycleChange
}

// carry runs one transaction through the door: what it changed, what became of the
// records and how far the cycle is stand or fall together.
func (r *run) carry(ctx context.Context, fn func(*chunk) error) error {
	var s moving
	err := r.c.Directory.Within(ctx, func(d *directory.Directory, tx *store.Tx) error {
		return r.inside(tx, &s, func(m *moving) error {
			k := &chunk{run: r, moving: m, d: d}
			if err := fn(k); err != nil {
				return err
			}
			return m.AddCycleChanges(k.changes)
		})
	})
	return r.moved(s, err)
}

// deliver carries out what was decided about a user.
func (k *chunk) deliver(ctx context.Context, rec models.SourceRecord) error {
	known, err := userOf(ctx, k.Reader, k.moving.conn, rec.Anchor)
	if err != nil {
		return err
	}
	if rec.Plan == models.PlanLeave || rec.Plan == models.PlanRemove {
		return k.remove(ctx, rec, known)
	}
	edit, err := k.editOf(ctx, k.Reader, rec)
	if err != nil {
		return err
	}
	before := known
	if before == nil && rec.TargetID != "" {
		if u, err := k.User(ctx, k.moving.conn.OrganizationID, rec.TargetID); err == nil {
			before = &u
		}
	}
	var u models.User
	if known != nil && !known.Hidden && known.Mode == k.moving.conn.Method {
		u, err = k.d.UpdateUser(ctx, k.by(), known.ID, edit)
	} else {
		u, err = k.d.CreateUser(ctx, k.by(), edit)
	}
	if err != nil {
		return k.refuse(rec, err)
	}
	if err := k.done(rec, u.ID); err != nil {
		return err
	}
	if rec.TargetID != u.ID || known == nil || known.Mode != k.moving.conn.Method {
		if err := k.LinkedRecord(k.moving.conn.Key, rec.Anchor); err != nil {
			return err
		}
	}
	return k.changedUser(before, u, rec.Plan)
}

// remove takes a user away who is not to be here any more. What is not theirs to remove
// any more is left alone.
func (k *chunk) remove(ctx context.Context, rec models.SourceRecord, known *models.User) error {
	d := decideRemoval(Case{Record: rec, Method: k.moving.conn.Method, Known: known})
	if d.Plan == models.PlanNothing {
		return k.done(rec, d.TargetID)
	}
	var err error
	after := *known
	if d.Plan == models.PlanRemove && rec.Absent != models.Binned {
		if err = k.d.DeleteUser(ctx, k.by(), known.ID, func(models.User) error { return nil }); err == nil {
			after, err = k.User(ctx, known.OrganizationID, known.ID)
		}
	} else {
		after, err = k.d.UpdateUser(ctx, k.by(), known.ID, func(u *models.User) error {
			u.Enabled, u.Why = new(false), d.Note
			return nil
		})
	}
	if err != nil {
		return k.refuse(rec, err)
	}
	if err := k.done(rec, known.ID); err != nil {
		return err
	}
	return k.changedUser(known, after, rec.Plan)
}

// done notes that a record is carried out, at once: what follows asks for it.
func (k *chunk) done(rec models.SourceRecord, target string) error {
	return k.became(store.RecordFate{Kind: rec.Kind, Anchor: rec.Anchor, TargetID: target})
}

func (k *chunk) became(f store.RecordFate) error {
	k.last = f
	return k.FateRecords(k.moving.conn.Key, []store.RecordFate{f})
}

// refuse notes that the door did not take a record, which it has logged; the same refusal
// is not asked for again before something changes, or a day is over.
func (k *chunk) refuse(rec models.SourceRecord, err error) error {
	e := refused(err)
	if e == nil {
		return err
	}
	return k.became(store.RecordFate{
		Kind: rec.Kind, Anchor: rec.Anchor, Dirty: true, Plan: models.PlanConflict, How: rec.How, Note: e.Msg, Told: k.toldToday(rec),
	})
}

// toldToday names what the door refused though nothing spoke against it ahead: the same
// record, under the same settings, on the same day.
func (r *run) toldToday(rec models.SourceRecord) string {
	settings, err := json.Marshal(r.org.Settings)
	if err != nil {
		settings = nil
	}
	return hashOf(rec.Document, string(settings), r.c.Now().UTC().Format("2006-01-02"))
}

// changedUser keeps what a user was before, so that the cycle can be taken back.
func (k *chunk) changedUser(before *models.User, after models.User, did models.Planned) error {
	if before != nil && before.Version == after.Version {
		return nil
	}
	c := models.CycleChange{CycleID: k.moving.cy.Key, Kind: models.UserTarget, TargetID: after.ID, Name: after.UserName, After: after.Version, Action: actionOf(did)}
	if before != nil {
		old := *before
		old.Attributes, old.Index = nil, nil
		text, err := json.Marshal(old)
		if err != nil {
			return fmt.Errorf("keep what user %s was: %w", old.ID, err)
		}
		c.Before = string(text)
	}
	k.changes = append(k.changes, c)
	return nil
}

func actionOf(p models.Planned) models.Action {
	switch p {
	case models.PlanCreate:
		return models.ActionCreate
	case models.PlanAdopt:
		return models.ActionAdopt
	case models.PlanRestore:
		return models.ActionRestore
	case models.PlanDisable, models.PlanLeave:
		return models.ActionPreserve
	case models.PlanRemove:
		return models.ActionDelete
	default:
		return models.ActionUpdate
	}
}

// settleConflict looks at a record that was refused, or could not be matched: what stood
// in its way may have moved with the rest of the plan. What stands as it was told before
// is not told again.
func (k *chunk) settleConflict(ctx context.Context, rec models.SourceRecord) error {
	d, err := k.decide(ctx, k.Reader, rec, nil)
	if err != nil {
		return err
	}
	if d.Plan == models.PlanConflict && rec.Told == d.Told {
		return nil
	}
	if d.Removes {
		return nil // nobody was shown that: the next plan does
	}
	rec.Plan = d.Plan
	if rec.Kind == models.GroupTarget {
		err = k.deliverGroup(ctx, rec)
	} else {
		err = k.deliver(ctx, rec)
	}
	if err == nil && d.Plan == models.PlanConflict && k.last.Plan == models.PlanConflict {
		k.last.Told = d.Told
		return k.became(k.last)
	}
	return err
}
