package account

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/store"
)

// change is one of the things that can be done to an admin account.
type change struct {
	action      string
	text        string // the summary, with %s for the e-mail address
	notSelf     string // the verb, when nobody may do it to their own account
	endSessions bool
	remove      bool
	edit        func(*store.Tx, *models.AdminAccount) error
}

// lockAdmins lists the admins and keeps others from changing them until the
// transaction ends.
func lockAdmins(tx *store.Tx) ([]models.AdminAccount, error) {
	if _, err := tx.CountOwners(); err != nil {
		return nil, err
	}
	return tx.Admins(tx.Context())
}

// asOwner runs fn in a transaction in which the actor still is an owner and no
// admin can change meanwhile.
func (a *Accounts) asOwner(ctx context.Context, by models.Actor, fn func(*store.Tx, []models.AdminAccount) (models.AuditEntry, error)) error {
	if err := needRole(by, models.Owner); err != nil {
		return err
	}
	return a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		admins, err := lockAdmins(tx)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if by.Kind == models.AdminActor && !stillOwner(admins, by.ID) {
			return models.AuditEntry{}, models.Errorf(models.Forbidden, "", "Your account is no longer an owner.").
				WithAdvice("Ask an owner to do it.").WithCode("role")
		}
		return fn(tx, admins)
	})
}

func stillOwner(admins []models.AdminAccount, id string) bool {
	for _, x := range admins {
		if x.ID == id {
			return x.Role == models.Owner && !x.Disabled
		}
	}
	return false
}

func (a *Accounts) changeAdmin(ctx context.Context, by models.Actor, id string, c change) (models.AdminAccount, error) {
	var out models.AdminAccount
	if c.notSelf != "" && by.Kind == models.AdminActor && by.ID == id {
		return out, models.Errorf(models.Conflict, "", "Nobody can %s their own account.", c.notSelf).
			WithAdvice("Another owner has to do it.").WithCode("ownAccount")
	}
	err := a.asOwner(ctx, by, func(tx *store.Tx, admins []models.AdminAccount) (models.AuditEntry, error) {
		old, err := tx.AdminByID(tx.Context(), id)
		if err != nil {
			return models.AuditEntry{}, err
		}
		out = old
		if err := c.edit(tx, &out); err != nil {
			return models.AuditEntry{}, err
		}
		if err := keepOwner(admins, old, out, c.remove); err != nil {
			return models.AuditEntry{}, err
		}
		if err := c.write(tx, by, old, &out); err != nil {
			return models.AuditEntry{}, err
		}
		after := adminFields(out)
		if c.remove {
			after = nil
		}
		return entry(by, deed{
			action: c.action, target: "admin", id: out.ID, name: out.Email,
			text: fmt.Sprintf(c.text, out.Email), before: adminFields(old), after: after,
		}), nil
	})
	return out, err
}

func (c change) write(tx *store.Tx, by models.Actor, old models.AdminAccount, now *models.AdminAccount) error {
	if c.remove {
		return tx.DeleteAdmin(old.Key)
	}
	if err := tx.SaveAdmin(now); err != nil {
		return err
	}
	if !c.endSessions && old.Role == now.Role && (old.Disabled || !now.Disabled) {
		return nil
	}
	keep := ""
	if by.ID == now.ID {
		keep = by.Session // its id is renewed by the caller
	}
	return tx.EndSessions(now.Key, keep)
}

// keepOwner refuses what would leave nobody who can sign in and manage admins.
func keepOwner(admins []models.AdminAccount, old, now models.AdminAccount, remove bool) error {
	if !ableOwner(old) || ableOwner(now) && !remove {
		return nil
	}
	for _, x := range admins {
		if x.ID != old.ID && ableOwner(x) {
			return nil
		}
	}
	return models.Errorf(models.Conflict, "role", "%s is the last owner who can sign in, so the account must stay as it is.", old.Email).
		WithAdvice("Make another admin an owner first.").WithCode("lastOwner")
}

func ableOwner(x models.AdminAccount) bool {
	return x.Role == models.Owner && !x.Disabled && x.PasswordHash != ""
}
