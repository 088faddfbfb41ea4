package account

import (
	"context"
	"fmt"
	"time"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

// How long a session lives: without a request, in all, and how long a password
// given counts for what asks for it again.
const (
	IdleLife     = 30 * time.Minute
	AbsoluteLife = 12 * time.Hour
	ConfirmLife  = 10 * time.Minute
	touchEvery   = time.Minute
)

// SignedIn is an admin in a browser. Cookie is the random id that only the
// browser has; Values are kept sealed with it, so that the database alone
// reveals neither.
type SignedIn struct {
	Admin   models.AdminAccount
	Session models.Session
	Cookie  string
	Values  map[string]string
}

// Actor is the admin as the doors know who asks.
func (s SignedIn) Actor(organization int64, v Visitor) models.Actor {
	by := actorOf(s.Admin, organization, v)
	by.Session = s.Session.ID
	return by
}

func actorOf(x models.AdminAccount, organization int64, v Visitor) models.Actor {
	return models.Actor{
		Kind: models.AdminActor, ID: x.ID, Name: x.Email, OrganizationID: organization,
		Role: x.Role, Address: v.Address, Client: v.Client, RequestID: v.RequestID,
	}
}

// SignIn checks e-mail and password and starts a session. Whatever is wrong, the
// refusal and the time it takes are the same.
func (a *Accounts) SignIn(ctx context.Context, email, password string, v Visitor) (SignedIn, error) {
	var out SignedIn
	home, err := a.Home(ctx)
	if err != nil {
		return out, err
	}
	if err := a.attempt(ctx, email, v.Address); err != nil {
		return out, err
	}
	known, upgraded, err := a.verify(ctx, email, password)
	if err != nil {
		return out, err
	}
	err = a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		fresh, err := tx.AdminByKey(tx.Context(), known.Key)
		if err != nil || fresh.Disabled || fresh.PasswordHash != known.PasswordHash {
			return models.AuditEntry{}, orNeutral(err)
		}
		if err := passed(tx, email, v.Address); err != nil {
			return models.AuditEntry{}, err
		}
		if err := tx.NoteSignIn(fresh.Key, known.PasswordHash, upgraded); err != nil {
			return models.AuditEntry{}, err
		}
		if out, err = a.start(tx, fresh, v); err != nil {
			return models.AuditEntry{}, err
		}
		return entry(out.Actor(home, v), deed{
			action: "session.start", target: "admin", id: fresh.ID, name: fresh.Email,
			text: fresh.Email + " signed in.",
		}), nil
	})
	return out, err
}

// Start begins a session for somebody who just proved who they are in another
// way: by the set-up link or an invitation.
func (a *Accounts) Start(ctx context.Context, x models.AdminAccount, v Visitor) (SignedIn, error) {
	var out SignedIn
	err := a.Store.Keep(ctx, func(tx *store.Tx) (err error) {
		if err := tx.NoteSignIn(x.Key, "", ""); err != nil {
			return err
		}
		out, err = a.start(tx, x, v)
		return err
	})
	return out, err
}

func neutral() *models.Error {
	return models.Errorf(models.Unauthorized, "", "The e-mail address or the password is wrong.").
		WithAdvice("Check both and try again. An owner can reset a forgotten password.").WithCode("signIn")
}

func orNeutral(err error) error {
	if err == nil || models.KindOf(err) == models.NotFound {
		return neutral()
	}
	return err
}

// verify gives the account whose password this is, and a new hash when the stored
// one was made with other costs than today's.
func (a *Accounts) verify(ctx context.Context, email, password string) (models.AdminAccount, string, error) {
	x, err := a.Store.AdminByEmail(ctx, email)
	if err != nil && models.KindOf(err) != models.NotFound {
		return x, "", err
	}
	if err != nil || x.Disabled || x.PasswordHash == "" {
		if err := a.Passwords.VerifyUnknown(ctx, password); err != nil {
			return x, "", err
		}
		return x, "", neutral()
	}
	ok, upgrade, err := a.Passwords.Verify(ctx, x.PasswordHash, password)
	if err != nil {
		return x, "", err
	}
	if !ok {
		return x, "", neutral()
	}
	if !upgrade {
		return x, "", nil
	}
	hash, err := a.Passwords.Hash(ctx, password)
	return x, hash, err
}

func (a *Accounts) start(tx *store.Tx, x models.AdminAccount, v Visitor) (SignedIn, error) {
	id, err := a.newID()
	if err != nil {
		return SignedIn{}, err
	}
	out := SignedIn{Admin: x, Cookie: secret.NewSessionID(a.Rand), Values: map[string]string{}}
	out.Session = models.Session{
		ID: id, Hash: secret.HashToken(out.Cookie), AdminKey: x.Key, Created: tx.Now(),
		LastSeen: tx.Now(), Confirmed: tx.Now(), Address: v.Address, Client: cut(v.Client, 200),
	}
	return out, tx.InsertSession(&out.Session)
}

// Resume gives the session of a cookie. An unknown, ended, idle or aged one, and
// one whose admin is disabled or gone, is refused as Unauthorized.
func (a *Accounts) Resume(ctx context.Context, cookie string, v Visitor) (SignedIn, error) {
	out, err := a.Peek(ctx, cookie)
	if err != nil {
		return out, err
	}
	return out, a.touch(ctx, &out.Session, v)
}

// Peek gives the session of a cookie as Resume does, and does not count as its use.
func (a *Accounts) Peek(ctx context.Context, cookie string) (SignedIn, error) {
	out := SignedIn{Cookie: cookie}
	ended := models.Errorf(models.Unauthorized, "", "The session has ended.").WithAdvice("Sign in again.").WithCode("session")
	row, err := a.Store.SessionByHash(ctx, secret.HashToken(cookie))
	if err != nil {
		return out, err
	}
	now := a.now()
	if row.AdminKey == 0 || row.LastSeen.Add(IdleLife) <= now || row.Created.Add(AbsoluteLife) <= now {
		return out, ended
	}
	if row.Created > now.Add(AbsoluteLife) { // the clock was far ahead then, and would make it live for as long
		return out, ended
	}
	x, err := a.Store.AdminByKey(ctx, row.AdminKey)
	if models.KindOf(err) == models.NotFound || x.Disabled {
		return out, ended
	}
	if err != nil {
		return out, err
	}
	out.Admin, out.Session, out.Values = x, row, unseal(cookie, row.Data)
	return out, nil
}

// touch is written at most once a minute, and at once when the address changes. A
// database that takes no writes just now, such as one on a full disk, keeps nobody from
// reading: the session is as good as it was, and its use is written another time.
func (a *Accounts) touch(ctx context.Context, s *models.Session, v Visitor) error {
	now := a.now()
	if s.LastSeen.Add(touchEvery) > now && (v.Address == s.Address || v.Address == "") {
		return nil
	}
	s.LastSeen, s.Address, s.Client = now, v.Address, cut(v.Client, 200)
	err := a.Store.Keep(ctx, func(tx *store.Tx) error { return tx.TouchSession(s.Key, now, s.Address, s.Client) })
	if models.KindOf(err) == models.Unavailable {
		a.Log.WarnContext(ctx, "the use of a session could not be written", "error", err)
		return nil
	}
	return err
}

// Keep writes the values of a session.
func (a *Accounts) Keep(ctx context.Context, s *SignedIn) error {
	data, err := seal(a.Rand, s.Cookie, s.Values)
	if err != nil {
		return err
	}
	s.Session.Data = data
	return a.Store.Keep(ctx, func(tx *store.Tx) error { return tx.KeepSessionData(s.Session.Key, data) })
}

// Renew gives the session a new cookie; the old one is worthless from then on.
func (a *Accounts) Renew(ctx context.Context, s *SignedIn) error {
	return a.renew(ctx, s, s.Session.Confirmed)
}

func (a *Accounts) renew(ctx context.Context, s *SignedIn, confirmed models.Time) error {
	next := *s
	next.Cookie = secret.NewSessionID(a.Rand)
	next.Session.Hash, next.Session.Confirmed = secret.HashToken(next.Cookie), confirmed
	data, err := seal(a.Rand, next.Cookie, next.Values)
	if err != nil {
		return err
	}
	next.Session.Data = data
	err = a.Store.Keep(ctx, func(tx *store.Tx) error {
		if _, err := tx.SessionByHash(tx.Context(), s.Session.Hash); err != nil {
			return err
		}
		return tx.SaveSession(&next.Session)
	})
	if err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	*s = next
	return nil
}

// Confirm checks the password once more and renews the session: what changes who
// may do what asks for it within ConfirmLife.
func (a *Accounts) Confirm(ctx context.Context, s *SignedIn, password string, v Visitor) error {
	if err := a.own(ctx, s.Admin, password, v); err != nil {
		return err
	}
	return a.renew(ctx, s, a.now())
}

// Confirmed tells whether the password was given within ConfirmLife.
func (a *Accounts) Confirmed(s SignedIn) bool {
	now, given := a.now(), s.Session.Confirmed
	return given != 0 && given.Add(ConfirmLife) > now && given <= now.Add(ConfirmLife)
}

// own checks a signed-in person's own password, throttled as sign-in is.
func (a *Accounts) own(ctx context.Context, x models.AdminAccount, password string, v Visitor) error {
	if err := a.attempt(ctx, x.Email, v.Address); err != nil {
		return err
	}
	if _, _, err := a.verify(ctx, x.Email, password); err != nil {
		if e, ok := models.AsError(err); ok && e.Code == "signIn" {
			return models.Errorf(models.Invalid, "current", "This is not your password.").
				WithAdvice("Type the password that you sign in with.").WithCode("password")
		}
		return err
	}
	return a.Store.Keep(ctx, func(tx *store.Tx) error { return passed(tx, x.Email, v.Address) })
}

// SignOut ends the session at the server: a copy of its cookie is worthless.
func (a *Accounts) SignOut(ctx context.Context, s SignedIn) error {
	return a.Store.Keep(ctx, func(tx *store.Tx) error { return tx.EndSession(s.Session.AdminKey, s.Session.ID) })
}
