package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/cycle"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// undoShown is how many records of an undo are named.
const undoShown = 50

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
		Chrome: k.chrome(c, title, "entra"), What: "Record", Rows: undoRows(impact, logMaskFor(by)),
		Head:   cycleHead(title, "What the cycle changed is put back as it was before. Whom somebody changed since stays as they are.", ui.Link{Label: cycleName(x), Href: cyclePath(x)}),
		Impact: undoImpact(impact),
		Empty:  page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "undo-2", Title: "Nothing to put back", Text: "The cycle changed nobody, or all of them were changed since."}},
	}
	if n := len(m.Rows); n > undoShown {
		m.Rows, m.More = m.Rows[:undoShown], "These are the first "+ui.Count(undoShown)+". The log of the cycle has all of them."
	}
	if wrong != nil {
		m.Notices = append(m.Notices, page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Warn, Live: true, Title: "Nothing was done.", Text: wrong.Error()}})
	}
	switch {
	case impact.Blocked != nil:
		m.Notices = append(m.Notices, page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Info, Title: impact.Blocked.Msg, Text: impact.Blocked.Advice}})
		m.Impact, m.Rows, m.More, m.Empty = nil, nil, "", page.EmptyListModel{}
	case impact.Users+impact.Created+impact.Groups > 0:
		m.Confirm = []page.PlanAnswer{{Confirm: ui.ConfirmModel{
			Consequence: "The records are put back in the background, and the connector stops, so that it does not do the same again.",
			Stays:       "Nobody is deleted: whom the cycle created is preserved. The log keeps both the cycle and the undo.",
			Undo:        "Start the connector again when scope and mappings are right; it shows a preview first.",
			Action:      cyclePath(x) + "/undo", Label: "Undo the cycle", Cancel: "Leave it as it is", CancelHref: cyclePath(x),
			Hidden: []ui.Option{{Label: "version", Value: impact.Version}},
		}}}
	}
	return respond.HTML(c, status, page.Plan(m))
}

func undoImpact(i cycle.UndoImpact) []ui.ImpactModel {
	return []ui.ImpactModel{
		{Count: i.Users, Label: map[bool]string{true: "user gets back what they had", false: "users get back what they had"}[i.Users == 1], Tone: ui.Info},
		{Count: i.Created, Label: map[bool]string{true: "user whom the cycle created is preserved", false: "users whom the cycle created are preserved"}[i.Created == 1], Tone: ui.Warn},
		{Count: i.Groups, Label: map[bool]string{true: "group gets back name and members", false: "groups get back names and members"}[i.Groups == 1], Tone: ui.Info},
		{Count: i.TouchedN, Label: map[bool]string{true: "record was changed since and stays as it is", false: "records were changed since and stay as they are"}[i.TouchedN == 1]},
		{Count: 0, Label: "users deleted", Note: "An undo never deletes anybody."},
	}
}

func undoRows(i cycle.UndoImpact, mask logMask) []page.PlanRow {
	var out []page.PlanRow
	add := func(list []cycle.UndoneRecord, tone ui.Tone, word func(cycle.UndoneRecord) string, why string) {
		for _, r := range list {
			to := "/users/" + r.ID
			if r.Kind == models.GroupTarget {
				to = "/groups/" + r.ID
			}
			out = append(out, page.PlanRow{Name: mask.name(r.Kind, r.Name), Href: to, Tone: tone, Word: word(r), Why: or(why, "The cycle did this: "+string(r.Action)+".")})
		}
	}
	add(i.Names, ui.Info, func(r cycle.UndoneRecord) string {
		if r.Action == models.ActionCreate {
			return "Preserved"
		}
		return "Put back"
	}, "")
	add(i.Touched, ui.Neutral, func(cycle.UndoneRecord) string { return "Stays" }, "Changed since the cycle.")
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
