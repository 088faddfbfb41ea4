package shadow

import (
	"context"

	"muster/models"
	"muster/models/store"
)

// putUser brings one user here as the organization has them now.
func (w *world) putUser(ctx context.Context, u models.User) error {
	after, err := w.put(ctx, u)
	if err != nil {
		return err
	}
	for _, id := range after { // who had to make room meanwhile
		there, err := w.real.User(ctx, w.org, id)
		if models.KindOf(err) == models.NotFound {
			continue // found when everybody is counted
		}
		if err == nil {
			_, err = w.put(ctx, there)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// put writes a user, and tells which others gave a name or an anchor up for that: the
// organization has given it to this one already, and to them another one.
func (w *world) put(ctx context.Context, u models.User) (gaveWay []string, err error) {
	err = w.store.Keep(ctx, func(tx *store.Tx) error {
		gaveWay = nil
		rec, found, err := tx.ShadowRecord(tx.Context(), w.org, models.UserTarget, u.ID)
		if err != nil {
			return err
		}
		old, err := tx.LockUser(w.org, u.ID)
		here := err == nil
		if err != nil && models.KindOf(err) != models.NotFound {
			return err
		}
		if here && old.Managed() {
			rec.Known, rec.Stamp = true, userStamp(u)
			if rec.Outcome == models.ShadowCreated { // the same person came to be under this id
				rec.Outcome, rec.How = models.ShadowMatched, models.ByAnchor
			}
			return tx.PutShadowRecord(&rec)
		}
		fresh := u
		if err := asManual(&fresh); err != nil {
			return err
		}
		gaveWay, err = makeRoom(tx, fresh)
		if e, ok := models.AsError(err); ok && e.Kind == models.Uniqueness {
			return taken(tx, rec, fresh, e)
		}
		if err != nil {
			return err
		}
		if !here {
			err = tx.InsertUser(&fresh)
		} else if err = old.Load(); err == nil {
			fresh.Key, fresh.Version = old.Key, max(u.Version, old.Version+1)
			err = tx.SaveUser(&old, &fresh)
		}
		if err != nil {
			return err
		}
		now := nobody(u)
		if now.Key = rec.Key; found && waits(rec) {
			now.Outcome, now.Why, now.Code, now.EntryID, now.At = rec.Outcome, rec.Why, rec.Code, rec.EntryID, rec.At
		}
		return tx.PutShadowRecord(&now)
	})
	return gaveWay, err
}

// waits tells whether a record about a user nobody manages came and was not taken.
func waits(rec models.ShadowRecord) bool {
	return rec.Outcome == models.ShadowWaiting || rec.Outcome == models.ShadowRefused
}

// makeRoom frees what is unique about a user. A copy gives way and is brought here anew;
// one whom only the rehearsal made is the same person, now that the organization has them,
// and goes: their directory finds this one in their place.
func makeRoom(tx *store.Tx, u models.User) (gaveWay []string, err error) {
	holders := []func() (models.User, error){
		func() (models.User, error) { return tx.UserByName(tx.Context(), u.OrganizationID, u.UserName) },
	}
	if u.UserNameReleased() {
		holders = nil
	}
	for _, m := range []models.Method{models.SCIM, models.Entra, models.LDAP} {
		if anchor := u.Anchor(m); anchor != "" {
			holders = append(holders, func() (models.User, error) { return tx.UserByAnchor(tx.Context(), u.OrganizationID, m, anchor) })
		}
	}
	for _, holder := range holders {
		h, err := holder()
		if models.KindOf(err) == models.NotFound || err == nil && h.ID == u.ID {
			continue
		}
		if err != nil {
			return nil, err
		}
		rec, _, err := tx.ShadowRecord(tx.Context(), u.OrganizationID, models.UserTarget, h.ID)
		if err != nil {
			return nil, err
		}
		switch {
		case !rec.Known:
			err = forgetUser(tx, u.OrganizationID, h.ID)
		case h.Managed():
			return gaveWay, models.Errorf(models.Uniqueness, "userName", "In shadow mode the directory has given %s to user %s.", u.UserName, h.UserName).
				WithAdvice("Rename one of the two, or the change of method will find both.").WithCode("userNameTaken")
		default:
			gaveWay = append(gaveWay, h.ID)
			err = giveWay(tx, h)
		}
		if err != nil {
			return nil, err
		}
	}
	return gaveWay, nil
}

// giveWay takes name and anchors from a copy until it is brought here anew.
func giveWay(tx *store.Tx, h models.User) error {
	if err := h.Load(); err != nil {
		return err
	}
	freed := h
	freed.ReleaseUserName()
	freed.ExternalID, freed.EntraID, freed.LDAPID = "", "", ""
	freed.Version++
	return tx.SaveUser(&h, &freed)
}

// taken keeps a user whom the rehearsal has no room for as a conflict.
func taken(tx *store.Tx, rec models.ShadowRecord, u models.User, why *models.Error) error {
	now := nobody(u)
	now.Key, now.Outcome, now.Why, now.Code, now.At = rec.Key, models.ShadowConflict, why.Msg, why.Code, tx.Now()
	return tx.PutShadowRecord(&now)
}
