package account

import (
	"context"
	"strings"

	"muster/models"
	"muster/models/store"
)

func inviteName(admin string) string { return "invitation " + admin }

// invite makes a code that names its account, so that the link alone is enough.
func (a *Accounts) invite(tx *store.Tx, account models.AdminAccount) (string, models.Time, error) {
	text, expires, err := a.newCode(tx, inviteName(account.ID))
	return account.ID + "." + text, expires, err
}

// Invited tells whose invitation a code is, while it can be used.
func (a *Accounts) Invited(ctx context.Context, text string) (models.AdminAccount, error) {
	return a.invited(ctx, a.Store.Reader, text)
}

func (a *Accounts) invited(ctx context.Context, r store.Reader, text string) (models.AdminAccount, error) {
	id, rest, _ := strings.Cut(text, ".")
	bad := models.Errorf(models.Forbidden, "code", "This invitation is not valid: it is incomplete, used, older than 24 hours, or replaced by a newer one.").
		WithAdvice("Ask an owner for a new link.").WithCode("invitation")
	account, err := r.AdminByID(ctx, id)
	if models.KindOf(err) == models.NotFound {
		return account, bad
	}
	if err != nil {
		return account, err
	}
	kept, err := r.Instance(ctx, inviteName(id))
	if err != nil {
		return account, err
	}
	if account.Disabled || !fits(kept, rest, a.now()) {
		return models.AdminAccount{}, bad
	}
	return account, nil
}

// Accept sets the name and password of an invited person and uses the code up.
func (a *Accounts) Accept(ctx context.Context, text, name, password string, v Visitor) (models.AdminAccount, error) {
	var out models.AdminAccount
	home, err := a.Home(ctx)
	if err != nil {
		return out, err
	}
	known, err := a.Invited(ctx, text)
	if err != nil {
		return out, err
	}
	if name, err = personName(name); err != nil {
		return out, err
	}
	if err := checkPassword(password, known.Email, name); err != nil {
		return out, err
	}
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return out, err
	}
	err = a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		if _, err := lockAdmins(tx); err != nil {
			return models.AuditEntry{}, err
		}
		old, err := a.invited(ctx, tx.Reader, text)
		if err != nil {
			return models.AuditEntry{}, err
		}
		out = old
		out.Name, out.PasswordHash, out.PasswordSet = name, hash, tx.Now()
		if err := tx.SaveAdmin(&out); err != nil {
			return models.AuditEntry{}, err
		}
		if err := tx.SetInstance(inviteName(out.ID), ""); err != nil {
			return models.AuditEntry{}, err
		}
		if err := tx.EndSessions(out.Key, ""); err != nil {
			return models.AuditEntry{}, err
		}
		return entry(actorOf(out, home, v), deed{
			action: "admin.accept", target: "admin", id: out.ID, name: out.Email,
			text: out.Email + " used the invitation and set a password.", before: adminFields(old), after: adminFields(out),
		}), nil
	})
	return out, err
}
