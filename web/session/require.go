package session

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
)

// ProbeHeader marks the requests of Muster's own connection test.
const ProbeHeader = "Muster-Probe"

// Require puts a route's handler behind its Access. It is the only way to serve a
// Route; an Access that names nobody admits nobody.
func (s *Sessions) Require(r Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		switch {
		case r.Access.Public:
			return r.Handler(c)
		case r.Access.Scope != "" && (r.Access.Role == "" || c.Request().Header.Get(echo.HeaderAuthorization) != ""):
			return s.bearer(c, r)
		case r.Access.Role != "":
			return s.browser(c, r)
		}
		return models.Errorf(models.Forbidden, "", "Nobody may use this address.").
			WithAdvice("This is a fault of Muster's; please report it.").WithCode("access")
	}
}

func (s *Sessions) browser(c echo.Context, r Route) error {
	in, ok, err := s.current(c)
	if err != nil {
		return err
	}
	if !ok {
		return s.toSignIn(c)
	}
	home, err := s.Accounts.Home(c.Request().Context())
	if err != nil {
		return err
	}
	actor := in.Actor(home, Visitor(c))
	SetActor(c, actor)
	if !actor.Role.Includes(r.Access.Role) {
		return models.Errorf(models.Forbidden, "", "This page needs the role %s; yours is %s.", r.Access.Role, actor.Role).
			WithAdvice("Ask an owner to do it, or to change your role.").WithCode("role")
	}
	return r.Handler(c)
}

func signInFirst() error {
	return models.Errorf(models.Unauthorized, "", "You are not signed in.").WithAdvice("Sign in and try again.").WithCode("session")
}

// toSignIn sends a page to the sign-in page and back afterwards, tells htmx to go
// there as a whole page, and refuses what is neither, such as an event stream. Whoever
// was signed in before is told that this ended, and gets a form back that was sent since.
func (s *Sessions) toSignIn(c echo.Context) error {
	r := c.Request()
	back := s.comeBack(r)
	to := "/login?next=" + url.QueryEscape(back)
	if _, err := c.Cookie(s.CookieName()); err == nil {
		switch {
		case r.Method != http.MethodPost || r.Header.Get("HX-Request") == "true":
			to += "&ended=page"
		case s.Unsent != nil:
			if answered, err := s.Unsent(c, back); answered || err != nil {
				return err
			}
			to += "&ended=form"
		}
	}
	switch {
	case r.Header.Get("HX-Request") == "true":
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusUnauthorized)
	case strings.HasPrefix(r.Header.Get(echo.HeaderAccept), "text/event-stream"):
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// comeBack is the page to show after sign-in: what was asked for, or, for a form
// or a fragment, the page it was on.
func (s *Sessions) comeBack(r *http.Request) string {
	if r.Method == http.MethodGet && r.Header.Get("HX-Request") != "true" {
		return Next(r.URL.RequestURI())
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host && from.Host != s.Host {
		return "/"
	}
	return Next(from.RequestURI())
}

// Next gives a path on this site that came from outside, or "/" for anything that
// could lead elsewhere.
func Next(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	if u.Path == "/login" || u.Path == "/logout" {
		return "/"
	}
	return u.RequestURI()
}

func (s *Sessions) bearer(c echo.Context, r Route) error {
	sent := c.Request().Header.Get(echo.HeaderAuthorization)
	visitor := Visitor(c)
	actor, token, err := s.Accounts.Authenticate(c.Request().Context(), credential(sent), visitor.Address)
	if err == nil {
		actor.Client, actor.RequestID = visitor.Client, visitor.RequestID
		SetActor(c, actor)
		err = account.NeedScope(actor, r.Access.Scope)
	}
	probe := s.Accounts.IsProbe(c.Request().Header.Get(ProbeHeader))
	if err != nil {
		challenge(c, err, sent != "", r.Access.Scope)
		if token.Key != 0 && !probe && s.TurnedAway != nil {
			s.TurnedAway(c, token, err)
		}
		if token.Key == 0 && !probe && sent != "" {
			s.Accounts.Turned(visitor.Address, visitor.Client, err)
		}
	} else {
		err = r.Handler(c)
	}
	if !probe {
		failed := err != nil || c.Response().Status >= http.StatusBadRequest
		s.Accounts.Seen(token, visitor.Address, visitor.Client, failed)
	}
	return err
}

// credential takes the token out of an Authorization header. The scheme's case
// does not matter (RFC 9110 section 11.1); a token without a scheme is taken too,
// because some directories send the field as it was typed.
func credential(header string) string {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(header), " ")
	if !ok && strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	if !ok {
		return scheme
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return header
	}
	return strings.TrimSpace(rest)
}

// challenge writes the header of RFC 6750 section 3. A request without any
// credential is told no error code, as section 3.1 asks.
func challenge(c echo.Context, err error, sent bool, need models.Scope) {
	e, ok := models.AsError(err)
	if !ok {
		return
	}
	value := `Bearer realm="muster"`
	switch {
	case e.Kind == models.Unauthorized && sent:
		value += `, error="invalid_token", error_description="` + plain(e.Msg) + `"`
	case e.Code == "tokenScope":
		value += `, error="insufficient_scope", scope="` + string(need) + `"`
	case e.Kind != models.Unauthorized:
		return
	}
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, value)
}

// plain keeps the characters that RFC 6750 section 3 allows in a description.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '“' || r == '”':
			return '\''
		case r < 0x20 || r > 0x7e || r == '"' || r == '\\':
			return -1
		}
		return r
	}, text)
}
