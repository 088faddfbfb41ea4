package directory

import (
	"context"

	"muster/models"
	"muster/models/filter"
)

// Failed is a record of many that could not be decided, and why.
type Failed struct {
	ID, Name string
	Err      *models.Error
}

// Batch is what became of a decision on many.
type Batch struct {
	Done   int64
	Failed []Failed
}

// ApproveHeld does what a guard held back: the users are preserved. No ids means
// everybody whose removal is held back.
func (d *Directory) ApproveHeld(ctx context.Context, by models.Actor, ids []string) (Batch, error) {
	out, err := d.decideHeld(ctx, by, ids, d.approve)
	return out, d.auditHeld(ctx, by, "held.approve", "Approved %s that the guard had held back.", out, err)
}

// RejectHeld leaves users as they are whom a directory wanted to remove. It is told
// nothing; should it remove them again, the guard decides anew.
func (d *Directory) RejectHeld(ctx context.Context, by models.Actor, ids []string) (Batch, error) {
	out, err := d.decideHeld(ctx, by, ids, d.reject)
	return out, d.auditHeld(ctx, by, "held.reject", "Rejected %s that the guard had held back.", out, err)
}

func (d *Directory) decideHeld(ctx context.Context, by models.Actor, ids []string, one func(context.Context, models.Actor, string) error) (Batch, error) {
	var out Batch
	if err := allowed(by); err != nil {
		return out, err
	}
	if len(ids) > 0 {
		return out, d.decideEach(ctx, by, ids, one, &out)
	}
	after := ""
	for {
		slice, err := d.Store.Users(ctx, by.OrganizationID, models.UserQuery{Staged: true, Page: models.Page{Limit: 200, After: after}})
		if err != nil {
			return out, err
		}
		for _, u := range slice.Items {
			ids = append(ids, u.ID)
		}
		if slice.Next == "" {
			break
		}
		after = slice.Next
	}
	return out, d.decideEach(ctx, by, ids, one, &out)
}

func (d *Directory) decideEach(ctx context.Context, by models.Actor, ids []string, one func(context.Context, models.Actor, string) error, out *Batch) error {
	for _, id := range ids {
		err := one(ctx, by, id)
		if refused, ok := models.AsError(err); ok && refused.Kind != models.Unavailable {
			out.Failed = append(out.Failed, Failed{ID: id, Err: refused})
			continue
		}
		if err != nil {
			return err
		}
		out.Done++
	}
	return nil
}

func notHeld(u *models.User) error {
	return models.Errorf(models.Conflict, "", "Nothing of user %s is held back any more.", u.UserName).
		WithAdvice("Somebody else decided, or the directory withdrew it.").WithCode("notHeld")
}

func (d *Directory) approve(ctx context.Context, by models.Actor, id string) error {
	return d.decideOne(ctx, by, id, func(w *work, u *models.User) (models.Action, string) {
		action, what := models.ActionPreserve, "Disabled in the directory"
		if u.Staged == models.StagedDelete {
			action, what = models.ActionDelete, "Deleted in the directory"
		}
		u.SetStatus(models.Preserved, models.ByDirectory, what+", approved by "+by.Name, w.tx.Now())
		u.Parked = models.NotParked
		return action, "Approved: user " + u.UserName + " is preserved, all data is kept."
	})
}

func (d *Directory) reject(ctx context.Context, by models.Actor, id string) error {
	return d.decideOne(ctx, by, id, func(w *work, u *models.User) (models.Action, string) {
		w.follows = u.Hidden // while it was, no evaluation looked at the user
		u.Hidden = false
		if u.UserNameReleased() {
			// Claimed again: whether it is free is checked with every claim.
			u.UserNameKey = filter.Fold(u.UserName)
		}
		return models.ActionOther, "Rejected the removal of user " + u.UserName + ", who stays as they are."
	})
}

func (d *Directory) decideOne(ctx context.Context, by models.Actor, id string, decide func(*work, *models.User) (models.Action, string)) error {
	return d.change(ctx, by, models.UserTarget, id, func(w *work) error {
		w.entry.TargetID = id
		old, err := w.user(id)
		if err != nil {
			return err
		}
		if old.Staged == models.NotStaged {
			return notHeld(&old)
		}
		u := old
		u.Attributes = models.CopyAttributes(old.Attributes)
		action, text := decide(w, &u)
		u.Staged, u.StagedAt = models.NotStaged, 0
		if _, err := d.save(w, &old, &u, action); err != nil {
			return err
		}
		w.entry.Action = action
		w.resay(text)
		return nil
	})
}

// resay puts a more fitting sentence in the place of the concluding one.
func (w *work) resay(text string) {
	w.entry.Summary = text
	if n := len(w.entry.Details.Steps); n > 0 {
		w.entry.Details.Steps[n-1].Text = text
	}
}
