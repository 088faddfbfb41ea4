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

// settingsReach is whom a change of settings would take something from.
type settingsReach struct {
	purged    int64 // deleted for good within the hour
	unmatched int64 // may not use the application any more
	preserved bool  // and are preserved instead of waiting
}

func (r settingsReach) nobody() bool { return r.purged == 0 && r.unmatched == 0 }

// settingsReach counts, before anything is saved, whom the settings would take
// something from that the present ones leave them.
func (k *Console) settingsReach(c echo.Context, f settingsForm) (settingsReach, models.Organization, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	var reach settingsReach
	now, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return reach, now, err
	}
	then := now
	if err := f.apply(&then); err != nil || then.Settings.Check() != nil {
		return reach, now, err // refused by saving, with words
	}
	was, is := now.Settings, then.Settings
	if is.PurgeDays > 0 && (was.PurgeDays == 0 || is.PurgeDays < was.PurgeDays) {
		if reach.purged, err = k.Directory.Purgeable(ctx, by.OrganizationID, is.PurgeDays); err != nil {
			return reach, now, err
		}
	}
	stays := func(u models.Unmatched) bool { return u == "" || u == models.UnmatchedDefault }
	if stays(was.Unmatched) && !stays(is.Unmatched) {
		reach.preserved = is.Unmatched == models.UnmatchedRefuse
		reach.unmatched, err = k.Read.UnmatchedUsers(ctx, by.OrganizationID, now.Method)
	}
	return reach, now, err
}

// askSettings asks once more with the numbers. Deleting for good needs the
// organization's name typed.
func (k *Console) askSettings(c echo.Context, reach settingsReach, o models.Organization, wrong string) error {
	form, err := c.FormParams()
	if err != nil {
		return models.Errorf(models.Syntax, "", "The form could not be read.").WithAdvice("Go back to the settings and try again.")
	}
	m := page.SettingsConfirmModel{
		Chrome: k.chrome(c, "Save these settings?", "settings"),
		Head:   ui.PageHeadModel{Title: "Save these settings?", Crumbs: []ui.Link{{Label: "Settings", Href: "/settings"}}},
		Confirm: ui.ConfirmModel{
			Consequence: "This takes effect for users who are here already.", Action: "/settings", Label: "Save settings", Cancel: "Leave them as they are", CancelHref: "/settings",
			Hidden: []ui.Option{{Label: "confirmed", Value: "yes"}},
		},
	}
	if reach.unmatched > 0 {
		what := "will wait for a mapping: may not use the application until one matches"
		if reach.preserved {
			what = "will be preserved: may not use the application until a mapping matches"
		}
		m.Impact = append(m.Impact, ui.ImpactModel{Count: reach.unmatched, Label: what, Note: "No mapping matches them now. All their data stays.", Href: "/mappings", Tone: ui.Warn})
	}
	if reach.purged > 0 {
		m.Impact = append(m.Impact, ui.ImpactModel{Count: reach.purged, Label: "will be deleted for good within the hour", Note: "Preserved for longer than the new limit, without a legal hold.", Href: "/users?status=preserved", Tone: ui.Error})
		m.Confirm.Consequence = "Preserved users beyond the limit are deleted with all their data. Nothing brings them back."
		m.Name = &ui.FieldModel{
			Label: "Type “" + o.Name + "” to confirm", Name: "typed", Required: true, Autocomplete: "off", Error: wrong,
		}
	}
	names := make([]string, 0, len(form))
	for name := range form {
		if name != "confirmed" && name != "typed" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range form[name] {
			m.Confirm.Hidden = append(m.Confirm.Hidden, ui.Option{Label: name, Value: v})
		}
	}
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusBadRequest
		m.Errors = []ui.FormError{{Name: "typed", Text: wrong}}
	}
	return respond.HTML(c, status, page.SettingsConfirm(m))
}

// settingsAsked tells whether the form was confirmed as it had to be, and answers with
// the question otherwise.
func (k *Console) settingsAsked(c echo.Context, f settingsForm) (asked bool, err error) {
	reach, o, err := k.settingsReach(c, f)
	if err != nil || reach.nobody() {
		return false, err
	}
	switch {
	case c.FormValue("confirmed") != "yes":
		return true, k.askSettings(c, reach, o, "")
	case reach.purged > 0 && strings.TrimSpace(c.FormValue("typed")) != o.Name:
		return true, k.askSettings(c, reach, o, "Type the organization’s name exactly as it is written: "+o.Name)
	}
	return false, nil
}
