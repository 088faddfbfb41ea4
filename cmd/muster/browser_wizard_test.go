package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/deployment"
	"muster/views/ui/uitest"
)

// wizard walks by click through a whole change of method and its undo: wide, on a phone,
// and with the browser's scripts off.
func wizard(t *testing.T, b *uitest.Browser) {
	for _, walk := range []struct {
		name    string
		width   int64
		scripts bool
	}{{"wide", 1440, true}, {"phone", 390, true}, {"scripts off", 1440, false}} {
		t.Run(walk.name, func(t *testing.T) {
			w := wizardWorld(t)
			p := w.sit(t, b.Apart(t), w.signIn(ownerEmail))
			w.clock.back(0) // the password of the sign-in counts no longer
			p.Scripts(walk.scripts)
			p.Size(walk.width)
			s := wizardWalk{t: t, w: w, p: p, width: walk.width, looks: walk.scripts}
			s.choose()
			s.preview()
			s.refusals()
			s.undo()
			p.Quiet()
		})
	}
}

// wizardWorld has three users of SCIM with a mapping, and an owner who signs in twenty
// minutes ago.
func wizardWorld(t *testing.T) *world {
	t.Helper()
	w := owned(t)
	ctx := t.Context()
	w.clock.back(time.Hour)
	_, err := w.inst.deployment.Change(ctx, w.by(), deployment.Order{Target: models.SCIM, Keep: true})
	w.ok(err)
	for n := range 3 {
		w.arrive(n)
	}
	_, _ = w.token("Okta", models.ProvisionScope, 30)
	_, err = w.inst.directory.SaveMapping(ctx, w.by(), "", func(m *models.Mapping) error {
		m.Method, m.Name = models.SCIM, "Everyone"
		return nil
	})
	w.ok(err)
	w.ok(w.inst.directory.Evaluate(ctx))
	w.clock.back(20 * time.Minute)
	return w
}

// arrive lets the directory send a person.
func (w *world) arrive(n int) {
	w.t.Helper()
	client := models.Actor{Kind: models.TokenActor, ID: "walk", Name: "Okta", OrganizationID: w.by().OrganizationID, Scope: models.ProvisionScope}
	_, err := w.inst.directory.CreateUser(w.t.Context(), client, func(u *models.User) error {
		u.Attributes["userName"], u.Attributes["externalId"] = fmt.Sprintf("person%d@northwind.example", n), fmt.Sprint(n)
		u.Attributes["displayName"] = fmt.Sprintf("Person %d", n)
		return nil
	})
	w.ok(err)
}

type wizardWalk struct {
	t     *testing.T
	w     *world
	p     *uitest.Tab
	width int64
	looks bool // every page is checked and kept as a picture
}

func (s wizardWalk) inCharge() models.Method {
	s.t.Helper()
	o, err := s.w.inst.store.Organization(s.t.Context(), s.w.org.Key)
	s.w.ok(err)
	return o.Method
}

// look checks a page in light and dark.
func (s wizardWalk) look(name string) {
	s.t.Helper()
	if !s.looks {
		return
	}
	s.p.Sound()
	for _, theme := range []string{"light", "dark"} {
		s.p.Theme(theme)
		if theme == "light" {
			s.p.Axe()
		} else {
			s.p.Contrast()
		}
		s.p.Shot(fmt.Sprintf("wizard %s %s %d", name, theme, s.width))
	}
	s.p.Theme("light")
}

// choose asks for a recommendation, runs into the method in charge and goes on.
func (s wizardWalk) choose() {
	p := s.p
	p.Open("/deployment")
	p.Click("Actions")
	p.ClickNav("Change user deployment method")
	s.look("1 choose")
	p.Click("Answer two questions")
	p.Click("In no directory")
	p.Click("Neither")
	p.ClickNav("Recommend one")
	p.See("Manual fits best")
	s.look("1 choose recommended")
	p.Open("/deployment/change/scim")
	p.See("SCIM is already in charge.")
	s.look("2 preview blocked")
	p.ClickNav("Choose another method")
	p.ClickNav("Preview the change to Manual")
}

// preview looks at every part, and then keeps nothing.
func (s wizardWalk) preview() {
	p := s.p
	p.See("3 users become manual")
	s.look("2 preview")
	for _, part := range []string{"Users", "Groups", "Mappings", "Tokens", "Open decisions", "Held removals"} {
		p.ClickNavIn(".tabs", part, 200)
		s.look("2 part " + part)
	}
	p.ClickNavIn(".tabs", "Users", 200)
	p.Fill("Search users", "person 2")
	p.ClickNav("Apply")
	p.See("Person 2")
	p.NotSee("Person 1")
	p.ClickNavIn(".tabs", "Summary", 200)
	p.ClickNavIn("#impact", "users become manual", 200)
	p.See("Person 1")
	p.ClickNavIn(".tabs", "Summary", 200)
	p.Click("Keep existing SCIM mappings")
	p.ClickNav("Update the preview")
	p.See("1 SCIM mapping is deleted")
	s.look("2 preview deleting")
}

const deletingDialog = "Change the deployment method to Manual? " +
	"All existing users will be moved to manual provisioning mode and will not be mapped to any mapping automatically. " +
	"Now that is 3 users and 0 groups. " +
	"1 SCIM mapping is deleted; users keep the profiles that they have by it. " +
	"1 SCIM token is deleted: the identity provider cannot sign in with it any more. " +
	"SCIM requests are refused with 403 and the reason. " +
	"Everybody keeps status, profile, groups, roles and history. 0 preserved users stay preserved and 0 inactive users stay inactive. 0 users are deleted. " +
	"You can undo this until DATE: SCIM is in charge again, and everybody whom nobody changed since returns to it. What is deleted comes back with it; after that day it is gone for good. " +
	"I understand that 3 users and 0 groups become manual today, TODAY. " +
	"Type “Northwind Traders” to confirm what is deleted " +
	"Reason optional Kept in the history and in the audit log. " +
	"Your password Asked again because this concerns everybody. " +
	"Keep SCIM Change to Manual"

func (s wizardWalk) dialog() string {
	s.t.Helper()
	return uitest.Ask[string](s.p, `squeeze(document.querySelector("dialog:modal").innerText)`)
}

func dated(text string, now time.Time) string {
	day := func(t time.Time) string { return t.UTC().Format("2 January 2006") }
	return strings.NewReplacer("DATE", day(now.AddDate(0, 0, models.UndoDays)), "TODAY", day(now)).Replace(text)
}

// refusals answers wrongly, in turn, and nothing happens until all is right.
func (s wizardWalk) refusals() {
	p, w := s.p, s.w
	p.Click("css:[commandfor=confirm-change]")
	if got, want := s.dialog(), dated(deletingDialog, w.clock.Now()); got != want {
		s.t.Errorf("the dialog says\n%s\nwant\n%s", got, want)
	}
	s.look("3 dialog")
	p.Click("css:#confirm-change .check label")
	p.Fill("Type “Northwind Traders”", "Northwind")
	p.Fill("Your password", "wrong wrong wrong")
	p.Click("css:#confirm-change .btn.danger")
	if !uitest.Ask[bool](p, `document.querySelector("dialog:modal input[name=name]").matches(":invalid")`) || s.inCharge() != models.SCIM {
		s.t.Error("the browser takes a wrong name")
	}
	p.Fill("Type “Northwind Traders”", organized)
	p.ClickStatus("css:#confirm-change .btn.danger", 400)
	p.See("Nothing was saved yet")
	s.look("3 wrong password")
	w.arrive(3)
	p.Fill("Your password", passphrase)
	p.ClickStatus("css:main form .btn.danger", 412)
	p.See("nothing was done")
	p.See("users that become manual")
	s.look("3 stale")
	if s.inCharge() != models.SCIM {
		s.t.Fatal("a stale preview was taken")
	}
	p.Click("css:[commandfor=confirm-change]")
	p.Click("css:#confirm-change .check label")
	p.Fill("Type “Northwind Traders”", organized)
	p.Fill("Reason", "Pause before the merger")
	p.Fill("Your password", passphrase)
	p.ClickNavIn("", "css:#confirm-change .btn.danger", 200)
	p.See("Successfully changed to Manual")
	p.See("4 users became manual")
	p.See("Pause before the merger")
	if s.inCharge() != models.Manual {
		s.t.Error("the method did not change")
	}
	s.look("4 result")
}

const undoDialog = "Undo the change to Manual? " +
	"SCIM is in charge again, and everybody whom nobody changed since the change is managed by it again. " +
	"That is 3 users and 0 groups. 1 deleted SCIM mapping comes back. 1 SCIM token works again. " +
	"1 user was changed since: that one keeps what was changed and does not return. Everybody keeps status, profile, groups, roles and history. 0 users are deleted. " +
	"An undo cannot be undone itself. You can change the deployment method again at any time. " +
	"I understand that 3 users and 0 groups are managed by SCIM again from today, TODAY. " +
	"Reason optional Kept in the history and in the audit log. " +
	"Keep Manual Undo the change"

// undo takes the change back, after somebody edited one of the users.
func (s wizardWalk) undo() {
	p, w := s.p, s.w
	u, err := w.inst.store.UserByName(s.t.Context(), w.org.Key, "person0@northwind.example")
	w.ok(err)
	_, err = w.inst.directory.UpdateUser(s.t.Context(), w.by(), u.ID, func(u *models.User) error { u.Attributes["title"] = "By hand"; return nil })
	w.ok(err)
	p.ClickNavIn(".alert", "Undo", 200)
	p.See("3 users return to SCIM")
	s.look("5 undo")
	p.ClickNavIn("#impact", "user does not return", 200)
	p.See("Person 0")
	s.look("5 changed since")
	p.ClickNav("The change")
	p.ClickNavIn(".alert", "Undo", 200)
	p.Click("css:[commandfor=confirm-undo]")
	if got, want := s.dialog(), dated(undoDialog, w.clock.Now()); got != want {
		s.t.Errorf("the dialog says\n%s\nwant\n%s", got, want)
	}
	s.look("5 undo dialog")
	p.Click("css:#confirm-undo .check label")
	p.ClickNavIn("", "css:#confirm-undo .btn.danger", 200)
	p.See("Undone: SCIM is in charge again")
	s.look("6 undone")
	if s.inCharge() != models.SCIM {
		s.t.Error("the undo did not put SCIM in charge")
	}
	for name, want := range map[string]models.Method{"person0@northwind.example": models.Manual, "person1@northwind.example": models.SCIM} {
		u, err := w.inst.store.UserByName(s.t.Context(), w.org.Key, name)
		w.ok(err)
		if u.Mode != want {
			s.t.Errorf("%s is %s, want %s", name, u.Mode, want)
		}
	}
	p.Open("/deployment")
	p.See("Undo: back to SCIM")
	s.look("7 history")
	p.ClickNavIn("#history", "All changes", 200)
	s.look("7 all changes")
	p.Open("/users/" + u.ID)
	p.See("the change to Manual on")
}
