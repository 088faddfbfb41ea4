package console

import (
	"context"
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

// settingsReader is what the settings page reads.
type settingsReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
}

func (k *Console) settingsRoutes() []session.Route {
	return []session.Route{
		{Method: http.MethodGet, Path: "/settings", Access: session.Role(models.Auditor), Handler: k.showSettings},
		{Method: http.MethodPost, Path: "/settings", Access: session.Role(models.Admin), Handler: k.saveSettings},
	}
}

// settingsForm is the form as it was entered: text, so that a refused number is
// shown again as it was typed.
type settingsForm struct {
	name, logDays, gap, adoption, zone, contact string
	uniqueEmail, uniqueEmployee                 bool
}

func settingsOf(o models.Organization) settingsForm {
	s := o.Settings
	return settingsForm{
		name: o.Name, logDays: strconv.Itoa(s.LogDays), gap: strconv.Itoa(s.CycleGapMinutes), adoption: s.Adoption,
		zone: s.TimeZone, contact: s.SupportContact, uniqueEmail: s.UniqueEmail, uniqueEmployee: s.UniqueEmployeeNo,
	}
}

func enteredSettings(c echo.Context) settingsForm {
	v := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	return settingsForm{
		name: v("organization"), logDays: v("logDays"), gap: v("cycleGapMinutes"), adoption: v("adoption"),
		zone: v("timeZone"), contact: v("supportContact"), uniqueEmail: v("uniqueEmail") != "", uniqueEmployee: v("uniqueEmployeeNo") != "",
	}
}

// apply is the form as an edit. What is no number becomes one that the check
// refuses with its limits.
func (f settingsForm) apply(o *models.Organization) error {
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1
		}
		return n
	}
	o.Name = f.name
	o.Settings.LogDays, o.Settings.CycleGapMinutes = number(f.logDays), number(f.gap)
	o.Settings.Adoption, o.Settings.TimeZone, o.Settings.SupportContact = f.adoption, f.zone, f.contact
	o.Settings.UniqueEmail, o.Settings.UniqueEmployeeNo = f.uniqueEmail, f.uniqueEmployee
	return nil
}

func (k *Console) showSettings(c echo.Context) error {
	o, err := k.Read.Organization(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	return k.settingsPage(c, http.StatusOK, settingsOf(o), nil)
}

func (k *Console) saveSettings(c echo.Context) error {
	f := enteredSettings(c)
	_, err := k.Accounts.EditOrganization(c.Request().Context(), session.Actor(c), f.apply)
	if e, ok := refusal(err); ok {
		return k.settingsPage(c, respond.Status(e.Kind), f, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, "/settings", "The settings are saved.")
}

func (k *Console) settingsPage(c echo.Context, status int, f settingsForm, wrong *models.Error) error {
	manage := may(c, models.Admin)
	m := page.SettingsModel{
		Chrome: k.chrome(c, "Settings", "settings"), Manage: manage, Groups: f.groups(manage, wrong),
		Errors: formErrors(wrong, "organization", "logDays", "cycleGapMinutes", "adoption", "timeZone", "supportContact"),
		Instance: []ui.KVModel{
			{Label: "Public address", Value: k.BaseURL, Mono: true, Note: "set with --public-url when the server starts"},
			{Label: "SCIM endpoint", Value: k.endpoint(), Mono: true},
			{Label: "Version", Value: k.Version},
		},
	}
	return respond.HTML(c, status, page.Settings(m))
}

func (f settingsForm) groups(manage bool, wrong *models.Error) []page.SettingsGroup {
	field := func(title, text string, m ui.FieldModel) page.SettingModel {
		m.Disabled, m.Error, m.Autocomplete = !manage, at(wrong, m.Name), "off"
		return page.SettingModel{Title: title, Text: text, Field: &m}
	}
	check := func(title, text string, m ui.CheckboxModel) page.SettingModel {
		m.Disabled = !manage
		return page.SettingModel{Title: title, Text: text, Check: &m}
	}
	return []page.SettingsGroup{
		{Title: "Organization", Rows: []page.SettingModel{
			field("Name", "Shown on every page, and typed to confirm what deletes something.",
				ui.FieldModel{Label: "Organization name", Name: "organization", Value: f.name, MaxLength: 100, Required: true}),
			field("Time zone", "Where days begin and end on pages and in charts.",
				ui.FieldModel{Label: "IANA name", Name: "timeZone", Value: f.zone, Placeholder: "Europe/Berlin", Required: true}),
			field("Support contact", "Told to the directory’s administrators when a request is refused.",
				ui.FieldModel{Label: "E-mail address or sentence", Name: "supportContact", Value: f.contact, MaxLength: 200, Optional: true}),
		}},
		{Title: "Matching", Rows: []page.SettingModel{
			field("Adoption", "What happens when a directory sends somebody who is here already and managed by nobody.",
				ui.FieldModel{Label: "Matching users are", Name: "adoption", Type: "select", Value: f.adoption, Options: []ui.Option{
					{Value: models.AdoptAutomatic, Label: "Taken over automatically"}, {Value: models.AdoptRefuse, Label: "Refused with 409"},
				}}),
			check("Unique work e-mail", "Whether two users may share one work e-mail address.",
				ui.CheckboxModel{Name: "uniqueEmail", Label: "Refuse a second user with the same work e-mail", Checked: f.uniqueEmail}),
			check("Unique employee number", "Whether two users may share one employee number.",
				ui.CheckboxModel{Name: "uniqueEmployeeNo", Label: "Refuse a second user with the same employee number", Checked: f.uniqueEmployee}),
		}},
		{Title: "Log and cycles", Rows: []page.SettingModel{
			field("Log retention", "How long the provisioning log and its requests are kept, 7 to 400 days.",
				ui.FieldModel{Label: "Keep for", Name: "logDays", Type: "number", Value: f.logDays, Min: "7", Max: "400", Suffix: "days", Narrow: true, Required: true}),
			field("End of a cycle", "SCIM requests that follow one another count as one cycle; so much silence ends it.",
				ui.FieldModel{Label: "Silence of", Name: "cycleGapMinutes", Type: "number", Value: f.gap, Min: "1", Max: "240", Suffix: "minutes", Narrow: true, Required: true}),
		}},
	}
}
