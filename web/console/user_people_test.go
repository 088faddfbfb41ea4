package console_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/secret"
	"muster/models/shadow"
	"muster/models/source/entra"
	"muster/models/store"
	"muster/models/store/storetest"
	"muster/web/console"
	"muster/web/respond"
	"muster/web/session"
)

// people is an organization with a console over it: real routes, real sessions,
// a real database, and an administrator of each role signed in.
type people struct {
	*echo.Echo
	t       *testing.T
	clock   *storetest.Clock
	store   *store.Store
	dir     *directory.Directory
	shadows *shadow.Shadows
	org     models.Organization
	cookies map[models.Role]string
	admit   func(models.Role) // signs the administrator of a role in
	scim    models.Actor
	admin   models.Actor
}

func newPeople(t *testing.T) *people {
	t.Helper()
	p := &people{Echo: echo.New(), t: t, clock: storetest.NewClock(), cookies: map[models.Role]string{}}
	p.store = storetest.SQLite(t, storetest.At(p.clock))
	org, err := p.store.EnsureOrganization(t.Context(), store.FirstOrganization, "Example Ltd")
	if err != nil {
		t.Fatal(err)
	}
	p.org = org
	p.scim = models.Actor{Kind: models.TokenActor, ID: "tok-1", Name: "Okta production", OrganizationID: org.Key, Scope: models.ProvisionScope}
	p.admin = models.Actor{Kind: models.AdminActor, ID: "adm-1", Name: "boss@example.com", OrganizationID: org.Key, Role: models.Admin}
	log := slog.New(slog.DiscardHandler)
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	p.dir = directory.New(directory.Options{Store: p.store, Now: p.clock.Now, NewID: newID, Log: log})
	accounts := account.New(account.Options{
		Store: p.store, Now: p.clock.Now, Log: log, Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	sessions := session.New(session.Options{Accounts: accounts})
	p.shadows = shadow.New(shadow.Options{Store: p.store, Directory: p.dir, Now: p.clock.Now, NewID: newID, Log: log})
	k := console.New(console.Options{
		Shadow: p.shadows, Cycles: connectors(p.store, p.dir, p.clock.Now, &entra.Endpoint{}), Clouds: entra.Clouds(),
		Read: p.store, Directory: p.dir, Accounts: accounts, Sessions: sessions, Now: p.clock.Now, Log: log,
		Deployment: deployment.New(deployment.Options{Store: p.store, Now: p.clock.Now, NewID: newID}), BaseURL: "http://localhost",
	})
	p.HTTPErrorHandler = func(err error, c echo.Context) {
		if !c.Response().Committed {
			_ = c.String(respond.Status(models.KindOf(err)), err.Error())
		}
	}
	p.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderXRequestID, newID())
			return next(c)
		}
	})
	for _, r := range k.Routes() {
		p.Add(r.Method, r.Path, sessions.Require(r))
	}
	admins := map[models.Role]models.AdminAccount{}
	p.admit = func(role models.Role) { p.cookies[role] = p.start(sessions, admins[role]) }
	cli := models.Actor{Kind: models.CLIActor, OrganizationID: org.Key}
	for _, role := range models.Roles() {
		spec := account.AdminSpec{Email: string(role) + "@example.com", Role: role}
		if admins[role], err = accounts.AddAdminWithPassword(t.Context(), cli, spec, "violet staple orbit canyon"); err != nil {
			t.Fatal(err)
		}
		p.admit(role)
	}
	return p
}

func (p *people) start(sessions *session.Sessions, who models.AdminAccount) string {
	p.t.Helper()
	w := httptest.NewRecorder()
	if err := sessions.Start(p.NewContext(httptest.NewRequest(http.MethodPost, "/login", nil), w), who); err != nil {
		p.t.Fatal(err)
	}
	return w.Result().Cookies()[0].String()
}

// by sends a request as an administrator of a role.
func (p *people) by(role models.Role, r *http.Request) *httptest.ResponseRecorder {
	name, value, _ := strings.Cut(strings.SplitN(p.cookies[role], ";", 2)[0], "=")
	r.AddCookie(&http.Cookie{Name: name, Value: value})
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// see gets a page as an admin and fails the test unless it has the status.
func (p *people) see(status int, path string) *goquery.Document {
	p.t.Helper()
	return p.page(status, p.by(models.Admin, httptest.NewRequest(http.MethodGet, path, nil)))
}

func (p *people) page(status int, w *httptest.ResponseRecorder) *goquery.Document {
	p.t.Helper()
	if w.Code != status {
		p.t.Fatalf("status %d, want %d: %.600s", w.Code, status, w.Body)
	}
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return doc
}

// send posts a form as an admin.
func (p *people) send(path string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.by(models.Admin, r)
}

// after posts a form that must be taken, and gives the page it leads to.
func (p *people) after(path string, pairs ...string) *goquery.Document {
	p.t.Helper()
	w := p.send(path, pairs...)
	if w.Code != http.StatusSeeOther {
		p.t.Fatalf("post %s: status %d: %.600s", path, w.Code, w.Body)
	}
	to, _, _ := strings.Cut(w.Header().Get("Location"), "#")
	return p.see(http.StatusOK, to)
}

// add makes a user: by hand, or with source SCIM as the directory does.
func (p *people) add(by models.Actor, userName, given, family string, more ...func(models.Attributes)) models.User {
	p.t.Helper()
	u, err := p.dir.CreateUser(p.t.Context(), by, func(u *models.User) error {
		u.Attributes["userName"] = userName
		u.Attributes["name"] = map[string]any{"givenName": given, "familyName": family}
		u.Attributes["emails"] = []any{map[string]any{"value": userName + "@example.com", "type": "work", "primary": true}}
		for _, f := range more {
			f(u.Attributes)
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

func (p *people) user(id string) models.User {
	p.t.Helper()
	u, err := p.store.User(p.t.Context(), p.org.Key, id)
	if err == nil {
		err = u.Load()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

func (p *people) named(userName string) models.User {
	p.t.Helper()
	u, err := p.store.UserByName(p.t.Context(), p.org.Key, userName)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.user(u.ID)
}

// logged lists the log entries about a record as "action status", oldest first.
func (p *people) logged(target string) []string {
	p.t.Helper()
	found, err := p.store.LogEntries(p.t.Context(), p.org.Key, models.LogQuery{TargetID: target, Page: models.Page{Limit: 100}})
	if err != nil {
		p.t.Fatal(err)
	}
	var list []string
	for _, v := range slices.Backward(found.Items) {
		list = append(list, fmt.Sprintf("%s %s", v.Action, v.Status))
	}
	return list
}

func (p *people) setMethod(m models.Method) {
	p.t.Helper()
	p.change(func(o *models.Organization) { o.Method, o.MethodSet = m, true })
}

func (p *people) change(edit func(*models.Organization)) {
	p.t.Helper()
	err := p.store.Keep(context.WithoutCancel(p.t.Context()), func(tx *store.Tx) error {
		o, err := tx.Organization(tx.Context(), p.org.Key)
		if err != nil {
			return err
		}
		edit(&o)
		return tx.SaveOrganization(&o)
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func mustHave(t *testing.T, doc *goquery.Document, texts ...string) {
	t.Helper()
	whole := words(doc.Selection)
	for _, text := range texts {
		if !strings.Contains(whole, text) {
			t.Errorf("the page lacks %q: %s", text, whole)
		}
	}
}

func mustNotHave(t *testing.T, doc *goquery.Document, texts ...string) {
	t.Helper()
	whole := words(doc.Selection)
	for _, text := range texts {
		if strings.Contains(whole, text) {
			t.Errorf("the page has %q: %s", text, whole)
		}
	}
}
