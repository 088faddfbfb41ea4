package account

import (
	"context"

	"muster/models"
	"muster/models/store"
)

// Sessions lists the actor's own sessions that have not ended, most recent first.
func (a *Accounts) Sessions(ctx context.Context, by models.Actor) ([]models.Session, error) {
	x, err := a.Store.AdminByID(ctx, by.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Store.SessionsOf(ctx, x.Key)
	if err != nil {
		return nil, err
	}
	now, out := a.now(), list[:0]
	for _, s := range list {
		if s.LastSeen.Add(IdleLife) > now && s.Created.Add(AbsoluteLife) > now {
			out = append(out, s)
		}
	}
	return out, nil
}

// EndSession ends one of the actor's own sessions.
func (a *Accounts) EndSession(ctx context.Context, by models.Actor, id string) error {
	return a.endOwn(ctx, by, "Ended one of their sessions.", func(tx *store.Tx, admin int64) error {
		return tx.EndSession(admin, id)
	})
}

// EndOtherSessions ends all of the actor's sessions but the one that asks.
func (a *Accounts) EndOtherSessions(ctx context.Context, by models.Actor) error {
	return a.endOwn(ctx, by, "Ended all their other sessions.", func(tx *store.Tx, admin int64) error {
		return tx.EndSessions(admin, by.Session)
	})
}

func (a *Accounts) endOwn(ctx context.Context, by models.Actor, text string, end func(*store.Tx, int64) error) error {
	return a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		x, err := tx.AdminByID(tx.Context(), by.ID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if err := end(tx, x.Key); err != nil {
			return models.AuditEntry{}, err
		}
		return entry(by, deed{action: "session.end", target: "admin", id: x.ID, name: x.Email, text: text}), nil
	})
}

// Rename changes the actor's own name.
func (a *Accounts) Rename(ctx context.Context, by models.Actor, name string) error {
	name, err := personName(name)
	if err != nil {
		return err
	}
	return a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		return ownChange(tx, by, "admin.rename", "Changed their own name.", func(x *models.AdminAccount) error {
			x.Name = name
			return nil
		})
	})
}

// ChangePassword asks for the current password, sets a new one, ends all other
// sessions and renews this one.
func (a *Accounts) ChangePassword(ctx context.Context, s *SignedIn, by models.Actor, current, next string) error {
	v := Visitor{Address: by.Address, Client: by.Client, RequestID: by.RequestID}
	if err := a.own(ctx, s.Admin, current, v); err != nil {
		return err
	}
	if current == next {
		return models.Errorf(models.Invalid, "password", "The new password is the current one.").
			WithAdvice("Choose another.").WithCode("password")
	}
	if err := checkPassword(next, s.Admin.Email, s.Admin.Name); err != nil {
		return err
	}
	hash, err := a.Passwords.Hash(ctx, next)
	if err != nil {
		return err
	}
	err = a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		e, err := ownChange(tx, by, "admin.password", "Changed their own password and ended their other sessions.",
			func(x *models.AdminAccount) error {
				if x.PasswordHash != s.Admin.PasswordHash {
					return models.Errorf(models.Stale, "", "The password was changed by somebody else meanwhile.").
						WithAdvice("Sign in again with the new one.")
				}
				x.PasswordHash, x.PasswordSet = hash, tx.Now()
				return nil
			})
		if err != nil {
			return e, err
		}
		return e, tx.EndSessions(s.Admin.Key, s.Session.ID)
	})
	if err != nil {
		return err
	}
	s.Admin.PasswordHash = hash
	return a.renew(ctx, s, a.now())
}

func ownChange(tx *store.Tx, by models.Actor, action, text string, edit func(*models.AdminAccount) error) (models.AuditEntry, error) {
	if _, err := lockAdmins(tx); err != nil {
		return models.AuditEntry{}, err
	}
	old, err := tx.AdminByID(tx.Context(), by.ID)
	if err != nil {
		return models.AuditEntry{}, err
	}
	now := old
	if err := edit(&now); err != nil {
		return models.AuditEntry{}, err
	}
	if err := tx.SaveAdmin(&now); err != nil {
		return models.AuditEntry{}, err
	}
	return entry(by, deed{
		action: action, target: "admin", id: old.ID, name: old.Email, text: text,
		before: adminFields(old), after: adminFields(now),
	}), nil
}
