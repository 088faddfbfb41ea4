package console

import (
	"net/url"
	"strings"

	"muster/models"
	"muster/views/ui"
)

// fate is a decision of a plan in words.
type fate struct {
	tone      ui.Tone
	word      string // of one record
	one, many string // after a number of users
	note      string
}

var fates = map[models.Planned]fate{
	models.PlanCreate:   {ui.Ok, "Created", "user is created", "users are created", "Nobody here matches them."},
	models.PlanAdopt:    {ui.Ok, "Adopted", "user is adopted", "users are adopted", "They are here already and become managed by Entra."},
	models.PlanRestore:  {ui.Ok, "Restored", "user returns", "users return", "The same person, with the same data."},
	models.PlanUpdate:   {ui.Info, "Updated", "user is updated", "users are updated", ""},
	models.PlanDisable:  {ui.Warn, "Preserved: disabled", "user is preserved: disabled in Entra", "users are preserved: disabled in Entra", "All data stays."},
	models.PlanLeave:    {ui.Warn, "Preserved: out of scope", "user is preserved: not in scope any more", "users are preserved: not in scope any more", "All data stays."},
	models.PlanRemove:   {ui.Warn, "Preserved: deleted", "user is preserved: deleted in Entra", "users are preserved: deleted in Entra", "All data stays."},
	models.PlanConflict: {ui.Error, "Conflict", "conflict waits in the queue", "conflicts wait in the queue", "Nothing is merged silently."},
}

func (f fate) words(n int64) string {
	if n == 1 {
		return f.one
	}
	return f.many
}

// forGroups says the same of groups.
func (f fate) forGroups(n int64) string {
	return strings.NewReplacer("users", "groups", "user", "group", "are preserved", "are removed", "is preserved", "is removed").Replace(f.words(n))
}

// planImpact counts a plan; every number opens its list.
func planImpact(x models.Cycle) []ui.ImpactModel {
	var out []ui.ImpactModel
	p := x.Plan
	for _, what := range models.PlannedAll() {
		f := fates[what]
		if n := p.Users[what]; n > 0 {
			out = append(out, ui.ImpactModel{Count: n, Label: f.words(n), Note: noteOf(what, p, f), Href: planLink(x, models.UserTarget, what), Tone: f.tone})
		}
	}
	for _, what := range models.PlannedAll() {
		f := fates[what]
		if n := p.Groups[what]; n > 0 {
			out = append(out, ui.ImpactModel{Count: n, Label: f.forGroups(n), Href: planLink(x, models.GroupTarget, what), Tone: f.tone})
		}
	}
	if p.Joins > 0 {
		out = append(out, ui.ImpactModel{Count: p.Joins, Label: "memberships begin", Tone: ui.Info})
	}
	if p.Parts > 0 {
		out = append(out, ui.ImpactModel{Count: p.Parts, Label: "memberships end", Tone: ui.Warn})
	}
	if p.Unchanged > 0 {
		out = append(out, ui.ImpactModel{Count: p.Unchanged, Label: "users stay as they are"})
	}
	return append(out, ui.ImpactModel{Count: 0, Label: "users deleted", Note: "A cycle never deletes anybody."})
}

// noteOf says by what people were recognised.
func noteOf(what models.Planned, p models.CyclePlan, f fate) string {
	if what != models.PlanAdopt || p.ByAnchor+p.ByName+p.ByAttr == 0 {
		return f.note
	}
	var parts []string
	for _, m := range []struct {
		n    int64
		word string
	}{{p.ByAnchor, "by their object ID"}, {p.ByName, "by userName"}, {p.ByAttr, "by e-mail address or employee number"}} {
		if m.n > 0 {
			parts = append(parts, ui.Count(m.n)+" "+m.word)
		}
	}
	return f.note + " Recognised: " + strings.Join(parts, ", ") + "."
}

func planLink(x models.Cycle, kind models.TargetType, what models.Planned, more ...string) string {
	return cyclePath(x) + "/plan" + parameters(append([]string{"kind", string(kind), "what", string(what)}, more...)...)
}

// parameters is a query of pairs; empty values are left out.
func parameters(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}
