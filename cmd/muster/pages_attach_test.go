package main

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/views/ui/uitest"
)

// attachWorld is an instance that went from SCIM to manual and back, so that nobody is
// managed any more, with mappings prepared for another method.
func attachWorld(t *testing.T) *world {
	t.Helper()
	w := owned(t)
	to := func(m models.Method) {
		_, err := w.inst.deployment.Change(t.Context(), w.by(), deployment.Order{Target: m, Keep: true})
		w.ok(err)
	}
	to(models.SCIM)
	d, sender := w.inst.directory, models.Actor{
		Kind: models.TokenActor, ID: "attach", Name: "Okta production", OrganizationID: w.by().OrganizationID, Scope: models.ProvisionScope,
	}
	staff, err := d.SaveProfile(t.Context(), w.by(), "", func(p *models.Profile) error { p.Name = "Staff of the whole company"; return nil })
	w.ok(err)
	rule := func(m models.Method, name, condition string) {
		_, err := d.SaveMapping(t.Context(), w.by(), "", func(r *models.Mapping) error {
			r.Method, r.Name, r.Filter, r.ProfileKey = m, name, condition, staff.Key
			return nil
		})
		w.ok(err)
	}
	rule(models.SCIM, "Engineering", `department eq "Engineering"`)
	rule(models.Entra, "Everyone from Entra", "")
	_, err = d.SaveAttributeMapping(t.Context(), w.by(), models.AttributeMapping{Method: models.Entra, Target: "title", Expression: "upper(title)"})
	w.ok(err)
	var ids []string
	for i := range 60 {
		u, err := d.CreateUser(t.Context(), sender, func(u *models.User) error {
			name := fmt.Sprintf("person%03d", i)
			u.Attributes["userName"], u.Attributes["externalId"] = name+"@northwind.example", "00u1ero7vZFVEIYLWPB"+name
			u.Attributes["displayName"] = "Person Number " + fmt.Sprint(i)
			if i == 1 {
				u.Attributes["displayName"] = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 3)
			}
			u.Attributes[models.EnterpriseURN] = map[string]any{"department": []string{"Engineering", "Sales"}[i%2]}
			return nil
		})
		w.ok(err)
		ids = append(ids, u.ID)
	}
	_, err = d.Preserve(t.Context(), w.by(), ids[3], "left the company")
	w.ok(err)
	_, err = d.Protect(t.Context(), w.by(), ids[4], true)
	w.ok(err)
	to(models.Manual)
	to(models.SCIM)
	for _, name := range []string{"grace", "edsger"} {
		_, err := d.CreateUser(t.Context(), w.by(), func(u *models.User) error { u.Attributes["userName"] = name; return nil })
		w.ok(err)
	}
	_, err = d.Attach(t.Context(), w.by(), ids[10:11], false)
	w.ok(err)
	return w
}

func attachViews(w *world) []view {
	owner := w.signIn(ownerEmail)
	return []view{
		{name: "attach safe", path: "/deployment/attach", who: owner, see: "Source anchor kept", full: true},
		{name: "attach undecided", path: "/deployment/attach?show=decide", who: owner, see: "An administrator preserved the user", full: true},
		{name: "attach no record", path: "/deployment/attach?show=none", who: owner, see: "No record of this user is known"},
		{name: "attach nobody found", path: "/deployment/attach?show=safe&q=zebra", who: owner, see: "Nothing found"},
		// In a session of its own: what is said once is said to the first tab that asks.
		{name: "attach nobody chosen", path: "/deployment/attach", who: w.signIn(ownerEmail), see: "Nobody was chosen", act: func(p *uitest.Tab) { p.ClickNav("Attach chosen") }},
		{name: "attach all question", path: "/deployment/attach/safe", who: owner, see: "managed by SCIM from now on", full: true},
		{name: "parked things", path: "/deployment/parked", who: owner, see: "Everyone from Entra", full: true},
		{name: "parked things nothing found", path: "/deployment/parked?q=zebra", who: owner, see: "Nothing found"},
		{name: "parked things delete", path: "/deployment/parked/entra/delete", who: owner, see: "Nothing brings them back", full: true},
		{name: "parked mappings", path: "/mappings?method=entra", who: owner, see: "Parked: SCIM is in charge"},
		{name: "parked attribute mappings", path: "/attributes/mappings?method=entra", who: owner, see: "Parked: SCIM is in charge"},
	}
}

// attaching walks with the browser's scripts off through the assistant, and looks at
// what it left behind.
func attaching(t *testing.T, b *uitest.Browser) {
	w := attachWorld(t)
	p := w.sit(t, b.Apart(t), w.signIn(ownerEmail))
	p.Scripts(false)
	managed := func() int64 {
		t.Helper()
		counts, err := w.inst.store.UserCounts(t.Context(), w.by().OrganizationID)
		w.ok(err)
		return counts.ByMode[models.SCIM]
	}
	p.Open("/deployment/attach?show=decide")
	p.ClickIn("main", "css:tbody tr:first-child input[name=item]")
	p.ClickNav("Attach chosen")
	p.See("managed by SCIM from now on")
	p.ClickNav("Attach 1 user")
	p.See("1 user is attached.")
	if n := managed(); n != 2 {
		t.Errorf("%d users are managed after a decision on one", n)
	}
	p.Open("/deployment/attach")
	p.ClickNav("Attach all safe ones")
	p.See("Attach 57 users?")
	p.ClickNav("Attach 57 users")
	p.See("All who are safe are being attached")
	w.ok(w.inst.directory.Evaluate(t.Context()))
	p.Open("/deployment/attach")
	p.See("57 users are attached.")
	if n := managed(); n != 59 {
		t.Errorf("%d users are managed in the end", n)
	}
	p.Open("/deployment/parked/entra/delete")
	p.Fill("Type “Northwind Traders” to confirm", "Northwind Traders")
	p.ClickNav("Delete for good")
	p.See("Nothing is parked")
}
