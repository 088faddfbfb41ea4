package console

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) provisionRoutes() []session.Route {
	change := session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: demandPath, Access: change, Handler: k.showDemand},
		{Method: http.MethodPost, Path: demandPath, Access: change, Handler: k.tryDemand},
		{Method: http.MethodPost, Path: demandPath + "/apply", Access: change, Handler: k.applyDemand},
	}
}

// demandModel is the page before anything was asked.
func (k *Console) demandModel(c echo.Context) (page.DemandModel, error) {
	w, err := k.connectorWorld(c)
	m := page.DemandModel{
		Chrome: k.chrome(c, "Provision on demand", "entra"), Value: strings.TrimSpace(c.FormValue("user")),
		Head: wizardHead("Provision on demand", "One user, at once and step by step: import, scope, match, action."),
	}
	switch {
	case err != nil:
		return m, err
	case !w.inCharge():
		m.Empty = &page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "user-plus", Title: "Nothing to fetch from", Text: "Provision on demand fetches one user from the directory that is in charge. " + inChargeWords(w.org)},
			Buttons:    []ui.ButtonModel{{Label: "Open Deployment", Href: "/deployment"}},
		}
	case !w.known:
		m.Empty = &page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "user-plus", Title: "Not connected yet", Text: "Connect Microsoft Entra ID first; then fetch a single user here."},
			Buttons:    []ui.ButtonModel{{Label: "Connect", Href: entraPath, Kind: ui.Primary}},
		}
	}
	return m, nil
}

func (k *Console) showDemand(c echo.Context) error {
	m, err := k.demandModel(c)
	if err != nil {
		return err
	}
	return respond.HTML(c, http.StatusOK, page.Demand(m))
}

// tryDemand shows the steps; nothing is written.
func (k *Console) tryDemand(c echo.Context) error {
	return k.demand(c, func(m page.DemandModel) (cycle.Demand, error) {
		return k.Cycles.OnDemand(c.Request().Context(), session.Actor(c), models.Entra, m.Value)
	})
}

// applyDemand is the second press: exactly what was shown.
func (k *Console) applyDemand(c echo.Context) error {
	return k.demand(c, func(m page.DemandModel) (cycle.Demand, error) {
		return k.Cycles.ApplyOnDemand(c.Request().Context(), session.Actor(c), models.Entra, m.Value, c.FormValue("version"))
	})
}

func (k *Console) demand(c echo.Context, ask func(page.DemandModel) (cycle.Demand, error)) error {
	m, err := k.demandModel(c)
	if err != nil {
		return err
	}
	if m.Empty != nil {
		return respond.HTML(c, http.StatusOK, page.Demand(m))
	}
	if m.Value == "" {
		m.Wrong = "Nobody was named. Enter a userPrincipalName, an e-mail address or an object ID."
		m.Errors = []ui.FormError{{Name: "user", Text: m.Wrong}}
		return respond.HTML(c, http.StatusBadRequest, page.Demand(m))
	}
	d, err := ask(m)
	if f, ok := source.AsFailure(err); ok {
		m.Notices = []page.NoticeModel{{
			Alert: ui.AlertModel{Tone: ui.Error, Live: true, Title: f.Msg, Text: f.Advice},
			Ways:  []page.PressModel{{ButtonModel: ui.ButtonModel{Label: "Test connection", Href: probePath, Small: true}}},
		}}
		return respond.HTML(c, respond.Status(models.KindOf(err)), page.Demand(m))
	}
	if e, ok := refusal(err); ok {
		m.Wrong, m.Errors = e.Error(), []ui.FormError{{Name: "user", Text: e.Error()}}
		return respond.HTML(c, respond.Status(e.Kind), page.Demand(m))
	}
	if err != nil {
		return err
	}
	fillDemand(&m, d)
	return respond.HTML(c, http.StatusOK, page.Demand(m))
}

func fillDemand(m *page.DemandModel, d cycle.Demand) {
	m.Ran, m.Title, m.Sub, m.Trace = true, "Steps for "+d.Asked, "Nothing was written.", demandTrace(d)
	f := fates[d.Plan]
	switch {
	case d.Applied:
		m.Sub = "Carried out."
		m.Verdict = ui.AlertModel{Tone: ui.Ok, Live: true, Title: "Done.", Text: "The user is as Entra has them. It counts as a cycle of its own and can be undone there."}
	case !d.Found:
		m.Verdict = ui.AlertModel{Tone: ui.Warn, Live: true, Title: "Entra has nobody with that name.", Text: "Check the spelling, or search in Entra and copy the object ID."}
	case d.Plan == models.PlanNothing:
		m.Verdict = ui.AlertModel{Tone: ui.Info, Live: true, Title: "Nothing would change.", Text: "The last step says why."}
	case d.Plan == models.PlanConflict:
		m.Verdict = ui.AlertModel{Tone: ui.Error, Live: true, Title: "This is a conflict.", Text: "The steps say with whom. It is decided in the queue."}
	default:
		m.Verdict = ui.AlertModel{Tone: ui.Info, Live: true, Title: "This would happen: " + lowered(f.word) + ".", Text: "Press once more to carry it out."}
	}
	if d.User != nil {
		m.Done = ui.Link{Label: "Open the user", Href: "/users/" + d.User.ID}
	}
	if !d.Applied && d.Found && d.Plan != models.PlanNothing {
		m.Apply = &page.PressModel{
			Post: demandPath + "/apply", Hidden: []ui.Option{{Label: "user", Value: d.Asked}, {Label: "version", Value: d.Version}},
			ButtonModel: ui.ButtonModel{Label: "Apply", More: " to " + d.Asked, Kind: ui.Primary, Icon: "check"},
		}
	}
}

// demandTrace are the four steps with what each found.
func demandTrace(d cycle.Demand) []ui.TraceStep {
	var out []ui.TraceStep
	for _, s := range d.Steps {
		out = append(out, demandStep(s, d))
	}
	return out
}

func demandStep(s models.Step, d cycle.Demand) ui.TraceStep {
	t := ui.TraceStep{Name: stepNames[s.Name], Text: s.Text, State: stepStates[s.Status]}
	switch {
	case s.Name == models.StepImport && d.Found:
		t.Facts = []ui.KVModel{{Label: "Object ID", Value: d.Record.Anchor, Mono: true}, {Label: "userName", Value: d.Record.Text("userName")}, {Label: "Name", Value: d.Record.Text("displayName")}}
	case s.Name == models.StepScope && len(d.Because) > 0:
		t.Facts = []ui.KVModel{{Label: "Because of", Value: strings.Join(d.Because, " → ")}}
	case s.Name == models.StepMatch && d.User != nil:
		t.Facts = []ui.KVModel{{Label: "Here", Value: d.User.DisplayName, Note: d.User.UserName}}
	case s.Name == models.StepAction && len(d.Changes) > 0:
		t.Detail = ui.DiffTable(demandDiff(d.Changes))
	}
	return t
}

func demandDiff(changes []models.Change) []ui.DiffRow {
	var out []ui.DiffRow
	for _, x := range changes {
		out = append(out, ui.DiffRow{Name: x.Path, Old: x.Old, New: x.New})
	}
	return out
}

// inChargeWords says which method is in charge, or that none was chosen.
func inChargeWords(o models.Organization) string {
	if !o.MethodSet {
		return "No deployment method was chosen yet."
	}
	return "The deployment method is " + o.Method.Label() + "."
}
