package account

import (
	"context"

	"muster/models"
	"muster/models/store"
)

// AdminSpec is what an owner says about an admin.
type AdminSpec struct {
	Email string
	Name  string
	Role  models.Role
}

// Invitation is a one-use link's code for an admin who has no password yet. It is
// shown once; only its hash is kept.
type Invitation struct {
	Admin   models.AdminAccount
	Code    string
	Expires models.Time
}

// prepare checks a specification and hashes the password ("" leaves the account
// without one, so that nobody can sign in with it yet).
func (a *Accounts) prepare(ctx context.Context, in AdminSpec, password string, words ...string) (models.AdminAccount, error) {
	var out models.AdminAccount
	email, err := checkEmail(in.Email)
	if err != nil {
		return out, err
	}
	if in.Name == "" {
		in.Name = email
	}
	name, err := personName(in.Name)
	if err != nil {
		return out, err
	}
	if !in.Role.Valid() {
		return out, badRole(in.Role)
	}
	if out.ID, err = a.newID(); err != nil {
		return out, err
	}
	out.Email, out.Name, out.Role = email, name, in.Role
	if password == "" {
		return out, nil
	}
	if err := checkPassword(password, append(words, email, name)...); err != nil {
		return out, err
	}
	out.PasswordHash, err = a.Passwords.Hash(ctx, password)
	return out, err
}

func badRole(r models.Role) error {
	return models.Errorf(models.Invalid, "role", "There is no role %q.", cut(string(r), 20)).
		WithAdvice("Choose owner, admin or auditor.")
}

// AddAdmin makes an account without a password and the invitation with which its
// person sets one.
func (a *Accounts) AddAdmin(ctx context.Context, by models.Actor, in AdminSpec) (Invitation, error) {
	var out Invitation
	account, err := a.prepare(ctx, in, "")
	if err != nil {
		return out, err
	}
	err = a.asOwner(ctx, by, func(tx *store.Tx, _ []models.AdminAccount) (models.AuditEntry, error) {
		out.Admin = account
		if err := insert(tx, by, &out.Admin); err != nil {
			return models.AuditEntry{}, err
		}
		if out.Code, out.Expires, err = a.invite(tx, out.Admin); err != nil {
			return models.AuditEntry{}, err
		}
		return added(by, out.Admin, "Invited "+out.Admin.Email+" as "+string(out.Admin.Role)+"."), nil
	})
	return out, err
}

// AddAdminWithPassword makes an account that can sign in at once: the command
// line's way. On an instance without admins it must be an owner, and the set-up
// link ends.
func (a *Accounts) AddAdminWithPassword(ctx context.Context, by models.Actor, in AdminSpec, password string) (models.AdminAccount, error) {
	var out models.AdminAccount
	if password == "" {
		return out, checkPassword("")
	}
	account, err := a.prepare(ctx, in, password)
	if err != nil {
		return out, err
	}
	err = a.asOwner(ctx, by, func(tx *store.Tx, admins []models.AdminAccount) (models.AuditEntry, error) {
		out = account
		if len(admins) == 0 && out.Role != models.Owner {
			return models.AuditEntry{}, models.Errorf(models.Conflict, "role", "The first account of an instance must be an owner.").
				WithAdvice("Add an owner first, then the others.")
		}
		if err := tx.SetInstance(setupName, ""); err != nil {
			return models.AuditEntry{}, err
		}
		out.PasswordSet = tx.Now()
		if err := insert(tx, by, &out); err != nil {
			return models.AuditEntry{}, err
		}
		return added(by, out, "Added "+out.Email+" as "+string(out.Role)+"."), nil
	})
	return out, err
}

func insert(tx *store.Tx, by models.Actor, account *models.AdminAccount) error {
	account.Created, account.CreatedBy = tx.Now(), by.Name
	return tx.InsertAdmin(account)
}

func added(by models.Actor, account models.AdminAccount, text string) models.AuditEntry {
	return entry(by, deed{
		action: "admin.create", target: "admin", id: account.ID, name: account.Email,
		text: text, after: adminFields(account),
	})
}

// EditAdmin changes name and role. A new role ends the person's sessions, so that
// no browser goes on with the old one.
func (a *Accounts) EditAdmin(ctx context.Context, by models.Actor, id string, name string, role models.Role) (models.AdminAccount, error) {
	name, err := personName(name)
	if err != nil {
		return models.AdminAccount{}, err
	}
	if !role.Valid() {
		return models.AdminAccount{}, badRole(role)
	}
	return a.changeAdmin(ctx, by, id, change{
		action: "admin.edit", text: "Changed the account of %s.",
		edit: func(_ *store.Tx, x *models.AdminAccount) error {
			x.Name, x.Role = name, role
			return nil
		},
	})
}

// DisableAdmin keeps a person out, at once and everywhere, until enabled again.
func (a *Accounts) DisableAdmin(ctx context.Context, by models.Actor, id string) (models.AdminAccount, error) {
	return a.changeAdmin(ctx, by, id, change{
		action: "admin.disable", text: "Disabled the account of %s and ended its sessions.", notSelf: "disable",
		edit: func(_ *store.Tx, x *models.AdminAccount) error {
			x.Disabled = true
			return nil
		},
	})
}

// EnableAdmin lets a disabled person sign in again.
func (a *Accounts) EnableAdmin(ctx context.Context, by models.Actor, id string) (models.AdminAccount, error) {
	return a.changeAdmin(ctx, by, id, change{
		action: "admin.enable", text: "Enabled the account of %s.",
		edit: func(_ *store.Tx, x *models.AdminAccount) error {
			x.Disabled = false
			return nil
		},
	})
}

// ResetAdmin takes the password away, ends the sessions and gives a new one-use
// link: for a lost password, and for one that others may know.
func (a *Accounts) ResetAdmin(ctx context.Context, by models.Actor, id string) (Invitation, error) {
	var out Invitation
	account, err := a.changeAdmin(ctx, by, id, change{
		action: "admin.reset", text: "Reset the password of %s and ended its sessions.", notSelf: "reset", endSessions: true,
		edit: func(tx *store.Tx, x *models.AdminAccount) (err error) {
			x.PasswordHash = ""
			out.Code, out.Expires, err = a.invite(tx, *x)
			return err
		},
	})
	out.Admin = account
	return out, err
}

// SetPassword gives an account a new password and ends its sessions: the command
// line's way back in. It also enables the account and forgets failed attempts.
func (a *Accounts) SetPassword(ctx context.Context, by models.Actor, id, password string) (models.AdminAccount, error) {
	known, err := a.Store.AdminByID(ctx, id)
	if err != nil {
		return known, err
	}
	if err := checkPassword(password, known.Email, known.Name); err != nil {
		return known, err
	}
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return known, err
	}
	return a.changeAdmin(ctx, by, id, change{
		action: "admin.password", text: "Set a new password for %s and ended its sessions.", endSessions: true,
		edit: func(tx *store.Tx, x *models.AdminAccount) error {
			x.PasswordHash, x.PasswordSet, x.Disabled = hash, tx.Now(), false
			if err := tx.SetInstance(inviteName(x.ID), ""); err != nil {
				return err
			}
			return tx.SaveThrottle(models.Throttle{Name: accountThrottle(x.Email)})
		},
	})
}

// RemoveAdmin ends an account with its sessions; what the person did stays in the
// audit log.
func (a *Accounts) RemoveAdmin(ctx context.Context, by models.Actor, id string) error {
	_, err := a.changeAdmin(ctx, by, id, change{
		action: "admin.remove", text: "Removed the account of %s.", notSelf: "remove", remove: true,
		edit: func(tx *store.Tx, x *models.AdminAccount) error { return tx.SetInstance(inviteName(x.ID), "") },
	})
	return err
}
