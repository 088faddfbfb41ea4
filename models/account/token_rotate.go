package account

import (
	"context"
	"time"

	"muster/models"
	"muster/models/store"
)

// QuietBefore is how long a rotated token must be silent, while its successor is
// in use, before it retires by itself. A directory that was only tested with the
// new token goes on with the old one, and must not be cut off for that.
const QuietBefore = 24 * time.Hour

// Overlaps are the choices for how long both tokens work at most.
func Overlaps() []time.Duration {
	return []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
}

// RotateToken makes the successor of a token, live at once, with the same
// description, scope and allow list, and gives its secret. The old one retires
// when it has been silent for QuietBefore while the new one is used, at the latest
// after the overlap; 0 ends it now.
func (a *Accounts) RotateToken(ctx context.Context, by models.Actor, id string, overlap time.Duration, expires time.Time) (models.Token, string, error) {
	var none, made models.Token
	if err := needRole(by, models.Admin); err != nil {
		return none, "", err
	}
	if overlap < 0 || overlap > 30*24*time.Hour {
		return none, "", models.Errorf(models.Invalid, "overlap", "Both tokens can work for at most 30 days.").
			WithAdvice("Choose one of the overlaps offered.")
	}
	until, err := a.checkExpiry(expires)
	if err != nil {
		return none, "", err
	}
	fresh, text, err := a.newToken(by, TokenSpec{})
	if err != nil {
		return none, "", err
	}
	fresh.Expires = until
	err = a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		made = fresh
		return a.rotate(tx, by, id, overlap, &made)
	})
	if err != nil {
		return none, "", err
	}
	return made, text, nil
}

func (a *Accounts) rotate(tx *store.Tx, by models.Actor, id string, overlap time.Duration, next *models.Token) (models.AuditEntry, error) {
	var none models.AuditEntry
	if _, err := tx.LockOrganization(by.OrganizationID); err != nil {
		return none, err
	}
	old, err := tx.Token(tx.Context(), by.OrganizationID, id)
	if err != nil {
		return none, err
	}
	now := old
	switch {
	case !old.Live(tx.Now().Time()):
		return none, ended(old, tx.Now().Time())
	case old.RetiresAt != 0:
		return none, models.Errorf(models.Conflict, "", "The token %s is being rotated already.", label(old)).
			WithAdvice("Cancel that rotation first, or rotate its successor.").WithCode("rotating")
	}
	now.SuccessorID, now.RetiresAt = next.ID, tx.Now().Add(overlap)
	leaving := int64(0)
	if overlap == 0 {
		leaving, now.Revoked, now.RevokedBy = old.Key, tx.Now(), "rotation"
	}
	if _, err := a.room(tx, by.OrganizationID, leaving); err != nil {
		return none, err
	}
	if err := tx.SaveToken(&now); err != nil {
		return none, err
	}
	next.Description, next.Scope, next.AllowList, next.Created = old.Description, old.Scope, old.AllowList, tx.Now()
	next.Shadow = old.Shadow
	if err := tx.InsertToken(next); err != nil {
		return none, err
	}
	e := tokenDeed(by, "token.rotate", "Rotated the token %s; its successor begins with "+next.Prefix+".", old, now)
	e.Changes = append(e.Changes, models.Change{Path: "successor", New: next.ID})
	return e, nil
}

// CancelRotation keeps the old token and revokes its successor.
func (a *Accounts) CancelRotation(ctx context.Context, by models.Actor, id string) (models.Token, error) {
	return a.changeToken(ctx, by, id, "token.rotate.cancel", "Cancelled the rotation of the token %s; its successor is revoked.",
		func(tx *store.Tx, t *models.Token) error {
			if t.RetiresAt == 0 {
				return models.Errorf(models.Conflict, "", "The token %s is not being rotated.", label(*t)).
					WithAdvice("Reload the page to see its state.")
			}
			next, err := tx.Token(tx.Context(), by.OrganizationID, t.SuccessorID)
			if err != nil {
				return err
			}
			t.SuccessorID, t.RetiresAt = "", 0
			if next.Revoked != 0 {
				return nil
			}
			next.Revoked, next.RevokedBy = tx.Now(), by.Name
			return tx.SaveToken(&next)
		})
}

// RetireToken ends a rotated token before its time, once its successor is in use.
func (a *Accounts) RetireToken(ctx context.Context, by models.Actor, id string) (models.Token, error) {
	return a.changeToken(ctx, by, id, "token.retire", "Retired the rotated token %s.", func(tx *store.Tx, t *models.Token) error {
		if t.RetiresAt == 0 {
			return models.Errorf(models.Conflict, "", "The token %s is not being rotated, so it cannot retire.", label(*t)).
				WithAdvice("Revoke it instead.")
		}
		t.RetiresAt, t.Revoked, t.RevokedBy = tx.Now(), tx.Now(), "rotation"
		return nil
	})
}

// retire ends rotated tokens whose time has come, each with its audit entry.
func (a *Accounts) retire(ctx context.Context) error {
	pairs, err := a.Store.SuccessorTokens(ctx)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		old, next := pair[0], pair[1]
		if !retires(old, next, a.now()) {
			continue
		}
		err := a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
			if _, err := tx.LockOrganization(old.OrganizationID); err != nil {
				return models.AuditEntry{}, err
			}
			fresh, err := tx.Token(tx.Context(), old.OrganizationID, old.ID)
			if err != nil {
				return models.AuditEntry{}, err
			}
			if fresh.Revoked != 0 || !retires(fresh, next, tx.Now()) {
				return models.AuditEntry{}, errNotNow
			}
			was := fresh
			fresh.RetiresAt = min(fresh.RetiresAt, tx.Now())
			fresh.Revoked, fresh.RevokedBy = fresh.RetiresAt, "rotation"
			if err := tx.SaveToken(&fresh); err != nil {
				return models.AuditEntry{}, err
			}
			return tokenDeed(models.System(old.OrganizationID, "rotation"), "token.retire",
				"The rotated token %s retired by itself.", was, fresh), nil
		})
		if err != nil && !isNotNow(err) {
			return err
		}
	}
	return nil
}

// retires tells whether a rotated token has come to its end: its overlap is over,
// or its successor is in use and it has been silent itself.
func retires(old, next models.Token, now models.Time) bool {
	if old.RetiresAt == 0 {
		return false
	}
	if old.RetiresAt <= now {
		return true
	}
	silentSince := max(old.LastUsed, next.Created)
	return next.LastUsed != 0 && next.Revoked == 0 && silentSince.Add(QuietBefore) <= now
}
