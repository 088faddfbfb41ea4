package console

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// attributeReader is what the pages about custom attributes read.
type attributeReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	AttributeUses(ctx context.Context, organization int64, list []models.CustomAttribute, most int64) ([]int64, error)
	AttributeMappings(ctx context.Context, organization int64, method models.Method) ([]models.AttributeMapping, error)
	AttributeMapping(ctx context.Context, organization int64, id string) (models.AttributeMapping, error)
}

const attributesPath = "/attributes"

func (k *Console) attributeRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: attributesPath, Access: read, Handler: k.listAttributes},
		{Method: http.MethodGet, Path: attributesPath + "/new", Access: change, Handler: k.newAttribute},
		{Method: http.MethodPost, Path: attributesPath, Access: change, Handler: k.createAttribute},
		{Method: http.MethodGet, Path: attributesPath + "/:id", Access: read, Handler: k.showAttribute},
		{Method: http.MethodGet, Path: attributesPath + "/:id/edit", Access: change, Handler: k.editAttribute},
		{Method: http.MethodPost, Path: attributesPath + "/:id/edit", Access: change, Handler: k.updateAttribute},
		{Method: http.MethodGet, Path: attributesPath + "/:id/delete", Access: change, Handler: k.askDeleteAttribute},
		{Method: http.MethodPost, Path: attributesPath + "/:id/delete", Access: change, Handler: k.deleteAttribute},
	}
}

// usedAttribute is a custom attribute with the number of records that have a value.
type usedAttribute struct {
	models.CustomAttribute
	uses int64 // account.UsesMost is that many or more, -1 is not counted
}

func attributeAddress(a models.CustomAttribute) string {
	return attributesPath + "/" + string(a.Of) + "." + a.Name
}

// attributeID takes an id apart: user.costCode is costCode of users.
func attributeID(c echo.Context) (models.TargetType, string) {
	of, name, _ := strings.Cut(c.Param("id"), ".")
	return models.TargetType(of), name
}

// attributes gives those that are declared, users' first, by name.
func (k *Console) attributes(c echo.Context) ([]usedAttribute, error) {
	ctx, organization := c.Request().Context(), session.Actor(c).OrganizationID
	o, err := k.Read.Organization(ctx, organization)
	if err != nil {
		return nil, err
	}
	declared := slices.Clone(o.Settings.Attributes)
	slices.SortFunc(declared, func(a, b models.CustomAttribute) int {
		if a.Of != b.Of {
			return strings.Compare(string(b.Of), string(a.Of))
		}
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	uses, err := k.Read.AttributeUses(ctx, organization, declared, account.UsesMost)
	if err != nil {
		return nil, err
	}
	list := make([]usedAttribute, len(declared))
	for i, a := range declared {
		list[i] = usedAttribute{a, uses[i]}
	}
	return list, nil
}

// attribute gives the one that the address names, in any case.
func (k *Console) attribute(c echo.Context) (usedAttribute, error) {
	ctx, organization := c.Request().Context(), session.Actor(c).OrganizationID
	o, err := k.Read.Organization(ctx, organization)
	if err != nil {
		return usedAttribute{}, err
	}
	of, name := attributeID(c)
	for _, a := range o.Settings.Attributes {
		if !a.Same(models.CustomAttribute{Of: of, Name: name}) {
			continue
		}
		uses, err := k.Read.AttributeUses(ctx, organization, []models.CustomAttribute{a}, account.UsesMost)
		if err != nil {
			return usedAttribute{}, err
		}
		return usedAttribute{a, uses[0]}, nil
	}
	return usedAttribute{}, models.Errorf(models.NotFound, "", "There is no such custom attribute.").
		WithAdvice("See Attributes for those that are declared; the audit log tells who removed one.")
}

func (k *Console) listAttributes(c echo.Context) error {
	list, err := k.attributes(c)
	if err != nil {
		return err
	}
	m := page.AttributesModel{
		Chrome: k.chrome(c, "Attributes", "attributes"), Tabs: attributeTabs(attributesPath), Manage: may(c, models.Admin),
		Example: attributeTargets(models.CustomAttribute{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "costCode"}),
	}
	for _, a := range list {
		m.Rows = append(m.Rows, page.AttributeDeclared{
			Href: attributeAddress(a.CustomAttribute), Name: a.Name, Description: a.Description, Of: titled(string(a.Of)) + "s",
			Type: attributeTypeName(a.Type), Detail: attributeDetail(a.CustomAttribute), Schema: a.Schema, Uses: usesCount(a.uses),
		})
	}
	if len(list) >= models.CustomAttributesMost {
		m.Full = "All " + ui.Count(models.CustomAttributesMost) + " places for custom attributes are taken. Delete one to declare another."
	}
	return respond.HTML(c, http.StatusOK, page.Attributes(m))
}

// attributeTargets are the names that identity providers ask for: Entra ID takes
// name and schema in one, Okta apart.
func attributeTargets(a models.CustomAttribute) []ui.CopyModel {
	return []ui.CopyModel{
		{ID: "target", Label: "Target attribute", Value: a.Schema + ":" + a.Name, Hint: "Microsoft Entra ID: Attribute mapping → Show advanced options → Edit attribute list. Also the name in SCIM filters."},
		{ID: "external-name", Label: "External name", Value: a.Name, Hint: "Okta: Profile Editor → Add Attribute."},
		{ID: "external-namespace", Label: "External namespace", Value: a.Schema, Hint: "Okta, below the external name."},
	}
}

func (k *Console) showAttribute(c echo.Context) error {
	a, err := k.attribute(c)
	if err != nil {
		return err
	}
	m := page.AttributeModel{
		Chrome: k.chrome(c, a.Name, "attributes"), Targets: attributeTargets(a.CustomAttribute), Facts: a.facts(),
		Note: "Clients read, filter and sort by it.",
		Head: ui.PageHeadModel{Title: a.Name, Sub: a.Description, Crumbs: []ui.Link{{Label: "Attributes", Href: attributesPath}}},
	}
	if a.Of == models.UserTarget {
		m.Note = "Values show on each user’s page, and clients read, filter and sort by them."
	}
	if may(c, models.Admin) {
		m.Edit, m.Remove = attributeAddress(a.CustomAttribute)+"/edit", a.question()
	}
	return respond.HTML(c, http.StatusOK, page.Attribute(m))
}

func (a usedAttribute) facts() []ui.KVModel {
	facts := append(a.fixed(), ui.KVModel{Label: "Type", Value: attributeTypeName(a.Type), Note: attributeDetail(a.CustomAttribute)})
	have := ui.KVModel{Label: "Have a value", Value: a.records()}
	if a.Of == models.UserTarget {
		have.Note = "preserved ones included"
	}
	return append(facts, have)
}

// fixed are the facts that no edit changes.
func (a usedAttribute) fixed() []ui.KVModel {
	return []ui.KVModel{
		{Label: "Of", Value: titled(string(a.Of)) + "s"},
		{Label: "Schema", Value: a.Schema, Mono: true},
	}
}

// records says how many have a value: 1 user, 12 groups.
func (a usedAttribute) records() string {
	if a.uses == 1 {
		return "1 " + string(a.Of)
	}
	return usesCount(a.uses) + " " + string(a.Of) + "s"
}

func usesCount(n int64) string {
	switch {
	case n < 0:
		return "Uncounted"
	case n >= account.UsesMost:
		return ui.Count(account.UsesMost) + "+"
	}
	return ui.Count(n)
}

func (a usedAttribute) question() page.AttributeRemoveModel {
	at := attributeAddress(a.CustomAttribute)
	m := page.AttributeRemoveModel{ConfirmModel: ui.ConfirmModel{
		ID: "delete", Title: "Delete attribute “" + a.Name + "”?", Action: at + "/delete", CancelHref: at, Label: "Delete attribute", Cancel: "Keep attribute",
		Consequence: "Directories can no longer send it: what they send is ignored. No " + string(a.Of) + " has a value of it.",
		Undo:        "It can be declared again at any time.",
	}}
	if a.uses == 0 {
		return m
	}
	have := a.records() + " have"
	if a.uses == 1 {
		have = a.records() + " has"
	}
	if a.uses < 0 {
		have = "Any number of " + string(a.Of) + "s may have"
	}
	m.Consequence = have + " a value. It is no longer shown, sent or filtered by, and what directories send for it is ignored."
	m.Stays = "The values stay in the records, hidden."
	m.Undo = "Declared again with the same name, schema and type, it has them back."
	m.Name, m.Pattern = a.Name, `\s*`+regexp.QuoteMeta(a.Name)+`\s*`
	return m
}

// attributeTypeName says a type in words, with its name in SCIM.
func attributeTypeName(t string) string {
	for _, o := range attributeTypes() {
		if o.Value == t {
			return o.Label
		}
	}
	return t
}

func attributeTypes() []ui.Option {
	words := map[string]string{
		"string": "Text", "boolean": "Yes or no", "integer": "Whole number", "decimal": "Decimal number",
		"dateTime": "Date and time", "reference": "Address of something",
	}
	var list []ui.Option
	for _, t := range models.AttributeTypes() {
		list = append(list, ui.Option{Value: t, Label: words[t] + " (" + t + ")"})
	}
	return list
}

func attributeDetail(a models.CustomAttribute) string {
	var parts []string
	if a.Multi {
		parts = append(parts, "several values")
	}
	if a.CaseExact {
		parts = append(parts, "case matters")
	}
	return strings.Join(parts, ", ")
}
