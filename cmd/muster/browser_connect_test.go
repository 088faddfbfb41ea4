package main

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
	"muster/views/ui/uitest"
)

// connecting is the whole story of a change from SCIM to Entra, by click.
func connecting(t *testing.T, b *uitest.Browser) {
	for name, scripts := range map[string]bool{"scripts on": true, "scripts off": false} {
		t.Run(name, func(t *testing.T) {
			s := newConnectStory(t, b)
			s.scripts = scripts
			s.p.Scripts(scripts)
			s.change()
			s.connect()
			s.firstCycle()
			s.onDemand()
			s.backAndUndo()
			s.p.Quiet()
		})
	}
}

// connectStory has 200 users of SCIM with a mapping, a mapping that waits for Entra, and
// a tenant with most of these people.
type connectStory struct {
	t     *testing.T
	w     *world
	p     *uitest.Tab
	graph *entratest.Graph
	// scripts tells whether the browser runs them; without, pages renew themselves once
	// they are told to.
	scripts bool
}

const storyUsers = 200

// fakeGraph starts a tenant that the instance takes for Microsoft's cloud.
func fakeGraph(t *testing.T) (*entratest.Graph, func(*assembly)) {
	t.Helper()
	g := entratest.Start(entratest.Options{})
	t.Cleanup(g.Close)
	return g, func(a *assembly) { a.Graph = &entra.Endpoint{SignIn: g.URL(), Graph: g.URL(), Roots: g.Roots()} }
}

func newConnectStory(t *testing.T, b *uitest.Browser) *connectStory {
	t.Helper()
	g, edit := fakeGraph(t)
	w := owned(t, edit)
	s := &connectStory{t: t, w: w, graph: g}
	ctx := t.Context()
	_, err := w.inst.deployment.Change(ctx, w.by(), deployment.Order{Target: models.SCIM, Keep: true})
	w.ok(err)
	for n := range storyUsers {
		w.arrive(n)
	}
	for _, of := range []struct {
		method  models.Method
		profile string
	}{{models.SCIM, "Pushed"}, {models.Entra, "Fetched"}} {
		profile, err := w.inst.directory.SaveProfile(ctx, w.by(), "", func(p *models.Profile) error { p.Name = of.profile; return nil })
		w.ok(err)
		_, err = w.inst.directory.SaveMapping(ctx, w.by(), "", func(m *models.Mapping) error {
			m.Method, m.Name, m.ProfileKey = of.method, "Everyone by "+string(of.method), profile.Key
			return nil
		})
		w.ok(err)
	}
	w.ok(w.inst.directory.Evaluate(ctx))
	var staff []string
	for n := range storyUsers - 10 { // ten are not in the tenant
		name := fmt.Sprintf("person%d@northwind.example", n)
		staff = append(staff, g.AddUser(entratest.Props{"userPrincipalName": name, "displayName": fmt.Sprintf("Person %d", n), "mail": name, "accountEnabled": true}))
	}
	for n := range 5 {
		g.AddUser(entratest.Props{"userPrincipalName": fmt.Sprintf("new%d@northwind.example", n), "displayName": fmt.Sprintf("New %d", n), "accountEnabled": true})
	}
	g.AddMembers(g.AddGroup(entratest.Props{"displayName": "Staff of Northwind"}), staff...)
	// Another record with the userName that somebody here has by now.
	g.AddUser(entratest.Props{"userPrincipalName": "PERSON0@northwind.example", "displayName": "Another person 0", "accountEnabled": true})
	s.p = w.sit(t, b.Apart(t), w.signIn(ownerEmail))
	return s
}

func (s *connectStory) count(mode models.Method) int64 {
	s.t.Helper()
	n, err := s.w.inst.store.UserCounts(s.t.Context(), s.w.org.Key)
	s.w.ok(err)
	return n.Of("", mode)
}

// change goes to Entra with the mappings kept, and reads the confirmation.
func (s *connectStory) change() {
	p := s.p
	p.Open("/deployment/change")
	p.ClickNav("Preview the change to Microsoft Entra ID")
	p.See("200 users become manual")
	p.See("Nothing is written before you accept it")
	p.Click("css:[commandfor=confirm-change]")
	said := uitest.Ask[string](p, `squeeze(document.querySelector("dialog:modal").innerText)`)
	for _, part := range []string{
		"Change the deployment method to Microsoft Entra ID?",
		"All existing users will be moved to manual provisioning mode and will not be mapped to any Microsoft Entra ID mapping automatically.",
		"Now that is 200 users and 0 groups.", "0 users are deleted.",
	} {
		if !strings.Contains(said, part) {
			s.t.Errorf("the dialog does not say %q; it says\n%s", part, said)
		}
	}
	p.Click("css:#confirm-change .check label")
	p.ClickNavIn("", "css:#confirm-change .btn.danger", 200)
	p.See("Successfully changed to Microsoft Entra ID")
	if n := s.count(models.Manual); n != storyUsers {
		s.t.Errorf("%d users are manual after the change", n)
	}
	p.ClickNavIn(".checklist", "Connect", 200)
}

// connect follows the wizard from what to create to the start.
func (s *connectStory) connect() {
	p := s.p
	p.See("Not connected")
	p.ClickNav("Show what to create")
	p.See("GroupMember.Read.All")
	p.ClickNav("Enter the credentials")
	p.Fill("Directory (tenant) ID", entratest.Tenant)
	p.Fill("Application (client) ID", entratest.ClientID)
	p.Fill("Value of the client secret", "not~the-secret.at_all")
	p.ClickNav("Save and test")
	p.ClickNav("Run the test")
	p.See("Likely cause")
	p.ClickNav("Enter a new secret")
	p.Fill("Value of the client secret", entratest.ClientSecret)
	p.ClickNav("Save and test")
	p.ClickNav("Run the test")
	p.See("The connection works.")
	p.ClickNav("Choose the scope")
	p.ClickNav("Count")
	p.See("196 users")
	p.ClickNav("Save scope")
	p.ClickNav("Save and start")
}

// follow lets a page without scripts renew itself; with them the stream does.
func (s *connectStory) follow() {
	if !s.scripts && strings.Contains(s.p.Text(), "Reload every 5 seconds") {
		s.p.ClickNav("Reload every 5 seconds")
	}
}

// firstCycle sees the preview come by itself, and accepts it.
func (s *connectStory) firstCycle() {
	p := s.p
	s.follow()
	p.See("A preview is ready.")
	if n := s.count(models.Entra); n != 0 {
		s.t.Errorf("%d users are managed by Entra before anybody accepted", n)
	}
	p.ClickNav("Open the preview")
	p.See("users are adopted")
	p.See("by userName")
	p.See("users are created")
	p.Shot("connect preview")
	p.ClickNav("Accept and apply")
	s.follow()
	p.See("Finished")
	if n := s.count(models.Entra); n != storyUsers-10+5 {
		s.t.Errorf("%d users are managed by Entra", n)
	}
	u, err := s.w.inst.store.UserByName(s.t.Context(), s.w.org.Key, "person7@northwind.example")
	s.w.ok(err)
	p.Open("/users/" + u.ID)
	p.See("Entra ID")
	p.See("Fetched")
	p.Open("/queue")
	p.See("Another person 0")
	p.Open("/")
	p.See("Last success")
	p.See("1 of the changes in the last cycle failed.") // the conflict
}

// onDemand brings somebody new at once, with each step.
func (s *connectStory) onDemand() {
	p := s.p
	s.graph.AddUser(entratest.Props{"userPrincipalName": "late@northwind.example", "displayName": "Late Comer", "accountEnabled": true})
	p.Open("/provision")
	p.Fill("User", "late@northwind.example")
	p.ClickNav("Show the steps")
	for _, step := range []string{"Import", "Scope and mapping", "Match", "Action", "This would happen: created."} {
		p.See(step)
	}
	if _, err := s.w.inst.store.UserByName(s.t.Context(), s.w.org.Key, "late@northwind.example"); models.KindOf(err) != models.NotFound {
		s.t.Errorf("the steps alone wrote something: %v", err)
	}
	p.ClickNav("Apply")
	p.See("Done.")
	_, err := s.w.inst.store.UserByName(s.t.Context(), s.w.org.Key, "late@northwind.example")
	s.w.ok(err)
}

// backAndUndo goes back to SCIM with everything kept, and takes that back.
func (s *connectStory) backAndUndo() {
	p := s.p
	all := s.count("")
	p.Open("/deployment/change/scim")
	p.Click("css:[commandfor=confirm-change]")
	p.Click("css:#confirm-change .check label")
	p.ClickNavIn("", "css:#confirm-change .btn.danger", 200)
	p.See("Successfully changed to SCIM")
	if s.count("") != all || s.count(models.Entra) != 0 {
		s.t.Errorf("after the way back: %d users, %d of Entra", s.count(""), s.count(models.Entra))
	}
	p.Open("/connectors/entra")
	p.See("Asleep")
	p.Open("/deployment")
	p.ClickNavIn(".alert", "Undo", 200)
	p.Click("css:[commandfor=confirm-undo]")
	p.Click("css:#confirm-undo .check label")
	p.ClickNavIn("", "css:#confirm-undo .btn.danger", 200)
	p.See("Undone: Microsoft Entra ID is in charge again")
	if s.count("") != all || s.count(models.Entra) != storyUsers-10+5+1 {
		s.t.Errorf("after the undo: %d users, %d of Entra", s.count(""), s.count(models.Entra))
	}
	u, err := s.w.inst.store.UserByName(s.t.Context(), s.w.org.Key, "person7@northwind.example")
	s.w.ok(err)
	p.Open("/users/" + u.ID)
	p.See("Entra ID")
	p.Open("/connectors/entra")
	p.See("Sync now")
}
