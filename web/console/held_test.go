package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// crowded makes an organization of 100 users of SCIM, of whom 20 are gone and 4 more
// are held back: two from Sales, one deleted, one on their own.
func crowded(t *testing.T) *people {
	t.Helper()
	p := newPeople(t)
	p.setMethod(models.SCIM)
	var ids []string
	for i := range 100 {
		u, err := p.dir.CreateUser(t.Context(), p.scim, func(u *models.User) error {
			u.Attributes["userName"], u.Attributes["externalId"] = fmt.Sprintf("user%03d", i), fmt.Sprint(i)
			if i < 22 {
				u.Attributes[models.EnterpriseURN] = map[string]any{"department": "Sales"}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, u.ID)
	}
	for _, id := range ids[:24] {
		if id == ids[23] {
			if err := p.dir.DeleteUser(t.Context(), p.scim, id, func(models.User) error { return nil }); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if _, err := p.dir.UpdateUser(t.Context(), p.scim, id, func(u *models.User) error { u.Enabled = new(false); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *people) status(name string) models.Status {
	p.t.Helper()
	u, err := p.store.UserByName(p.t.Context(), p.org.Key, name)
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Status
}

func TestHeldRemovalsAreShownByCause(t *testing.T) {
	p := newPeople(t)
	mustHave(t, p.see(http.StatusOK, "/queue/held"), "No removal is held back", "20 %")
	p = crowded(t)
	doc := p.see(http.StatusOK, "/queue/held")
	mustHave(t, doc, "4 removals are held back", "2 users from department Sales", "2 users with nothing in common", "user020", "1 disabled and 1 deleted")
	if n := doc.Find(`input[type=checkbox][name=item]`).Length(); n != 4 {
		t.Errorf("%d users can be chosen, want 4", n)
	}
	mustHave(t, p.see(http.StatusOK, "/"), "4 removals are held back")
}

func TestHeldRemovalsAreDecidedByCause(t *testing.T) {
	p := crowded(t)
	asked := parsed(t, p.sendForm("/queue/held", url.Values{"do": {"approve department:Sales"}}))
	mustHave(t, asked, "Approve the removal of 2 users?", "user020", "user021", "All their data stays")
	if p.status("user020") != models.Active {
		t.Fatal("a question changed somebody")
	}
	form := url.Values{"do": {"approve"}, "confirmed": {"yes"}}
	asked.Find(`input[name=item]`).Each(func(_ int, s *goquery.Selection) { form.Add("item", s.AttrOr("value", "")) })
	if len(form["item"]) != 2 {
		t.Fatalf("the question is about %d users", len(form["item"]))
	}
	if r := p.sendForm("/queue/held", form); r.Code != http.StatusSeeOther {
		t.Fatalf("answered %d", r.Code)
	}
	if p.status("user020") != models.Preserved || p.status("user022") != models.Active {
		t.Error("the wrong users were preserved")
	}
	doc := p.see(http.StatusOK, "/queue/held")
	mustHave(t, doc, "2 removals are held back")
	r := p.sendForm("/queue/held", url.Values{"do": {"reject other:"}, "confirmed": {"yes"}})
	if r.Code != http.StatusSeeOther {
		t.Fatalf("answered %d", r.Code)
	}
	mustHave(t, p.see(http.StatusOK, "/queue/held"), "No removal is held back")
	if p.status("user023") != models.Active {
		t.Error("a rejected deletion preserved the user")
	}
	if r := p.sendForm("/queue/held", url.Values{"do": {"approve"}}); r.Code != http.StatusSeeOther {
		t.Errorf("nothing chosen: %d", r.Code)
	}
	if r := p.sendForm("/queue/held", url.Values{"do": {"burn"}}); r.Code != http.StatusBadRequest {
		t.Errorf("an unknown decision: %d", r.Code)
	}
}

// TestEveryHeldRemovalCanBeSeen however many a cause has, and all are decided at once.
func TestEveryHeldRemovalCanBeSeen(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	var ids []string
	for i := range 200 {
		u, err := p.dir.CreateUser(t.Context(), p.scim, func(u *models.User) error {
			u.Attributes["userName"], u.Attributes["externalId"] = fmt.Sprintf("user%03d", i), fmt.Sprint(i)
			u.Attributes[models.EnterpriseURN] = map[string]any{"department": []string{"Sales & more", "Legal"}[i/150]}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, u.ID)
	}
	for _, id := range ids[:153] {
		if _, err := p.dir.UpdateUser(t.Context(), p.scim, id, func(u *models.User) error { u.Enabled = new(false); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	doc := p.see(http.StatusOK, "/queue/held")
	mustHave(t, doc, "113 removals are held back", "See all 110", "Approve all 113")
	seen := map[string]bool{}
	next := doc.Find("a.btn").FilterFunction(func(_ int, a *goquery.Selection) bool {
		return strings.HasPrefix(strings.TrimSpace(a.Text()), "See all")
	}).AttrOr("href", "")
	for pages := 0; next != "" && pages < 5; pages++ {
		doc = p.see(http.StatusOK, next)
		mustHave(t, doc, "110 users from department Sales & more", "of 110 removals", "Approve these 110")
		doc.Find("input[name=item]").Each(func(_ int, s *goquery.Selection) { seen[s.AttrOr("value", "")] = true })
		next = doc.Find(".pager a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.Contains(a.Text(), "Next") }).AttrOr("href", "")
	}
	if len(seen) != 110 {
		t.Errorf("the pages of the cause name %d users, want 110", len(seen))
	}
	if r := p.sendForm("/queue/held", url.Values{"do": {"approve all"}, "confirmed": {"yes"}}); r.Code != http.StatusSeeOther {
		t.Fatalf("answered %d", r.Code)
	}
	mustHave(t, p.see(http.StatusOK, "/queue/held"), "No removal is held back")
	if r := p.by(models.Owner, httptest.NewRequest(http.MethodGet, "/queue/held?cause=department%3ALegal", nil)); r.Code != http.StatusSeeOther {
		t.Errorf("a cause that is decided answers %d", r.Code)
	}
}

func TestWhoWaitsIsListedInOrder(t *testing.T) {
	p := newPeople(t)
	mustHave(t, p.see(http.StatusOK, "/queue/seats"), "There is no limit of seats")
	mustHave(t, p.see(http.StatusOK, "/queue/mapping"), "Nobody waits for a mapping")
	p.setMethod(models.SCIM)
	p.change(func(o *models.Organization) { o.Settings.SeatLimit = 1 })
	for _, name := range []string{"zoe", "bob", "ada"} {
		_, err := p.dir.CreateUser(t.Context(), p.scim, func(u *models.User) error {
			u.Attributes["userName"], u.Attributes["externalId"] = name, "a-"+name
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	doc := p.see(http.StatusOK, "/queue/seats")
	mustHave(t, doc, "1 of 1 seats are taken")
	if got := texts(doc, `[data-l="User"] a`); got != "bob ada" {
		t.Errorf("they wait in the order %q", got)
	}
	mustHave(t, p.see(http.StatusOK, "/"), "All seats are taken, 2 users wait")
}

// parsed reads a page that a form was answered with.
func parsed(t *testing.T, r *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(r.Body)
	if err != nil || r.Code != http.StatusOK {
		t.Fatalf("answered %d: %v", r.Code, err)
	}
	return doc
}

// texts joins what elements say.
func texts(doc *goquery.Document, selector string) string {
	return strings.Join(doc.Find(selector).Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) }), " ")
}
