package main

import (
	"strings"

	"muster/models"
	"muster/models/scim"
	"muster/views/ui/uitest"
)

// computed maps attributes: an ordinary mapping, one that is off, one that breaks
// careless pages, and one that can no longer run.
func (f *full) computed() map[string]string {
	f.t.Helper()
	ctx := f.t.Context()
	_, err := f.inst.accounts.DeclareAttribute(ctx, f.by(), models.CustomAttribute{Of: models.UserTarget, Name: "desk", Type: "string"}, scim.User())
	f.ok(err)
	at := map[string]string{}
	for _, m := range []models.AttributeMapping{
		{Target: "nickName", Expression: `join(" ", name.givenName, left(name.familyName, 1))`, Fallback: "colleague"},
		{Target: "preferredLanguage", Expression: `switch(domainOf(workEmail), "en", "northwind.de", "de")`, OnCreate: true, Disabled: true},
		{Target: "profileUrl", Expression: `"` + long(script+" and a long text ", 1800) + `" + userName`, Fallback: long("https://example.com/", 900)},
		{Target: "locale", Expression: `desk + "-x"`},
	} {
		m.Method = models.SCIM
		m, err := f.inst.directory.SaveAttributeMapping(ctx, f.by(), m)
		f.ok(err)
		at[m.Target] = "/attributes/mappings/" + m.ID
	}
	_, err = f.inst.accounts.RemoveAttribute(ctx, f.by(), models.UserTarget, "desk", "")
	f.ok(err)
	by := models.Actor{Kind: models.TokenActor, Name: "Okta", OrganizationID: f.by().OrganizationID, Scope: models.ProvisionScope}
	u, err := f.inst.directory.CreateUser(ctx, by, func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": "grace@northwind.example", "name": map[string]any{"givenName": "Grace", "familyName": "Hopper"}}
		return nil
	})
	f.ok(err)
	at["user"] = "/users/" + u.ID
	return at
}

// attributeMappingViews are the pages about attribute mappings, and what is refused
// there.
func attributeMappingViews(f *full) []view {
	at := f.computed()
	expression := func(text string) func(*uitest.Tab) {
		return func(p *uitest.Tab) { p.Fill("Computed from", text) }
	}
	return []view{
		{name: "attribute mappings", path: "/attributes/mappings", who: f.owner, see: "1 attribute mapping cannot run", full: true},
		{name: "attribute mappings passing", path: "/attributes/mappings?q=nick", who: f.owner, see: "colleague", full: true, act: func(p *uitest.Tab) { p.Click("css:main summary") }},
		{name: "attribute mappings nobody found", path: "/attributes/mappings?q=zebra", who: f.owner, see: "No attribute mapping matches"},
		{name: "attribute mappings of another method", path: "/attributes/mappings?method=entra", who: f.owner, see: "Microsoft Entra ID", full: true},
		{name: "attribute mapping", path: at["nickName"], who: f.owner, see: "The directory sent", full: true},
		{name: "attribute mapping with long values", path: at["profileUrl"], who: f.owner, see: "Profile address", full: true},
		{name: "attribute mapping that cannot run", path: at["locale"], who: f.owner, see: "No user has an attribute desk", full: true},
		{name: "attribute mapping new", path: "/attributes/mappings/new", who: f.owner, see: "What an expression can say", full: true},
		{name: "attribute mapping tried", path: at["nickName"], who: f.owner, see: "needs numbers on both sides", full: true, act: func(p *uitest.Tab) {
			p.Wait(`document.querySelector("[hx-post]").hasAttribute("data-htmx-powered")`)
			expression("userName - 1")(p)
			p.See("The expression fails on this user")
		}},
		{name: "attribute mapping names", path: "/attributes/mappings/new", who: f.owner, see: "streetAddress", full: true, act: func(p *uitest.Tab) { p.Click("css:main details:last-of-type summary") }},
		{name: "attribute mapping delete page", path: at["nickName"] + "/delete", who: f.owner, see: "Keep mapping", full: true},
		{name: "opened attribute mapping dialog", path: at["nickName"], who: f.owner, see: "Keep mapping", full: true, act: func(p *uitest.Tab) { p.Click("Delete") }},
		{name: "user with computed values", path: at["user"], who: f.owner, see: "Grace H", full: true},
		{name: "auditor attribute mappings", path: "/attributes/mappings", who: f.auditor, see: "colleague"},
		{name: "error no such attribute mapping", path: "/attributes/mappings/nothing", status: 404, who: f.owner, see: "no such attribute mapping"},
		{name: "error attribute mapping form", path: at["nickName"], who: f.owner, see: "Nothing was saved yet", full: true, act: func(p *uitest.Tab) {
			expression(strings.Repeat("titel + ", 3) + "x")(p)
			p.ClickStatus("Save changes", 400)
		}},
	}
}
