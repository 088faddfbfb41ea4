package console_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/cycle"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/secret"
	"muster/models/source/entra"
	"muster/models/store"
	"muster/models/store/storetest"
	"muster/static"
	"muster/web/console"
	"muster/web/respond"
	"muster/web/session"
)

const standPassword = "violet staple orbit canyon"

// stand is the console on a real store behind a real server, with one admin of
// each role and a clock that the test holds.
type stand struct {
	t     testing.TB
	store *store.Store
	clock *storetest.Clock
	org   models.Organization
	dir   *directory.Directory
	deps  *deployment.Deployments
	acc   *account.Accounts
	runs  *cycle.Cycles
	cloud *entra.Endpoint // what the custom cloud is
	url   string
	token models.Token
}

func newStand(t testing.TB) *stand {
	t.Helper()
	s := &stand{t: t, clock: storetest.NewClock()}
	s.store = storetest.SQLite(t, storetest.At(s.clock))
	quiet := slog.New(slog.DiscardHandler)
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	s.dir = directory.New(directory.Options{Store: s.store, Now: s.clock.Now, NewID: id, Log: quiet})
	s.deps = deployment.New(deployment.Options{Store: s.store, Now: s.clock.Now, NewID: id})
	s.acc = account.New(account.Options{
		Store: s.store, Now: s.clock.Now, Log: quiet, Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	s.cloud = &entra.Endpoint{}
	s.runs = connectors(s.store, s.dir, s.clock.Now, s.cloud)
	var err error
	if s.org, err = s.store.EnsureOrganization(t.Context(), store.FirstOrganization, "Northwind Traders"); err != nil {
		t.Fatal(err)
	}
	for _, role := range models.Roles() {
		if _, err := s.acc.AddAdminWithPassword(t.Context(), s.cli(), account.AdminSpec{Email: string(role) + "@northwind.example", Role: role}, standPassword); err != nil {
			t.Fatal(err)
		}
	}
	s.serve()
	return s
}

func (s *stand) serve() {
	sessions := session.New(session.Options{Accounts: s.acc})
	k := console.New(console.Options{
		Read: s.store, Directory: s.dir, Accounts: s.acc, Deployment: s.deps, Cycles: s.runs, Clouds: append(entra.Clouds(), entra.Custom), Sessions: sessions,
		Now: s.clock.Now, Log: slog.New(slog.DiscardHandler), BaseURL: "http://localhost", Version: "test",
	})
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		what, ok := models.AsError(err)
		if !ok {
			s.t.Errorf("%s %s: %v", c.Request().Method, c.Request().URL, err)
			what = models.Errorf(models.Internal, "", "")
		}
		if !c.Response().Committed {
			_ = k.Problem(c, respond.Status(what.Kind), what)
		}
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderXRequestID, "request-of-this-page")
			return next(c)
		}
	})
	for _, r := range k.Routes() {
		e.Add(r.Method, r.Path, sessions.Require(r))
	}
	e.GET("/static/*", echo.WrapHandler(static.Handler()))
	e.POST("/test/sign-in", func(c echo.Context) error { return sessions.SignIn(c, c.FormValue("email"), standPassword) })
	server := httptest.NewServer(e)
	s.t.Cleanup(server.Close)
	s.url = server.URL
}

func (s *stand) cli() models.Actor {
	return models.Actor{Kind: models.CLIActor, Name: "cli", OrganizationID: s.org.Key}
}

// sync is the directory as the door sees it, in one request.
func (s *stand) sync(request string) models.Actor {
	return models.Actor{
		Kind: models.TokenActor, ID: s.token.ID, Name: s.token.Description, OrganizationID: s.org.Key,
		Scope: models.ProvisionScope, Address: "203.0.113.7", Client: "Okta SCIM Client 1.4", RequestID: request,
	}
}

func (s *stand) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// scim puts SCIM in charge and makes a token.
func (s *stand) scim() {
	s.t.Helper()
	_, err := s.deps.Change(s.t.Context(), s.cli(), deployment.Order{Target: models.SCIM, Keep: true})
	s.must(err)
	s.newToken("Okta production")
}

func (s *stand) newToken(name string) models.Token {
	s.t.Helper()
	t, _, err := s.acc.CreateToken(s.t.Context(), s.cli(), account.TokenSpec{Description: name, Scope: models.ProvisionScope, Expires: s.clock.Now().AddDate(1, 0, 0)})
	s.must(err)
	s.token = t
	return t
}

// arrive sends one user; what the door refuses is logged and given back.
func (s *stand) arrive(userName string) (models.User, error) {
	s.t.Helper()
	given, _, _ := strings.Cut(userName, "@")
	return s.dir.CreateUser(s.t.Context(), s.sync(uuid.NewString()), func(u *models.User) error {
		u.Attributes = models.Attributes{
			"userName": userName, "externalId": "anchor-" + userName, "displayName": strings.ToUpper(given[:1]) + given[1:] + " Lindqvist",
			"emails": []any{map[string]any{"type": "work", "primary": true, "value": userName}},
		}
		return nil
	})
}

func (s *stand) group(name string, members ...string) models.Group {
	s.t.Helper()
	g, err := s.dir.CreateGroup(s.t.Context(), s.sync(uuid.NewString()), members, func(g *models.Group) error {
		g.Attributes = models.Attributes{"displayName": name}
		return nil
	})
	s.must(err)
	return g
}

// browser is a signed-in browser.
type browser struct {
	*stand
	client *http.Client
}

func (s *stand) as(role models.Role) browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	s.must(err)
	b := browser{s, &http.Client{Jar: jar, Timeout: 20 * time.Second}}
	resp, err := b.client.PostForm(s.url+"/test/sign-in", url.Values{"email": {string(role) + "@northwind.example"}})
	s.must(err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("sign in as %s: %s", role, resp.Status)
	}
	return b
}

func (b browser) do(req *http.Request) (int, http.Header, string) {
	b.t.Helper()
	resp, err := b.client.Do(req)
	b.must(err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	b.must(err)
	h := resp.Header
	h.Set("At", resp.Request.URL.RequestURI())
	return resp.StatusCode, h, string(body)
}

func (b browser) request(ctx context.Context, path string) *http.Request {
	b.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+path, nil)
	b.must(err)
	return req
}

// open gets a page that must render.
func (b browser) open(path string) *goquery.Document {
	b.t.Helper()
	status, _, body := b.do(b.request(b.t.Context(), path))
	if status != http.StatusOK {
		b.t.Fatalf("GET %s: %d\n%s", path, status, body)
	}
	return b.parse(body)
}

func (b browser) parse(body string) *goquery.Document {
	b.t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	b.must(err)
	return doc
}

// post sends a form and follows the redirect; at is where that led.
func (b browser) post(path string, form url.Values) (status int, at string, doc *goquery.Document) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	b.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, h, body := b.do(req)
	return status, h.Get("At"), b.parse(body)
}

// form gives what a form on a page would send.
func (b browser) form(doc *goquery.Document, selector string) url.Values {
	b.t.Helper()
	out := url.Values{}
	doc.Find(selector + " input[type=hidden]").Each(func(_ int, in *goquery.Selection) {
		out.Add(in.AttrOr("name", ""), in.AttrOr("value", ""))
	})
	if len(out) == 0 {
		b.t.Fatalf("no form %s in the page:\n%s", selector, text(doc.Selection))
	}
	return out
}

// text is the words of a part, spaces folded.
func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func wantText(t *testing.T, s *goquery.Selection, words ...string) {
	t.Helper()
	have := text(s)
	for _, w := range words {
		if !strings.Contains(have, w) {
			t.Errorf("the page does not say %q; it says:\n%s", w, have)
		}
	}
}

func user(n int) string { return fmt.Sprintf("user%03d@northwind.example", n) }
