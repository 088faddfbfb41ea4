package directory

import (
	"cmp"
	"context"

	"muster/models"
	"muster/models/filter"
)

// decideStatus applies what the source says about active. A directory preserves
// and revives what is its own; what an admin suspended or preserved stays so, and
// the entry says why (product.md, rule 5).
func (d *Directory) decideStatus(w *work, u *models.User) error {
	if u.Enabled == nil {
		return nil
	}
	now := w.tx.Now()
	switch {
	case !w.by.Directory() && *u.Enabled && u.Parked != models.NotParked: // what they wait for decides
	case !w.by.Directory() && *u.Enabled:
		u.SetStatus(models.Active, models.ByNobody, "", now)
	case !w.by.Directory():
		u.SetStatus(models.Inactive, models.ByNobody, "Suspended by "+w.by.Name, now)
	case *u.Enabled:
		w.enable(u)
	case u.Status == models.Active && u.Staged == models.NotStaged:
		return w.disable(u)
	case u.Parked != models.NotParked: // gone before they came in
		u.Parked = models.NotParked
		u.SetStatus(models.Preserved, models.ByDirectory, disabledBecause(u), now)
	}
	return nil
}

// disabledBecause is why a directory disables a user.
func disabledBecause(u *models.User) string { return cmp.Or(u.Why, "Disabled in the directory") }

func (w *work) enable(u *models.User) {
	if u.Staged == models.StagedDisable {
		w.returned(u, u.StagedAt)
		u.Staged, u.StagedAt = models.NotStaged, 0 // the directory thought better of it
	}
	switch {
	case u.Parked != models.NotParked: // what they wait for decides
	case u.Status == models.Preserved && u.PreservedBy == models.ByDirectory:
		w.returned(u, u.StatusSince)
		u.SetStatus(models.Active, models.ByNobody, "", w.tx.Now())
	case u.Status == models.Preserved:
		w.warn(models.Skipped, "preservedByAdmin",
			"An administrator preserved this user, so the directory does not revive them. Restore the user in Muster to let the directory govern them again.")
	case u.Status == models.Inactive:
		w.warn(models.Skipped, "suspendedByAdmin",
			"An administrator suspended this user. Activate the user in Muster to let the directory govern them again.")
	}
}

// disable preserves an active user whom the directory disabled, unless somebody or
// something stands before it.
func (w *work) disable(u *models.User) error {
	if u.Key == 0 { // arrives disabled: nobody is removed
		u.SetStatus(models.Preserved, models.ByDirectory, disabledBecause(u), w.tx.Now())
		return nil
	}
	safe, err := w.shielded(u)
	if err != nil {
		return err
	}
	if safe {
		w.warn(models.Skipped, "protectedUser", protectedAdvice)
		return nil
	}
	held, err := w.heldBack(u, true)
	if err != nil {
		return err
	}
	if held {
		w.stage(u, models.StagedDisable)
		return nil
	}
	u.SetStatus(models.Preserved, models.ByDirectory, disabledBecause(u), w.tx.Now())
	return nil
}

// Suspend makes a user inactive by hand: they keep their seat and may not use the
// application until an admin activates them.
func (d *Directory) Suspend(ctx context.Context, by models.Actor, id, why string) (models.User, error) {
	return d.setStatus(ctx, by, id, func(u *models.User, at models.Time) error {
		if u.Status == models.Preserved {
			return models.Errorf(models.Conflict, "status", "User %s is preserved and already may not use the application.", u.UserName).
				WithAdvice("Restore the user first if you want to suspend them.")
		}
		if u.Staged != models.NotStaged {
			return stagedFirst(u)
		}
		if u.Parked != models.NotParked {
			return models.Errorf(models.Conflict, "status", "User %s waits for a %s and may not use the application anyway.", u.UserName, u.Parked).
				WithAdvice("Preserve the user if they must not come in.")
		}
		u.SetStatus(models.Inactive, models.ByNobody, reason("Suspended by "+by.Name, why), at)
		return nil
	})
}

// Preserve keeps a user's data and frees the seat, by an admin's decision: no
// directory revives the user.
func (d *Directory) Preserve(ctx context.Context, by models.Actor, id, why string) (models.User, error) {
	return d.setStatus(ctx, by, id, func(u *models.User, at models.Time) error {
		u.SetStatus(models.Preserved, models.ByAdmin, reason("Preserved by "+by.Name, why), at)
		u.Parked, u.Staged, u.StagedAt = models.NotParked, models.NotStaged, 0
		return nil
	})
}

// Restore makes a suspended or preserved user active again, with the same id and
// all data. A userName that another person has by now is a Uniqueness refusal:
// give the user another one first.
func (d *Directory) Restore(ctx context.Context, by models.Actor, id string) (models.User, error) {
	return d.setStatus(ctx, by, id, restored)
}

// restored makes a user active again who was suspended or preserved.
func restored(u *models.User, at models.Time) error {
	if u.UserNameReleased() {
		// Claimed again: whether it is free is checked with every claim.
		u.UserNameKey = filter.Fold(u.UserName)
	}
	if u.Staged != models.NotStaged {
		return stagedFirst(u)
	}
	if u.Hidden {
		// The directory has let go of the user; should it deliver them again, it
		// takes them over like any user of ours.
		u.Hidden, u.Mode = false, models.Manual
	}
	if u.Parked == models.WaitsForRule && u.Managed() {
		return models.Errorf(models.Conflict, "status", "User %s waits for a mapping: none matches them.", u.UserName).
			WithAdvice("Give the user a profile by hand, or change a mapping so that it matches.").WithCode("noMappingMatched")
	}
	if u.Parked == models.WaitsForSeat {
		u.Enabled = new(true)
		return nil
	}
	u.Parked = models.NotParked
	u.SetStatus(models.Active, models.ByNobody, "", at)
	return nil
}

func stagedFirst(u *models.User) error {
	return models.Errorf(models.Conflict, "status", "The directory’s removal of user %s is held back and waits for a decision.", u.UserName).
		WithAdvice("Approve or reject it in the queue first.").WithCode("guardHeld")
}

func reason(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

func (d *Directory) setStatus(ctx context.Context, by models.Actor, id string, edit func(*models.User, models.Time) error) (models.User, error) {
	return d.UpdateUser(ctx, by, id, func(u *models.User) error { return edit(u, models.TimeOf(d.Now())) })
}

// DeleteUser ends a user at the source: the user is preserved with all data and
// SCIM no longer shows them (product.md, rule 2; RFC 7644 §3.6).
func (d *Directory) DeleteUser(ctx context.Context, by models.Actor, id string, when func(models.User) error) error {
	return d.change(ctx, by, models.UserTarget, id, func(w *work) error {
		w.entry.TargetID, w.entry.Action = id, models.ActionDelete
		old, err := w.user(id)
		if err != nil {
			return err
		}
		if err := when(old); err != nil {
			return err
		}
		u := old
		if err := w.remove(&u); err != nil {
			return err
		}
		_, err = d.save(w, &old, &u, models.ActionDelete)
		return err
	})
}

// remove is what a deletion at the source does to a user.
func (w *work) remove(u *models.User) error {
	if w.by.Directory() {
		safe, err := w.shielded(u)
		if err != nil {
			return err
		}
		if safe {
			return models.Errorf(models.Forbidden, "", "User %s is protected: no directory may delete them.", u.UserName).
				WithAdvice(protectedAdvice).WithCode("protectedUser")
		}
		held := u.Staged != models.NotStaged
		if !held {
			if held, err = w.heldBack(u, true); err != nil {
				return err
			}
		}
		if held {
			u.Hidden = true
			w.stage(u, models.StagedDelete)
			return nil
		}
	}
	u.Hidden = true
	switch {
	case u.Status == models.Active || u.Parked != models.NotParked:
		u.SetStatus(models.Preserved, models.ByDirectory, "Deleted in the directory", w.tx.Now())
	case u.Status == models.Inactive:
		// What an admin suspended must not come back by being deleted and made anew.
		u.SetStatus(models.Preserved, models.ByAdmin, "Deleted in the directory while suspended by an administrator", w.tx.Now())
	}
	u.Parked = models.NotParked
	return nil
}

// stateChanges tells status and mode changes as modified properties.
func stateChanges(old, u *models.User) []models.Change {
	var out []models.Change
	if old.Status != u.Status {
		out = append(out, models.Change{Path: "status", Old: string(old.Status), New: string(u.Status)})
	}
	if old.PreservedBy != u.PreservedBy {
		out = append(out, models.Change{Path: "preserved by", Old: string(old.PreservedBy), New: string(u.PreservedBy)})
	}
	if old.Mode != u.Mode {
		out = append(out, models.Change{Path: "provisioning mode", Old: string(old.Mode), New: string(u.Mode)})
	}
	if old.Note != u.Note {
		out = append(out, models.Change{Path: "note", Old: old.Note, New: u.Note})
	}
	if old.Staged != u.Staged {
		out = append(out, models.Change{Path: "held back", Old: string(old.Staged), New: string(u.Staged)})
	}
	if old.Protected != u.Protected {
		out = append(out, models.Change{Path: "protected", Old: shown(old.Protected), New: shown(u.Protected)})
	}
	if old.LegalHold != u.LegalHold {
		out = append(out, models.Change{Path: "legal hold", Old: shown(old.LegalHold), New: shown(u.LegalHold)})
	}
	if old.Overrides != u.Overrides {
		out = append(out, models.Change{Path: "own settings", Old: shown(old.Overrides), New: shown(u.Overrides)})
	}
	return out
}

// shownAction names an update by what it did to the user's state.
func shownAction(a models.Action, old, u *models.User) models.Action {
	if old.Staged == models.NotStaged && u.Staged != models.NotStaged || u.Staged == models.StagedDelete && old.Staged != u.Staged {
		return models.ActionStagedDelete
	}
	if a != models.ActionUpdate {
		return a
	}
	switch {
	case old.Status != models.Preserved && u.Status == models.Preserved:
		return models.ActionPreserve
	case old.Status == models.Active && u.Status == models.Inactive:
		return models.ActionDisable
	case old.Status != models.Active && u.Status == models.Active:
		return models.ActionRestore
	}
	return a
}

func sentence(a models.Action, old, u *models.User, code string) string {
	switch code {
	case "preservedByAdmin":
		return "Did not revive " + u.UserName + ": an administrator preserved the user."
	case "suspendedByAdmin":
		return "Did not activate " + u.UserName + ": an administrator suspended the user."
	case "protectedUser":
		return "Did not disable " + u.UserName + ": the user is protected."
	}
	switch a {
	case models.ActionAdopt:
		return "Took over user " + u.UserName + statusTail(u) + "; the directory manages the user now."
	case models.ActionRestore:
		if u.Status != models.Active {
			return "Matched former user " + u.UserName + statusTail(u) + "; the id and all data are the same."
		}
		return "Restored user " + u.UserName + " with the same id and data."
	case models.ActionPreserve:
		return "Preserved user " + u.UserName + "; all data is kept."
	case models.ActionDisable:
		return "Suspended user " + u.UserName + "."
	case models.ActionDelete:
		return "Deleted at the source: user " + u.UserName + " is preserved, all data is kept."
	case models.ActionStagedDelete:
		return "Held back: the directory removed user " + u.UserName + ", together with many others."
	case models.ActionCreate, models.ActionUpdate, models.ActionOther:
	}
	switch {
	case old.Staged == models.StagedDisable && u.Staged == models.NotStaged && u.Status == models.Active:
		return "The directory enabled user " + u.UserName + " again, whose removal was held back."
	case old.Parked != u.Parked && u.Parked != models.NotParked:
		return "User " + u.UserName + " waits for a " + string(u.Parked) + "."
	}
	if old.UserName != u.UserName {
		return "Renamed user " + old.UserName + " to " + u.UserName + "."
	}
	return "Updated user " + u.UserName + "."
}
