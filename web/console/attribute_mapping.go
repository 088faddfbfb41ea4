package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/mapping"
	"muster/models/scim"
	"muster/models/transform"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const attributeMappingsPath = attributesPath + "/mappings"

func (k *Console) attributeMappingRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: attributeMappingsPath, Access: read, Handler: k.listAttributeMappings},
		{Method: http.MethodPost, Path: attributeMappingsPath, Access: change, Handler: k.createAttributeMapping},
		{Method: http.MethodGet, Path: attributeMappingsPath + "/new", Access: change, Handler: k.newAttributeMapping},
		{Method: http.MethodPost, Path: attributeMappingsPath + "/order", Access: change, Handler: k.orderAttributeMappings},
		{Method: http.MethodPost, Path: attributeMappingsPath + "/try", Access: change, Handler: k.tryAttributeMapping},
		{Method: http.MethodGet, Path: attributeMappingsPath + "/:id", Access: change, Handler: k.editAttributeMapping},
		{Method: http.MethodPost, Path: attributeMappingsPath + "/:id", Access: change, Handler: k.updateAttributeMapping},
		{Method: http.MethodGet, Path: attributeMappingsPath + "/:id/delete", Access: change, Handler: k.askDeleteAttributeMapping},
		{Method: http.MethodPost, Path: attributeMappingsPath + "/:id/delete", Access: change, Handler: k.deleteAttributeMapping},
	}
}

// attributeTabs are the two parts of Attributes.
func attributeTabs(current string) []ui.TabModel {
	return []ui.TabModel{
		{Label: "Custom attributes", Href: attributesPath, Current: current == attributesPath},
		{Label: "Attribute mappings", Href: attributeMappingsPath, Current: current == attributeMappingsPath},
	}
}

// mappingMethod is whose mappings a page is about: the one that the address names,
// else the one in charge, else SCIM.
func mappingMethod(named string, o models.Organization) models.Method {
	for _, m := range []models.Method{models.Method(named), o.Method} {
		if m.Valid() && m != models.Manual {
			return m
		}
	}
	return models.SCIM
}

func (k *Console) listAttributeMappings(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	all, err := k.Read.AttributeMappings(ctx, by.OrganizationID, "")
	if err != nil {
		return err
	}
	method, q := mappingMethod(c.QueryParam("method"), o), strings.TrimSpace(c.QueryParam("q"))
	m := page.AttributeMappingsModel{
		Chrome: k.chrome(c, "Attribute mappings", "attributes"), Tabs: attributeTabs(attributeMappingsPath), Methods: mappingMethods(all, method, o),
		Sub:    "What becomes of the values that " + method.Label() + " sends about users.",
		Manage: may(c, models.Admin) && q == "", Passes: passing(all, method, mapping.Types(o.Settings)),
		Filter: ui.FilterModel{
			Action: attributeMappingsPath, Label: "Search attribute mappings", Value: q, Placeholder: "Attribute or expression",
			Hidden: []ui.Option{{Label: "method", Value: string(method)}},
		},
	}
	if q != "" {
		m.Filter.Clear = address(attributeMappingsPath, "method", string(method))
	}
	own := ofMethod(all, method)
	m.Rows = mappingRows(own, mapping.Types(o.Settings), q, may(c, models.Admin))
	m.Open = len(own) == 0
	m.Empty = ui.EmptyModel{
		Icon: "workflow", Title: "Attributes pass as they come",
		Text: "Each attribute below is stored as " + method.Label() + " sends it. Add a mapping where your application needs another value, such as a display name in another form or a cost code taken from the department.",
	}
	if q != "" {
		m.Empty = ui.EmptyModel{Icon: "search", Title: "No attribute mapping matches", Text: "Search for a part of an attribute’s name or of an expression, or clear the search."}
	}
	if method != o.Method && len(own) > 0 {
		m.Parked = "Parked: " + o.Method.Label() + " is in charge, so these mappings compute nothing now."
	}
	if n := broken(own, mapping.Types(o.Settings)); n > 0 {
		m.Broken = ui.Plural(n, "attribute mapping cannot run", "attribute mappings cannot run") + "."
	}
	switch {
	case len(own) >= models.AttributeMappingsMost:
		m.Full = "All " + ui.Count(models.AttributeMappingsMost) + " places for attribute mappings are taken."
	case may(c, models.Admin):
		m.New = address(attributeMappingsPath+"/new", "method", string(method))
	}
	return respond.HTML(c, http.StatusOK, page.AttributeMappings(m))
}

func ofMethod(all []models.AttributeMapping, method models.Method) []models.AttributeMapping {
	return slices.DeleteFunc(slices.Clone(all), func(m models.AttributeMapping) bool { return m.Method != method })
}

// mappingMethods are tabs, once more than one method has mappings.
func mappingMethods(all []models.AttributeMapping, current models.Method, o models.Organization) []ui.TabModel {
	var tabs []ui.TabModel
	for _, method := range []models.Method{models.SCIM, models.Entra, models.LDAP} {
		n := len(ofMethod(all, method))
		if n == 0 && method != current {
			continue
		}
		label := method.Label()
		if method != o.Method {
			label += ", not in charge"
		}
		tabs = append(tabs, ui.TabModel{
			Label: label, Href: address(attributeMappingsPath, "method", string(method)), Count: int64(n), ShowCount: true, Current: method == current,
		})
	}
	if len(tabs) < 2 && len(all) == len(ofMethod(all, o.Method)) {
		return nil
	}
	return tabs
}

func mappingRows(own []models.AttributeMapping, types *scim.Type, q string, manage bool) []page.AttributeMappingRow {
	var rows []page.AttributeMappingRow
	for i, m := range own {
		label := targetLabel(m.Target)
		if q != "" && !strings.Contains(strings.ToLower(label+"\x00"+m.Target+"\x00"+m.Expression), strings.ToLower(q)) {
			continue
		}
		r := page.AttributeMappingRow{
			ID: m.ID, Label: label, Target: transform.Short(m.Target), Expression: firstOf(m.Expression, 160), When: "Always", Default: firstOf(m.Fallback, 60),
			Tone: ui.Ok, State: "On", Up: i > 0, Down: i < len(own)-1,
		}
		if manage {
			r.Href = attributeMappingsPath + "/" + m.ID
		}
		if m.OnCreate {
			r.When = "Only for new users"
		}
		_, wrong := transform.Check(m, types)
		switch {
		case m.Disabled:
			r.Tone, r.State = ui.Neutral, "Off"
		case wrong != nil:
			r.Tone, r.State, r.Problem = ui.Error, "Cannot run", wrong.Msg
		case m.Parked:
			r.Tone, r.State = ui.Neutral, "Parked"
		}
		rows = append(rows, r)
	}
	return rows
}

func broken(own []models.AttributeMapping, types *scim.Type) int {
	_, list := transform.Compile(own, types)
	return len(list)
}

// passing lists what no mapping in force computes.
func passing(all []models.AttributeMapping, method models.Method, types *scim.Type) []page.AttributePass {
	rows := []page.AttributePass{{Label: "userName", Target: "userName", Type: attributeTypeName("string")}}
	for _, t := range transform.Targets(types) {
		if slices.ContainsFunc(all, func(m models.AttributeMapping) bool {
			return m.Method == method && m.Target == t.String() && !m.Disabled
		}) {
			continue
		}
		rows = append(rows, page.AttributePass{Label: attributeLabel(t.Short()), Target: t.Short(), Type: attributeTypeName(string(t.Type))})
	}
	return rows
}

// firstOf cuts a long text for a list.
func firstOf(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// targetLabel reads the attribute of a mapping aloud.
func targetLabel(target string) string { return attributeLabel(transform.Short(target)) }

// orderAttributeMappings moves one mapping a place up or down.
func (k *Console) orderAttributeMappings(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	moved, err := k.Read.AttributeMapping(ctx, by.OrganizationID, c.FormValue("id"))
	if err != nil {
		return err
	}
	list, err := k.Read.AttributeMappings(ctx, by.OrganizationID, moved.Method)
	if err != nil {
		return err
	}
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	at := slices.Index(ids, moved.ID)
	to := at + 1
	if c.FormValue("move") == "up" {
		to = at - 1
	}
	if at >= 0 && to >= 0 && to < len(ids) {
		ids[at], ids[to] = ids[to], ids[at]
	}
	if err := k.Directory.OrderAttributeMappings(ctx, by, moved.Method, ids); err != nil {
		return err
	}
	return k.done(c, address(attributeMappingsPath, "method", string(moved.Method)), "The mapping of "+targetLabel(moved.Target)+" is moved.")
}

// rulesOf reads the attribute mappings that a user's values name, if any do.
func (k *Console) rulesOf(ctx context.Context, u models.User) ([]models.AttributeMapping, error) {
	if !slices.ContainsFunc(u.Origins.Changes, func(o models.Origin) bool { return o.Rule != "" }) {
		return nil, nil
	}
	return k.Read.AttributeMappings(ctx, u.OrganizationID, "")
}

// rule says which attribute mapping computed a value.
func (r userRecord) rule(id string) ui.Link {
	if id == "" {
		return ui.Link{}
	}
	i := slices.IndexFunc(r.rules, func(m models.AttributeMapping) bool { return m.ID == id })
	switch {
	case i < 0:
		return ui.Link{Label: "computed by an attribute mapping that is deleted"}
	case !r.edits:
		return ui.Link{Label: "computed by " + firstOf(r.rules[i].Expression, 160)}
	}
	return ui.Link{Label: firstOf(r.rules[i].Expression, 160), Href: attributeMappingsPath + "/" + id}
}
