package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/models"
	"muster/views/ui/uitest"
)

// flows walks the main ways through the console with the browser's scripts
// off, one after the other on one instance, and looks at what each left behind.
func flows(t *testing.T, b *uitest.Browser) {
	s := &story{world: newWorld(t), people: b.Apart(t)}
	for _, chapter := range []struct {
		name string
		walk func(*testing.T)
	}{
		{"1 set up, sign out, sign in", s.signInFlow},
		{"2 choose the method", s.choose},
		{"3 create a token", s.newToken},
		{"4 add a user", s.add},
		{"5 edit, suspend, preserve, restore", s.states},
		{"6 import a file", s.bring},
		{"7 give a profile by a mapping", s.mapThem},
		{"8 change the method", s.switchMethod},
		{"9 find in the log", s.look},
	} {
		if !t.Run(chapter.name, chapter.walk) {
			t.Fatal("the chapters build on one another")
		}
	}
}

type story struct {
	*world
	people *uitest.Browser
	token  string
	user   string
}

// plain opens a tab whose pages run no script.
func (s *story) plain(t *testing.T) *uitest.Tab {
	t.Helper()
	p := s.people.Tab(t, s.url())
	p.Scripts(false)
	return p
}

func (s *story) organization(t *testing.T) models.Organization {
	t.Helper()
	o, err := s.inst.store.Organization(t.Context(), s.org.Key)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (s *story) byName(t *testing.T, name string) models.User {
	t.Helper()
	u, err := s.inst.store.UserByName(t.Context(), s.org.Key, name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (s *story) signInFlow(t *testing.T) {
	code, _, err := s.inst.accounts.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := s.plain(t)
	setUp(p, "/setup?code="+url.QueryEscape(code))
	if got := s.organization(t).Name; got != organized {
		t.Errorf("the organization is called %q", got)
	}
	p.Click("Account of " + ownerName)
	p.ClickNav("Sign out")
	p.See("You are signed out")
	p.Open("/users?status=active")
	if at := p.Path(); !strings.HasPrefix(at, "/login?next=") {
		t.Fatalf("signed out, a page leads to %s", at)
	}
	p.Fill("E-mail address", ownerEmail)
	p.Fill("Password", passphrase)
	p.ClickNav("Sign in")
	if at := p.Path(); at != "/users?status=active" {
		t.Errorf("signing in leads to %s, not to where the person wanted to go", at)
	}
}

func (s *story) choose(t *testing.T) {
	p := s.plain(t)
	p.Open("/deployment")
	p.ClickNav("Use SCIM")
	if o := s.organization(t); o.Method != models.SCIM || !o.MethodSet || o.MethodBy != ownerEmail {
		t.Errorf("the method is %q, chosen by %q", o.Method, o.MethodBy)
	}
}

func (s *story) newToken(t *testing.T) {
	p := s.plain(t)
	p.Open("/scim/tokens/new")
	p.Fill("Description", "Okta")
	p.ClickNav("Create token")
	s.token = uitest.Ask[string](p, `document.querySelector("#secret").value`)
	p.See("Waiting for the first request")
	if got := s.scim("GET", "/Users", s.token, ""); got != 200 {
		t.Fatalf("the token from the page is answered %d", got)
	}
	p.Click("I have stored the token where it belongs")
	p.ClickNav("Done")
	p.See("reached us at")
	p.NotSee(s.token)
}

func (s *story) add(t *testing.T) {
	p := s.plain(t)
	p.Open("/users")
	p.ClickNavIn(".page-head", "Add user", 200)
	p.Fill("userName", "grace.hopper@northwind.example")
	p.Fill("Given name", "Grace")
	p.Fill("Family name", "Hopper")
	p.Fill("Time zone", "Mars/Base")
	p.ClickStatus("Add user", 422)
	if got := uitest.Ask[string](p, `document.querySelector("#f-givenName").value`); got != "Grace" {
		t.Errorf("after a refusal the given name is %q", got)
	}
	p.Fill("Time zone", "Europe/Berlin")
	p.ClickNav("Add user")
	u := s.byName(t, "grace.hopper@northwind.example")
	if u.DisplayName != "Grace Hopper" || u.Mode != models.Manual || u.Status != models.Active {
		t.Errorf("added %+v", u)
	}
	if at := p.Path(); at != "/users/"+u.ID {
		t.Errorf("adding leads to %s", at)
	}
	s.user = u.ID
}

// states moves a user through every status, once by the dialog on the page and
// else by the pages that ask the same.
func (s *story) states(t *testing.T) {
	p := s.plain(t)
	p.Open("/users/" + s.user)
	p.ClickNav("Edit Grace Hopper")
	p.Fill("Title", "Rear admiral")
	p.ClickNav("Save changes")
	p.See("Rear admiral")
	is := func(want models.Status, why string) {
		t.Helper()
		u := s.byName(t, "grace.hopper@northwind.example")
		if u.Status != want || !strings.Contains(u.StatusNote, why) || u.Title != "Rear admiral" || u.ID != s.user {
			t.Errorf("the user is %s (%q), title %q; want %s because of %q", u.Status, u.StatusNote, u.Title, want, why)
		}
	}
	p.Click("Suspend Grace Hopper")
	p.See("may not use the application from now on")
	p.Fill("Reason", "Sabbatical")
	p.ClickNav("Suspend user")
	is(models.Inactive, "Sabbatical")
	for _, step := range []struct {
		verb, press string
		want        models.Status
	}{
		{"activate", "Activate user", models.Active},
		{"suspend", "Suspend user", models.Inactive},
		{"preserve", "Preserve user", models.Preserved},
		{"restore", "Restore user", models.Active},
	} {
		p.Open("/users/" + s.user + "/" + step.verb)
		p.ClickNav(step.press)
		is(step.want, "")
	}
}

func (s *story) bring(t *testing.T) {
	file := filepath.Join(t.TempDir(), "people.csv")
	rows := "userName;First name;Surname;Title\nada@x.example;Ada;Lovelace;Analyst\ngrace.hopper@northwind.example;;;Commodore\n;No;Name;\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	p := s.plain(t)
	p.Open("/users")
	p.ClickNav("Import")
	p.Upload("#f-file", file)
	p.ClickNav("Check file")
	p.See("The import would create 1 and update 1 user")
	if _, err := s.inst.store.UserByName(t.Context(), s.org.Key, "ada@x.example"); models.KindOf(err) != models.NotFound {
		t.Errorf("the dry run wrote somebody: %v", err)
	}
	p.ClickNav("Import 2 users")
	p.See("2 users were imported, 1 row was left out")
	if ada, grace := s.byName(t, "ada@x.example"), s.byName(t, "grace.hopper@northwind.example"); ada.DisplayName != "Ada Lovelace" || grace.Title != "Commodore" || grace.GivenName != "Grace" {
		t.Errorf("imported %q; Grace is %q, %q", ada.DisplayName, grace.Title, grace.GivenName)
	}
}

// mapThem makes a setting, a profile and a rule of two rows.
func (s *story) mapThem(t *testing.T) {
	p := s.plain(t)
	p.Open("/profiles/settings")
	p.ClickNavIn("main", "Declare setting", 200)
	p.Fill("Name", "region")
	p.ClickNav("Declare setting")
	p.Open("/profiles")
	p.ClickNavIn("main", "New profile", 200)
	p.Fill("Name", "Sales EMEA")
	p.Fill("region", "emea")
	p.ClickNav("Save profile")
	p.Open("/mappings")
	p.ClickNavIn("main", "New mapping", 200)
	p.Fill("Name", "Sellers")
	p.Fill("Attribute", "Title")
	p.Fill("Value", "Seller")
	p.ClickNav("Add a row")
	p.ClickNav("Edit as SCIM filter")
	p.Fill("SCIM filter", `title eq "Seller" and department pr`)
	p.ClickNav("css:.rule-split form .buttons [value=preview]")
	p.See("Nobody matches now")
	p.ClickNav("Edit as rows")
	if n := uitest.Ask[int](p, `document.querySelectorAll(".cond").length`); n != 2 {
		t.Errorf("the filter is %d rows, want 2", n)
	}
	p.Fill("Profile", "Sales EMEA")
	p.ClickNav("Save mapping")
	p.See("Mapping Sellers is saved.")
	list, err := s.inst.store.Mappings(t.Context(), s.org.Key, models.SCIM)
	if err != nil || len(list) != 1 || list[0].Filter != `title eq "Seller" and department pr` || list[0].ProfileKey == 0 {
		t.Errorf("saved: %+v, %v", list, err)
	}
}

func (s *story) switchMethod(t *testing.T) {
	if got := s.scim("POST", "/Users", s.token, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"sent@x.example","externalId":"x-1"}`); got != 201 {
		t.Fatalf("the directory's user is answered %d", got)
	}
	p := s.plain(t)
	p.Open("/deployment")
	p.Click("Actions")
	p.ClickNav("Change user deployment method")
	p.ClickNav("Preview the change to Manual")
	p.See("become")
	p.ClickNav("Confirm on a page of its own")
	p.Click("css:main .check label")
	p.Fill("Reason", "Pause before the merger")
	p.ClickNav("css:main form .btn.danger")
	if o := s.organization(t); o.Method != models.Manual {
		t.Errorf("the method is %s", o.Method)
	}
	if u := s.byName(t, "sent@x.example"); u.Mode != models.Manual || u.Status != models.Active {
		t.Errorf("the directory's user is %s, %s", u.Mode, u.Status)
	}
	if got := s.scim("GET", "/Users", s.token, ""); got != 403 {
		t.Errorf("a parked token is answered %d", got)
	}
	p.See("Pause before the merger")
}

func (s *story) look(t *testing.T) {
	p := s.plain(t)
	p.Open("/logs?range=all")
	p.Fill("Action", "Preserve")
	p.ClickNav("Apply")
	if n := uitest.Ask[int](p, `document.querySelectorAll("#log-rows tr").length`); n != 1 {
		t.Errorf("%d entries say that a user was preserved, want 1", n)
	}
	p.ClickNav("css:#log-rows tr a.strong")
	for _, part := range []string{"grace.hopper@northwind.example", "Steps", "Change id", ownerEmail} {
		p.See(part)
	}
}
