package account

import (
	"context"
	"net/mail"
	"strings"
	"unicode/utf8"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

const setupName = "setup code"

// SetupRequest is the first owner, and the name of the organization.
type SetupRequest struct {
	Code         string
	Email        string
	Name         string
	Password     string
	Organization string
	Visitor      Visitor
}

// SetupOpen tells whether the instance still waits for its first owner.
func (a *Accounts) SetupOpen(ctx context.Context) (bool, error) {
	admins, err := a.Store.Admins(ctx)
	return len(admins) == 0, err
}

// SetupCode makes the one-use code of the set-up link, good for LinkLife, and
// forgets the one before. open is false, and the code empty, once there is an
// admin.
func (a *Accounts) SetupCode(ctx context.Context) (text string, open bool, err error) {
	err = a.Store.Keep(ctx, func(tx *store.Tx) error {
		text, open = "", false
		admins, err := lockAdmins(tx)
		if err != nil || len(admins) > 0 {
			return err
		}
		text, _, err = a.newCode(tx, setupName)
		open = err == nil
		return err
	})
	if err != nil {
		return "", false, err
	}
	return text, open, nil
}

// CheckSetup tells whether a set-up code would be taken now.
func (a *Accounts) CheckSetup(ctx context.Context, text string) error {
	return a.checkSetup(ctx, a.Store.Reader, text)
}

func (a *Accounts) checkSetup(ctx context.Context, r store.Reader, text string) error {
	// The code first: were it the other way round, a set-up that ends between the
	// two would look like a bad link.
	kept, err := r.Instance(ctx, setupName)
	if err != nil {
		return err
	}
	admins, err := r.Admins(ctx)
	if err != nil {
		return err
	}
	if len(admins) > 0 {
		return models.Errorf(models.Conflict, "code", "This Muster is set up already; the link was for its first owner only.").
			WithAdvice("Sign in, or ask an owner for an invitation. If nobody can sign in, run “muster admin reset EMAIL” on the server.").
			WithCode("setupDone")
	}
	if !fits(kept, text, a.now()) {
		return models.Errorf(models.Forbidden, "code", "This set-up link is not valid: it is incomplete, older than 24 hours, or replaced by a newer one.").
			WithAdvice("Open the link that was printed last, by whichever instance; or restart the server and open the one that it prints.").WithCode("setupCode")
	}
	return nil
}

// Setup makes the first owner, names the organization and consumes the code: all
// or nothing, and only one of two who try at once.
func (a *Accounts) Setup(ctx context.Context, in SetupRequest) (models.AdminAccount, error) {
	var made models.AdminAccount
	home, err := a.Home(ctx)
	if err != nil {
		return made, err
	}
	// Before the costly hash, so that a stranger without the code costs nothing.
	if err := a.CheckSetup(ctx, in.Code); err != nil {
		return made, err
	}
	name, err := organizationName(in.Organization)
	if err != nil {
		return made, err
	}
	owner, err := a.prepare(ctx, AdminSpec{Email: in.Email, Name: in.Name, Role: models.Owner}, in.Password, name)
	if err != nil {
		return made, err
	}
	err = a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		made = owner
		return a.setup(tx, home, name, in, &made)
	})
	return made, err
}

func (a *Accounts) setup(tx *store.Tx, home int64, name string, in SetupRequest, owner *models.AdminAccount) (models.AuditEntry, error) {
	var none models.AuditEntry
	if _, err := lockAdmins(tx); err != nil {
		return none, err
	}
	if err := a.checkSetup(tx.Context(), tx.Reader, in.Code); err != nil {
		return none, err
	}
	owner.Created, owner.PasswordSet, owner.CreatedBy = tx.Now(), tx.Now(), "set-up link"
	if err := tx.InsertAdmin(owner); err != nil {
		return none, err
	}
	if err := tx.SetInstance(setupName, ""); err != nil {
		return none, err
	}
	o, err := tx.LockOrganization(home)
	if err != nil {
		return none, err
	}
	before := organizationFields(o, "")
	o.Name = name
	if err := tx.SaveOrganization(&o); err != nil {
		return none, err
	}
	return entry(actorOf(*owner, home, in.Visitor), deed{
		action: "instance.setup", target: "admin", id: owner.ID, name: owner.Email,
		text:   owner.Email + " set up this instance as its first owner.",
		before: before, after: append(adminFields(*owner), organizationFields(o, "")...),
	}), nil
}

func organizationName(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > 100 {
		return "", models.Errorf(models.Invalid, "organization", "The organization's name has %d characters.", n).
			WithAdvice("Enter 1 to 100 characters; pages and confirmations show it.")
	}
	return name, nil
}

// checkEmail gives an address without surrounding spaces.
func checkEmail(text string) (string, error) {
	text = strings.TrimSpace(text)
	at, err := mail.ParseAddress(text)
	if err != nil || at.Address != text || len(text) > 254 {
		return "", models.Errorf(models.Invalid, "email", "%q is not an e-mail address.", cut(text, 60)).
			WithAdvice("Enter it in the form name@example.com.")
	}
	return text, nil
}

func personName(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > 100 {
		return "", models.Errorf(models.Invalid, "name", "The name has %d characters.", n).
			WithAdvice("Enter 1 to 100 characters; the audit log and other admins show it.")
	}
	return name, nil
}

func checkPassword(password string, context ...string) error {
	if err := secret.CheckPassword(password, context...); err != nil {
		return models.Errorf(models.Invalid, "password", "%s.", sentence(err.Error())).WithCode("password")
	}
	return nil
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	r, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[size:]
}

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}
