package main

import (
	"strings"

	"muster/models"
	"muster/models/scim"
	"muster/views/ui/uitest"
)

// custom declares attributes: one in use, one that nobody has, and one that breaks
// careless pages.
func (f *full) custom() {
	f.t.Helper()
	ctx := f.t.Context()
	for _, a := range []models.CustomAttribute{
		{Of: models.UserTarget, Name: "costCode", Type: "string", Description: "The cost centre that pays for the seat."},
		{Of: models.UserTarget, Name: "awkward" + strings.Repeat("X", 57), Type: "reference", Multi: true, Description: long(script+" and a long description ", 500), Schema: "urn:example:" + strings.Repeat("long", 40) + ":2.0:User"},
		{Of: models.GroupTarget, Name: "owner", Type: "string", CaseExact: true},
	} {
		var standard *scim.Type
		if standard = scim.User(); a.Of == models.GroupTarget {
			standard = scim.Group()
		}
		_, err := f.inst.accounts.DeclareAttribute(ctx, f.by(), a, standard)
		f.ok(err)
	}
	_, err := f.inst.directory.UpdateUser(ctx, f.by(), f.plain, func(u *models.User) error {
		u.Attributes[models.CustomSchema(models.UserTarget)] = map[string]any{"costCode": "NW-4711"}
		return nil
	})
	f.ok(err)
}

// attributeViews are the pages about custom attributes, and what is refused there.
func attributeViews(f *full) []view {
	awkward := "/attributes/user.awkward" + strings.Repeat("X", 57)
	return []view{
		{name: "attributes", path: "/attributes", who: f.owner, see: "costCode", full: true},
		{name: "attribute in use", path: "/attributes/user.costCode", who: f.owner, see: "1 user", full: true},
		{name: "attribute of groups", path: "/attributes/group.owner", who: f.owner, see: "0 groups"},
		{name: "attribute with long values", path: awkward, who: f.owner, see: "several values", full: true},
		{name: "attribute new", path: "/attributes/new", who: f.owner, see: "Declare attribute", full: true},
		{name: "attribute new advanced", path: "/attributes/new?of=group", who: f.owner, see: "for groups it ends in Group", act: func(p *uitest.Tab) { p.Click("css:summary") }},
		{name: "attribute edit", path: "/attributes/group.owner/edit", who: f.owner, see: "Case matters", full: true},
		{name: "attribute edit in use", path: "/attributes/user.costCode/edit", who: f.owner, see: "The type stays", full: true},
		{name: "attribute edit long values", path: awkward + "/edit", who: f.owner, see: "Save"},
		{name: "attribute delete page", path: "/attributes/user.costCode/delete", who: f.owner, see: "Type “costCode”", full: true},
		{name: "attribute delete page unused", path: "/attributes/group.owner/delete", who: f.owner, see: "No group has a value"},
		{name: "opened attribute dialog", path: "/attributes/user.costCode", who: f.owner, see: "Keep attribute", full: true, act: func(p *uitest.Tab) { p.Click("Delete") }},
		{name: "opened awkward attribute dialog", path: awkward, who: f.owner, see: "Keep attribute", act: func(p *uitest.Tab) { p.Click("Delete") }},
		{name: "auditor attributes", path: "/attributes", who: f.auditor, see: "costCode"},
		{name: "auditor attribute", path: "/attributes/user.costCode", who: f.auditor, see: "Map your directory to it"},
		{name: "error no such attribute", path: "/attributes/user.nothing", status: 404, who: f.owner, see: "no such custom attribute"},
		{name: "error attribute form", path: "/attributes/new", who: f.owner, see: "Nothing was saved yet", full: true, act: func(p *uitest.Tab) {
			p.Fill("Name", "USERNAME")
			p.ClickStatus("Declare attribute", 409)
		}},
		{name: "error attribute schema", path: "/attributes/new", who: f.owner, see: "is no schema name", act: func(p *uitest.Tab) {
			p.Fill("Name", "floor")
			p.Click("css:summary")
			p.Fill("Schema", "hr")
			p.ClickStatus("Declare attribute", 400)
		}},
		{name: "error attribute not confirmed", path: "/attributes/user.costCode/delete", who: f.owner, see: "The name you typed is not", full: true, act: func(p *uitest.Tab) {
			p.Wait(`(() => { document.querySelectorAll("main form").forEach((x) => (x.noValidate = true)); return true })()`)
			p.ClickStatus("Delete attribute", 400)
		}},
	}
}
