package console

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

// userPage shows the form of a user; one without an id is new.
func (k *Console) userPage(c echo.Context, status int, u models.User, f userForm, wrong map[string]string, taken *page.BannerModel) error {
	m := userFormModel(u, f, wrong)
	if taken != nil {
		m.Taken, m.Errors = *taken, nil
	}
	m.Chrome = k.chrome(c, m.Head.Title, "users")
	return respond.HTML(c, status, page.UserForm(m))
}

func userFormModel(u models.User, f userForm, wrong map[string]string) page.UserFormModel {
	m := page.UserFormModel{
		Action: "/users/new", Submit: "Add user", Cancel: "/users",
		Head: ui.PageHeadModel{Title: "Add user", Sub: "By hand, beside whatever the directory sends.", Crumbs: []ui.Link{{Label: "Users", Href: "/users"}}},
	}
	if u.ID != "" {
		at := "/users/" + u.ID
		m.Action, m.Submit, m.Cancel, m.Version = at+"/edit", "Save changes", at, strconv.FormatInt(f.version, 10)
		m.Head = ui.PageHeadModel{
			Title: "Edit " + u.DisplayName, Sub: u.UserName, Avatar: u.DisplayName,
			Crumbs: []ui.Link{{Label: "Users", Href: "/users"}, {Label: u.DisplayName, Href: at}},
		}
	}
	if u.Managed() {
		m.Locked, m.Submit = string(u.Mode), "Save note"
	}
	fields := map[string]ui.FieldModel{}
	for _, field := range userFields() {
		fields[field.Name] = formField(field, f.values[field.Name], wrong[field.Name], m.Locked)
	}
	fields["manager"] = ui.FieldModel{
		Label: "Manager", Name: "manager", Value: f.manager, Error: wrong["manager"],
		Hint: "The manager’s userName.", Optional: true, MaxLength: 256, Autocomplete: "off",
	}
	if m.Locked != "" {
		fields["manager"] = ui.FieldModel{Label: "Manager", Name: "manager", Value: f.manager, LockedBy: m.Locked, Disabled: true}
	}
	if u.ID == "" {
		first := fields["userName"]
		first.Focus = len(wrong) == 0
		fields["userName"] = first
	}
	pick := func(names ...string) []ui.FieldModel {
		list := make([]ui.FieldModel, len(names))
		for i, n := range names {
			list[i] = fields[n]
		}
		return list
	}
	m.Identity, m.Names = pick("userName"), pick("givenName", "familyName", "displayName")
	m.Contact, m.Work = pick("email", "phone"), pick("title", "department", "employeeNumber", "manager")
	m.Locale, m.Note = pick("preferredLanguage", "timeZone"), fields["note"]
	m.Errors = formProblems(wrong)
	return m
}

// formProblems lists wrong fields in the order of the form.
func formProblems(wrong map[string]string) []ui.FormError {
	var list []ui.FormError
	order := []string{""}
	for _, f := range userFields() {
		order = append(order, f.Name)
	}
	for _, name := range append(order, "manager") {
		if text, ok := wrong[name]; ok {
			list = append(list, ui.FormError{Name: name, Text: text})
		}
	}
	return list
}

// formField dresses a field for the form.
func formField(f userField, value, wrong, locked string) ui.FieldModel {
	m := ui.FieldModel{Label: f.Label, Name: f.Name, Value: value, Error: wrong, Optional: f.Name != "userName" && locked == "", Autocomplete: "off", MaxLength: 256}
	switch f.Name {
	case "userName":
		m.Required, m.Hint = true, "What the person signs in with, unique in the organization. Usually the work e-mail address."
	case "displayName":
		m.Hint = "Shown in lists. Empty: given and family name."
	case "email":
		m.Type, m.MaxLength = "email", 320
	case "phone":
		m.Type = "tel"
	case "preferredLanguage":
		m.Hint = "Such as en, de or pt-BR."
	case "timeZone":
		m.Hint = "Such as Europe/Berlin."
	case "note":
		m.Type, m.Rows, m.MaxLength = "textarea", 3, 2000
		m.Hint = "For administrators. Kept here only; no directory reads or changes it."
		return m
	}
	if locked != "" {
		m.LockedBy, m.Disabled, m.Hint = locked, true, ""
	}
	return m
}
