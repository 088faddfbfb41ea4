package console_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// scim is a directory that sends users to the office.
func (o *office) scim(doc models.Attributes) models.User {
	o.t.Helper()
	dir := directory.New(directory.Options{
		Store: o.store, Now: o.clock.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Log: slog.New(slog.DiscardHandler),
	})
	by := models.Actor{Kind: models.TokenActor, Name: "Okta", OrganizationID: o.cli().OrganizationID, Scope: models.ProvisionScope}
	u, err := dir.CreateUser(o.t.Context(), by, func(u *models.User) error {
		u.Attributes = doc
		return nil
	})
	o.must(err)
	return u
}

// chooseSCIM puts SCIM in charge.
func (o *office) chooseSCIM() {
	o.t.Helper()
	o.must(o.store.Keep(o.t.Context(), func(tx *store.Tx) error {
		org, err := tx.LockOrganization(o.cli().OrganizationID)
		if err != nil {
			return err
		}
		org.Method, org.MethodSet = models.SCIM, true
		return tx.SaveOrganization(&org)
	}))
}

// part posts a form as a script does.
func (p person) part(path string, form url.Values) answer {
	p.t.Helper()
	return p.send(http.MethodPost, path, form, func(r *http.Request) { r.Header.Set("HX-Request", "true") })
}

func titleMapping() url.Values {
	return url.Values{"method": {"scim"}, "target": {"title"}, "expression": {"upper(title)"}, "fallback": {"Staff"}, "when": {"always"}, "on": {"on"}, "version": {"0"}}
}

func TestAttributeMappingPages(t *testing.T) {
	o := openOffice(t).staff()
	o.chooseSCIM()
	p := o.signedIn(models.Admin)
	empty := p.get("/attributes/mappings")
	p.sees(empty, "main", "Attributes pass as they come", "New mapping", "Department")
	p.sees(empty, "details[open]", "pass as they come", "userName", "emails[type eq \"work\"].value")
	if got := empty.Find("nav.tabs [aria-current]").Text(); !strings.Contains(got, "Attribute mappings") {
		t.Errorf("the tab is %q", got)
	}
	p.sees(p.get("/attributes"), "nav.tabs", "Custom attributes", "Attribute mappings")
	form := p.get("/attributes/mappings/new")
	p.sees(form, "main", "There is no user to try it on yet", "firstOf(value, …)", "workEmail")
	a := p.post("/attributes/mappings", titleMapping())
	p.sees(a, "#flash", "The mapping of Title is saved", "in the background")
	p.sees(a, "tbody", "Title", "upper(title)", "Always", "Staff", "On")
	if a.Find("details[open]").Length() != 0 || strings.Contains(a.Find("details").Text(), "Titletitle") {
		t.Error("what passes as it comes is open, or has the mapped attribute")
	}
	at := a.Find("tbody a").AttrOr("href", "")
	u := o.scim(models.Attributes{"userName": "ada@example.com", "title": "countess"})
	shown := p.get("/users/" + u.ID)
	p.sees(shown, "main", "COUNTESS", "computed by upper(title)")
	if shown.Find(`a[href="`+at+`"]`).Length() != 1 {
		t.Errorf("the user's page does not lead to %s", at)
	}
	edit := p.get(at)
	p.sees(edit, "#trial", "ada@example.com", "COUNTESS", "The directory sent", "countess")
	change := titleMapping()
	change.Set("expression", `lower(title) + "!"`)
	change.Set("version", edit.Find(`[name="version"]`).AttrOr("value", ""))
	change.Set("when", "new")
	change.Del("on")
	a = p.post(at, change)
	p.sees(a, "tbody", `lower(title) + "!"`, "Only for new users", "Off")
	again := p.post(at, change)
	p.sees(again, "main", "You changed this attribute mapping in another window")
	if again.status != http.StatusPreconditionFailed {
		t.Errorf("an old version: %d", again.status)
	}
	p.sees(p.get(at+"/delete"), "main", "Delete the mapping of “Title”?", "Keep mapping")
	a = p.post(at+"/delete", url.Values{})
	p.sees(a, "#flash", "The mapping of Title is deleted")
	p.sees(p.get("/users/"+u.ID), "main", "computed by an attribute mapping that is deleted")
	p.sees(p.get("/audit?area=organization."), "tbody", "Mapped title.", "Deleted the attribute mapping of title.")
	if a := p.get(at); a.status != http.StatusNotFound {
		t.Errorf("the page of a deleted mapping: %d", a.status)
	}
}

func TestAttributeMappingRefusalsStandAtTheirField(t *testing.T) {
	o := openOffice(t).staff()
	o.chooseSCIM()
	p := o.signedIn(models.Admin)
	p.post("/attributes/mappings", titleMapping())
	for _, c := range []struct {
		field, value string
		status       int
		says         string
	}{
		{"target", "title", http.StatusConflict, "computed by another attribute mapping already"},
		{"target", "userName", http.StatusBadRequest, "look people up by the userName they sent"},
		{"expression", "titel", http.StatusBadRequest, "Perhaps title is meant"},
		{"expression", "", http.StatusBadRequest, "has no expression"},
		{"fallback", strings.Repeat("x", 1001), http.StatusBadRequest, "at most 1000"},
	} {
		f := titleMapping()
		f.Set("target", "nickName")
		f.Set(c.field, c.value)
		a := p.post("/attributes/mappings", f)
		p.sees(a, "#f-"+c.field+"-error", c.says)
		if a.status != c.status {
			t.Errorf("%s = %.20q: %d", c.field, c.value, a.status)
		}
		if c.field != "expression" && a.Find("#f-expression").Text() != "upper(title)" {
			t.Errorf("%s = %.20q: the expression is lost", c.field, c.value)
		}
	}
}

func TestAttributeMappingsAreTried(t *testing.T) {
	o := openOffice(t).staff()
	o.chooseSCIM()
	p := o.signedIn(models.Admin)
	ada := o.scim(models.Attributes{"userName": "ada@example.com", "displayName": "Ada", "title": "countess"})
	bob := o.scim(models.Attributes{"userName": "bob@example.com", "displayName": "Bob"})
	f := titleMapping()
	f.Set("who", "bob")
	page := p.post("/attributes/mappings/try", f)
	p.sees(page, "#trial", "Bob", "Staff")
	if page.Find("#trial option").Length() != 1 || page.Find(`[name="who"]`).AttrOr("value", "") != "bob" || page.Find("form#attribute-mapping").AttrOr("action", "") != "/attributes/mappings" {
		t.Error("the search is lost, or finds others")
	}
	f.Set("who", "")
	f.Set("user", ada.ID)
	p.sees(p.post("/attributes/mappings/try", f), "#trial", "COUNTESS")
	f.Set("user", bob.ID)
	f.Set("expression", "title - 1")
	f.Set("fallback", "")
	p.sees(p.post("/attributes/mappings/try", f), "#trial", "Title of Bob")
	f.Set("user", ada.ID)
	p.sees(p.post("/attributes/mappings/try", f), "#trial", "The expression fails on this user", "needs numbers on both sides")
	f.Set("expression", "titel")
	p.sees(p.post("/attributes/mappings/try", f), "#trial", "Not ready to run", "Perhaps title is meant")
	f.Set("who", "nobody")
	p.sees(p.post("/attributes/mappings/try", f), "#trial", "Nobody matches")
	part := p.part("/attributes/mappings/try", f)
	if part.Find("#trial").Length() != 1 || part.Find("main").Length() != 0 {
		t.Error("a script gets more than the tester")
	}
}

func TestAttributeMappingsAreOrderedAndFound(t *testing.T) {
	o := openOffice(t).staff()
	o.chooseSCIM()
	p := o.signedIn(models.Admin)
	for _, target := range []string{"title", "nickName", "locale"} {
		f := titleMapping()
		f.Set("target", target)
		p.post("/attributes/mappings", f)
	}
	order := func() string {
		return strings.Join(p.get("/attributes/mappings").Find("tbody").First().Find("a.strong").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), " ")
	}
	if got := order(); got != "Title Nick name Locale" {
		t.Errorf("order %q", got)
	}
	id := p.get("/attributes/mappings").Find(`tbody [name="id"]`).Last().AttrOr("value", "")
	p.sees(p.post("/attributes/mappings/order", url.Values{"id": {id}, "move": {"up"}}), "#flash", "Locale is moved")
	if got := order(); got != "Title Locale Nick name" {
		t.Errorf("order %q", got)
	}
	found := p.get("/attributes/mappings?q=NICK")
	p.sees(found, "tbody", "Nick name")
	if n := found.Find("tbody").First().Find("tr").Length(); n != 1 || found.Find(`[name="move"]`).Length() != 0 {
		t.Errorf("%d rows found", n)
	}
	p.sees(p.get("/attributes/mappings?q=zzz"), "main", "No attribute mapping matches")
	entra := titleMapping()
	entra.Set("method", "entra")
	a := p.post("/attributes/mappings", entra)
	p.sees(a, "nav.facets", "SCIM", "not in charge")
}

func TestBrokenAttributeMappingsAreShown(t *testing.T) {
	o := openOffice(t).staff()
	o.chooseSCIM()
	p := o.signedIn(models.Admin)
	p.post("/attributes", costCode())
	f := titleMapping()
	f.Set("expression", `costCode + "!"`)
	p.post("/attributes/mappings", f)
	p.post("/attributes/user.costCode/delete", url.Values{})
	a := p.get("/attributes/mappings")
	p.sees(a, "main", "1 attribute mapping cannot run", "No user has an attribute costCode")
	o.scim(models.Attributes{"userName": "ada@example.com", "title": "countess"})
	entry := p.get(p.get("/logs").Find("#log-rows a").AttrOr("href", ""))
	p.sees(entry, "main", "attributeMappingFailed", "The attribute mapping of title failed")
	if entry.Find(`a[href="/attributes/mappings"]`).Length() == 0 {
		t.Error("the log does not lead to the mappings")
	}
}

func TestAuditorsReadAttributeMappingsOnly(t *testing.T) {
	o := openOffice(t).staff()
	o.chooseSCIM()
	o.signedIn(models.Admin).post("/attributes/mappings", titleMapping())
	p := o.signedIn(models.Auditor)
	a := p.get("/attributes/mappings")
	p.sees(a, "tbody", "upper(title)")
	if a.Find(`main a[href*="/new"], [name="move"], tbody a`).Length() != 0 {
		t.Error("an auditor is offered changes")
	}
	for _, path := range []string{"/attributes/mappings", "/attributes/mappings/try", "/attributes/mappings/order"} {
		if a := p.post(path, titleMapping()); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}
