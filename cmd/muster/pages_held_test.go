package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/views/ui/uitest"
)

// heldApproval is the request by which two of the removals were approved.
const heldApproval = "01a22599-0000-7000-8000-0000000000aa"

// heldWorld is an instance whose directory removed too many users at once, with
// others who wait for seats and for a mapping.
func heldWorld(t *testing.T) *world {
	t.Helper()
	w := owned(t)
	_, err := w.inst.deployment.Change(t.Context(), w.by(), deployment.Order{Target: models.SCIM, Keep: true})
	w.ok(err)
	d, sender := w.inst.directory, models.Actor{
		Kind: models.TokenActor, ID: "held", Name: "Okta production", OrganizationID: w.by().OrganizationID, Scope: models.ProvisionScope,
	}
	add := func(i int, department string) models.User {
		u, err := d.CreateUser(t.Context(), sender, func(u *models.User) error {
			name := fmt.Sprintf("person%03d", i)
			u.Attributes["userName"], u.Attributes["externalId"] = name+"@northwind.example", "id-"+name
			u.Attributes["displayName"] = "Person Number " + fmt.Sprint(i)
			if i == 21 {
				u.Attributes["displayName"] = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 3)
			}
			u.Attributes[models.EnterpriseURN] = map[string]any{"department": department}
			return nil
		})
		w.ok(err)
		return u
	}
	var ids []string
	for i := range 100 {
		department := "Engineering"
		if i < 30 {
			department = "Sales EMEA"
		}
		ids = append(ids, add(i, department).ID)
	}
	for i, id := range ids[:34] {
		if i == 33 || i == 25 {
			w.ok(d.DeleteUser(t.Context(), sender, id, func(models.User) error { return nil }))
			continue
		}
		_, err := d.UpdateUser(t.Context(), sender, id, func(u *models.User) error { u.Enabled = new(false); return nil })
		w.ok(err)
	}
	approver := w.by()
	approver.Kind, approver.Role, approver.RequestID = models.AdminActor, models.Admin, heldApproval
	_, err = d.ApproveHeld(t.Context(), approver, ids[31:33])
	w.ok(err)
	set := func(edit func(*models.OrganizationSettings)) {
		_, err := w.inst.accounts.EditOrganization(t.Context(), w.by(), func(o *models.Organization) error { edit(&o.Settings); return nil })
		w.ok(err)
	}
	set(func(s *models.OrganizationSettings) { s.SeatLimit = 78 })
	add(200, "Engineering")
	add(201, "")
	set(func(s *models.OrganizationSettings) { s.SeatLimit, s.Unmatched = 0, models.UnmatchedPark })
	_, err = d.SaveMapping(t.Context(), w.by(), "", func(m *models.Mapping) error {
		m.Method, m.Name, m.Filter = models.SCIM, "Engineering", `department eq "Engineering" or department sw "Sales"`
		return nil
	})
	w.ok(err)
	add(300, "Facilities")
	set(func(s *models.OrganizationSettings) { s.SeatLimit = 78 })
	return w
}

func heldViews(w *world) []view {
	owner := w.signIn(ownerEmail)
	return []view{
		{name: "held overview", path: "/", who: owner, see: "removals are held back"},
		{name: "held removals", path: "/queue/held", who: owner, see: "from department Sales EMEA", full: true},
		{name: "held question", path: "/queue/held", who: owner, see: "All their data stays", full: true, act: func(p *uitest.Tab) {
			p.ClickStatus("Approve these 10", 200)
		}},
		{name: "held removals of one cause", path: "/queue/held?cause=department%3ASales+EMEA", who: owner, see: "of 10 removals", full: true},
		{name: "held approval taken back", path: "/queue/held/approved/" + heldApproval, who: owner, see: "Restore 2 users?", full: true},
		// In a session of its own: what is said once is said to the first tab that asks.
		{name: "held nobody chosen", path: "/queue/held", who: w.signIn(ownerEmail), see: "Nothing was chosen", act: func(p *uitest.Tab) { p.ClickNav("Reject chosen") }},
		{name: "held removals of a change", path: "/deployment/change/manual/removals", who: owner, see: "Dropped", full: true},
		{name: "held removals before a change", path: "/deployment/change/manual", who: owner, see: "removals that the guard holds back are dropped", full: true},
		{name: "waiting for a seat", path: "/queue/seats", who: owner, see: "78 of 78 seats are taken", full: true},
		{name: "waiting for a seat nobody found", path: "/queue/seats?q=" + url.QueryEscape("zebra"), who: owner, see: "Nobody found"},
		{name: "waiting for a mapping", path: "/queue/mapping", who: owner, see: "Person Number 300", full: true},
	}
}
