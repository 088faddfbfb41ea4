package main

import (
	"maps"

	"muster/models"
	"muster/views/ui/uitest"
)

// queue leaves decisions in every state: adoptions that are plain, that rename
// somebody, and that break careless pages, a conflict, and some that were decided.
func (f *full) queue() {
	f.t.Helper()
	ctx := f.t.Context()
	f.adopting(models.AdoptAsk, models.MatchByEmail)
	f.adoption = f.waits("grace.hopper@northwind.example", "a-1", func(a models.Attributes) {
		a["title"], a["displayName"] = "Rear admiral", "Grace Brewster Murray Hopper"
		a[models.EnterpriseURN] = map[string]any{"department": "Compilers", "employeeNumber": "E-1906", "costCenter": "NW-2"}
	})
	f.user(person("a.hamilton@northwind.example", "Margaret", "Hamilton", "Margaret Hamilton"))
	f.renaming = f.waits("margaret.hamilton@northwind.example", "a-2", func(a models.Attributes) {
		a["emails"] = []any{map[string]any{"value": "a.hamilton@northwind.example", "type": "work", "primary": true}}
	})
	f.waits("o'"+script+"@x.example", "a-3", func(a models.Attributes) { a["title"] = long("Vicepresident", 300) })
	group, err := f.inst.directory.CreateGroup(ctx, f.by(), nil, func(g *models.Group) error { g.Attributes["displayName"] = "Compiler builders"; return nil })
	f.ok(err)
	_, err = f.inst.directory.UpdateGroup(ctx, f.client(), group.ID, nil, func(*models.Group) error { return nil })
	f.conflicts(err)

	holder, err := f.inst.store.Users(ctx, f.org.Key, models.UserQuery{Mode: models.SCIM, Status: models.Active, Page: models.Page{Limit: 1}})
	f.ok(err)
	f.conflict = f.waits(holder.Items[0].UserName, "a-4", func(models.Attributes) {})

	f.user(person("kay.mcnulty@northwind.example", "Kay", "McNulty", "Kay McNulty"))
	f.declined = f.waits("kay.mcnulty@northwind.example", "a-5", func(models.Attributes) {})
	_, err = f.inst.directory.RefuseAdoption(ctx, f.by(), []string{f.declined})
	f.ok(err)
	f.user(person("jean.bartik@northwind.example", "Jean", "Bartik", "Jean Bartik"))
	_, err = f.inst.directory.AcceptAdoption(ctx, f.by(), []string{f.waits("jean.bartik@northwind.example", "a-6", func(models.Attributes) {})})
	f.ok(err)
	f.adopting(models.AdoptAutomatic, "")
}

func (f *full) adopting(adoption, match string) {
	f.t.Helper()
	_, err := f.inst.accounts.EditOrganization(f.t.Context(), f.by(), func(o *models.Organization) error {
		o.Settings.Adoption, o.Settings.MatchAttribute = adoption, match
		return nil
	})
	f.ok(err)
}

func (f *full) client() models.Actor {
	tok := f.tokens["entra"]
	return models.Actor{Kind: models.TokenActor, ID: tok.ID, Name: tok.Description, OrganizationID: f.org.Key, Scope: models.ProvisionScope}
}

// waits sends a record that has to wait, and gives its item.
func (f *full) waits(userName, anchor string, edit func(models.Attributes)) string {
	f.t.Helper()
	sent := models.Attributes{"userName": userName, "externalId": anchor, "displayName": "Delivered " + anchor}
	edit(sent)
	_, err := f.inst.directory.CreateUser(f.t.Context(), f.client(), func(u *models.User) error { u.Attributes = maps.Clone(sent); return nil })
	f.conflicts(err)
	found, err := f.inst.store.Queue(f.t.Context(), f.org.Key, models.QueueQuery{})
	f.ok(err)
	for _, i := range found.Items {
		if i.Anchor == anchor {
			return i.ID
		}
	}
	f.t.Fatalf("%s does not wait", userName)
	return ""
}

func (f *full) conflicts(err error) {
	f.t.Helper()
	if models.KindOf(err) != models.Uniqueness || err == nil {
		f.t.Fatalf("not refused: %v", err)
	}
}

// queueViews are the pages of the queue.
func queueViews(f *full) []view {
	return []view{
		{name: "queue", path: "/queue", who: f.owner, see: "Grace Hopper", full: true},
		{name: "queue conflicts", path: "/queue?tab=conflict", who: f.owner, see: "Look closer", full: true},
		{name: "queue decided", path: "/queue?tab=decided", who: f.owner, see: "Accepted", full: true},
		{name: "queue nothing found", path: "/queue?tab=adoption&q=zzz", who: f.owner, see: "Nothing found"},
		{name: "queue adoption", path: "/queue/" + f.adoption, who: f.owner, see: "Rear admiral", full: true},
		{name: "queue adoption renames", path: "/queue/" + f.renaming, who: f.owner, see: "The userName would change", full: true},
		{name: "queue adoption declined", path: "/queue/" + f.declined, who: f.owner, see: "Accept after all", full: true},
		{name: "queue conflict", path: "/queue/" + f.conflict, who: f.owner, see: "A different person", full: true},
		{name: "queue conflict same", path: "/queue/" + f.conflict + "/settle?way=same", who: f.owner, see: "Leave it open"},
		{name: "queue conflict other", path: "/queue/" + f.conflict + "/settle?way=other", who: f.owner, see: "Leave it open", full: true},
		{name: "queue safe ones", path: "/queue/safe", who: f.owner, see: "Decide later", full: true},
		{name: "queue chosen", path: "/queue", who: f.owner, see: "Decide later", full: true, act: func(p *uitest.Tab) {
			p.Click("css:tr:last-child [name=item]")
			p.Click("Refuse chosen")
		}},
		{name: "auditor queue", path: "/queue", who: f.auditor, see: "Adoptions"},
		{name: "auditor queue adoption", path: "/queue/" + f.adoption, who: f.auditor, see: "Who is here"},
		{name: "error no such decision", path: "/queue/nothing", status: 404, who: f.owner, see: "no decision"},
	}
}
