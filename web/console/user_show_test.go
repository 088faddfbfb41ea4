package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func enterprise(pairs ...any) func(models.Attributes) {
	return func(a models.Attributes) {
		ext := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			ext[pairs[i].(string)] = pairs[i+1]
		}
		a[models.EnterpriseURN] = ext
	}
}

func TestUserPageTellsWhereEveryValueCameFrom(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	boss := p.add(p.scim, "boss", "Grace", "Hopper")
	u := p.add(p.scim, "ada", "Ada", "Lovelace", enterprise("department", "Research", "manager", map[string]any{"value": boss.ID}),
		func(a models.Attributes) { a["externalId"] = "00u1" })
	if _, err := p.dir.CreateGroup(t.Context(), p.scim, []string{u.ID}, func(g *models.Group) error { g.Attributes["displayName"] = "Analysts"; return nil }); err != nil {
		t.Fatal(err)
	}
	changed, err := p.dir.UpdateUser(t.Context(), p.scim, u.ID, func(u *models.User) error {
		u.Attributes[models.EnterpriseURN].(map[string]any)["department"] = "Engines"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	doc := p.see(http.StatusOK, "/users/"+u.ID)
	mustHave(t, doc, "Ada Lovelace", "Active", "SCIM", "Grace Hopper", "Analysts", "00u1", "Updated user ada.", "Created user ada.")
	if doc.Find("#copy-id").AttrOr("value", "") != u.ID || doc.Find("#copy-external-id").AttrOr("value", "") != "00u1" {
		t.Error("the ids cannot be copied")
	}
	row := doc.Find("#attributes tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.HasPrefix(words(s), "Department") })
	origin, ok := changed.Origins.Of("department")
	if !ok {
		t.Fatal("the department has no origin")
	}
	if href, _ := row.Find("a").Attr("href"); href != "/logs/"+origin.ChangeID {
		t.Errorf("the department came from %q, want %q", href, origin.ChangeID)
	}
	if text := words(row); !strings.Contains(text, "Engines") || !strings.Contains(text, "Okta production") || !strings.Contains(text, "managed by SCIM") {
		t.Errorf("the department's row: %s", text)
	}
	for _, link := range []string{"/users/" + boss.ID, "/logs?target=" + u.ID} {
		if doc.Find(`a[href="`+link+`"]`).Length() == 0 {
			t.Errorf("no link to %s", link)
		}
	}
	mustHave(t, p.see(http.StatusOK, "/users/"+boss.ID), "Reports", "Ada Lovelace")
}

func TestChangesOfAManagerSayNames(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	old, next := p.add(p.scim, "grace", "Grace", "Hopper"), p.add(p.scim, "charles", "Charles", "Babbage")
	u := p.add(p.scim, "ada", "Ada", "Lovelace", enterprise("manager", map[string]any{"value": old.ID}))
	if _, err := p.dir.UpdateUser(t.Context(), p.scim, u.ID, func(u *models.User) error {
		u.Attributes[models.EnterpriseURN].(map[string]any)["manager"] = map[string]any{"value": next.ID}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	said := func(path, within string) string {
		t.Helper()
		return words(p.see(http.StatusOK, path).Find(within))
	}
	timeline := said("/users/"+u.ID, ".timeline")
	if !strings.Contains(timeline, "Grace Hopper") || !strings.Contains(timeline, "Charles Babbage") || strings.Contains(timeline, next.ID) {
		t.Errorf("the timeline: %s", timeline)
	}
	page, err := p.store.LogEntries(t.Context(), p.org.Key, models.LogQuery{TargetID: u.ID, Page: models.Page{Limit: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if entry := said("/logs/"+page.Items[0].ID, "main"); !strings.Contains(entry, "Charles Babbage") || strings.Contains(entry, next.ID) {
		t.Errorf("the entry: %s", entry)
	}
}

func TestDanglingManagerAndReleasedName(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	u := p.add(p.scim, "ada", "Ada", "Lovelace", enterprise("manager", map[string]any{"value": "not-yet"}), func(a models.Attributes) { a["externalId"] = "1" })
	mustHave(t, p.see(http.StatusOK, "/users/"+u.ID), "not-yet", "Not known here yet")
	if err := p.dir.DeleteUser(t.Context(), p.scim, u.ID, func(models.User) error { return nil }); err != nil {
		t.Fatal(err)
	}
	next := p.add(p.scim, "ada", "Ada", "Younger", func(a models.Attributes) { a["externalId"] = "2" })
	doc := p.see(http.StatusOK, "/users/"+u.ID)
	mustHave(t, doc, "Preserved by the directory", "Another person has the userName ada now")
	if doc.Find(`.alert a[href="/users/`+next.ID+`"]`).Length() == 0 {
		t.Error("no way to who has the userName")
	}
	if doc.Find(`[commandfor="restore"]`).Length() != 0 {
		t.Error("Restore is offered though it cannot work")
	}
}

func TestUserStateByHand(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	u := p.add(p.scim, "ada", "Ada", "Lovelace")
	at := "/users/" + u.ID
	mustHave(t, p.see(http.StatusOK, at+"/suspend"), "Suspend “Ada Lovelace”?", "may not use the application from now on")
	doc := p.after(at+"/suspend", "reason", "on  leave")
	mustHave(t, doc, "Ada Lovelace is suspended.", "Suspended by admin@example.com: on leave", "Activate")
	p.after(at + "/activate")
	mustHave(t, p.after(at+"/preserve", "reason", "left"), "Preserved by an administrator", "No directory revives this user")
	if got := p.user(u.ID); got.Status != models.Preserved || got.PreservedBy != models.ByAdmin {
		t.Errorf("after preserving: %s by %q", got.Status, got.PreservedBy)
	}
	mustHave(t, p.after(at+"/restore"), "is active again")
	want := []string{"create success", "disable success", "restore success", "preserve success", "restore success"}
	if diff := cmp.Diff(want, p.logged(u.ID)); diff != "" {
		t.Error(diff)
	}
	long := p.page(http.StatusUnprocessableEntity, p.send(at+"/suspend", "reason", strings.Repeat("x", 301)))
	mustHave(t, long, "at most 300 characters")
	if w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, at+"/activate", nil)); w.Code != http.StatusSeeOther {
		t.Errorf("a question that does not fit the state: %d", w.Code)
	}
	for _, dialog := range []string{"suspend", "preserve"} {
		if p.see(http.StatusOK, at).Find("dialog#"+dialog+" form").Length() != 1 {
			t.Errorf("no dialog %s", dialog)
		}
	}
}

func TestAuditorSeesNobodyAndNoButtons(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	boss := p.add(p.scim, "grace.hopper", "Grace", "Hopper")
	u := p.add(p.scim, "ada.lovelace", "Ada", "Lovelace", enterprise("employeeNumber", "E-1815", "manager", map[string]any{"value": boss.ID}),
		func(a models.Attributes) {
			a["phoneNumbers"] = []any{map[string]any{"value": "+44 20 7946 0001", "type": "work"}}
		})
	if _, err := p.dir.UpdateUser(t.Context(), p.scim, u.ID, func(u *models.User) error {
		u.Attributes["userName"] = "ada.king"
		u.Attributes["displayName"] = "Ada King"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	g, err := p.dir.CreateGroup(t.Context(), p.scim, []string{u.ID}, func(g *models.Group) error { g.Attributes["displayName"] = "Analysts"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.Suspend(t.Context(), p.admin, u.ID, "asked by eve@example.com"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/users", "/users?q=ada", "/users/" + u.ID, "/groups", "/groups/" + g.ID, "/groups/" + g.ID + "?q=ada"} {
		w := p.by(models.Auditor, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, w.Code)
		}
		body := w.Body.String()
		for _, secret := range []string{"Lovelace", "ada.lovelace", "ada.king", "Ada King", "Hopper", "grace.hopper", "20 7946", "E-1815", "eve@example", "boss@example"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows %q to an auditor", path, secret)
			}
		}
		if n := p.page(http.StatusOK, w).Find(`main .page-head .btn, main form[method=post], main dialog`).Length(); n != 0 {
			t.Errorf("%s offers an auditor %d actions", path, n)
		}
	}
	for _, path := range []string{"/users/new", "/users/export.csv", "/users/import", "/users/" + u.ID + "/edit", "/users/" + u.ID + "/suspend", "/groups/new"} {
		if w := p.by(models.Auditor, httptest.NewRequest(http.MethodGet, path, nil)); w.Code != http.StatusForbidden {
			t.Errorf("an auditor gets %s: %d", path, w.Code)
		}
	}
}
