package main

import (
	"encoding/json"
	"slices"

	"muster/models"
	"muster/models/scim"
	"muster/views/ui/uitest"
)

// rules are ids of mappings and profiles in every state.
type rules struct {
	sales, awkward, unused                     string // profiles
	sellers, crew, text, broken, off, everyone string // mappings
}

// ruled declares settings, profiles and mappings, with values that break careless
// pages, and brings users in line.
func (f *full) ruled() {
	f.t.Helper()
	ctx, d := f.t.Context(), f.inst.directory
	f.ok(d.SaveSettingKeys(ctx, f.by(), func([]models.SettingKey) ([]models.SettingKey, error) {
		return []models.SettingKey{
			{Name: "region", Type: models.TextSetting, Default: "eu", Description: "Where the user’s data lives."},
			{Name: "quota", Type: models.NumberSetting, Default: json.Number("10")},
			{Name: "beta", Type: models.BooleanSetting, Default: false},
			{Name: "roles", Type: models.ListSetting, Description: long(script+" and a long description ", 300)},
			{Name: "limits", Type: models.JSONSetting},
		}, nil
	}))
	profile := func(name string, settings map[string]any) models.Profile {
		p, err := d.SaveProfile(ctx, f.by(), "", func(p *models.Profile) error { p.Name, p.Settings = name, settings; return nil })
		f.ok(err)
		return p
	}
	sales := profile("Sales EMEA", map[string]any{"region": "emea", "quota": json.Number("50"), "roles": []any{"seller", "reader"}})
	awkward := profile(long(script+"Everybody-in-", 100), map[string]any{"region": long("w", 300), "limits": map[string]any{"a": []any{long("z", 200), script}}})
	f.rules.sales, f.rules.awkward, f.rules.unused = sales.ID, awkward.ID, profile("Unused", nil).ID
	badge := models.CustomAttribute{Of: models.UserTarget, Name: "badge", Type: "string"}
	_, err := f.inst.accounts.DeclareAttribute(ctx, f.by(), badge, scim.User())
	f.ok(err)
	rule := func(name, filter string, p models.Profile, more func(*models.Mapping)) string {
		m, err := d.SaveMapping(ctx, f.by(), "", func(m *models.Mapping) error {
			m.Method, m.Name, m.Filter, m.ProfileKey = models.SCIM, name, filter, p.Key
			if more != nil {
				more(m)
			}
			return nil
		})
		f.ok(err)
		return m.ID
	}
	f.rules.sellers = rule("Sellers", `department eq "Sales" or department eq "Marketing"`, sales, nil)
	f.rules.crew = rule(long("Crew "+script, 100), `title pr and not (department eq "HR")`, awkward, func(m *models.Mapping) {
		m.Groups, m.LocalGroups, m.CaseExact = []string{f.group, f.nested}, []string{f.group}, true
	})
	f.rules.text = rule("Odd ones", `userType eq "Contractor" or (title sw "Head" and emails[type eq "work"].value ew "@`+long("example.", 200)+`")`, sales, nil)
	f.rules.broken = rule("Golden badges", `badge eq "gold"`, sales, nil)
	f.rules.off = rule("Pilot", `department eq "Pilot"`, sales, func(m *models.Mapping) { m.Disabled = true })
	f.rules.everyone = rule("Everyone else", "", sales, nil)
	_, err = f.inst.accounts.RemoveAttribute(ctx, f.by(), models.UserTarget, "badge", "badge")
	f.ok(err)
	f.ok(d.Evaluate(ctx))
	_, err = d.SetProfile(ctx, f.by(), f.plain, sales.ID)
	f.ok(err)
	_, err = d.Override(ctx, f.by(), f.plain, map[string]any{"quota": json.Number("7")})
	f.ok(err)
	_, err = d.Protect(ctx, f.by(), f.plain, true)
	f.ok(err)
}

// everyLook are the pages that are checked in every theme and width; the others are
// made of the same parts.
var everyLook = []string{"mappings", "mapping as rows", "mapping with groups", "mapping delete page", "profile with long values", "profile edit", "user profile form"}

// ruleViews are the pages about mappings and profiles, and what is refused there.
func ruleViews(f *full) []view {
	at := func(id string) string { return "/mappings/" + id }
	list := []view{
		{name: "mapping new live", path: "/mappings/new?method=scim", who: f.owner, see: "Nobody matches now", act: func(p *uitest.Tab) {
			p.ClickNav("Edit as SCIM filter")
			p.Wait(`document.querySelector("main [hx-post]").hasAttribute("data-htmx-powered")`)
			p.Fill("SCIM filter", `title eq "Nobody at all"`)
		}},
		{name: "mapping confirm", path: "/mappings/new?method=scim", who: f.owner, see: "What changes", full: true, act: func(p *uitest.Tab) {
			p.Fill("Name", "Everyone first")
			p.Fill("Asked", "First")
			p.ClickNav("Save mapping")
		}},
		{name: "error mapping form", path: "/mappings/new?method=scim", who: f.owner, see: "The mapping has no name", act: func(p *uitest.Tab) {
			p.ClickStatus("Save mapping", 400)
		}},
		{name: "error profile name taken", path: "/profiles/new", who: f.owner, see: "Nothing was saved yet", act: func(p *uitest.Tab) {
			p.Fill("Name", "sales emea")
			p.ClickStatus("Save profile", 409)
		}},
		{name: "opened explanation", path: "/users/" + f.locked, who: f.owner, see: "This user:", full: true, act: func(p *uitest.Tab) {
			p.Wait(`(() => { document.querySelectorAll("details").forEach((d) => (d.open = true)); return true })()`)
		}},
		{name: "auditor mapping", path: at(f.rules.sellers), who: f.auditor, see: "Sellers"},
		{name: "auditor mappings", path: "/mappings", who: f.auditor, see: "Catch-all"},
		{name: "auditor profile", path: "/profiles/" + f.rules.sales, who: f.auditor, see: "Set here"},
	}
	for _, v := range [][3]string{
		{"mappings", "/mappings", "Nobody’s users"},
		{"mappings nothing found", "/mappings?q=zebra", "No mapping found"},
		{"mapping new", "/mappings/new?method=scim", "Who"},
		{"mapping as rows", at(f.rules.sellers), "Preview"},
		{"mapping with groups", at(f.rules.crew), "They also join these groups"},
		{"mapping as text", at(f.rules.text), "Rows cannot hold this condition"},
		{"mapping broken", at(f.rules.broken), "does not do what it seems to"},
		{"mapping disabled", at(f.rules.off), "The rule is disabled"},
		{"mapping delete page", at(f.rules.everyone) + "/delete", "Keep mapping"},
		{"profiles", "/profiles", "Settings they can set"},
		{"profiles nothing found", "/profiles?q=zebra", "No profile found"},
		{"profile", "/profiles/" + f.rules.sales, "Mappings that give it"},
		{"profile with long values", "/profiles/" + f.rules.awkward, "Set here"},
		{"profile new", "/profiles/new", "Save profile"},
		{"profile edit", "/profiles/" + f.rules.sales + "/edit", "What you save here reaches"},
		{"profile delete page", "/profiles/" + f.rules.sales + "/delete", "Profile in its place"},
		{"profile delete page unused", "/profiles/" + f.rules.unused + "/delete", "nothing else changes"},
		{"settings of profiles", "/profiles/settings", "Yes or no"},
		{"setting new", "/profiles/settings/new", "Declare setting"},
		{"setting edit", "/profiles/settings/quota", "The type stays"},
		{"setting delete page", "/profiles/settings/quota/delete", "1 user has an own value"},
		{"user profile form", "/users/" + f.plain + "/profile", "Own values"},
		{"users of a profile", "/users?profile=" + f.rules.sales, "Users with profile"},
	} {
		list = append(list, view{name: v[0], path: v[1], see: v[2], who: f.owner, full: slices.Contains(everyLook, v[0])})
	}
	return list
}
