package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

// planFilter is which part of a plan is looked at.
type planFilter struct {
	kind          models.TargetType
	what          models.Planned
	search        string
	after, before string
	first         int64
}

func (f planFilter) link(x models.Cycle, more ...string) string {
	return planLink(x, f.kind, f.what, append([]string{"q", f.search}, more...)...)
}

func planFilterOf(c echo.Context, x models.Cycle) planFilter {
	f := planFilter{
		kind: models.TargetType(c.QueryParam("kind")), what: models.Planned(c.QueryParam("what")),
		search: strings.TrimSpace(c.QueryParam("q")), after: c.QueryParam("after"), before: c.QueryParam("before"),
	}
	f.first, _ = strconv.ParseInt(c.QueryParam("at"), 10, 64)
	if f.kind != models.GroupTarget {
		f.kind = models.UserTarget
	}
	if !slices.Contains(models.PlannedAll(), f.what) {
		f.what = firstPlanned(x.Plan)
	}
	return f
}

// firstPlanned is the part that a plan opens with: what takes something away first.
func firstPlanned(p models.CyclePlan) models.Planned {
	for _, what := range models.PlannedAll() {
		if what.Removes() && p.Users[what] > 0 {
			return what
		}
	}
	for _, what := range models.PlannedAll() {
		if p.Users[what] > 0 {
			return what
		}
	}
	return models.PlanCreate
}

const planPageSize = 50

// showPlan is what a cycle would do, by name, with the question whether it may.
func (k *Console) showPlan(c echo.Context) error { return k.planPage(c, http.StatusOK, nil) }

func (k *Console) planPage(c echo.Context, status int, wrong *models.Error) error {
	x, err := k.cycleOf(c)
	if err != nil {
		return err
	}
	if !x.State.Waits() {
		if wrong == nil {
			return respond.See(c, cyclePath(x))
		}
		return k.done(c, entraPath, wrong.Error())
	}
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	f := planFilterOf(c, x)
	found, err := k.Cycles.Planned(c.Request().Context(), w.by.OrganizationID, models.Entra, models.PlannedQuery{
		Kind: f.kind, What: f.what, Search: f.search, Page: models.Page{Limit: planPageSize, After: f.after, Before: f.before},
	})
	if err != nil {
		return err
	}
	title, sub := planTitle(x)
	m := page.PlanModel{
		Chrome: k.chrome(c, title, "entra"), Head: cycleHead(title, sub), Impact: planImpact(x), Tabs: planTabs(x, f),
		Rows: w.planRows(found.Items, f.kind), What: map[bool]string{true: "Group", false: "User"}[f.kind == models.GroupTarget], Notices: planNotices(x, wrong),
		Export: strings.Replace(f.link(x), "/plan?", "/plan.csv?", 1), Filter: planSearch(x, f), Empty: planEmpty(f),
	}
	if f.search == "" {
		found.Total = plannedCount(x, f)
	}
	m.Pager = new(pagerOf(found, f.first, planPageSize, "records", func(more ...string) string { return f.link(x, more...) }))
	if x.State == models.CycleHeld {
		if m.Causes, err = k.planCauses(c, w, x); err != nil {
			return err
		}
	}
	if w.manage() {
		m.Confirm = planAnswers(x)
	}
	return respond.HTML(c, status, page.Plan(m))
}

// plannedCount is how many records a part of the plan has.
func plannedCount(x models.Cycle, f planFilter) int64 {
	if f.kind == models.GroupTarget {
		return x.Plan.Groups[f.what]
	}
	return x.Plan.Users[f.what]
}

// planSearch finds records of a part of the plan; one without records has no search.
func planSearch(x models.Cycle, f planFilter) *ui.FilterModel {
	if plannedCount(x, f) == 0 {
		return nil
	}
	m := ui.FilterModel{
		Action: cyclePath(x) + "/plan", Label: "Search this part of the plan", Value: f.search, Placeholder: "Beginning of a userName",
		Hidden: keptParameters("kind", string(f.kind), "what", string(f.what)),
	}
	if f.kind == models.GroupTarget {
		m.Placeholder = "Beginning of a name"
	}
	if f.search != "" {
		m.Clear = planLink(x, f.kind, f.what)
	}
	return &m
}

func planEmpty(f planFilter) page.EmptyListModel {
	if f.search != "" {
		return page.EmptyListModel{EmptyModel: ui.EmptyModel{
			Icon: "search", Title: "Nothing found", Text: "No record in this part of the plan begins with “" + f.search + "”, or has it as its object ID. Look in another part, or clear the search.",
		}}
	}
	return page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "users", Title: "Nobody", Text: "No record is in this part of the plan."}}
}

func planTitle(x models.Cycle) (title, sub string) {
	if x.State == models.CycleHeld {
		return "Held by the guard", "This cycle would take access away from many at once. Decide whether that is meant."
	}
	return "Preview", "What the next cycle would do, by name, as users and directory are now."
}

// planNotices say why the plan waits, and what became of a decision that was refused.
func planNotices(x models.Cycle, wrong *models.Error) []page.NoticeModel {
	var out []page.NoticeModel
	if wrong != nil {
		out = append(out, page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Warn, Live: true, Title: "Nothing was done.", Text: wrong.Error()}})
	}
	if x.State == models.CycleHeld {
		title := ui.Plural(x.Plan.Removals, "user", "users") + " of " + ui.Count(x.Plan.Managed) + " would lose access."
		if x.Plan.Removals == 0 {
			title = ui.Plural(x.Plan.Parts, "membership", "memberships") + " of " + ui.Count(x.Plan.Edges) + " would end."
		}
		text := or(x.Text, "More would be taken away than the guard lets pass at once.")
		out = append(out, page.NoticeModel{
			Alert: ui.AlertModel{Tone: ui.Warn, Title: title, Text: joinText(text, x.Advice)},
			Ways:  []page.PressModel{{ButtonModel: ui.ButtonModel{Label: "See the limits", Href: "/settings", Small: true}}},
		})
	}
	return out
}

func planTabs(x models.Cycle, f planFilter) []ui.TabModel {
	var out []ui.TabModel
	for _, of := range []struct {
		kind   models.TargetType
		counts map[models.Planned]int64
		suffix string
	}{{models.UserTarget, x.Plan.Users, ""}, {models.GroupTarget, x.Plan.Groups, " groups"}} {
		for _, what := range models.PlannedAll() {
			if n := of.counts[what]; n > 0 {
				label := fates[what].word + of.suffix
				out = append(out, ui.TabModel{Label: label, Href: planLink(x, of.kind, what), Count: n, ShowCount: true, Tone: fates[what].tone, Current: f.kind == of.kind && f.what == what})
			}
		}
	}
	return out
}

// howWords say by what a record was recognised.
var howWords = map[string]string{
	"anchor": "Recognised by its object ID", "userName": "Recognised by the userName", "emails": "Recognised by the e-mail address",
	"employeeNumber": "Recognised by the employee number", "displayName": "Recognised by the name",
}

func (w connectorWorld) planRows(list []models.SourceRecord, kind models.TargetType) []page.PlanRow {
	mask := logMaskFor(w.by)
	var out []page.PlanRow
	for _, r := range list {
		f := fates[r.Plan]
		row := page.PlanRow{Name: mask.name(kind, or(r.Name, r.Anchor)), Sub: r.Anchor, Tone: f.tone, Word: f.word, Why: or(r.Note, howWords[r.How])}
		if r.Note != "" && mask.on {
			row.Why = f.word
		}
		if row.Why == "" {
			row.Why = f.note
		}
		if r.TargetID != "" {
			row.Href = "/users/" + r.TargetID
			if kind == models.GroupTarget {
				row.Href = "/groups/" + r.TargetID
			}
		}
		out = append(out, row)
	}
	return out
}
