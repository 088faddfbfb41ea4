package console

import (
	"net/http"
	"regexp"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// askDropParked asks before all that is kept of a method is deleted for good.
func (k *Console) askDropParked(c echo.Context) error {
	return k.dropQuestion(c, http.StatusOK, nil)
}

// dropParked deletes it, with the organization's name typed and the password given
// again.
func (k *Console) dropParked(c echo.Context) error {
	method, by := models.Method(c.Param("method")), session.Actor(c)
	o, err := k.Read.Organization(c.Request().Context(), by.OrganizationID)
	if err != nil {
		return err
	}
	if !k.Sessions.Confirmed(c) {
		if err := k.Sessions.Confirm(c, c.FormValue("password")); err != nil {
			return k.dropWrong(c, err, "password")
		}
	}
	done, err := k.Deployment.DropParked(c.Request().Context(), by, method, c.FormValue("name"))
	if err != nil {
		return k.dropWrong(c, err, "name")
	}
	return k.done(c, parkedPath, "Deleted for good: "+parkedWords(done)+" of "+o.Name+" for "+method.Label()+".")
}

// dropWrong shows the question again with what was wrong; anything else than a field
// is the error page's.
func (k *Console) dropWrong(c echo.Context, err error, field string) error {
	e, classed := models.AsError(err)
	if !classed || field == "name" && e.Attr != "name" {
		return err
	}
	return k.dropQuestion(c, respond.Status(e.Kind), map[string]string{field: e.Error()})
}

func (k *Console) dropQuestion(c echo.Context, status int, wrong map[string]string) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	list, err := k.Deployment.Parked(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	var p deployment.Parked
	for _, one := range list {
		if string(one.Method) == c.Param("method") {
			p = one
		}
	}
	if !p.Any() {
		return k.done(c, parkedPath, "Nothing of that method is parked; nothing was deleted.")
	}
	label := p.Method.Label()
	title := "Delete all that is parked of " + label + "?"
	m := page.ParkedDeleteModel{
		Chrome: k.chrome(c, title, "deployment"),
		Head:   ui.PageHeadModel{Title: title, Crumbs: []ui.Link{{Label: "Deployment", Href: "/deployment"}, {Label: "Parked things", Href: parkedPath}}},
		Impact: dropImpact(p),
		Fields: k.dropFields(c, o, c.FormValue("name"), wrong),
		Confirm: ui.ConfirmModel{
			Consequence: "The mappings and attribute mappings of " + label + " are deleted and its tokens are revoked. Nothing brings them back, not even undoing a change of the method.",
			Stays:       "No user, group or profile changes.", Action: parkedPath + "/" + string(p.Method) + "/delete",
			Label: "Delete for good", Cancel: "Keep them parked", CancelHref: parkedPath,
		},
	}
	for _, name := range []string{"name", "password"} {
		if wrong[name] != "" {
			m.Errors = append(m.Errors, ui.FormError{Name: name, Text: wrong[name]})
		}
	}
	return respond.HTML(c, status, page.ParkedDelete(m))
}

func dropImpact(p deployment.Parked) []ui.ImpactModel {
	var list []ui.ImpactModel
	add := func(n int, one, what, href string) {
		if n != 1 {
			one += "s"
		}
		list = append(list, ui.ImpactModel{Count: int64(n), Label: one + what, Href: href, Tone: ui.Error})
	}
	add(len(p.Mappings), "mapping", " deleted for good", mappingsOf(p.Method))
	add(len(p.Attributes), "attribute mapping", " deleted for good", address(attributeMappingsPath, "method", string(p.Method)))
	if p.Method == models.SCIM {
		add(len(p.Tokens), "SCIM token", " revoked", tokensPath)
	}
	return append(list, ui.ImpactModel{Label: "users changed"})
}

func (k *Console) dropFields(c echo.Context, o models.Organization, typed string, wrong map[string]string) []ui.FieldModel {
	fields := []ui.FieldModel{{
		Label: "Type “" + o.Name + "” to confirm", Name: "name", Value: typed, Required: true, Autocomplete: "off",
		Pattern: `\s*` + regexp.QuoteMeta(o.Name) + `\s*`, Title: o.Name, Error: wrong["name"],
	}}
	if !k.Sessions.Confirmed(c) {
		fields = append(fields, ui.FieldModel{
			Label: "Your password", Name: "password", Type: "password", Required: true, Autocomplete: "current-password",
			Error: wrong["password"], Hint: "Asked again because this deletes for good.",
		})
	}
	return fields
}
