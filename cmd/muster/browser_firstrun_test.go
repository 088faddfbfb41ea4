package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"muster/cmd/muster/idp"
	"muster/views/ui/uitest"
	"muster/web/scimv2"
)

var tokenShape = regexp.MustCompile(`^mst_[0-9A-Za-z]{36}$`)

// firstRun is a newcomer's first ten minutes: an empty folder, the real program,
// its printed link, and a browser, until the users of an identity provider are
// seen and every decision about them can be read.
func firstRun(t *testing.T, b *uitest.Browser) {
	data := filepath.Join(t.TempDir(), "new folder")
	srv := serve(t, data, freePort(t))
	if len(srv.lines) != 3 || !strings.HasPrefix(srv.lines[2], "Data:") || !strings.Contains(srv.lines[2], data) {
		t.Fatalf("the start-up prints %q, want URL, set-up link and place of the data", srv.lines)
	}
	link := strings.Fields(srv.lines[1])[2]
	people := b.Apart(t)

	p := people.Tab(t, srv.url)
	setUp(p, link)
	p.See("Muster is set up.")
	p.Shot("story-1-choose")
	p.ClickNav("Use SCIM")
	p.See("SCIM")
	p.Sound()

	stranger := b.Apart(t).Tab(t, srv.url)
	stranger.OpenStatus(link, 409)
	stranger.See("This Muster is set up already")
	stranger.See("Sign in, or ask an owner for an invitation")
	stranger.Shot("story-2-second-use")

	p = people.Tab(t, srv.url)
	token := createToken(t, p)
	p.See("Waiting for the first request")
	p.Shot("story-3-waiting")
	result := send(t, srv.url, token)
	p.See("reached us at")
	p.NotSee("Waiting for the first request")
	p.Shot("story-4-reached")
	p.Click("I have stored the token where it belongs")
	p.ClickNav("Done")

	seeUsers(t, people.Tab(t, srv.url))
	seeEveryDecision(t, people.Tab(t, srv.url), result)
	if errs := srv.errs.String(); strings.Contains(errs, "level=ERROR") {
		t.Errorf("the server logged errors:\n%s", errs)
	}
	if _, err := os.Stat(filepath.Join(data, databaseFile)); err != nil {
		t.Error(err)
	}
}

func setUp(p *uitest.Tab, link string) {
	p.Open(link)
	p.Fill("Your e-mail address", ownerEmail)
	p.Fill("Your name", ownerName)
	p.Fill("Organization", organized)
	p.Fill("Password", passphrase)
	p.ClickNav("Create owner and sign in")
}

// createToken makes a token in the console and reads it from the one page that
// shows it.
func createToken(t *testing.T, p *uitest.Tab) string {
	t.Helper()
	p.Open("/")
	p.Click("css:.nav-item[href='/scim/tokens']")
	p.See("No token yet")
	p.Open("/scim/tokens/new")
	p.Fill("Description", "Entra ID")
	p.ClickNav("Create token")
	token := uitest.Ask[string](p, `document.querySelector("#secret").value`)
	if !tokenShape.MatchString(token) {
		t.Fatalf("the page shows %q, which is no token", token)
	}
	return token
}

func send(t *testing.T, base, token string) idp.Result {
	t.Helper()
	sim := idp.New(idp.Options{BaseURL: base + scimv2.Prefix, Token: token, Dialect: idp.Entra, Users: 12, Seed: 5, Cycles: 2})
	result, err := sim.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range result.Unexpected {
		t.Errorf("unexpected answer: %+v", u)
	}
	return result
}

// seeUsers finds the provisioned people, and on one of them what the directory
// wrote and when.
func seeUsers(t *testing.T, p *uitest.Tab) {
	t.Helper()
	p.Open("/users")
	rows := uitest.Ask[int](p, `document.querySelectorAll("#user-list tbody tr").length`)
	if rows < 12 {
		t.Fatalf("the list has %d users, want the 12 of the directory at least", rows)
	}
	p.ClickNav("css:#user-list tbody tr:first-child a")
	p.See("Attributes")
	origins := uitest.Ask[int](p, `[...document.querySelectorAll("#attributes tbody tr")].filter(r => /SCIM/.test(r.innerText) && /Entra ID/.test(r.innerText)).length`)
	if origins < 3 {
		t.Errorf("%d attributes say that SCIM brought them with the token “Entra ID”:\n%s", origins, p.Text())
	}
	p.Shot("story-5-user")
}

// seeEveryDecision counts the log's entries in the page against the requests
// that changed something, and opens one with its request.
func seeEveryDecision(t *testing.T, p *uitest.Tab, result idp.Result) {
	t.Helper()
	writes := 0
	for _, e := range result.Requests {
		if e.Method != "GET" && e.Status < 300 {
			writes++
		}
	}
	p.Open("/logs?range=all")
	seen := map[string]bool{}
	for range 20 {
		for _, id := range uitest.Ask[[]string](p, `[...document.querySelectorAll("#log-rows tr")].map(r => r.id)`) {
			seen[id] = true
		}
		next := uitest.Ask[string](p, `(document.querySelector(".pager a[rel=next]") || {href: ""}).href`)
		if next == "" {
			break
		}
		p.Open(next)
	}
	if writes == 0 || len(seen) < writes {
		t.Errorf("the log shows %d entries for %d accepted changes", len(seen), writes)
	}
	p.Open("/logs?range=all&action=create")
	p.Click("css:#log-rows tr:first-child a")
	p.See("Open as a page")
	p.ClickNav("Open as a page")
	for _, part := range []string{"Steps", "Match", "Modified properties", "Change id"} {
		p.See(part)
	}
	p.Shot("story-6-decision")
}
