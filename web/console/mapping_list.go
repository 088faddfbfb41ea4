package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) listMappings(c echo.Context) error {
	w, err := k.ruleWorld(c, models.Method(c.QueryParam("method")))
	if err != nil {
		return err
	}
	search, manage := strings.TrimSpace(c.QueryParam("q")), may(c, models.Admin)
	m := page.MappingsModel{
		Sub: "Ordered rules that give users their profile. They are asked from the top, and the first that matches wins.", Manage: manage, Method: string(w.method),
		Tabs: w.tabs(), Dormant: w.dormant(), Unmatched: w.unmatched(), Settings: "/settings",
		Filter: ui.FilterModel{
			Action: mappingsPath, Label: "Search mappings", Value: search, Placeholder: "Name or description",
			Hidden: keptParameters("method", string(w.method)),
		},
		Empty: w.empty(search, manage),
	}
	if search != "" {
		m.Filter.Clear = mappingsOf(w.method)
	}
	var found []models.Mapping
	for _, rule := range w.rules {
		if holding(search, rule.Name, rule.Description) {
			found = append(found, rule)
		}
	}
	moved, pressed, _ := strings.Cut(c.QueryParam("moved"), ".")
	for _, rule := range found {
		row := w.row(rule)
		if rule.ID == moved {
			row.Focus = pressed
		}
		m.Rows = append(m.Rows, row)
	}
	m.Pager = ui.PagerModel{From: 1, To: int64(len(found)), Total: int64(len(found)), Noun: "mappings"}
	if manage && len(w.rules) > 0 {
		m.Buttons = []ui.ButtonModel{{Label: "New mapping", Icon: "plus", Kind: ui.Primary, Href: address(mappingsPath+"/new", "method", string(w.method))}}
	}
	if m.Evaluation, err = k.evaluation(c, manage); err != nil {
		return err
	}
	m.Chrome = k.chrome(c, "Mappings", "mappings")
	m.Live, m.Scripts = true, []string{"js/order.js"}
	return respond.HTML(c, http.StatusOK, page.Mappings(m))
}

func (w ruleWorld) row(m models.Mapping) page.MappingRow {
	row := page.MappingRow{
		ID: m.ID, Href: mappingAddress(m), Position: m.Position, Name: m.Name, Sentence: w.sentence(m), Users: w.holders[m.Key],
		UsersHref: address("/users", "mapping", m.ID), Warnings: w.warnings(m), Disabled: m.Disabled, Parked: m.Method != w.org.Method, Everyone: m.Everyone(),
		First: m.ID == w.rules[0].ID, Last: m.ID == w.rules[len(w.rules)-1].ID,
	}
	if p, ok := w.profile(m.ProfileKey); ok {
		row.Profile = ui.Link{Label: p.Name, Href: profileAddress(p)}
	}
	return row
}

func (w ruleWorld) tabs() []ui.TabModel {
	var list []ui.TabModel
	for _, method := range w.methods() {
		n := 0
		for _, m := range w.all {
			if m.Method == method {
				n++
			}
		}
		list = append(list, ui.TabModel{Label: method.Label(), Href: mappingsOf(method), Count: int64(n), ShowCount: true, Current: method == w.method})
	}
	return list
}

// dormant says that rules do nothing while another method is in charge.
func (w ruleWorld) dormant() ui.AlertModel {
	if w.method == w.org.Method || len(w.rules) == 0 {
		return ui.AlertModel{}
	}
	return ui.AlertModel{
		Tone: ui.Info, Title: "Parked: " + w.org.Method.Label() + " is in charge, so these rules decide nothing now.",
		Text: "They are kept and are asked again when the organization comes back to " + w.method.Label() + ". Deployment has all that is parked.",
	}
}

// unmatched says what happens to whom no rule matches.
func (w ruleWorld) unmatched() string {
	for _, m := range w.rules {
		if m.Everyone() && !m.Disabled {
			return "there are none, “" + m.Name + "” takes everyone."
		}
	}
	switch w.org.Settings.Unmatched {
	case models.UnmatchedPark:
		return "whoever matches no rule waits in the queue and may not use the application."
	case models.UnmatchedRefuse:
		return "whoever matches no rule is refused when new, and preserved when known here."
	case models.UnmatchedDefault:
	}
	for _, p := range w.profiles {
		if p.ID == w.org.Settings.DefaultProfile {
			return "whoever matches no rule gets the default profile, " + p.Name + "."
		}
	}
	return "whoever matches no rule is let in without a profile."
}

func (w ruleWorld) empty(search string, manage bool) page.EmptyListModel {
	if search != "" {
		return page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "search", Title: "No mapping found", Text: "No name or description has “" + search + "” in it."},
			Buttons:    []ui.ButtonModel{{Label: "Show all mappings", Href: mappingsOf(w.method)}},
		}
	}
	e := page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "route", Title: "No mapping yet",
		Text: "A mapping is a rule: users in these groups, or with these attributes, get this profile. Until there is one, everybody whom the directory sends is let in without a profile.",
	}}
	if manage {
		e.Buttons = []ui.ButtonModel{{Label: "New mapping", Kind: ui.Primary, Href: address(mappingsPath+"/new", "method", string(w.method))}}
	}
	return e
}

// evaluation is the card of the latest re-evaluation while it matters: running,
// stopped, or ended within the hour.
func (k *Console) evaluation(c echo.Context, manage bool) (*page.EvaluationModel, error) {
	list, err := k.Read.Evaluations(c.Request().Context(), session.Actor(c).OrganizationID, 10)
	list = slices.DeleteFunc(list, models.Evaluation.Attaches)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return evaluationModel(list[0], k.Now(), manage), nil
}
