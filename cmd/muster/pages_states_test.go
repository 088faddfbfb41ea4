package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/views/ui/uitest"
)

// emptyViews are the pages of an instance whose owner has just signed in.
func emptyViews(owner *http.Cookie) []view {
	var list []view
	for _, v := range [][3]string{
		{"empty overview", "/", "Getting started"},
		{"empty deployment first choice", "/deployment", "Choose how users get here"},
		{"empty deployment cycles", "/deployment/cycles", "Not started"},
		{"empty tokens", "/scim/tokens", "No token yet"},
		{"empty users", "/users", "No users yet"},
		{"empty attribute mappings", "/attributes/mappings", "Attributes pass as they come"},
		{"empty users nobody found", "/users?q=zebra", "Nobody found"},
		{"empty groups", "/groups", "No groups yet"},
		{"empty log", "/logs?range=all", "Nothing has happened yet"},
		{"empty requests", "/logs/requests", "No SCIM request fits"},
		{"empty account", "/account", "Where you are signed in"},
		{"empty audit nothing found", "/audit?q=zebra", "Nothing matches"},
		{"empty settings", "/settings", "Settings"},
		{"empty attributes", "/attributes", "No custom attribute yet"},
		{"empty mappings", "/mappings", "No mapping yet"},
		{"empty mapping new", "/mappings/new", "For users managed by"},
		{"empty profiles", "/profiles", "No profile yet"},
		{"empty settings of profiles", "/profiles/settings", "No setting is declared"},
		{"empty admins", "/admins", "Admins"},
		{"empty guide", "/scim/guides/generic", "Setup guides"},
	} {
		list = append(list, view{name: v[0], path: v[1], see: v[2], who: owner})
	}
	return list
}

// waitingViews are those of an instance that waits for its directory's first
// request, and the pages that are shown once.
func waitingViews(t *testing.T, w *world) []view {
	t.Helper()
	_, err := w.inst.deployment.Change(t.Context(), w.by(), deployment.Order{Target: models.SCIM, Keep: true})
	w.ok(err)
	owner := w.signIn(ownerEmail)
	created := func(p *uitest.Tab) {
		p.Fill("Description", "Entra ID")
		p.ClickNav("Create token")
	}
	upload := uploads(t)
	return []view{
		{name: "waiting overview", path: "/", who: owner, see: "Not started"},
		{name: "waiting deployment", path: "/deployment", who: owner, see: "Not started"},
		{name: "waiting users", path: "/users", who: owner, see: "SCIM is in charge"},
		{name: "waiting preview", path: "/deployment/change/manual", who: owner, see: "nobody’s provisioning mode changes"},
		{name: "waiting token created", path: "/scim/tokens/new", who: owner, act: created, see: "Copy it now", full: true},
		{
			name: "waiting token created seen before", path: "/scim/tokens/new", who: owner, see: "shown already",
			act: func(p *uitest.Tab) { created(p); p.Open(p.Path()) },
		},
		{name: "waiting admin link", path: "/admins/new", who: owner, see: "Copy the link now", full: true, act: func(p *uitest.Tab) {
			p.Fill("E-mail address", "second@northwind.example")
			p.ClickNav("Add and show the link")
		}},
		{name: "waiting test connection passed", path: "/scim/tokens/new", who: owner, see: "Steps", full: true, act: func(p *uitest.Tab) {
			created(p)
			p.ClickNav("Test connection first")
			p.ClickNav("Run test")
		}},
		{name: "waiting import preview", path: "/users/import", who: owner, see: "The import would create 2", full: true, act: upload(
			"userName,First name,Surname,E-mail,manager,shoe size\nada@x.example,Ada,Lovelace,ada@x.example,,38\nbob@x.example,Bob,Byron,bob@x.example,ada@x.example,44\n,No,Name,,,\ncyd@x.example,Cyd,Wrong,not an address,,\n", 200)},
		{name: "waiting import guessed letters", path: "/users/import", who: owner, see: "“Zoë”", act: upload("userName;givenName\r\nzoe;Zo\xeb\r\n", 200)},
		{name: "waiting import nothing to import", path: "/users/import", who: owner, see: "No row can be imported", act: upload("userName,email\n,a@x.example\n", 200)},
	}
}

// uploads gives what hands a file to the import page. An administrator has one there at a
// time: the next one pushes it out before its page was opened, so they take turns.
func uploads(t *testing.T) func(content string, status int64) func(*uitest.Tab) {
	t.Helper()
	var turn sync.Mutex
	return func(content string, status int64) func(*uitest.Tab) {
		file := filepath.Join(t.TempDir(), "users.csv")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return func(p *uitest.Tab) {
			turn.Lock()
			defer turn.Unlock()
			p.Upload("#f-file", file)
			p.ClickStatus("Check file", status)
		}
	}
}

// freshViews are for somebody who is not signed in. They end with the link used up.
func freshViews(t *testing.T, w *world) []view {
	t.Helper()
	code, open, err := w.inst.accounts.SetupCode(t.Context())
	w.ok(err)
	if !open {
		t.Fatal("the instance is set up already")
	}
	link := "/setup?code=" + url.QueryEscape(code)
	return []view{
		{name: "fresh setup", path: link, see: "Create owner and sign in", full: true},
		{name: "fresh setup wrong link", path: "/setup?code=nonsense", status: 403, see: "not valid"},
		{name: "fresh setup refused", path: link, see: "Nothing was saved yet", act: func(p *uitest.Tab) {
			p.Fill("Your e-mail address", ownerEmail)
			p.Fill("Your name", ownerName)
			p.Fill("Organization", organized)
			p.Fill("Password", "correct horse battery staple")
			p.ClickStatus("Create owner and sign in", 400)
		}},
		{name: "fresh login", path: "/login", see: "This Muster has no owner yet"},
		{name: "fresh not found", path: "/nowhere", status: 404, see: "There is no page at this address"},
	}
}

// errorViews are refusals: of forms, of addresses, of rights.
func errorViews(f *full) []view {
	press := func(status int64, names ...string) func(*uitest.Tab) {
		return func(p *uitest.Tab) { p.ClickStatus(names[0], status) }
	}
	return []view{
		{name: "login", path: "/login", see: "Sign in", full: true},
		{name: "login refused", path: "/login", see: "Sign in", act: func(p *uitest.Tab) {
			p.Fill("E-mail address", "nobody@northwind.example")
			p.Fill("Password", "lantern orbit velvet")
			p.ClickStatus("Sign in", 401)
		}},
		{name: "login signed out", path: "/login?out=1", see: "You are signed out", full: true},
		{name: "setup done", path: "/setup?code=x", status: 409, see: "set up already"},
		{name: "invite", path: "/invite?code=" + url.QueryEscape(f.invitation), see: "Set password and sign in", full: true},
		{name: "invite used", path: "/invite?code=old", status: 403, see: "Go to sign in"},
		{name: "error not found", path: "/nowhere", status: 404, who: f.owner, see: "There is no page at this address", full: true},
		{name: "error no such user", path: "/users/0199aaaa-0000-7000-8000-000000000000", status: 404, who: f.owner},
		{name: "error no such token", path: "/scim/tokens/nope", status: 404, who: f.owner},
		{name: "error forbidden", path: "/users/new", status: 403, who: f.auditor, full: true},
		{name: "error bad filter", path: "/users?status=gone", status: 400, who: f.owner, see: "There is no status"},
		{name: "error bad method", path: "/deployment/change/fax", status: 404, who: f.owner, see: "no deployment method"},
		{name: "error bad range", path: "/logs?range=yesterday", status: 400, who: f.owner},
		{name: "error user form", path: "/users/new", who: f.owner, see: "Nothing was saved yet", full: true, act: func(p *uitest.Tab) {
			p.Fill("userName", "")
			p.Fill("Work e-mail", "no address")
			p.Fill("Time zone", "Mars/Base")
			p.ClickStatus("Add user", 422)
		}},
		{name: "error user name taken", path: "/users/new", who: f.owner, act: func(p *uitest.Tab) {
			p.Fill("userName", "grace.hopper@northwind.example")
			p.ClickStatus("Add user", 409)
		}},
		{name: "error group form", path: "/groups/new", who: f.owner, act: func(p *uitest.Tab) {
			p.Fill("Name", "Mathematicians")
			p.ClickStatus("Add group", 409)
		}},
		{name: "error group member", path: "/groups/" + f.group, who: f.owner, act: func(p *uitest.Tab) {
			p.Fill("userName", "nobody-has-this-name")
			p.ClickStatus("Add member", 422)
		}},
		{name: "error token form", path: "/scim/tokens/new", who: f.owner, act: func(p *uitest.Tab) {
			p.Fill("Description", "Entra")
			p.Fill("Allowed from", "10.0.0.0/99")
			p.ClickStatus("Create token", 400)
		}},
		{name: "error test connection", path: "/scim/test", who: f.owner, see: "Nothing was tested", act: func(p *uitest.Tab) {
			p.Fill("Token", "mst_wrong")
			p.ClickStatus("Run test", 400)
		}},
		{name: "error settings", path: "/settings", who: f.owner, see: "Nothing was saved yet", act: func(p *uitest.Tab) {
			p.Fill("IANA name", "Mars/Base")
			p.ClickStatus("Save settings", 400)
		}},
		{name: "error admin form", path: "/admins/new", who: f.owner, act: func(p *uitest.Tab) {
			p.Fill("E-mail address", auditorEmail)
			p.ClickStatus("Add and show the link", 409)
		}},
		{name: "error change not confirmed", path: "/deployment/change/manual/confirm?keep=0", who: f.owner, act: func(p *uitest.Tab) {
			p.Wait(`(() => { document.querySelectorAll("main form").forEach((x) => (x.noValidate = true)); return true })()`)
			press(400, "Change to Manual")(p)
		}},
		{name: "error import", path: "/users/import", who: f.owner, see: "userName", act: uploads(f.t)("name,email\nAda,a@x.example\n", 422)},
		{name: "error account password", path: "/account", who: f.owner, act: func(p *uitest.Tab) {
			p.Fill("Current password", "wrong wrong wrong")
			p.Fill("New password", "plumage tortoise quarrel lamp")
			p.ClickStatus("Change password", 400)
		}},
	}
}

// brokenView is what anybody sees while the database is away.
func brokenView(t *testing.T, b *uitest.Browser) {
	w := newWorld(t)
	w.ruin = true
	w.ok(w.inst.store.Close())
	view{name: "error inside", path: "/login", status: 500, see: "Something went wrong inside Muster", full: true}.check(t, w.tab(t, b, nil))
}
