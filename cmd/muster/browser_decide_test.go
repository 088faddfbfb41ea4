package main

import (
	"testing"

	"muster/models"
	"muster/views/ui/uitest"
)

// decisions walks with the browser's scripts off through what waits for an
// administrator, and looks at what each decision left behind.
func decisions(t *testing.T, b *uitest.Browser) {
	w := heldWorld(t)
	p := w.sit(t, b.Apart(t), w.signIn(ownerEmail))
	p.Scripts(false)
	user := func(name string) models.User {
		t.Helper()
		u, err := w.inst.store.UserByName(t.Context(), w.by().OrganizationID, name)
		w.ok(err)
		return u
	}
	t.Run("approve by cause", func(t *testing.T) {
		p.Open("/queue/held")
		p.ClickNav("Approve these 10")
		p.See("All their data stays")
		if user("person020@northwind.example").Status != models.Active {
			t.Fatal("the question decided")
		}
		p.ClickNav("Approve the removal of 10 users")
		p.See("10 users were preserved")
		p.See("2 removals are held back")
		if u := user("person025@northwind.example"); u.Status != models.Preserved || !u.Hidden {
			t.Errorf("the approved deletion left %s, hidden %v", u.Status, u.Hidden)
		}
		// Two of the seats that came free went to who waited.
		if u := user("person200@northwind.example"); u.Status != models.Active {
			t.Errorf("who waited for a seat is %s", u.Status)
		}
	})
	t.Run("reject the chosen", func(t *testing.T) {
		p.Open("/queue/held")
		p.ClickIn("main", "css:input[name=item][value='"+user("person033@northwind.example").ID+"']")
		p.ClickNav("Reject chosen")
		p.ClickNav("Reject the removal of 1 user")
		p.See("1 removal is held back")
		if u := user("person033@northwind.example"); u.Status != models.Active || u.Hidden {
			t.Errorf("the rejected deletion left %s, hidden %v", u.Status, u.Hidden)
		}
	})
	t.Run("a rule lets in who waits", func(t *testing.T) {
		p.Open("/queue/mapping")
		p.See("Person Number 300")
		_, err := w.inst.directory.SaveMapping(t.Context(), w.by(), "", func(m *models.Mapping) error {
			m.Method, m.Name = models.SCIM, "Everybody else"
			return nil
		})
		w.ok(err)
		w.ok(w.inst.directory.Evaluate(t.Context()))
		p.Open("/queue/mapping")
		p.See("Nobody waits for a mapping")
	})
	t.Run("adoption", func(t *testing.T) {
		ada := waitingAdoption(t, w, "ada@northwind.example", "a-ada")
		p.Open("/queue")
		p.ClickNav(ada.DisplayName)
		p.ClickNav("Accept")
		if u := user("ada@northwind.example"); u.Mode != models.SCIM || u.ExternalID != "a-ada" || u.ID != ada.ID {
			t.Errorf("accepted: %s by %s, anchor %q", u.ID, u.Mode, u.ExternalID)
		}
	})
}

// waitingAdoption adds somebody by hand whom the directory then sends while the
// organization wants to be asked.
func waitingAdoption(t *testing.T, w *world, name, anchor string) models.User {
	t.Helper()
	_, err := w.inst.accounts.EditOrganization(t.Context(), w.by(), func(o *models.Organization) error {
		o.Settings.Adoption, o.Settings.SeatLimit = models.AdoptAsk, 0
		return nil
	})
	w.ok(err)
	fill := func(title string) func(*models.User) error {
		return func(u *models.User) error {
			u.Attributes["userName"], u.Attributes["displayName"], u.Attributes["title"] = name, "Ada by hand", title
			return nil
		}
	}
	made, err := w.inst.directory.CreateUser(t.Context(), w.by(), fill("By hand"))
	w.ok(err)
	client := models.Actor{Kind: models.TokenActor, ID: "held", Name: "Okta production", OrganizationID: w.by().OrganizationID, Scope: models.ProvisionScope}
	_, err = w.inst.directory.CreateUser(t.Context(), client, func(u *models.User) error {
		u.Attributes["externalId"] = anchor
		return fill("Delivered")(u)
	})
	if models.KindOf(err) != models.Uniqueness {
		t.Fatalf("the directory was not asked to wait: %v", err)
	}
	return made
}
