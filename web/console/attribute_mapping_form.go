package console

import (
	"net/http"
	"slices"
	"strconv"
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

// enteredAttributeMapping reads the form; the door checks it.
func enteredAttributeMapping(c echo.Context) models.AttributeMapping {
	v := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	version, err := strconv.ParseInt(v("version"), 10, 64)
	if err != nil {
		version = 0 // refused as an old one
	}
	return models.AttributeMapping{
		ID: v("id"), Method: models.Method(v("method")), Version: version,
		Target: v("target"), Expression: v("expression"), Fallback: v("fallback"), OnCreate: v("when") == "new", Disabled: v("on") == "",
	}
}

func (k *Console) newAttributeMapping(c echo.Context) error {
	o, err := k.Read.Organization(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	draft := models.AttributeMapping{Method: mappingMethod(c.QueryParam("method"), o), Target: c.QueryParam("target")}
	return k.attributeMappingPage(c, draft, nil)
}

func (k *Console) createAttributeMapping(c echo.Context) error {
	draft := enteredAttributeMapping(c)
	draft.ID = ""
	return k.saveAttributeMapping(c, draft, models.AttributeMapping{})
}

func (k *Console) editAttributeMapping(c echo.Context) error {
	m, err := k.Read.AttributeMapping(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	return k.attributeMappingPage(c, m, nil)
}

func (k *Console) updateAttributeMapping(c echo.Context) error {
	known, err := k.Read.AttributeMapping(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	draft := enteredAttributeMapping(c)
	draft.ID, draft.Method = known.ID, known.Method
	return k.saveAttributeMapping(c, draft, known)
}

// saveAttributeMapping saves what was entered over the one that is known, or a new one.
func (k *Console) saveAttributeMapping(c echo.Context, draft, known models.AttributeMapping) error {
	saved, err := k.Directory.SaveAttributeMapping(c.Request().Context(), session.Actor(c), draft)
	if e, ok := refusal(err); ok {
		if e.Kind == models.Stale {
			if e, err = k.overtakenDeed(c, "this attribute mapping", "organization.attributeMapping", known.Target, known.ID); err != nil {
				return err
			}
			draft.Version = known.Version
		}
		return k.attributeMappingPage(c, draft, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, address(attributeMappingsPath, "method", string(saved.Method)), "The mapping of "+targetLabel(saved.Target)+" is saved. Users whom "+saved.Method.Label()+" manages get the new value in the background.")
}

// attributeMappingPage shows the editor with what was entered, and what it would do to
// a user.
func (k *Console) attributeMappingPage(c echo.Context, draft models.AttributeMapping, wrong *models.Error) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	list, err := k.Read.AttributeMappings(ctx, by.OrganizationID, draft.Method)
	if err != nil {
		return err
	}
	m := attributeMappingForm(draft, list, mapping.Types(o.Settings), wrong)
	if m.Tester.Result, err = k.trial(c, draft); err != nil {
		return err
	}
	m.Tester.Search.Value = c.FormValue("who")
	m.Chrome = k.chrome(c, m.Head.Title, "attributes")
	m.Chrome.Live = true
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	return respond.HTML(c, status, page.AttributeMappingForm(m))
}

func attributeMappingForm(m models.AttributeMapping, list []models.AttributeMapping, types *scim.Type, wrong *models.Error) page.AttributeMappingFormModel {
	back := address(attributeMappingsPath, "method", string(m.Method))
	f := page.AttributeMappingFormModel{
		Action: attributeMappingsPath, Submit: "Save mapping", Cancel: back,
		Head: ui.PageHeadModel{
			Title: "New attribute mapping", Sub: "For users that " + m.Method.Label() + " sends.",
			Crumbs: []ui.Link{{Label: "Attribute mappings", Href: back}},
		},
		Note:   "Users here get the new value in the background, within seconds to minutes, each with an entry in the log.",
		Errors: formErrors(wrong, "target", "expression", "fallback"),
		Hidden: []ui.Option{{Label: "method", Value: string(m.Method)}, {Label: "version", Value: strconv.FormatInt(m.Version, 10)}, {Label: "id", Value: m.ID}},
		Tester: page.AttributeTesterModel{
			Path: attributeMappingsPath + "/try",
			Search: ui.FieldModel{
				Label: "Find a user", Name: "who", Type: "search", Autocomplete: "off", Hint: "By name, userName or e-mail address.",
				Attrs: map[string]any{"spellcheck": "false"},
			},
		},
		Help: functionHelp(), Names: nameHelp(types),
	}
	if m.ID != "" {
		f.Action, f.Submit = attributeMappingsPath+"/"+m.ID, "Save changes"
		f.Head.Title, f.Remove = "Mapping of “"+targetLabel(m.Target)+"”", attributeMappingQuestion(m)
	}
	mappingFieldModels(&f, m, list, types, wrong)
	return f
}

func mappingFieldModels(f *page.AttributeMappingFormModel, m models.AttributeMapping, list []models.AttributeMapping, types *scim.Type, wrong *models.Error) {
	f.Target = ui.FieldModel{
		Label: "Attribute", Name: "target", Type: "select", Value: m.Target, Error: at(wrong, "target"), Required: true, Options: targetOptions(m, list, types),
		Hint: "The one that gets the value.",
	}
	f.Source = ui.FieldModel{
		Label: "Computed from", Name: "expression", Type: "textarea", Rows: 4, Value: m.Expression, Error: at(wrong, "expression"), Required: true, Mono: true,
		MaxLength: transform.ExpressionMost, Placeholder: `join(" ", name.givenName, name.familyName)`, Focus: wrong == nil && m.ID == "",
		Hint: "The name of an attribute, or an expression over several.", Attrs: map[string]any{"spellcheck": "false"},
	}
	f.Default = ui.FieldModel{
		Label: "Default", Name: "fallback", Value: m.Fallback, Error: at(wrong, "fallback"), Optional: true, MaxLength: 1000, Autocomplete: "off",
		Hint: "For users for whom the expression gives nothing. Without one, the attribute has no value then.",
	}
	when := "always"
	if m.OnCreate {
		when = "new"
	}
	f.When = ui.RadioCardsModel{
		Legend: "When is it computed?", Name: "when", Value: when,
		Options: []ui.Option{
			{Value: "always", Label: "Always", Hint: "Again with every change that the directory sends."},
			{Value: "new", Label: "Only for new users", Hint: "Later the value stays, unless the directory sends another one for this very attribute."},
		},
	}
	f.On = ui.CheckboxModel{Name: "on", Label: "On", Checked: !m.Disabled, Hint: "Off keeps the mapping, and the attribute passes as it comes."}
}

// targetOptions lists what can be computed; what another mapping computes cannot be
// chosen twice.
func targetOptions(m models.AttributeMapping, list []models.AttributeMapping, types *scim.Type) []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose an attribute"}}
	chosen := m.Target == ""
	for _, t := range transform.Targets(types) {
		o := ui.Option{Value: t.String(), Label: attributeLabel(t.Short()) + " (" + t.Short() + ")", Selected: t.String() == m.Target}
		chosen = chosen || o.Selected
		if slices.ContainsFunc(list, func(other models.AttributeMapping) bool { return other.ID != m.ID && other.Target == t.String() }) {
			o.Label, o.Disabled = o.Label+", mapped already", !o.Selected
		}
		options = append(options, o)
	}
	if !chosen {
		options = append(options, ui.Option{Value: m.Target, Label: m.Target, Selected: true})
	}
	return options
}

func functionHelp() []page.AttributeFunction {
	var out []page.AttributeFunction
	for _, f := range transform.Functions() {
		out = append(out, page.AttributeFunction{Form: f.Form, Says: f.Says, Example: f.Example, Gives: f.Gives})
	}
	return out
}

func nameHelp(types *scim.Type) []page.AttributeName {
	var out []page.AttributeName
	for _, n := range transform.Names(types) {
		parts := strings.Join(n.Parts, ", ")
		if n.List {
			parts = strings.TrimSuffix("several values: "+parts, ": ")
		}
		out = append(out, page.AttributeName{Name: n.Name, Parts: parts})
	}
	return out
}

func attributeMappingQuestion(m models.AttributeMapping) ui.ConfirmModel {
	at := attributeMappingsPath + "/" + m.ID
	return ui.ConfirmModel{
		ID: "delete", Title: "Delete the mapping of “" + targetLabel(m.Target) + "”?", Action: at + "/delete", CancelHref: at,
		Label: "Delete mapping", Cancel: "Keep mapping",
		Consequence: "The attribute passes as " + m.Method.Label() + " sends it from now on.",
		Stays:       "In the background the attribute becomes what the directory sent last. No user is deleted.",
		Undo:        "Turning the mapping off does the same and keeps the expression.",
	}
}

func (k *Console) askDeleteAttributeMapping(c echo.Context) error {
	m, err := k.Read.AttributeMapping(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	q := attributeMappingQuestion(m)
	head := ui.PageHeadModel{Title: q.Title, Crumbs: []ui.Link{{Label: "Attribute mappings", Href: attributeMappingsPath}, {Label: targetLabel(m.Target), Href: q.CancelHref}}}
	return respond.HTML(c, http.StatusOK, page.AttributeMappingRemove(k.chrome(c, q.Title, "attributes"), head, q))
}

func (k *Console) deleteAttributeMapping(c echo.Context) error {
	m, err := k.Directory.DeleteAttributeMapping(c.Request().Context(), session.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return k.done(c, address(attributeMappingsPath, "method", string(m.Method)), "The mapping of "+targetLabel(m.Target)+" is deleted.")
}
