package session

import (
	"context"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
)

// Options are what sessions work with.
type Options struct {
	Accounts *account.Accounts
	Secure   bool   // the public address is https
	Host     string // of the public address; "" for none that was told
}

// Sessions keeps browsers signed in and holds routes to their access.
type Sessions struct {
	Options
	store *dbStore

	// Unsent answers a form that came after its session had ended, and tells whether it
	// did; nil sends everybody to the sign-in page.
	Unsent func(c echo.Context, back string) (answered bool, err error)

	// TurnedAway hears of a request that was refused for its token, which is known; nil
	// hears nothing.
	TurnedAway func(c echo.Context, t models.Token, refusal error)
}

// New makes Sessions.
func New(o Options) *Sessions {
	return &Sessions{Options: o, store: &dbStore{accounts: o.Accounts, secure: o.Secure}}
}

// CookieName is "__Host-muster" on https: a prefix with which browsers refuse a
// cookie set from another host or path. Plain http cannot use it.
func (s *Sessions) CookieName() string {
	if s.Secure {
		return "__Host-muster"
	}
	return "muster"
}

func (s *Sessions) session(c echo.Context) (*sessions.Session, error) {
	r := c.Request()
	if _, ok := r.Context().Value(visitorKey{}).(account.Visitor); !ok {
		r = r.WithContext(context.WithValue(r.Context(), visitorKey{}, Visitor(c)))
		c.SetRequest(r)
	}
	return s.store.Get(r, s.CookieName())
}

// current gives the signed-in admin, or false when there is none.
func (s *Sessions) current(c echo.Context) (account.SignedIn, bool, error) {
	gs, err := s.session(c)
	if err != nil {
		return account.SignedIn{}, false, err
	}
	in, ok := held(gs)
	return in, ok, nil
}

// Current gives the signed-in admin of a request to any route. A database that
// does not answer counts as nobody: error pages must still render.
func (s *Sessions) Current(c echo.Context) (account.SignedIn, bool) {
	in, ok, err := s.current(c)
	return in, ok && err == nil
}

// Alive tells whether the browser's session still stands, for answers that go on for
// minutes: signing out, a disabled account and a new role end them too.
func (s *Sessions) Alive(c echo.Context) bool {
	cookie, err := c.Cookie(s.CookieName())
	if err != nil {
		return false
	}
	in, err := s.Accounts.Peek(c.Request().Context(), cookie.Value)
	return err == nil && in.Admin.Role == Actor(c).Role
}

// SignIn checks e-mail and password and starts a session under a new id; the one
// that the browser had before ends.
func (s *Sessions) SignIn(c echo.Context, email, password string) error {
	in, err := s.Accounts.SignIn(c.Request().Context(), email, password, Visitor(c))
	if err != nil {
		return err
	}
	return s.replace(c, in)
}

// Start signs somebody in who proved who they are by a one-use link.
func (s *Sessions) Start(c echo.Context, x models.AdminAccount) error {
	in, err := s.Accounts.Start(c.Request().Context(), x, Visitor(c))
	if err != nil {
		return err
	}
	return s.replace(c, in)
}

func (s *Sessions) replace(c echo.Context, in account.SignedIn) error {
	if old, ok := s.Current(c); ok {
		if err := s.Accounts.SignOut(c.Request().Context(), old); err != nil {
			return err
		}
	}
	return s.put(c, in)
}

// put makes in the request's session and sends its cookie.
func (s *Sessions) put(c echo.Context, in account.SignedIn) error {
	gs, err := s.session(c)
	if err != nil {
		return err
	}
	adopt(gs, in)
	home, err := s.Accounts.Home(c.Request().Context())
	if err != nil {
		return err
	}
	SetActor(c, in.Actor(home, Visitor(c)))
	return gs.Save(c.Request(), c.Response())
}

// SignOut ends the session in the database and takes the cookie away.
func (s *Sessions) SignOut(c echo.Context) error {
	gs, err := s.session(c)
	if err != nil {
		return err
	}
	gs.Options.MaxAge = -1
	return gs.Save(c.Request(), c.Response())
}

// Change runs fn on the signed-in admin, for what renews the session's id:
// step-up, a new password, a new role.
func (s *Sessions) Change(c echo.Context, fn func(context.Context, *account.SignedIn) error) error {
	in, ok, err := s.current(c)
	if err != nil {
		return err
	}
	if !ok {
		return signInFirst()
	}
	if err := fn(c.Request().Context(), &in); err != nil {
		return err
	}
	return s.put(c, in)
}

// Confirm checks the password once more; for account.ConfirmLife the session may
// then do what asks for it.
func (s *Sessions) Confirm(c echo.Context, password string) error {
	return s.Change(c, func(ctx context.Context, in *account.SignedIn) error {
		return s.Accounts.Confirm(ctx, in, password, Visitor(c))
	})
}

// Confirmed tells whether the password was given a short while ago.
func (s *Sessions) Confirmed(c echo.Context) bool {
	in, ok := s.Current(c)
	return ok && s.Accounts.Confirmed(in)
}
