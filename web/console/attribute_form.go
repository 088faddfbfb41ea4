package console

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// enteredAttribute reads the form; the door checks it. A schema that was left as
// the form offered it follows the choice between users and groups.
func enteredAttribute(c echo.Context) models.CustomAttribute {
	v := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	a := models.CustomAttribute{
		Of: models.TargetType(v("of")), Name: v("name"), Type: v("type"), Schema: v("schema"), Description: v("description"),
		Multi: v("multi") != "", CaseExact: v("caseExact") != "",
	}
	for _, of := range []models.TargetType{models.UserTarget, models.GroupTarget} {
		if a.Schema == models.CustomSchema(of) {
			a.Schema = models.CustomSchema(a.Of)
		}
	}
	return a
}

// standardAttributes are what records of a type have anyway.
func standardAttributes(of models.TargetType) filter.Lookup {
	if of == models.GroupTarget {
		return scim.Group()
	}
	return scim.User()
}

func (k *Console) newAttribute(c echo.Context) error {
	a := models.CustomAttribute{Of: models.UserTarget, Type: string(filter.String)}
	if c.QueryParam("of") == string(models.GroupTarget) {
		a.Of = models.GroupTarget
	}
	a.Schema = models.CustomSchema(a.Of)
	return k.newAttributeForm(c, a, nil)
}

func (k *Console) createAttribute(c echo.Context) error {
	a := enteredAttribute(c)
	made, err := k.Accounts.DeclareAttribute(c.Request().Context(), session.Actor(c), a, standardAttributes(a.Of))
	if e, ok := refusal(err); ok {
		return k.newAttributeForm(c, a, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, attributeAddress(made), "The attribute "+made.Name+" is declared. Now map your directory to it.")
}

func (k *Console) newAttributeForm(c echo.Context, a models.CustomAttribute, wrong *models.Error) error {
	m := attributeForm(a, wrong)
	m.New, m.Action, m.Submit, m.Cancel = true, attributesPath, "Declare attribute", attributesPath
	m.Head = ui.PageHeadModel{
		Title: "New attribute", Sub: "Declared once, it is in the SCIM schema, and directories can send it at once.",
		Crumbs: []ui.Link{{Label: "Attributes", Href: attributesPath}},
	}
	m.Name.Focus = wrong == nil
	m.Errors = formErrors(wrong, "name", "type", "description", "schema")
	return k.sendAttributeForm(c, m, wrong)
}

func (k *Console) sendAttributeForm(c echo.Context, m page.AttributeFormModel, wrong *models.Error) error {
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	m.Chrome = k.chrome(c, m.Head.Title, "attributes")
	return respond.HTML(c, status, page.AttributeForm(m))
}

// attributeForm fills the fields that a new attribute and an edit share.
func attributeForm(a models.CustomAttribute, wrong *models.Error) page.AttributeFormModel {
	return page.AttributeFormModel{
		Of: ui.RadioCardsModel{
			Legend: "Who has it?", Name: "of", Value: string(a.Of), Error: at(wrong, "of"), Columns: true,
			Options: []ui.Option{{Value: string(models.UserTarget), Label: "Users"}, {Value: string(models.GroupTarget), Label: "Groups"}},
		},
		Name: ui.FieldModel{
			Label: "Name", Name: "name", Value: a.Name, Error: at(wrong, "name"), Required: true, MaxLength: 64, Mono: true, Autocomplete: "off",
			Placeholder: "costCode", Hint: "Letters, digits, - and _, beginning with a letter. It cannot be changed later.",
		},
		Type: ui.FieldModel{Label: "Type", Name: "type", Type: "select", Value: a.Type, Error: at(wrong, "type"), Options: attributeTypes(), Hint: "What a directory sends as text is read as the type; what cannot be is refused."},
		Multi: ui.CheckboxModel{
			Name: "multi", Label: "Several values", Checked: a.Multi, Hint: "Each record has a list of them, such as skills.",
		},
		CaseExact: ui.CheckboxModel{
			Name: "caseExact", Label: "Case matters", Checked: a.CaseExact, Hint: "For text only: filters tell “a1” from “A1”.",
		},
		Description: ui.FieldModel{
			Label: "Description", Name: "description", Value: a.Description, Error: at(wrong, "description"), Optional: true, MaxLength: 500, Autocomplete: "off",
			Hint: "One sentence for whoever maps it. It is in the SCIM schema.",
		},
		Schema: ui.FieldModel{
			Label: "Schema", Name: "schema", Value: a.Schema, Error: at(wrong, "schema"), Mono: true, Autocomplete: "off",
			Hint: "The URN under which clients find it. Microsoft Entra ID takes only names of this form; for groups it ends in Group.",
		},
	}
}

func (k *Console) editAttribute(c echo.Context) error {
	a, err := k.attribute(c)
	if err != nil {
		return err
	}
	return k.editAttributeForm(c, a, a.CustomAttribute, nil)
}

// updateAttribute changes what the form showed: the type only while it was offered.
func (k *Console) updateAttribute(c echo.Context) error {
	a, err := k.attribute(c)
	if err != nil {
		return err
	}
	entered := enteredAttribute(c)
	_, err = k.Accounts.ChangeAttribute(c.Request().Context(), session.Actor(c), a.Of, a.Name, func(to *models.CustomAttribute) {
		to.Description = entered.Description
		if entered.Type != "" {
			to.Type, to.Multi, to.CaseExact = entered.Type, entered.Multi, entered.CaseExact
		}
	})
	if e, ok := refusal(err); ok {
		return k.editAttributeForm(c, a, entered, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, attributeAddress(a.CustomAttribute), "The attribute "+a.Name+" is saved.")
}

func (k *Console) editAttributeForm(c echo.Context, a usedAttribute, entered models.CustomAttribute, wrong *models.Error) error {
	m := attributeForm(entered, wrong)
	at := attributeAddress(a.CustomAttribute)
	m.Action, m.Submit, m.Cancel, m.Facts = at+"/edit", "Save", at, a.fixed()
	m.Head = ui.PageHeadModel{
		Title: "Edit “" + a.Name + "”", Sub: "Name and schema stay: directories are mapped to them.",
		Crumbs: []ui.Link{{Label: "Attributes", Href: attributesPath}, {Label: a.Name, Href: at}},
	}
	m.Errors = formErrors(wrong, "description")
	if a.uses == 0 {
		m.Errors = formErrors(wrong, "type", "description")
	} else {
		m.Facts = a.facts()
		m.Fixed = "The type stays while a record has a value. For another type declare another attribute."
	}
	return k.sendAttributeForm(c, m, wrong)
}

func (k *Console) askDeleteAttribute(c echo.Context) error {
	a, err := k.attribute(c)
	if err != nil {
		return err
	}
	return k.deleteAttributePage(c, a, nil)
}

func (k *Console) deleteAttribute(c echo.Context) error {
	a, err := k.attribute(c)
	if err != nil {
		return err
	}
	_, err = k.Accounts.RemoveAttribute(c.Request().Context(), session.Actor(c), a.Of, a.Name, c.FormValue("typed"))
	if e, ok := refusal(err); ok {
		return k.deleteAttributePage(c, a, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, attributesPath, "The attribute "+a.Name+" is deleted.")
}

func (k *Console) deleteAttributePage(c echo.Context, a usedAttribute, wrong *models.Error) error {
	m, status := a.question(), http.StatusOK
	if wrong != nil {
		m.Typed, m.Wrong, status = c.FormValue("typed"), at(wrong, "typed"), respond.Status(wrong.Kind)
	}
	head := ui.PageHeadModel{Title: m.Title, Crumbs: []ui.Link{{Label: "Attributes", Href: attributesPath}, {Label: a.Name, Href: m.CancelHref}}}
	return respond.HTML(c, status, page.AttributeRemove(k.chrome(c, m.Title, "attributes"), head, formErrors(wrong, "typed"), m))
}
