package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/cycle"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/secret"
	"muster/models/shadow"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/web"
	"muster/web/console"
	"muster/web/scimv2"
	"muster/web/session"
)

const (
	baseURL  = "http://muster.example.com"
	password = "violet staple orbit canyon"
	nobody   = "0190aaaa-0000-7000-8000-000000000000"
)

// site is the whole server over a world, with an admin of each role and a token
// of each scope.
type site struct {
	*directorytest.World
	web       *web.Server
	accounts  *account.Accounts
	runs      *cycle.Cycles
	recorder  *directory.Recorder
	cli       models.Actor
	provision string
	read      string
	logged    *lockedBuffer
}

// clearSealer keeps secrets as they are: nothing here is about them.
type clearSealer struct{}

func (clearSealer) Seal(plain []byte, _ string) (string, error)    { return string(plain), nil }
func (clearSealer) Unseal(sealed string, _ string) ([]byte, error) { return []byte(sealed), nil }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSite(t *testing.T, w *directorytest.World) *site {
	t.Helper()
	s := &site{
		World: w, recorder: w.NewRecorder(), logged: &lockedBuffer{},
		cli: models.Actor{Kind: models.CLIActor, Name: "command line", OrganizationID: w.Org.Key},
	}
	log := slog.New(slog.NewTextHandler(s.logged, nil))
	s.accounts = account.New(account.Options{
		Store: w.Store, Now: w.Clock.Now, Log: log, Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	s.runs = cycle.New(cycle.Options{
		Store: w.Store, Directory: w.Directory, Now: w.Clock.Now, NewID: directorytest.NewID, Log: log, Owner: "test", Sealer: clearSealer{},
		Kinds: []source.Kind{entra.Kind{Options: entra.Options{Now: w.Clock.Now, Log: log}}},
	})
	for _, role := range models.Roles() {
		if _, err := s.accounts.AddAdminWithPassword(t.Context(), s.cli, account.AdminSpec{Email: string(role) + "@example.com", Role: role}, password); err != nil {
			t.Fatal(err)
		}
	}
	s.provision, s.read = s.token(t, models.ProvisionScope), s.token(t, models.ReadScope)
	sessions := session.New(session.Options{Accounts: s.accounts})
	stopping := make(chan struct{})
	t.Cleanup(func() { close(stopping) })
	pages := console.New(console.Options{
		Read: w.Store, Directory: w.Directory, Accounts: s.accounts, Sessions: sessions, Cycles: s.runs, Clouds: entra.Clouds(),
		Shadow:     shadow.New(shadow.Options{Store: w.Store, Directory: w.Directory, Now: w.Clock.Now, NewID: directorytest.NewID, Log: log}),
		Deployment: deployment.New(deployment.Options{Store: w.Store, Now: w.Clock.Now, NewID: directorytest.NewID}),
		Now:        w.Clock.Now, Log: log, BaseURL: baseURL, SelfURL: "http://127.0.0.1:1", Version: "test", Stopping: stopping,
	})
	endpoints := scimv2.New(scimv2.Options{
		Read: w.Store, Directory: w.Directory, Recorder: s.recorder, Now: w.Clock.Now, Log: log,
		BaseURL: func(echo.Context) string { return baseURL }, Limits: scimv2.DefaultLimits(),
	})
	var err error
	s.web, err = web.New(web.Options{
		Console: pages, SCIM: endpoints, Sessions: sessions, Metrics: web.NewMetrics(), Log: log,
		Now: w.Clock.Now, NewID: directorytest.NewID, Proxies: web.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fe80::/10")},
		Ready: w.Writable,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) token(t *testing.T, scope models.Scope, allow ...string) string {
	t.Helper()
	_, text, err := s.accounts.CreateToken(t.Context(), s.cli, account.TokenSpec{
		Description: string(scope), Scope: scope,
		Expires: s.Clock.Now().AddDate(1, 0, 0), AllowList: allow,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// request is one call of the site; form is sent as a form, else body is sent.
type request struct {
	method, path string
	header       map[string]string
	form         url.Values
	body         string
	cookie       *http.Cookie
	address      string
}

func (s *site) send(r request) *httptest.ResponseRecorder {
	// Streams end by themselves; what is left of them is of no interest here.
	ctx, stop := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer stop()
	path, query, _ := strings.Cut(r.path, "?")
	if !strings.Contains(path, "/tail") && !strings.HasSuffix(path, "/live") {
		ctx = context.Background()
	}
	var body io.Reader = strings.NewReader(r.body)
	if r.form != nil {
		body = strings.NewReader(r.form.Encode())
	}
	q := httptest.NewRequestWithContext(ctx, r.method, baseURL+"/", body)
	q.URL.Path, q.URL.RawQuery = path, strings.NewReplacer(" ", "%20", `"`, "%22").Replace(query)
	if plain, err := url.PathUnescape(path); err == nil && plain != path {
		q.URL.Path, q.URL.RawPath = plain, path
	}
	q.RequestURI = r.path
	if r.form != nil {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("Sec-Fetch-Site", "same-origin")
	} else if r.body != "" {
		q.Header.Set("Content-Type", "application/scim+json")
	}
	for name, value := range r.header {
		q.Header.Set(name, value)
	}
	if r.cookie != nil {
		q.AddCookie(r.cookie)
	}
	if r.address != "" {
		q.RemoteAddr = r.address + ":1234"
	}
	w := httptest.NewRecorder()
	s.web.Handler().ServeHTTP(w, q)
	return w
}

// signIn gives the cookie of a fresh session.
func (s *site) signIn(t *testing.T, role models.Role) *http.Cookie {
	t.Helper()
	w := s.send(request{method: "POST", path: "/login", form: url.Values{"email": {string(role) + "@example.com"}, "password": {password}}})
	for _, c := range w.Result().Cookies() {
		if c.Name == "muster" && c.Value != "" {
			return c
		}
	}
	t.Fatalf("sign in as %s: %d %.500s", role, w.Code, w.Body)
	return nil
}

func bearer(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token}
}

// record writes down what the recorder has noted.
func (s *site) record(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.recorder.Run(ctx); err != nil {
		t.Fatal(err)
	}
}
