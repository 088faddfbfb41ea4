package session_test

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
	"muster/models/store"
	"muster/web/respond"
	"muster/web/session"
)

const goodPassword = "violet staple orbit canyon"

type server struct {
	*echo.Echo
	accounts *account.Accounts
	sessions *session.Sessions
	cli      models.Actor
	now      time.Time
}

// newServer has a page per role, a SCIM route per scope, and a sign-in form.
func newServer(t *testing.T, secure bool) *server {
	t.Helper()
	s := &server{Echo: echo.New(), now: time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)}
	now := func() time.Time { return s.now }
	db, err := store.Open(t.Context(), store.Options{File: filepath.Join(t.TempDir(), "m.db"), Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o, err := db.EnsureOrganization(t.Context(), store.FirstOrganization, "Example")
	if err != nil {
		t.Fatal(err)
	}
	s.cli = models.Actor{Kind: models.CLIActor, OrganizationID: o.Key}
	s.accounts = account.New(account.Options{
		Store: db, Now: now, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	for _, role := range models.Roles() {
		spec := account.AdminSpec{Email: string(role) + "@example.com", Role: role}
		if _, err := s.accounts.AddAdminWithPassword(t.Context(), s.cli, spec, goodPassword); err != nil {
			t.Fatal(err)
		}
	}
	s.sessions = session.New(session.Options{Accounts: s.accounts, Secure: secure})
	s.HTTPErrorHandler = func(err error, c echo.Context) { _ = c.String(respond.Status(models.KindOf(err)), err.Error()) }
	s.IPExtractor = echo.ExtractIPDirect()
	s.routes()
	return s
}

func (s *server) routes() {
	who := func(c echo.Context) error { return c.String(http.StatusOK, session.Actor(c).Name) }
	routes := []session.Route{
		{Method: "GET", Path: "/unlisted", Handler: who},
		{Method: "GET", Path: "/public", Access: session.Public(), Handler: who},
		{Method: "GET", Path: "/scim/read", Access: session.Scope(models.ReadScope), Handler: who},
		{Method: "POST", Path: "/scim/write", Access: session.Scope(models.ProvisionScope), Handler: who},
		{Method: "POST", Path: "/login", Access: session.Public(), Handler: func(c echo.Context) error {
			if err := s.sessions.SignIn(c, c.FormValue("email"), c.FormValue("password")); err != nil {
				return err
			}
			return s.sessions.Flash(c, "ok", "Welcome.")
		}},
		{Method: "POST", Path: "/logout", Access: session.Public(), Handler: func(c echo.Context) error { return s.sessions.SignOut(c) }},
		{Method: "POST", Path: "/confirm", Access: session.Role(models.Auditor), Handler: func(c echo.Context) error {
			return s.sessions.Confirm(c, goodPassword)
		}},
		{Method: "GET", Path: "/flash", Access: session.Role(models.Auditor), Handler: func(c echo.Context) error {
			tone, text := s.sessions.TakeFlash(c)
			return c.String(http.StatusOK, tone+":"+text)
		}},
	}
	for _, role := range models.Roles() {
		routes = append(routes, session.Route{Method: "GET", Path: "/" + string(role), Access: session.Role(role), Handler: who})
	}
	for _, r := range routes {
		s.Add(r.Method, r.Path, s.sessions.Require(r))
	}
}

func (s *server) do(method, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func (s *server) signIn(t *testing.T, role models.Role, change ...func(*http.Request)) string {
	t.Helper()
	form := url.Values{"email": {string(role) + "@example.com"}, "password": {goodPassword}}
	w := s.do("POST", "/login?"+form.Encode(), change...)
	lines := w.Result().Header["Set-Cookie"]
	if w.Code != http.StatusOK || len(lines) != 1 {
		t.Fatalf("sign-in: %d %s, cookies %q", w.Code, w.Body, lines)
	}
	return lines[0]
}

func cookie(line string) func(*http.Request) {
	pair, _, _ := strings.Cut(line, ";")
	return header("Cookie", pair)
}

func TestCookieAttributes(t *testing.T) {
	for secure, want := range map[bool]string{
		true:  "__Host-muster=; Path=/; HttpOnly; Secure; SameSite=Lax",
		false: "muster=; Path=/; HttpOnly; SameSite=Lax",
	} {
		s := newServer(t, secure)
		line := s.signIn(t, models.Owner)
		name, rest, _ := strings.Cut(line, "=")
		id, attributes, _ := strings.Cut(rest, ";")
		if got := name + "=;" + attributes; got != want || len(id) != 43 {
			t.Errorf("secure %v: %s with an id of %d characters", secure, got, len(id))
		}
	}
}

func TestRolesAndAnonymous(t *testing.T) {
	s := newServer(t, false)
	for i, role := range models.Roles() {
		line := s.signIn(t, role)
		for j, page := range models.Roles() {
			want := http.StatusOK
			if j < i {
				want = http.StatusForbidden
			}
			if w := s.do("GET", "/"+string(page), cookie(line)); w.Code != want {
				t.Errorf("%s on the page of %s: %d", role, page, w.Code)
			}
		}
		if w := s.do("GET", "/unlisted", cookie(line)); w.Code != http.StatusForbidden {
			t.Errorf("a route without an access admits %s: %d", role, w.Code)
		}
	}
	w := s.do("GET", "/owner?tab=1&q=a%20b")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Fowner%3Ftab%3D1%26q%3Da%2520b" {
		t.Errorf("anonymous page: %d to %s", w.Code, w.Header().Get("Location"))
	}
	w = s.do("GET", "/owner", header("HX-Request", "true"), header("Referer", "http://example.com/users?q=x"))
	if w.Code != http.StatusUnauthorized || w.Header().Get("HX-Redirect") != "/login?next=%2Fusers%3Fq%3Dx" {
		t.Errorf("anonymous fragment: %d to %s", w.Code, w.Header().Get("HX-Redirect"))
	}
	if w := s.do("GET", "/public"); w.Code != http.StatusOK {
		t.Errorf("public: %d", w.Code)
	}
	if w := s.do("GET", "/scim/read", cookie(s.signIn(t, models.Owner))); w.Code != http.StatusUnauthorized {
		t.Errorf("a browser session on a SCIM route: %d", w.Code)
	}
}

func TestIDIsRenewedAndOldCookiesDie(t *testing.T) {
	s := newServer(t, false)
	first := s.signIn(t, models.Owner)
	second := s.signIn(t, models.Owner, cookie(first))
	if first == second || s.do("GET", "/owner", cookie(first)).Code != http.StatusSeeOther {
		t.Error("sign-in over an old session keeps the old one alive")
	}
	w := s.do("POST", "/confirm", cookie(second))
	third := w.Header().Get("Set-Cookie")
	if w.Code != http.StatusOK || third == "" || s.do("GET", "/owner", cookie(second)).Code != http.StatusSeeOther {
		t.Errorf("step-up did not renew the id: %d %s", w.Code, w.Body)
	}
	if w := s.do("GET", "/flash", cookie(third)); w.Body.String() != "ok:Welcome." {
		t.Errorf("values were lost at renewal: %s", w.Body)
	}
	if w := s.do("GET", "/flash", cookie(third)); w.Body.String() != ":" {
		t.Errorf("a flash is shown twice: %s", w.Body)
	}
	w = s.do("POST", "/logout", cookie(third))
	if line := w.Header().Get("Set-Cookie"); !strings.Contains(line, "Max-Age=0") {
		t.Errorf("sign-out leaves the cookie: %s", line)
	}
	if w := s.do("GET", "/owner", cookie(third)); w.Code != http.StatusSeeOther {
		t.Errorf("a replayed cookie works after sign-out: %d", w.Code)
	}
}

func TestBearer(t *testing.T) {
	s := newServer(t, false)
	spec := account.TokenSpec{Description: "Okta", Expires: s.now.AddDate(1, 0, 0), Scope: models.ReadScope}
	made, text, err := s.accounts.CreateToken(t.Context(), s.cli, spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, header string
		status               int
		challenge            string
	}{
		{"GET", "/scim/read", "Bearer " + text, 200, ""},
		{"GET", "/scim/read", "bearer  " + text, 200, ""},
		{"GET", "/scim/read", text, 200, ""},
		{"GET", "/scim/read", "", 401, `Bearer realm="muster"`},
		{"GET", "/scim/read", "Bearer", 401, `error="invalid_token"`},
		{"GET", "/scim/read", "Basic " + text, 401, `error="invalid_token"`},
		{"POST", "/scim/write", "Bearer " + text, 403, `error="insufficient_scope", scope="provision"`},
		{"GET", "/owner", "Bearer " + text, 303, ""},
		{"GET", "/unlisted", "Bearer " + text, 403, ""},
	} {
		w := s.do(c.method, c.path, header("Authorization", c.header))
		if got := w.Header().Get("WWW-Authenticate"); w.Code != c.status || !strings.Contains(got, c.challenge) || c.challenge == "" && got != "" {
			t.Errorf("%s %s %.12q: %d %s", c.method, c.path, c.header, w.Code, got)
		}
	}
	// The connection test of this process is not the directory's first request.
	probed := s.accounts.Fresh(made)[0]
	s.now = s.now.Add(time.Hour)
	s.do("GET", "/scim/read", header("Authorization", "Bearer "+text), header(session.ProbeHeader, s.accounts.ProbeKey()))
	if got := s.accounts.Fresh(made)[0]; got.LastUsed != probed.LastUsed {
		t.Error("a connection test counts as use")
	}
	s.do("GET", "/scim/read", header("Authorization", "Bearer "+text), header(session.ProbeHeader, "guess"))
	if got := s.accounts.Fresh(made)[0]; got.LastUsed == probed.LastUsed {
		t.Error("a client can hide its use")
	}
}

func TestNextStaysOnThisSite(t *testing.T) {
	for path, want := range map[string]string{
		"/users?q=x": "/users?q=x", "": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/",
		"/login?next=/login": "/", "javascript:alert(1)": "/", "/a\r\nX: y": "/", "users": "/", "/%2f%2fevil": "/%2f%2fevil",
	} {
		if got := session.Next(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

// A stream asks while it runs, because its one request was let in long ago.
func TestAliveEndsWithTheSession(t *testing.T) {
	s := newServer(t, false)
	line := s.signIn(t, models.Owner)
	alive := func(role models.Role) bool {
		r := httptest.NewRequest("GET", "/owner", nil)
		cookie(line)(r)
		c := s.NewContext(r, httptest.NewRecorder())
		session.SetActor(c, models.Actor{Role: role})
		return s.sessions.Alive(c)
	}
	if !alive(models.Owner) {
		t.Error("a session that stands is taken for ended")
	}
	if alive(models.Admin) {
		t.Error("a session goes on as the role it had before")
	}
	s.do("POST", "/logout", cookie(line))
	if alive(models.Owner) {
		t.Error("a session that has ended is taken for one that stands")
	}
}
