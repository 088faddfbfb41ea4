package directory

import (
	"context"

	"muster/models"
)

// PutBack makes a user manual whom a directory manages: they keep data, status,
// profile, groups and source anchor, and their fields can be edited here. When the
// directory sends them again, they are a user whom nobody manages, as adoption has it.
func (d *Directory) PutBack(ctx context.Context, by models.Actor, id string) (models.User, error) {
	var out models.User
	if err := allowed(by); err != nil {
		return out, err
	}
	err := d.change(ctx, by, models.UserTarget, id, func(w *work) error {
		w.entry.TargetID, w.entry.Action = id, models.ActionOther
		old, err := w.user(id)
		if err != nil {
			return err
		}
		if err := mayPutBack(&old); err != nil {
			return err
		}
		u := old
		u.Attributes = models.CopyAttributes(old.Attributes)
		u.Mode = models.Manual
		if out, err = d.save(w, &old, &u, models.ActionOther); err != nil {
			return err
		}
		w.entry.Action = models.ActionOther
		w.resay("Put user " + out.UserName + " back to manual: " + old.Mode.Label() + " does not manage the user any more. All data is kept.")
		return nil
	})
	return out, err
}

func mayPutBack(u *models.User) error {
	switch {
	case !u.Managed():
		return models.Errorf(models.Conflict, "", "User %s is manual already.", u.UserName).WithAdvice("There is nothing to do.").WithCode("manualAlready")
	case u.Staged != models.NotStaged:
		return stagedFirst(u)
	case u.Hidden:
		return models.Errorf(models.Conflict, "", "The directory deleted user %s, so it manages them no more.", u.UserName).
			WithAdvice("Restore the user, which makes them manual.").WithCode("deletedAtSource")
	}
	return nil
}
