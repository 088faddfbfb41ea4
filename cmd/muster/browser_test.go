package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
	"muster/models/store"
	"muster/views/ui/uitest"
	"muster/web/scimv2"
)

// TestInABrowser is everything that is proved in a real browser. One Chromium
// serves all parts; each part has its own instance, and each page its own tab.
func TestInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser tests take minutes; run without -short")
	}
	b := uitest.Start(t)
	t.Run("first run", func(t *testing.T) { firstRun(t, b) })
	t.Run("keys", func(t *testing.T) { keyboard(t, b) })
	t.Run("editor of mappings", func(t *testing.T) { editor(t, b) })
	t.Run("inert", func(t *testing.T) { storedScripts(t, b) })
	t.Run("flows with scripts off", func(t *testing.T) { flows(t, b) })
	t.Run("decisions with scripts off", func(t *testing.T) { decisions(t, b) })
	t.Run("attaching with scripts off", func(t *testing.T) { attaching(t, b) })
	t.Run("change of method", func(t *testing.T) { wizard(t, b) })
	t.Run("connector", func(t *testing.T) { connecting(t, b) })
	t.Run("pages of the connector", func(t *testing.T) { connectPages(t, b) })
	t.Run("pages", func(t *testing.T) { pages(t, b) })
}

const (
	ownerEmail   = "ada.lindqvist@northwind.example"
	ownerName    = "Ada Lindqvist"
	auditorEmail = "rev@northwind.example"
	passphrase   = "lantern orbit velvet quarry"
	organized    = "Northwind Traders"
)

// world is an instance in this process with a data folder of its own.
type world struct {
	t     *testing.T
	inst  *instance
	org   models.Organization
	clock *pastClock
	logs  *logBuffer
	ruin  bool // the test breaks the instance: its errors are meant
}

// logBuffer keeps what the instance logs, for the test's end.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newWorld starts an instance that nobody has set up. It fails the test for every
// error that the instance logs.
func newWorld(t *testing.T, edits ...func(*assembly)) *world {
	t.Helper()
	w := &world{t: t, clock: &pastClock{}, logs: &logBuffer{}}
	log := slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelError}))
	db, err := store.Open(t.Context(), store.Options{File: filepath.Join(t.TempDir(), databaseFile), Now: w.clock.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	parts := assembly{
		Store: db, Log: log, Listen: "127.0.0.1:0", Now: w.clock.Now,
		Passwords: secret.PasswordOptions{Memory: 64, Time: 1, Threads: 1},
	}
	for _, edit := range edits {
		edit(&parts)
	}
	w.inst, err = assemble(t.Context(), parts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.inst.serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !w.ruin {
			t.Errorf("the instance did not end well: %v", err)
		}
		if text := w.logs.String(); text != "" && !w.ruin {
			t.Errorf("the instance logged errors:\n%s", text)
		}
	})
	if w.org, err = db.OrganizationBySlug(t.Context(), store.FirstOrganization); err != nil {
		t.Fatal(err)
	}
	return w
}

// owned is a world with an owner, an auditor and a named organization.
func owned(t *testing.T, edits ...func(*assembly)) *world {
	t.Helper()
	w := newWorld(t, edits...)
	for _, a := range []account.AdminSpec{{Email: ownerEmail, Name: ownerName, Role: models.Owner}, {Email: auditorEmail, Name: "Rev Isor", Role: models.Auditor}} {
		_, err := w.inst.accounts.AddAdminWithPassword(t.Context(), w.by(), a, passphrase)
		w.ok(err)
	}
	_, err := w.inst.accounts.EditOrganization(t.Context(), w.by(), func(o *models.Organization) error { o.Name = organized; return nil })
	w.ok(err)
	return w
}

func (w *world) by() models.Actor { return commandLine(w.org) }

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) url() string { return w.inst.selfURL }

// signIn signs in as a browser would and gives the session's cookie.
func (w *world) signIn(email string) *http.Cookie {
	w.t.Helper()
	form := url.Values{"email": {email}, "password": {passphrase}}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url()+"/login", strings.NewReader(form.Encode()))
	w.ok(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := noRedirects().Do(req)
	w.ok(err)
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		if c.Name == "muster" {
			return c
		}
	}
	w.t.Fatalf("signing in as %s answers %d without a session", email, resp.StatusCode)
	return nil
}

func noRedirects() *http.Client {
	return &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// tab opens a tab that is signed in with a cookie, or is not with nil.
func (w *world) tab(t *testing.T, b *uitest.Browser, who *http.Cookie) *uitest.Tab {
	t.Helper()
	return w.sit(t, b.Apart(t), who)
}

// sit is tab in a browser whose cookies are this person's already.
func (w *world) sit(t *testing.T, b *uitest.Browser, who *http.Cookie) *uitest.Tab {
	t.Helper()
	p := b.Tab(t, w.url())
	if who != nil {
		p.Cookie(who.Name, who.Value)
	}
	return p
}

// token makes a SCIM token and gives it with its secret.
func (w *world) token(description string, scope models.Scope, days int) (models.Token, string) {
	w.t.Helper()
	tok, text, err := w.inst.accounts.CreateToken(w.t.Context(), w.by(), account.TokenSpec{
		Description: description, Scope: scope,
		Expires: w.clock.Now().AddDate(0, 0, days),
	})
	w.ok(err)
	return tok, text
}

// scim sends one request as a directory does and gives the status of its answer.
func (w *world) scim(method, path, token, body string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url()+scimv2.Prefix+path, strings.NewReader(body))
	w.ok(err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/scim+json")
	req.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	resp, err := noRedirects().Do(req)
	w.ok(err)
	defer resp.Body.Close()
	return resp.StatusCode
}
