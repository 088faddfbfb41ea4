package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/cycle"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const undoPageSize = 50

// undoFilter is which records of an undo are looked at.
type undoFilter struct {
	touched       bool
	search        string
	after, before string
	first         int64
}

const touchedPart = "stays"

func undoFilterOf(c echo.Context) undoFilter {
	f := undoFilter{
		touched: c.QueryParam("show") == touchedPart, search: strings.TrimSpace(c.QueryParam("q")),
		after: c.QueryParam("after"), before: c.QueryParam("before"),
	}
	f.first, _ = strconv.ParseInt(c.QueryParam("at"), 10, 64)
	return f
}

func (f undoFilter) part() string {
	if f.touched {
		return touchedPart
	}
	return ""
}

func (f undoFilter) link(x models.Cycle, more ...string) string {
	return cyclePath(x) + "/undo" + parameters(append([]string{"show", f.part(), "q", f.search}, more...)...)
}

// showCycleUndo counts and names what taking a cycle back would do.
func (k *Console) showCycleUndo(c echo.Context) error { return k.cycleUndoPage(c, http.StatusOK, nil) }

func (k *Console) cycleUndoPage(c echo.Context, status int, wrong *models.Error) error {
	x, err := k.cycleOf(c)
	if err != nil {
		return err
	}
	by := session.Actor(c)
	impact, err := k.Cycles.PreviewUndo(c.Request().Context(), by.OrganizationID, x.Key)
	if e, ok := refusal(err); ok {
		impact.Blocked, err = e, nil
	}
	if err != nil {
		return err
	}
	title := "Undo this cycle?"
	m := page.PlanModel{
		Chrome: k.chrome(c, title, "entra"), What: "Record",
		Head:   cycleHead(title, "What the cycle changed is put back as it was before. Whom somebody changed since stays as they are.", ui.Link{Label: cycleName(x), Href: cyclePath(x)}),
		Impact: undoImpact(x, impact),
	}
	if wrong != nil {
		m.Notices = append(m.Notices, page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Warn, Live: true, Title: "Nothing was done.", Text: wrong.Error()}})
	}
	switch {
	case impact.Blocked != nil:
		m.Notices = append(m.Notices, page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Info, Title: impact.Blocked.Msg, Text: impact.Blocked.Advice}})
		m.Impact = nil
		return respond.HTML(c, status, page.Plan(m))
	case impact.Users+impact.Created+impact.Groups > 0:
		m.Confirm = []page.PlanAnswer{{Confirm: ui.ConfirmModel{
			Consequence: "The records are put back in the background, and the connector stops, so that it does not do the same again.",
			Stays:       "Nobody is deleted: whom the cycle created is preserved. The log keeps both the cycle and the undo.",
			Undo:        "Start the connector again when scope and mappings are right; it shows a preview first.",
			Action:      cyclePath(x) + "/undo", Label: "Undo the cycle", Cancel: "Leave it as it is", CancelHref: cyclePath(x),
			Hidden: []ui.Option{{Label: "version", Value: impact.Version}},
		}}}
	}
	if err := k.undoList(c, x, impact, &m); err != nil {
		return err
	}
	return respond.HTML(c, status, page.Plan(m))
}

// undoList names the records of one part: who is put back, or who stays.
func (k *Console) undoList(c echo.Context, x models.Cycle, impact cycle.UndoImpact, m *page.PlanModel) error {
	by, f := session.Actor(c), undoFilterOf(c)
	found, err := k.Cycles.UndoRecords(c.Request().Context(), by.OrganizationID, x.Key, models.UndoQuery{
		Touched: f.touched, Search: f.search, Page: models.Page{Limit: undoPageSize, After: f.after, Before: f.before},
	})
	if err != nil {
		return err
	}
	changes := impact.Users + impact.Created + impact.Groups
	n := changes
	if f.touched {
		n = impact.Touched
	}
	if f.search == "" {
		found.Total = n
	}
	m.Tabs = []ui.TabModel{
		{Label: "Put back", Href: undoFilter{}.link(x), Count: changes, ShowCount: true, Tone: ui.Info, Current: !f.touched},
		{Label: "Stay as they are", Href: undoFilter{touched: true}.link(x), Count: impact.Touched, ShowCount: true, Current: f.touched},
	}
	m.Rows = undoRows(found.Items, f.touched, logMaskFor(by))
	m.Pager = new(pagerOf(found, f.first, undoPageSize, "records", func(more ...string) string { return f.link(x, more...) }))
	m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "undo-2", Title: "Nothing to put back", Text: "The cycle changed nobody, or all of them were changed since."}}
	if f.touched {
		m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "undo-2", Title: "Nobody", Text: "No record was changed since the cycle: all of them are put back."}}
	}
	if n == 0 {
		return nil
	}
	m.Filter = &ui.FilterModel{Action: cyclePath(x) + "/undo", Label: "Search the records", Value: f.search, Placeholder: "Part of a name", Hidden: keptParameters("show", f.part())}
	if f.search != "" {
		m.Filter.Clear = undoFilter{touched: f.touched}.link(x)
		m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "search", Title: "Nothing found", Text: "No record here has “" + f.search + "” in its name. Look in the other part, or clear the search."}}
	}
	return nil
}

func undoImpact(x models.Cycle, i cycle.UndoImpact) []ui.ImpactModel {
	return []ui.ImpactModel{
		{Count: i.Users, Label: map[bool]string{true: "user gets back what they had", false: "users get back what they had"}[i.Users == 1], Tone: ui.Info},
		{Count: i.Created, Label: map[bool]string{true: "user whom the cycle created is preserved", false: "users whom the cycle created are preserved"}[i.Created == 1], Tone: ui.Warn},
		{Count: i.Groups, Label: map[bool]string{true: "group gets back name and members", false: "groups get back names and members"}[i.Groups == 1], Note: "Groups that the cycle made are deleted; their members stay.", Tone: ui.Info},
		{Count: i.Touched, Label: map[bool]string{true: "record was changed since and stays as it is", false: "records were changed since and stay as they are"}[i.Touched == 1], Href: undoFilter{touched: true}.link(x)},
		{Count: 0, Label: "users deleted", Note: "An undo never deletes anybody."},
	}
}

func undoRows(list []models.CycleChange, touched bool, mask logMask) []page.PlanRow {
	var out []page.PlanRow
	for _, r := range list {
		row := page.PlanRow{Name: mask.name(r.Kind, r.Name), Href: "/users/" + r.TargetID, Tone: ui.Info, Word: "Put back", Why: "The cycle did this: " + string(r.Action) + "."}
		if r.Kind == models.GroupTarget {
			row.Href = "/groups/" + r.TargetID
		}
		switch {
		case touched:
			row.Tone, row.Word, row.Why = ui.Neutral, "Stays", "Changed since the cycle."
		case r.Action == models.ActionCreate && r.Kind == models.UserTarget:
			row.Tone, row.Word = ui.Warn, "Preserved"
		case r.Action == models.ActionCreate:
			row.Tone, row.Word = ui.Warn, "Deleted"
		}
		out = append(out, row)
	}
	return out
}

func (k *Console) undoCycle(c echo.Context) error {
	x, err := k.cycleOf(c)
	if err != nil {
		return err
	}
	undo, err := k.Cycles.Undo(c.Request().Context(), session.Actor(c), x.Key, c.FormValue("version"))
	if e, ok := refusal(err); ok {
		return k.cycleUndoPage(c, respond.Status(e.Kind), e)
	}
	if err != nil {
		return err
	}
	return k.done(c, cyclePath(undo), "The undo has begun. The connector is stopped.")
}
