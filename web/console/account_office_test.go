package console_test

import (
	"context"
	"crypto/rand"
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
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/secret"
	"muster/models/source/entra"
	"muster/models/store"
	"muster/models/store/storetest"
	"muster/web"
	"muster/web/console"
	"muster/web/scimv2"
	"muster/web/session"
)

const officePassword = "violet staple orbit canyon"

// office is the whole server, SCIM and middleware included, on an empty instance
// with a clock that the test holds.
type office struct {
	t     *testing.T
	store *store.Store
	clock *storetest.Clock
	acc   *account.Accounts
	deps  *deployment.Deployments
	org   models.Organization
	url   string
}

type noRecorder struct{}

func (noRecorder) Record(models.Exchange) {}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, clock: storetest.NewClock()}
	o.store = storetest.SQLite(t, storetest.At(o.clock))
	quiet, id := slog.New(slog.DiscardHandler), func() string { return uuid.Must(uuid.NewV7()).String() }
	dir := directory.New(directory.Options{Store: o.store, Now: o.clock.Now, NewID: id, Log: quiet})
	o.deps = deployment.New(deployment.Options{Store: o.store, Now: o.clock.Now, NewID: id})
	o.acc = account.New(account.Options{
		Store: o.store, Now: o.clock.Now, Log: quiet, Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	var err error
	o.org, err = o.store.EnsureOrganization(t.Context(), store.FirstOrganization, "Northwind Traders")
	o.must(err)
	listener := httptest.NewUnstartedServer(nil)
	o.url = "http://" + listener.Listener.Addr().String()
	sessions := session.New(session.Options{Accounts: o.acc})
	pages := console.New(console.Options{
		Read: o.store, Directory: dir, Accounts: o.acc, Deployment: o.deps, Sessions: sessions,
		Cycles: connectors(o.store, dir, o.clock.Now, &entra.Endpoint{}), Clouds: entra.Clouds(),
		Now: o.clock.Now, Log: quiet, BaseURL: o.url, SelfURL: o.url, Version: "test",
	})
	endpoints := scimv2.New(scimv2.Options{
		Read: o.store, Directory: dir, Recorder: noRecorder{}, Now: o.clock.Now, Log: quiet,
		BaseURL: func(echo.Context) string { return o.url }, Limits: scimv2.DefaultLimits(),
	})
	server, err := web.New(web.Options{
		Console: pages, SCIM: endpoints, Sessions: sessions, Metrics: web.NewMetrics(), Log: quiet,
		Now: o.clock.Now, NewID: id, Ready: func(context.Context) error { return nil },
	})
	o.must(err)
	listener.Config.Handler = server.Handler()
	listener.Start()
	t.Cleanup(listener.Close)
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) cli() models.Actor {
	return models.Actor{Kind: models.CLIActor, Name: "cli", OrganizationID: o.org.Key}
}

// staff adds an admin of each role.
func (o *office) staff() *office {
	o.t.Helper()
	for _, role := range models.Roles() {
		spec := account.AdminSpec{Email: string(role) + "@northwind.example", Name: "The " + string(role), Role: role}
		_, err := o.acc.AddAdminWithPassword(o.t.Context(), o.cli(), spec, officePassword)
		o.must(err)
	}
	return o
}

func (o *office) token(name string, with ...func(*account.TokenSpec)) (models.Token, string) {
	o.t.Helper()
	spec := account.TokenSpec{Description: name, Scope: models.ProvisionScope, Expires: o.clock.Now().AddDate(1, 0, 0)}
	for _, f := range with {
		f(&spec)
	}
	made, text, err := o.acc.CreateToken(o.t.Context(), o.cli(), spec)
	o.must(err)
	return made, text
}

// answer is a page: its status, where redirects led, its header and its words.
type answer struct {
	status int
	at     string
	header http.Header
	body   string
	*goquery.Document
}

func (a answer) text(selector string) string {
	return strings.Join(strings.Fields(a.Find(selector).Text()), " ")
}

// person is a browser with its cookies.
type person struct {
	*office
	client *http.Client
}

func (o *office) visitor() person {
	jar, err := cookiejar.New(nil)
	o.must(err)
	return person{o, &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// signedIn goes through the sign-in page.
func (o *office) signedIn(role models.Role) person {
	o.t.Helper()
	p := o.visitor()
	a := p.post("/login", url.Values{"email": {string(role) + "@northwind.example"}, "password": {officePassword}, "next": {"/account"}})
	if a.status != http.StatusOK || a.at != "/account" {
		o.t.Fatalf("sign-in of %s led to %s with %d: %s", role, a.at, a.status, a.text("main"))
	}
	return p
}

func (p person) send(method, path string, form url.Values, change ...func(*http.Request)) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(form.Encode()))
	p.must(err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	res, err := p.client.Do(r)
	p.must(err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	p.must(err)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	p.must(err)
	return answer{res.StatusCode, res.Request.URL.RequestURI(), res.Header, string(body), doc}
}

func (p person) get(path string) answer {
	p.t.Helper()
	return p.send(http.MethodGet, path, nil)
}

func (p person) post(path string, form url.Values) answer {
	p.t.Helper()
	return p.send(http.MethodPost, path, form)
}

// sees fails unless a part of the page holds the words.
func (p person) sees(a answer, selector string, words ...string) {
	p.t.Helper()
	for _, w := range words {
		if got := a.text(selector); !strings.Contains(got, w) {
			p.t.Errorf("%s (%d), %s: no %q in:\n%.900s", a.at, a.status, selector, w, got)
		}
	}
}
