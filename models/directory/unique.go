package directory

import (
	"muster/models"
)

// unique checks what a setting makes unique, and frees a userName that only a
// user deleted at the source still holds. Old is nil for a new user.
func (d *Directory) unique(w *work, old, u *models.User) error {
	if old == nil || old.UserNameKey != u.UserNameKey {
		if err := d.uniqueName(w, u); err != nil {
			return err
		}
	}
	for _, m := range governing() {
		if old == nil || old.Anchor(m) == u.Anchor(m) {
			continue
		}
		if err := uniqueAnchor(w, u, m); err != nil {
			return err
		}
	}
	return uniqueBySetting(w, old, u)
}

// uniqueAnchor names who has the source anchor that an update claims. Of a create,
// Match has told before.
func uniqueAnchor(w *work, u *models.User, m models.Method) error {
	holder, err := w.tx.UserByAnchor(w.tx.Context(), u.OrganizationID, m, u.Anchor(m))
	switch {
	case err != nil && models.KindOf(err) == models.NotFound:
		return nil
	case err != nil:
		return err
	case holder.Key == u.Key:
		return nil
	}
	return taken(u, &holder, m)
}

func (d *Directory) uniqueName(w *work, u *models.User) error {
	if u.UserNameReleased() {
		return nil
	}
	holder, err := w.tx.UserByName(w.tx.Context(), u.OrganizationID, u.UserName)
	switch {
	case models.KindOf(err) == models.NotFound && err != nil:
		return nil
	case err != nil:
		return err
	case holder.Key == u.Key:
		return nil
	case holder.Hidden:
		return releaseName(w, &holder)
	}
	return w.collide(taken(u, &holder, w.by.Anchors()), &holder, u)
}

// uniqueBySetting checks what the organization chose to be unique, where the user
// claims it anew: somebody who held a value before the setting was made must
// still be able to leave. A user deleted at the source claims nothing.
func uniqueBySetting(w *work, old, u *models.User) error {
	if u.Hidden {
		return nil
	}
	claims := old == nil || old.Hidden
	if w.org.Settings.UniqueEmail && u.EmailKey != "" && (claims || old.EmailKey != u.EmailKey) {
		if err := w.tx.ClaimValue(u.OrganizationID, "email", u.EmailKey); err != nil {
			return err
		}
		holder, err := w.tx.EmailHolder(w.tx.Context(), u.OrganizationID, u.EmailKey, u.Key)
		if err := w.free(err, "emails", u.Email, &holder, u); err != nil {
			return err
		}
	}
	if w.org.Settings.UniqueEmployeeNo && u.EmployeeNumber != "" && (claims || old.EmployeeNumber != u.EmployeeNumber) {
		if err := w.tx.ClaimValue(u.OrganizationID, "employeeNumber", u.EmployeeNumber); err != nil {
			return err
		}
		holder, err := w.tx.EmployeeHolder(w.tx.Context(), u.OrganizationID, u.EmployeeNumber, u.Key)
		if err := w.free(err, "employeeNumber", u.EmployeeNumber, &holder, u); err != nil {
			return err
		}
	}
	return nil
}

// free tells, from a look for a holder, that nobody else has a value.
func (w *work) free(looked error, attr, value string, holder, u *models.User) error {
	switch {
	case looked != nil && models.KindOf(looked) == models.NotFound:
		return nil
	case looked != nil:
		return looked
	}
	return w.collide(held(attr, value, holder), holder, u)
}

// releaseName lets go of the userName of a user deleted at the source: the user
// and the data stay, under a key that nobody can ask for.
func releaseName(w *work, u *models.User) error {
	old := *u
	if err := old.Load(); err != nil {
		return err
	}
	w.step(models.StepMatch, models.Success, "Freed the userName %s, which former user %s (deleted at the source) still held; their data stays.", u.UserName, u.ID)
	freed := old
	freed.ReleaseUserName()
	freed.Version, freed.Updated = old.Version+1, w.tx.Now()
	if u.Status == models.Preserved {
		freed.StatusNote = "Deleted at the source; another person has this userName now"
	}
	return w.tx.SaveUser(&old, &freed)
}
