package console_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// asForm takes a page's only form of the main part, as a browser would send it.
func asForm(doc *goquery.Document) url.Values {
	form := url.Values{}
	doc.Find("main form input, main form textarea").Each(func(_ int, s *goquery.Selection) {
		if kind := s.AttrOr("type", "text"); kind != "checkbox" && kind != "radio" || s.Is("[checked]") {
			form.Add(s.AttrOr("name", ""), s.AttrOr("value", s.Text()))
		}
	})
	doc.Find("main form select").Each(func(_ int, s *goquery.Selection) {
		form.Add(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
	})
	return form
}

// TestSettingsThatTakeSomethingAskFirst: a purge and a stricter choice for users whom
// no mapping matches say whom they reach before anything is saved.
func TestSettingsThatTakeSomethingAskFirst(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	for _, name := range []string{"ada", "bob"} {
		u, err := p.dir.CreateUser(t.Context(), p.scim, func(u *models.User) error {
			u.Attributes["userName"], u.Attributes["externalId"] = name, name
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if name == "bob" {
			if _, err := p.dir.Preserve(t.Context(), p.admin, u.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := p.dir.SaveMapping(t.Context(), p.admin, "", func(m *models.Mapping) error {
		m.Method, m.Name, m.Filter = models.SCIM, "Doctors", "title pr"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p.clock.Advance(40 * 24 * time.Hour)
	p.admit(models.Admin) // nobody stays signed in for so long
	form := asForm(p.see(http.StatusOK, "/settings"))
	form.Set("purgeDays", "30")
	form.Set("unmatched", "park")
	doc := parsed(t, p.sendForm("/settings", form))
	mustHave(t, doc, "Save these settings?", "1 will be deleted for good within the hour", "1 will wait for a mapping")
	if got := p.settings(); got.PurgeDays != 0 || got.Unmatched == models.UnmatchedPark {
		t.Fatal("a question saved something")
	}
	again := asForm(doc)
	again.Set("typed", "Another Ltd")
	if r := p.sendForm("/settings", again); r.Code != http.StatusBadRequest {
		t.Errorf("a wrong name: %d", r.Code)
	}
	again.Set("typed", p.organization().Name)
	if r := p.sendForm("/settings", again); r.Code != http.StatusSeeOther {
		t.Errorf("confirmed: %d", r.Code)
	}
	if got := p.settings(); got.PurgeDays != 30 || got.Unmatched != models.UnmatchedPark {
		t.Errorf("saved %d days, %s", got.PurgeDays, got.Unmatched)
	}
}

func (p *people) organization() models.Organization {
	p.t.Helper()
	o, err := p.store.Organization(p.t.Context(), p.org.Key)
	if err != nil {
		p.t.Fatal(err)
	}
	return o
}

func (p *people) settings() models.OrganizationSettings { return p.organization().Settings }
