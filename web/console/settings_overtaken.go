package console

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// settingsOvertaken shows the settings of now to somebody whose form is about older ones:
// who changed what, and what the form had otherwise, so that it can be entered again. A
// form of all settings that kept what was entered would take back the other's change.
func (k *Console) settingsOvertaken(c echo.Context, entered, now settingsForm) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	profiles, err := k.Read.Profiles(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	refused, err := k.overtakenDeed(c, "the settings", "organization.settings", o.Name, o.Slug)
	if err != nil {
		return err
	}
	advice := "Nothing was saved. These are the settings of now."
	if lost := otherwise(settingRows{settingsForm: entered, profiles: profiles}.groups(), settingRows{settingsForm: now, profiles: profiles}.groups()); len(lost) > 0 {
		advice += " Your form had " + strings.Join(lost, ", ") + ": enter what is yours again."
	}
	refused = models.Errorf(models.Stale, "", "%s", refused.Msg).WithAdvice("%s", advice).WithCode(refused.Code)
	return k.settingsPage(c, respond.Status(refused.Kind), now, refused)
}

// otherwise lists the rows of a form that differ from the rows as they are now.
func otherwise(entered, now []page.SettingsGroup) []string {
	var list []string
	for g, group := range entered {
		for r, row := range group.Rows {
			if had := settingWords(row); had != settingWords(now[g].Rows[r]) {
				list = append(list, row.Title+" "+had)
			}
		}
	}
	return list
}

// settingWords is the value of a row as its page shows it.
func settingWords(row page.SettingModel) string {
	switch {
	case row.Check != nil && row.Check.Checked:
		return "on"
	case row.Check != nil:
		return "off"
	case row.Field == nil || row.Field.Value == "" && len(row.Field.Options) == 0:
		return "empty"
	}
	value := row.Field.Value
	if i := slices.IndexFunc(row.Field.Options, func(o ui.Option) bool { return o.Value == value }); i >= 0 {
		value = row.Field.Options[i].Label
	}
	return shorten(value)
}
