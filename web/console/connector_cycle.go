package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) cycleRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: cyclesPath, Access: read, Handler: k.listConnectorCycles},
		{Method: http.MethodGet, Path: cyclesPath + "/:id", Access: read, Handler: k.showCycle},
		{Method: http.MethodGet, Path: cyclesPath + "/:id/live", Access: read, Handler: k.followCycle},
		{Method: http.MethodGet, Path: cyclesPath + "/:id/plan", Access: read, Handler: k.showPlan},
		{Method: http.MethodGet, Path: cyclesPath + "/:id/plan.csv", Access: read, Handler: k.exportPlan},
		{Method: http.MethodPost, Path: cyclesPath + "/:id/plan", Access: change, Handler: k.decidePlan},
		{Method: http.MethodGet, Path: cyclesPath + "/:id/undo", Access: change, Handler: k.showCycleUndo},
		{Method: http.MethodPost, Path: cyclesPath + "/:id/undo", Access: change, Handler: k.undoCycle},
		{Method: http.MethodPost, Path: cyclesPath + "/:id/undo/stop", Access: change, Handler: k.stopCycleUndo},
	}
}

func cycleKey(text string) (int64, error) {
	key, err := strconv.ParseInt(text, 10, 64)
	if err != nil || key <= 0 {
		return 0, noCycle(text)
	}
	return key, nil
}

func noCycle(text string) *models.Error {
	return models.Errorf(models.NotFound, "id", "There is no cycle %s of this connector.", text).
		WithAdvice("Open the list of cycles. Old ones are removed with the log.")
}

// listConnectorCycles lists all cycles that are kept.
func (k *Console) listConnectorCycles(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	list, err := k.Cycles.Cycles(ctx, by.OrganizationID, models.Entra, models.Page{Limit: 50, After: c.QueryParam("after"), Before: c.QueryParam("before")})
	if err != nil {
		return err
	}
	now := k.Now().UTC()
	m := page.CycleLinesModel{
		Chrome: k.chrome(c, "Cycles of Microsoft Entra ID", "entra"), Head: wizardHead("Cycles", "Every run of the connector, newest first."), Now: now,
		Rows: cycleLines(list.Items, now), Pager: ui.PagerModel{Noun: "cycles", TotalUnknown: true, PrevLabel: "Newer", NextLabel: "Older"},
		Empty: page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "refresh-cw", Title: "Not started", Text: "The first cycle begins when the connector is started, and ends with a preview."},
			Buttons:    []ui.ButtonModel{{Label: "Open the connector", Href: entraPath}},
		},
	}
	if list.Prev != "" {
		m.Pager.Prev = cyclesPath + "?before=" + list.Prev
	}
	if list.Next != "" {
		m.Pager.Next = cyclesPath + "?after=" + list.Next
	}
	return respond.HTML(c, http.StatusOK, page.CycleLines(m))
}

func cycleHead(title, sub string, more ...ui.Link) ui.PageHeadModel {
	crumbs := append([]ui.Link{{Label: "Microsoft Entra ID", Href: entraPath}, {Label: "Cycles", Href: cyclesPath}}, more...)
	return ui.PageHeadModel{Title: title, Sub: sub, Crumbs: crumbs}
}

func (k *Console) showCycle(c echo.Context) error {
	w, x, err := k.cycleWorld(c)
	if err != nil {
		return err
	}
	m := page.CyclePageModel{
		Chrome: k.chrome(c, cycleName(x), "entra"), State: w.cycleState(x),
		Head: cycleHead(cycleName(x), "Started "+ui.Exact(x.Started.Time())+"."),
	}
	m.Chrome.Live = true
	if x.Ended.IsZero() {
		w.follow(c, &m.State.ConnectorState)
	}
	return respond.HTML(c, http.StatusOK, page.CyclePage(m))
}

// cycleState is the part of a cycle's page that moves.
func (w connectorWorld) cycleState(x models.Cycle) page.CycleState {
	key := strconv.FormatInt(x.Key, 10)
	m := page.CycleState{
		ConnectorState: page.ConnectorState{
			Badge: ui.AlertModel{Tone: cycleTone(x), Title: cycleWord(x)}, Text: joinText(x.Text, x.Advice), Rows: w.cycleFacts(x), Now: w.now,
		},
		Title: "What it did", Sub: "Every decision is in the log.", Impact: cycleImpact(x), Log: ui.Link{Label: "Open in the log", Href: connectorLog + key},
	}
	if x.State.Waits() {
		m.Title, m.Sub, m.Impact = "What it would do", "Nothing was written yet.", planImpact(x)
		m.Presses = []page.PressModel{{ButtonModel: ui.ButtonModel{Label: "Open the plan", Href: cyclePath(x) + "/plan", Kind: ui.Primary}}}
	}
	if x.Ended.IsZero() && !x.State.Waits() {
		m.Progress = w.progress(x)
	}
	m.Presses = append(m.Presses, w.undoPresses(x)...)
	return m
}

// undoable tells whether a cycle may still be taken back.
func (w connectorWorld) undoable(x models.Cycle) bool {
	return !x.Ended.IsZero() && x.UndoneBy == 0 && x.UndoUntil.Time().After(w.now)
}

func (w connectorWorld) cycleFacts(x models.Cycle) []ui.KVModel {
	rows := []ui.KVModel{
		{Label: "Started", Body: ui.Time(x.Started.Time(), w.now), Note: by(hideEmail(!w.manage(), x.InitiatorName))},
		{Label: "Ended", Body: ui.TimeOr(x.Ended.Time(), w.now, "Not yet")},
	}
	if x.Kind != models.UndoCycle {
		rows = append(rows, ui.KVModel{Label: "Read", Value: map[bool]string{true: "The whole directory", false: "What changed"}[x.Full], Note: pagesRead(x)})
	}
	if x.Plan.InScope > 0 {
		rows = append(rows, ui.KVModel{Label: "Users in scope", Value: ui.Count(x.Plan.InScope)})
	}
	if x.DecidedBy != "" {
		rows = append(rows, ui.KVModel{Label: "Decided", Body: ui.Time(x.Decided.Time(), w.now), Note: by(hideEmail(!w.manage(), x.DecidedBy))})
	}
	return append(rows, w.undoFacts(x)...)
}

func pagesRead(x models.Cycle) string {
	if x.Pages == 0 {
		return ""
	}
	return "in " + ui.Plural(x.Pages, "page", "pages")
}

// cycleImpact counts what a cycle did, each a link into the log.
func cycleImpact(x models.Cycle) []ui.ImpactModel {
	to := connectorLog + strconv.FormatInt(x.Key, 10)
	var out []ui.ImpactModel
	for _, row := range []struct {
		n           int64
		label, href string
		tone        ui.Tone
	}{
		{x.Created, "created", to + "&action=create", ui.Ok},
		{x.Updated, "updated", to + "&action=update", ui.Info},
		{x.Removed, "disabled or preserved", to, ui.Warn},
		{x.Skipped, "skipped", to + "&status=skipped", ui.Neutral},
		{x.Failed, "failed", to + "&status=failure", ui.Error},
	} {
		if row.n > 0 {
			out = append(out, ui.ImpactModel{Count: row.n, Label: row.label, Href: row.href, Tone: row.tone, Note: amongThem(row.label, x)})
		}
	}
	return out
}

// amongThem tells users from groups, and who was taken over or came back from who was
// merely updated, as the preview did: its numbers are looked for here afterwards.
func amongThem(label string, x models.Cycle) string {
	if x.State != models.CycleDone { // what was planned is not what was done
		return ""
	}
	list := []struct {
		word string
		what models.Planned
	}{{"adopted", models.PlanAdopt}, {"returned", models.PlanRestore}}
	switch label {
	case "created":
		list = list[:1]
		list[0].word, list[0].what = "", models.PlanCreate
	case "updated":
	default:
		return ""
	}
	var parts []string
	for _, part := range list {
		if n := x.Plan.Users[part.what]; n > 0 {
			parts = append(parts, strings.TrimSpace(ui.Plural(n, "user ", "users ")+part.word))
		}
		if n := x.Plan.Groups[part.what]; n > 0 {
			parts = append(parts, strings.TrimSpace(ui.Plural(n, "group ", "groups ")+part.word))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Among them: " + strings.Join(parts, ", ") + "."
}
