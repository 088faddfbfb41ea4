package console

import (
	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// settingRows turns the form into the rows of the page, each with one sentence of
// what it does.
type settingRows struct {
	settingsForm
	manage   bool
	wrong    *models.Error
	profiles []models.Profile
}

func (r settingRows) groups() []page.SettingsGroup {
	return []page.SettingsGroup{r.organization(), r.matching(), r.mappings(), r.seatRows(), r.guardRows(), r.preservation(), r.deployment(), r.cycles()}
}

func (r settingRows) field(title, text string, m ui.FieldModel) page.SettingModel {
	m.Disabled, m.Error, m.Autocomplete = !r.manage, at(r.wrong, m.Name), "off"
	return page.SettingModel{Title: title, Text: text, Field: &m}
}

func (r settingRows) check(title, text string, m ui.CheckboxModel) page.SettingModel {
	m.Disabled = !r.manage
	return page.SettingModel{Title: title, Text: text, Check: &m}
}

func (r settingRows) organization() page.SettingsGroup {
	return page.SettingsGroup{Title: "Organization", Rows: []page.SettingModel{
		r.field("Name", "Shown on every page, and typed to confirm what deletes something.",
			ui.FieldModel{Label: "Organization name", Name: "organization", Value: r.name, MaxLength: 100, Required: true}),
		r.field("Time zone", "Where days begin and end on pages and in charts.",
			ui.FieldModel{Label: "IANA name", Name: "timeZone", Value: r.zone, Placeholder: "Europe/Berlin", Required: true}),
		r.field("Support contact", "Told to the directory’s administrators when a request is refused.",
			ui.FieldModel{Label: "E-mail address or sentence", Name: "supportContact", Value: r.contact, MaxLength: 200, Optional: true}),
	}}
}

func (r settingRows) matching() page.SettingsGroup {
	return page.SettingsGroup{Title: "Matching", Rows: []page.SettingModel{
		r.field("Adoption", "What happens when a directory sends somebody who is here already and whom nobody manages. Who is found by e-mail alone and would get another userName waits in the queue in any case.",
			ui.FieldModel{Label: "Matching users are", Name: "adoption", Type: "select", Value: r.adoption, Options: []ui.Option{
				{Value: models.AdoptAutomatic, Label: "Taken over automatically"},
				{Value: models.AdoptAsk, Label: "Asked about in the queue"},
				{Value: models.AdoptRefuse, Label: "Refused with 409"},
			}}),
		r.field("Match attribute", "How a person is known when neither the source anchor nor the userName finds them. It finds only users whom nobody manages or who were deleted at the source.",
			ui.FieldModel{Label: "Also known by", Name: "matchAttribute", Type: "select", Value: r.match, Options: []ui.Option{
				{Value: "", Label: "Nothing else", Selected: r.match == ""},
				{Value: models.MatchByEmail, Label: "Work e-mail"},
				{Value: models.MatchByEmployeeNumber, Label: "Employee number"},
			}}),
		r.check("Unique work e-mail", "Whether two users may share one work e-mail address.",
			ui.CheckboxModel{Name: "uniqueEmail", Label: "Refuse a second user with the same work e-mail", Checked: r.uniqueEmail}),
		r.check("Unique employee number", "Whether two users may share one employee number.",
			ui.CheckboxModel{Name: "uniqueEmployeeNo", Label: "Refuse a second user with the same employee number", Checked: r.uniqueEmployee}),
	}}
}

func (r settingRows) mappings() page.SettingsGroup {
	list := []ui.Option{{Value: "", Label: "No profile", Selected: r.profile == ""}}
	known := r.profile == ""
	for _, p := range r.profiles {
		list = append(list, ui.Option{Value: p.ID, Label: p.Name})
		known = known || p.ID == r.profile
	}
	if !known {
		list = append(list, ui.Option{Value: r.profile, Label: "A profile that is gone", Selected: true})
	}
	return page.SettingsGroup{Title: "Mappings", Rows: []page.SettingModel{
		r.field("Users whom no mapping matches", "What happens to them once the method in charge has mappings. Everybody is looked at again in the background when this changes.",
			ui.FieldModel{Label: "Without a mapping, users", Name: "unmatched", Type: "select", Value: r.unmatched, Options: []ui.Option{
				{Value: string(models.UnmatchedDefault), Label: "Get the default profile"},
				{Value: string(models.UnmatchedPark), Label: "Wait in the queue"},
				{Value: string(models.UnmatchedRefuse), Label: "Are refused or preserved"},
			}}),
		r.field("Default profile", "What users get whom no mapping gives a profile.",
			ui.FieldModel{Label: "Profile", Name: "defaultProfile", Type: "select", Value: r.profile, Options: list}),
	}}
}

func (r settingRows) seatRows() page.SettingsGroup {
	return page.SettingsGroup{Title: "Seats", Rows: []page.SettingModel{
		r.field("Seat limit", "How many users may hold a seat; empty for no limit. Preserved users hold none, and nobody who is in loses a seat when this goes down.",
			ui.FieldModel{Label: "At most", Name: "seatLimit", Type: "number", Value: r.seats, Min: "1", Suffix: "users", Narrow: true, Optional: true}),
		r.field("Without a free seat", "What happens to a new or returning user when all seats are taken. Who waits comes in by themselves, in order.",
			ui.FieldModel{Label: "The user", Name: "seatPolicy", Type: "select", Value: r.seatPolicy, Options: []ui.Option{
				{Value: string(models.SeatPark), Label: "Waits for a seat"}, {Value: string(models.SeatRefuse), Label: "Is refused with 403"},
			}}),
	}}
}

func (r settingRows) guardRows() page.SettingsGroup {
	return page.SettingsGroup{Title: "Guard", Rows: []page.SettingModel{
		r.field("Mass removal", "When a directory removes unusually many users within an hour, the removals are held back until you approve them. It acts from 100 managed users up.",
			ui.FieldModel{Label: "The guard is", Name: "guard", Type: "select", Value: r.guard, Options: []ui.Option{
				{Value: "on", Label: "On"}, {Value: "off", Label: "Off: every removal is carried out"},
			}}),
		r.field("Share", "The guard acts beyond this share of the managed users and beyond the count below.",
			ui.FieldModel{Label: "More than", Name: "guardPercent", Type: "number", Value: r.percent, Min: "1", Max: "100", Suffix: "percent", Narrow: true, Placeholder: "20"}),
		r.field("Count", "The guard lets so many removals pass whatever their share is.",
			ui.FieldModel{Label: "And more than", Name: "guardCount", Type: "number", Value: r.removed, Min: "1", Max: "1000000", Suffix: "users", Narrow: true, Placeholder: "10"}),
	}}
}

func (r settingRows) preservation() page.SettingsGroup {
	return page.SettingsGroup{Title: "Preservation", Rows: []page.SettingModel{
		r.field("Purge preserved users", "Deletes preserved users with all their data after so many days, for good; empty keeps them. A legal hold on a user wins.",
			ui.FieldModel{Label: "After", Name: "purgeDays", Type: "number", Value: r.purge, Min: "7", Max: "3650", Suffix: "days", Narrow: true, Optional: true}),
	}}
}

func (r settingRows) deployment() page.SettingsGroup {
	return page.SettingsGroup{Title: "Deployment method", Rows: []page.SettingModel{
		r.field("Undo of a change", "How long a change of the deployment method can be taken back, 1 to 365 days. Mappings that a change deletes are kept so long for an undo. It counts for changes from now on.",
			ui.FieldModel{Label: "Possible for", Name: "undoDays", Type: "number", Value: r.undo, Min: "1", Max: "365", Suffix: "days", Narrow: true, Placeholder: "30"}),
	}}
}

func (r settingRows) cycles() page.SettingsGroup {
	return page.SettingsGroup{Title: "Log and cycles", Rows: []page.SettingModel{
		r.field("Log retention", "How long the provisioning log and its requests are kept, 7 to 400 days.",
			ui.FieldModel{Label: "Keep for", Name: "logDays", Type: "number", Value: r.logDays, Min: "7", Max: "400", Suffix: "days", Narrow: true, Required: true}),
		r.field("End of a cycle", "SCIM requests that follow one another count as one cycle; so much silence ends it.",
			ui.FieldModel{Label: "Silence of", Name: "cycleGapMinutes", Type: "number", Value: r.gap, Min: "1", Max: "240", Suffix: "minutes", Narrow: true, Required: true}),
	}}
}
