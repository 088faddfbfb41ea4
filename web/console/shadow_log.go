package console

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// listShadowLog shows what would have been done, newest first.
func (k *Console) listShadowLog(c echo.Context) error {
	by, now := session.Actor(c), k.Now().UTC()
	q := models.LogQuery{Search: c.QueryParam("q"), Page: models.Page{Limit: 50, After: c.QueryParam("after"), Before: c.QueryParam("before")}}
	status := models.Outcome(c.QueryParam("status"))
	at := shadowPath + "/log"
	m := page.ShadowLogModel{
		Chrome: k.chrome(c, "Log of shadow mode", "deployment"), Statuses: []ui.Option{{Label: "Any result"}},
		Filter: ui.FilterModel{Action: at, Label: "Search the log", Value: q.Search, Placeholder: "Name, change id or request id"},
	}
	for _, o := range models.Outcomes() {
		m.Statuses = append(m.Statuses, ui.Option{Value: string(o), Label: sentenceCase(string(o))})
		if o == status {
			q.Statuses, m.Status = []models.Outcome{o}, string(o)
		}
	}
	list, err := k.Shadow.Entries(c.Request().Context(), by.OrganizationID, q)
	if err != nil {
		return err
	}
	m.Partial = partialWords(list)
	v := logView{mask: logMaskFor(by), now: now}
	for _, e := range list.Items {
		row := v.row(e)
		row.Href = at + "/" + e.ID
		m.Rows = append(m.Rows, row)
	}
	link := func(name, value string) string {
		return address(at, "q", q.Search, "status", m.Status, name, value)
	}
	m.Pager = ui.PagerModel{Noun: "entries", Total: list.Total, TotalUnknown: list.Total < 0, PrevLabel: "Newer", NextLabel: "Older"}
	if list.Prev != "" {
		m.Pager.Prev = link("before", list.Prev)
	}
	if list.Next != "" {
		m.Pager.Next = link("after", list.Next)
	}
	m.Empty = page.EmptyListModel{
		EmptyModel: ui.EmptyModel{Icon: "scroll-text", Title: "Nothing recorded yet", Text: "Each decision about a record that comes in shadow mode shows here, with its steps."},
		Buttons:    []ui.ButtonModel{{Label: "Shadow mode", Href: shadowPath}},
	}
	if q.Search != "" || m.Status != "" {
		m.Filter.Clear = at
		m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "search", Title: "Nothing found", Text: "No entry has this name or result."}, Buttons: []ui.ButtonModel{{Label: "Show all", Href: at}}}
	}
	return respond.HTML(c, http.StatusOK, page.ShadowLog(m))
}

// showShadowEntry shows one decision with its steps.
func (k *Console) showShadowEntry(c echo.Context) error {
	by := session.Actor(c)
	e, err := k.Shadow.Entry(c.Request().Context(), by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	v := logView{mask: logMaskFor(by), now: k.Now().UTC()}
	e = v.mask.entry(e)
	m := page.LogEntryModel{
		Chrome: k.chrome(c, entryTitle(e), "deployment"), Title: entryTitle(e), Status: string(e.Status), Steps: traceSteps(e), Notes: e.Details.Notes,
		Kind: sentenceCase(string(e.Action)) + " of " + targetWords(e.TargetType) + ", " + ui.Exact(e.At.Time()),
		Facts: []ui.KVModel{
			{Label: "When", Body: ui.Time(e.At.Time(), v.now)},
			{Label: "Record", Value: cmp.Or(e.TargetName, e.TargetID)},
			{Label: "By", Value: logInitiator(e)},
			{Label: "Took", Value: took(e.DurationMicros)},
		},
		Copies: []ui.CopyModel{{ID: "change-id", Label: "Change id", Value: e.ID}},
	}
	for _, change := range e.Details.Modified {
		m.Modified = append(m.Modified, ui.DiffRow{Name: change.Path, Old: change.Old, New: change.New})
	}
	if e.Code != "" {
		tone := ui.Warn
		if e.Status == models.Failure {
			tone = ui.Error
		}
		m.Fix = &page.LogFixModel{Tone: tone, Code: e.Code, Title: e.Summary, Text: e.Details.Advice}
	}
	return respond.HTML(c, http.StatusOK, page.ShadowEntry(m))
}
