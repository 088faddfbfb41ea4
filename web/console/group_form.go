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

// groupForm is what somebody entered about a group.
type groupForm struct {
	name    string
	note    string
	version int64
}

func groupFormOf(c echo.Context) groupForm {
	f := groupForm{name: strings.TrimSpace(c.FormValue("displayName")), note: strings.TrimSpace(c.FormValue("note"))}
	f.version, _ = strconv.ParseInt(c.FormValue("version"), 10, 64)
	return f
}

func (f groupForm) apply(g *models.Group) error {
	if f.version != 0 && f.version != g.Version {
		return tooOld()
	}
	g.Note = f.note
	if !g.Managed() {
		g.Attributes["displayName"] = f.name
	}
	return nil
}

func (f groupForm) wrong(managed bool) map[string]string {
	wrong := map[string]string{}
	switch {
	case managed:
	case f.name == "":
		wrong["displayName"] = "Enter a name that no other group has."
	case len([]rune(f.name)) > 256:
		wrong["displayName"] = "A group’s name has at most 256 characters."
	}
	if text := checkNote(f.note); text != "" {
		wrong["note"] = text
	}
	return wrong
}

func (k *Console) newGroup(c echo.Context) error {
	return k.groupFormPage(c, http.StatusOK, models.Group{}, groupForm{}, nil)
}

func (k *Console) createGroup(c echo.Context) error {
	f := groupFormOf(c)
	f.version = 0
	if wrong := f.wrong(false); len(wrong) > 0 {
		return k.groupFormPage(c, http.StatusUnprocessableEntity, models.Group{}, f, wrong)
	}
	g, err := k.Directory.CreateGroup(c.Request().Context(), session.Actor(c), nil, f.apply)
	if err != nil {
		return k.groupRefused(c, models.Group{}, f, err)
	}
	return k.done(c, "/groups/"+g.ID, g.DisplayName+" was added. Now add its members.")
}

func (k *Console) editGroup(c echo.Context) error {
	g, err := k.Read.Group(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	return k.groupFormPage(c, http.StatusOK, g, groupForm{name: g.DisplayName, note: g.Note, version: g.Version}, nil)
}

func (k *Console) updateGroup(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	g, err := k.Read.Group(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	f := groupFormOf(c)
	if g.Managed() {
		f.name, f.version = g.DisplayName, 0
	}
	if wrong := f.wrong(g.Managed()); len(wrong) > 0 {
		return k.groupFormPage(c, http.StatusUnprocessableEntity, g, f, wrong)
	}
	saved, err := k.Directory.UpdateGroup(ctx, by, g.ID, nil, f.apply)
	if err != nil {
		return k.groupRefused(c, g, f, err)
	}
	if saved.Version == g.Version {
		return k.done(c, "/groups/"+g.ID, "Nothing was changed.")
	}
	return k.done(c, "/groups/"+g.ID, saved.DisplayName+" was saved.")
}

// groupRefused shows the form again; a name that is taken comes with the way to
// the group that has it.
func (k *Console) groupRefused(c echo.Context, g models.Group, f groupForm, err error) error {
	refused, ok := refusal(err)
	if !ok {
		return err
	}
	if refused.Kind == models.Stale {
		var err error
		if refused, err = k.overtakenRecord(c, "this group", g.ID); err != nil {
			return err
		}
		f.version = g.Version
	}
	field := refused.Attr
	if field != "note" && refused.Kind != models.Stale {
		field = "displayName"
	}
	text := refused.Error()
	if refused.Kind == models.Uniqueness {
		text = "Another group has this name already: see Groups. Choose another name."
	}
	return k.groupFormPage(c, respond.Status(refused.Kind), g, f, map[string]string{field: text})
}

func (k *Console) groupFormPage(c echo.Context, status int, g models.Group, f groupForm, wrong map[string]string) error {
	m := page.GroupFormModel{
		Action: "/groups/new", Submit: "Add group", Cancel: "/groups",
		Head: ui.PageHeadModel{Title: "Add group", Sub: "Members are added on the group’s page.", Crumbs: []ui.Link{{Label: "Groups", Href: "/groups"}}},
	}
	m.Name = ui.FieldModel{
		Label: "Name", Name: "displayName", Value: f.name, Error: wrong["displayName"], Required: true, MaxLength: 256, Autocomplete: "off",
		Focus: g.ID == "" && len(wrong) == 0,
	}
	m.Note = ui.FieldModel{
		Label: "Note", Name: "note", Type: "textarea", Rows: 3, Value: f.note, Error: wrong["note"], Optional: true, MaxLength: 2000,
		Hint: "For administrators. Kept here only; no directory reads or changes it.",
	}
	if g.ID != "" {
		at := "/groups/" + g.ID
		m.Action, m.Submit, m.Cancel, m.Version = at+"/edit", "Save changes", at, strconv.FormatInt(f.version, 10)
		m.Head = ui.PageHeadModel{Title: "Edit " + g.DisplayName, Crumbs: []ui.Link{{Label: "Groups", Href: "/groups"}, {Label: g.DisplayName, Href: at}}}
	}
	if g.Managed() {
		m.Submit = "Save note"
		m.Name.LockedBy, m.Name.Disabled, m.Name.Required = string(g.Mode), true, false
	}
	for _, name := range []string{"", "displayName", "note"} {
		if text, ok := wrong[name]; ok {
			m.Errors = append(m.Errors, ui.FormError{Name: name, Text: text})
		}
	}
	m.Chrome = k.chrome(c, m.Head.Title, "groups")
	return respond.HTML(c, status, page.GroupForm(m))
}

func deleteQuestion(g models.Group) ui.ConfirmModel {
	return ui.ConfirmModel{
		ID: "delete", Title: "Delete group “" + g.DisplayName + "”?", Action: "/groups/" + g.ID + "/delete", CancelHref: "/groups/" + g.ID,
		Label: "Delete group", Cancel: "Keep group", Consequence: "The group and its " + ui.Plural(g.MemberCount, "membership", "memberships") + " end.",
		Stays: "The users themselves stay as they are, and the log keeps what happened.", Undo: "There is no undo: a new group of the same name starts empty.",
	}
}

func (k *Console) askDeleteGroup(c echo.Context) error {
	g, err := k.Read.Group(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	if g.Managed() {
		return models.Errorf(models.Forbidden, "", "Group %s is managed by the directory (%s).", g.DisplayName, g.Mode.Label()).
			WithAdvice("Delete it in the directory, or stop assigning it to the application.").WithCode("managedByDirectory")
	}
	q := deleteQuestion(g)
	return respond.HTML(c, http.StatusOK, page.UserStateChange(page.StateChangePageModel{
		Chrome:  k.chrome(c, q.Title, "groups"),
		Confirm: page.StateChangeModel{ConfirmModel: q},
		Head:    ui.PageHeadModel{Title: q.Title, Crumbs: []ui.Link{{Label: "Groups", Href: "/groups"}, {Label: g.DisplayName, Href: "/groups/" + g.ID}}},
	}))
}

func (k *Console) deleteGroup(c echo.Context) error {
	name := ""
	err := k.Directory.DeleteGroup(c.Request().Context(), session.Actor(c), c.Param("id"), func(g models.Group) error {
		name = g.DisplayName
		return nil
	})
	if err != nil {
		return err
	}
	return k.done(c, "/groups", "Group "+name+" was deleted. Its members stay.")
}
