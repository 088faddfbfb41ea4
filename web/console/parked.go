package console

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/models/transform"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const parkedPath = "/deployment/parked"

func (k *Console) parkedRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: parkedPath, Access: read, Handler: k.listParked},
		{Method: http.MethodGet, Path: parkedPath + "/:method/delete", Access: change, Handler: k.askDropParked},
		{Method: http.MethodPost, Path: parkedPath + "/:method/delete", Access: change, Handler: k.dropParked},
	}
}

// listParked shows what is kept of the methods that are not in charge.
func (k *Console) listParked(c echo.Context) error {
	list, err := k.Deployment.Parked(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	search := strings.TrimSpace(c.QueryParam("q"))
	m := page.ParkedModel{
		Chrome: k.chrome(c, "Parked things", "deployment"), Manage: may(c, models.Admin), Now: k.Now(),
		Filter: ui.FilterModel{Action: parkedPath, Label: "Search parked things", Value: search, Placeholder: "Name, attribute or condition"},
		Empty: page.EmptyListModel{EmptyModel: ui.EmptyModel{
			Icon: "inbox", Title: "Nothing is parked",
			Text: "When a deployment method changes and its mappings and tokens are kept, they wait here until it comes back.",
		}, Buttons: []ui.ButtonModel{{Label: "Back to Deployment", Href: "/deployment"}}},
	}
	if search != "" {
		m.Filter.Clear = parkedPath
		m.Empty.EmptyModel = ui.EmptyModel{Icon: "search", Title: "Nothing found", Text: "No parked thing has “" + search + "” in its name."}
		m.Empty.Buttons = []ui.ButtonModel{{Label: "Show all", Href: parkedPath}}
	}
	for _, p := range list {
		w, err := k.ruleNames(c, p.Method)
		if err != nil {
			return err
		}
		if shown := parkedMethod(p, w, search); len(shown.Rows) > 0 {
			m.Methods = append(m.Methods, shown)
		}
	}
	return respond.HTML(c, http.StatusOK, page.Parked(m))
}

func parkedMethod(p deployment.Parked, w ruleWorld, search string) page.ParkedMethod {
	label := p.Method.Label()
	m := page.ParkedMethod{
		Method: string(p.Method), Title: label, Sub: parkedWords(p), Since: p.Left.At.Time(), Change: "/deployment/changes/" + p.Left.ID,
		Back:   ui.ButtonModel{Label: "Bring " + label + " back", More: ", with a preview", Icon: "rocket", Href: "/deployment/change/" + string(p.Method)},
		Delete: ui.ButtonModel{Label: "Delete all of " + label, Icon: "trash-2", Href: parkedPath + "/" + string(p.Method) + "/delete"},
	}
	if p.Left.ID == "" {
		m.Back.Label = "Put " + label + " in charge"
	}
	for _, r := range parkedRows(p, w) {
		if holding(search, r.Name, r.Detail) {
			m.Rows = append(m.Rows, r)
		}
	}
	return m
}

func parkedRows(p deployment.Parked, w ruleWorld) []page.ParkedRow {
	var rows []page.ParkedRow
	add := func(kind, name, detail, href, returns, verb, at string) {
		rows = append(rows, page.ParkedRow{
			Kind: kind, Name: name, Detail: detail, Href: href, Returns: returns,
			Delete: ui.ButtonModel{Label: verb, More: " " + name, Small: true, Kind: ui.Quiet, Href: at},
		})
	}
	again := "Is asked again with " + p.Method.Label()
	for _, r := range p.Mappings {
		returns := again
		if r.Disabled {
			returns = "Stays disabled"
		}
		add("Mapping", r.Name, w.sentence(r), mappingAddress(r), returns, "Delete", mappingAddress(r)+"/delete")
	}
	for _, r := range p.Attributes {
		returns := "Computes again with " + p.Method.Label()
		if r.Disabled {
			returns = "Stays off"
		}
		at := attributeMappingsPath + "/" + r.ID
		add("Attribute mapping", transform.Short(r.Target), firstOf(r.Expression, 160), address(attributeMappingsPath, "method", string(p.Method)), returns, "Delete", at+"/delete")
	}
	for _, t := range p.Tokens {
		returns := "Works again with SCIM"
		if t.Disabled {
			returns = "Stays disabled"
		}
		add("SCIM token", t.Description, t.Prefix+"…, made by "+t.CreatedBy, tokensPath+"/"+t.ID, returns, "Revoke", tokensPath+"/"+t.ID+"/ask/revoke")
	}
	return rows
}

func parkedWords(p deployment.Parked) string {
	return ui.Plural(len(p.Mappings), "mapping", "mappings") + ", " + ui.Plural(len(p.Attributes), "attribute mapping", "attribute mappings") +
		" and " + ui.Plural(len(p.Tokens), "token", "tokens")
}
