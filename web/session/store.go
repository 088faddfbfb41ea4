package session

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
)

// dbStore is a sessions.Store over the database: the cookie holds a random id and
// nothing else, and only the id's hash is kept. Visitors who are not signed in
// have no session, so that nobody can fill the table.
type dbStore struct {
	accounts *account.Accounts
	secure   bool
}

// signedInKey holds the account.SignedIn among a session's values; it is not
// written with them.
type signedInKey struct{}

var _ sessions.Store = (*dbStore)(nil)

// Get gives the request's session, loaded once.
func (d *dbStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(d, name)
}

// New loads the session that the request's cookie names; IsNew stays true when
// there is none that is still good.
func (d *dbStore) New(r *http.Request, name string) (*sessions.Session, error) {
	s := sessions.NewSession(d, name)
	s.IsNew = true
	s.Options = d.options()
	cookie, err := r.Cookie(name)
	if err != nil || cookie.Value == "" {
		return s, nil
	}
	in, err := d.accounts.Resume(r.Context(), cookie.Value, visitorOf(r))
	if err != nil {
		if models.KindOf(err) == models.Unauthorized {
			return s, nil
		}
		return s, err
	}
	adopt(s, in)
	return s, nil
}

// Save writes the values and sends the cookie; with MaxAge below zero it ends the
// session in the database and in the browser.
func (d *dbStore) Save(r *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	in, ok := held(s)
	if s.Options.MaxAge < 0 {
		send(w, sessions.NewCookie(s.Name(), "", s.Options))
		if !ok {
			return nil
		}
		return d.accounts.SignOut(r.Context(), in)
	}
	if !ok {
		return nil
	}
	in.Values = texts(s)
	if err := d.accounts.Keep(r.Context(), &in); err != nil {
		return err
	}
	if has, err := r.Cookie(s.Name()); err != nil || has.Value != in.Cookie {
		send(w, sessions.NewCookie(s.Name(), in.Cookie, s.Options))
	}
	return nil
}

// send sets a cookie in place of one that this answer set before: RFC 6265
// section 4.1.1 asks for one per name.
func send(w http.ResponseWriter, cookie *http.Cookie) {
	const header = "Set-Cookie"
	others := slices.DeleteFunc(w.Header()[header], func(line string) bool {
		return strings.HasPrefix(line, cookie.Name+"=")
	})
	w.Header()[header] = append(others, cookie.String())
}

// options make the cookie last as long as the browser; how long the session lives
// is the server's decision.
func (d *dbStore) options() *sessions.Options {
	return &sessions.Options{Path: "/", Secure: d.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// adopt makes a gorilla session out of a signed-in admin.
func adopt(s *sessions.Session, in account.SignedIn) {
	s.IsNew, s.ID = false, in.Session.ID
	s.Values = map[any]any{signedInKey{}: in}
	for k, v := range in.Values {
		s.Values[k] = v
	}
}

func held(s *sessions.Session) (account.SignedIn, bool) {
	in, ok := s.Values[signedInKey{}].(account.SignedIn)
	return in, ok
}

func texts(s *sessions.Session) map[string]string {
	out := map[string]string{}
	for k, v := range s.Values {
		key, isText := k.(string)
		value, isValue := v.(string)
		if isText && isValue {
			out[key] = value
		}
	}
	return out
}

type visitorKey struct{}

// visitorOf is the visitor that the middleware noted on the request.
func visitorOf(r *http.Request) account.Visitor {
	v, _ := r.Context().Value(visitorKey{}).(account.Visitor)
	return v
}

// Visitor is the browser or client that asks. The address is echo's, so the
// server must set an IPExtractor that believes configured proxies only. The name of the
// client is kept and shown: a secret that somebody put into it is not.
func Visitor(c echo.Context) account.Visitor {
	return account.Visitor{
		Address: c.RealIP(), Client: secret.RedactText(c.Request().UserAgent()),
		RequestID: c.Response().Header().Get(echo.HeaderXRequestID),
	}
}
