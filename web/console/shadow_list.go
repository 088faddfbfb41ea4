package console

import (
	"cmp"
	"strconv"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

const shadowPageSize = 50

// shadowWords are an outcome's tone, what it is called, and what it means as a count of
// users and of groups.
type shadowWords struct {
	tone                      ui.Tone
	label, users, groups, why string
}

var shadowOutcomes = map[models.ShadowOutcome]shadowWords{
	models.ShadowMatched:    {ui.Ok, "Matched", "would be taken over", "would be taken over", "They are here, and the identity provider has them too. They keep id and data."},
	models.ShadowCreated:    {ui.Info, "Created", "would be created", "would be created", ""},
	models.ShadowConflict:   {ui.Error, "Conflict", "would be a conflict", "would be a conflict", "They claim what somebody else has."},
	models.ShadowWaiting:    {ui.Warn, "Waiting", "would wait", "would wait for a decision", "For a decision in the queue, for a seat, or held back by a guard."},
	models.ShadowOutOfScope: {ui.Warn, "Out of scope", "would match no mapping", "", "Settings say what happens to them."},
	models.ShadowRefused:    {ui.Error, "Refused", "would be refused", "would be refused", "Their steps say why."},
	models.ShadowPreserved:  {ui.Warn, "Preserved", "would be preserved", "", "The identity provider has them disabled or deleted."},
	models.ShadowDeleted:    {ui.Warn, "Deleted", "", "would be deleted", "Their members stay."},
	models.ShadowNobody:     {ui.Neutral, "Not sent", "were not sent", "were not sent", "They are here, and nothing came about them. They stay manual."},
}

var shadowWays = map[models.ShadowHow]string{
	models.ByAnchor: "by the source anchor", models.ByUserName: "by userName", models.ByMatchAttribute: "by another attribute",
}

// shadowImpact counts the outcomes; those that cannot be missing are shown with 0.
func shadowImpact(t models.TargetType, counts map[models.ShadowOutcome]int64) []ui.ImpactModel {
	var out []ui.ImpactModel
	for _, o := range models.ShadowOutcomes(t) {
		n, w := counts[o], shadowOutcomes[o]
		always := o == models.ShadowMatched || o == models.ShadowCreated || o == models.ShadowConflict && t == models.UserTarget || o == models.ShadowNobody
		if n == 0 && !always {
			continue
		}
		m := ui.ImpactModel{Count: n, Label: noun(n, "user", w.users), Note: w.why, Tone: w.tone}
		if t == models.GroupTarget {
			m.Label = noun(n, "group", w.groups)
		}
		if n == 1 && o == models.ShadowNobody {
			m.Label = string(t) + " was not sent"
		}
		if n > 0 {
			m.Href = address(shadowPath, "show", shownTarget(t), "outcome", string(o)) + "#records"
		}
		out = append(out, m)
	}
	return out
}

func shownTarget(t models.TargetType) string {
	if t == models.GroupTarget {
		return "groups"
	}
	return ""
}

func (v shadowView) ways() []ui.KVModel {
	var out []ui.KVModel
	for _, way := range []models.ShadowHow{models.ByAnchor, models.ByUserName, models.ByMatchAttribute} {
		if n := v.predict.Ways[way]; n > 0 {
			label := "Matched " + shadowWays[way]
			if way == models.ByMatchAttribute {
				label = "Matched " + matchWords(v.org)
			}
			out = append(out, ui.KVModel{Label: label, Value: ui.Plural(n, "user", "users")})
		}
	}
	return out
}

func matchWords(o models.Organization) string {
	switch o.Settings.MatchAttribute {
	case models.MatchByEmail:
		return "by work e-mail"
	case models.MatchByEmployeeNumber:
		return "by employee number"
	}
	return shadowWays[models.ByMatchAttribute]
}

// shadowQuery reads which records are wanted.
func shadowQuery(c echo.Context) models.ShadowQuery {
	q := models.ShadowQuery{
		Target: models.UserTarget, Outcome: models.ShadowOutcome(c.QueryParam("outcome")), Search: c.QueryParam("q"),
		Page: models.Page{Limit: shadowPageSize, After: c.QueryParam("after"), Before: c.QueryParam("before")},
	}
	if c.QueryParam("show") == "groups" {
		q.Target = models.GroupTarget
	}
	if _, known := shadowOutcomes[q.Outcome]; !known {
		q.Outcome = ""
	}
	return q
}

func (k *Console) shadowList(c echo.Context, v shadowView) (page.ShadowListModel, error) {
	q := shadowQuery(c)
	found, err := k.Shadow.Predicted(c.Request().Context(), session.Actor(c).OrganizationID, q)
	if err != nil {
		return page.ShadowListModel{}, err
	}
	show := shownTarget(q.Target)
	link := func(more ...string) string {
		return address(shadowPath, append([]string{"show", show, "q", q.Search, "outcome", string(q.Outcome)}, more...)...)
	}
	first, _ := strconv.ParseInt(c.QueryParam("at"), 10, 64)
	noun := string(q.Target) + "s"
	m := page.ShadowListModel{
		Groups: q.Target == models.GroupTarget, Outcome: string(q.Outcome), Outcomes: []ui.Option{{Label: "Any outcome"}},
		Tabs: []ui.TabModel{
			{Label: "Users", Href: shadowPath, Current: show == "", Count: sum(v.predict.Users), ShowCount: true},
			{Label: "Groups", Href: shadowPath + "?show=groups", Current: show != "", Count: sum(v.predict.Groups), ShowCount: true},
		},
		Filter: ui.FilterModel{Action: shadowPath, Label: "Search " + noun, Value: q.Search, Placeholder: "Name, anchor or id", Hidden: []ui.Option{{Label: "show", Value: show}}},
		Pager:  pagerOf(found, first, shadowPageSize, noun, link),
		CSV:    address(shadowPath+"/export", "show", show, "q", q.Search, "outcome", string(q.Outcome)),
		Nobody: ui.EmptyModel{Icon: "search", Title: "Nothing found", Text: "No " + string(q.Target) + " has this outcome or name."},
	}
	if q.Search != "" || q.Outcome != "" {
		m.Filter.Clear = address(shadowPath, "show", show)
		m.All = m.Filter.Clear
	} else {
		m.Nobody = ui.EmptyModel{Icon: "users", Title: "No " + noun + " yet", Text: "There are none here, and none came in shadow mode."}
	}
	for _, o := range models.ShadowOutcomes(q.Target) {
		m.Outcomes = append(m.Outcomes, ui.Option{Value: string(o), Label: shadowOutcomes[o].label})
	}
	mask := logMaskFor(session.Actor(c))
	for _, rec := range found.Items {
		m.Rows = append(m.Rows, v.row(rec, mask))
	}
	return m, nil
}

func sum(counts map[models.ShadowOutcome]int64) (n int64) {
	for _, one := range counts {
		n += one
	}
	return n
}

func (v shadowView) row(rec models.ShadowRecord, mask logMask) page.ShadowRow {
	w := shadowOutcomes[rec.Outcome]
	row := page.ShadowRow{
		Name: cmp.Or(rec.Display, rec.Name), Sub: rec.Name, Outcome: w.label, Tone: w.tone, How: shadowWays[rec.How],
		Mapping: rec.Mapping, Profile: rec.Profile, Status: string(rec.Status), At: rec.At.Time(),
		Why: mask.text(models.LogEntry{TargetType: rec.Target, TargetName: rec.Name}, cmp.Or(rec.Why, w.why)),
	}
	if rec.How == models.ByMatchAttribute {
		row.How = matchWords(v.org)
	}
	if row.Sub == row.Name {
		row.Sub = rec.Anchor
	}
	if rec.Known {
		row.Href = "/" + string(rec.Target) + "s/" + rec.TargetID
	}
	if rec.EntryID != "" {
		row.Entry, row.Label = shadowPath+"/log/"+rec.EntryID, "Steps of "+row.Name
	}
	return row
}

// exportShadow writes what would become of each as CSV.
func (k *Console) exportShadow(c echo.Context) error {
	v, err := k.shadowView(c)
	if err != nil {
		return err
	}
	q := shadowQuery(c)
	q.Page = models.Page{Limit: 1000}
	mask := logMaskFor(session.Actor(c))
	out := beginCSV(c, "shadow-mode-"+string(q.Target)+"s.csv")
	out.Row("name", "displayName", "id", "anchor", "outcome", "matchedBy", "mapping", "profile", "status", "why", "code", "at")
	for v.told {
		found, err := k.Shadow.Predicted(c.Request().Context(), session.Actor(c).OrganizationID, q)
		if err != nil {
			return err
		}
		for _, rec := range found.Items {
			row := v.row(rec, mask)
			out.Row(rec.Name, rec.Display, rec.TargetID, rec.Anchor, string(rec.Outcome), string(rec.How), rec.Mapping, rec.Profile, row.Status, row.Why, rec.Code, csvMoment(rec.At))
		}
		if found.Next == "" {
			break
		}
		q.Page.After = found.Next
	}
	return out.Flush()
}

func noun(n int64, one, verb string) string {
	if n == 1 {
		switch verb {
		case "become manual":
			verb = "becomes manual"
		case "are parked":
			verb = "is parked"
		case "were parked":
			verb = "was parked"
		case "are deleted for good":
			verb = "is deleted for good"
		case "were deleted for good":
			verb = "was deleted for good"
		case "work again":
			verb = "works again"
		}
		return one + " " + verb
	}
	return one + "s " + verb
}
