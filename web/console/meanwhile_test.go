package console_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// TestTwoFormsOfOneRecord: of two people who edit one record, the later is told who
// changed what, keeps what they entered, and saves it with the next press.
func TestTwoFormsOfOneRecord(t *testing.T) {
	p, sales, staff := newRuled(t)
	user, group := p.add(p.admin, "ada", "Ada", "Lovelace"), p.group(p.admin, "Analysts")
	rule := p.rule("Sellers", `department eq "Sales"`, sales)
	for _, c := range []struct{ name, page, action, field, says string }{
		{"user", "/users/" + user.ID + "/edit", "/users/" + user.ID + "/edit", "title", "owner@example.com changed this user just now while you were editing: now Title is “theirs”."},
		{"group", "/groups/" + group.ID + "/edit", "/groups/" + group.ID + "/edit", "displayName", "changed this group just now while you were editing: now Display name is “theirs”."},
		{"profile", "/profiles/" + staff.ID + "/edit", "/profiles/" + staff.ID + "/edit", "description", "changed this profile just now while you were editing: now Description is “theirs”."},
		{"mapping", "/mappings/" + rule.ID, "/mappings/" + rule.ID, "description", "changed this mapping just now while you were editing: now Description is “theirs”."},
	} {
		mine, theirs := fill(p.see(http.StatusOK, c.page), c.action), fill(p.see(http.StatusOK, c.page), c.action)
		for _, form := range []struct {
			fields map[string][]string
			value  string
		}{{mine, "mine"}, {theirs, "theirs"}} {
			form.fields[c.field], form.fields["do"] = []string{form.value}, []string{"save"}
		}
		if w := p.as(models.Owner, c.action, theirs); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: the first to save gets %d", c.name, w.Code)
		}
		doc := p.page(http.StatusPreconditionFailed, p.post(c.action, mine))
		mustHave(t, doc, c.says, "What you entered is still here")
		again := fill(doc, c.action)
		if again.Get(c.field) != "mine" {
			t.Errorf("%s: the form lost what was entered: %v", c.name, again)
		}
		again["do"] = []string{"save"}
		if w := p.post(c.action, again); w.Code != http.StatusSeeOther {
			t.Errorf("%s: saving again gets %d", c.name, w.Code)
		}
		if now := fill(p.see(http.StatusOK, c.page), c.action).Get(c.field); now != "mine" {
			t.Errorf("%s: %s is %q now", c.name, c.field, now)
		}
	}
}

// TestTwoFormsOfTheSettings: the form of all settings shows those of now, says who changed
// what, and names what it had otherwise.
func TestTwoFormsOfTheSettings(t *testing.T) {
	p := newPeople(t)
	form := func(doc *goquery.Document) map[string][]string { return asForm(doc) }
	mine, theirs := form(p.see(http.StatusOK, "/settings")), form(p.see(http.StatusOK, "/settings"))
	mine["logDays"], theirs["supportContact"] = []string{"90"}, []string{"help@example.com"}
	if w := p.as(models.Owner, "/settings", theirs); w.Code != http.StatusSeeOther {
		t.Fatalf("the first to save gets %d", w.Code)
	}
	doc := p.page(http.StatusPreconditionFailed, p.post("/settings", mine))
	mustHave(t, doc, "owner@example.com changed the settings just now", "Support contact is “help@example.com”",
		"Your form had", "Log retention “90”")
	again := form(doc)
	again["logDays"] = []string{"90"}
	if w := p.post("/settings", again); w.Code != http.StatusSeeOther {
		t.Errorf("saving again gets %d", w.Code)
	}
	if s := p.settings(); s.LogDays != 90 || s.SupportContact != "help@example.com" {
		t.Errorf("the log is kept %d days, and the contact is %q", s.LogDays, s.SupportContact)
	}
}

// as posts a form as the administrator of a role.
func (p *people) as(role models.Role, path string, form map[string][]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.PostForm, r.Form = form, form
	return p.by(role, r)
}
