package console

import (
	"strconv"

	"muster/models"
	"muster/models/mapping"
	"muster/views/page"
	"muster/views/ui"
)

// reasons tells of every rule why it matches the user or does not.
func (r ruledUser) reasons(m *page.UserProfileModel, mask logMask) {
	list := r.Rules.Explain(r.Subject, r.world.groupName)
	if len(list) == 0 {
		m.Why = "There is no mapping to ask."
		return
	}
	m.Why = r.why(list, mask)
	m.WhyOpen = r.User.Managed() && r.User.MappingKey == 0
	for _, reason := range list {
		m.Reasons = append(m.Reasons, reasonRow(reason, mask))
	}
	if mask.on {
		m.Hidden = "What the user has is hidden for your role."
	}
}

// why is the answer in a sentence, before the rules one by one.
func (r ruledUser) why(list []mapping.Reason, mask logMask) string {
	if !r.User.Managed() {
		return "Managed by hand, so no rule decides. This is what the rules of " + r.world.method.Label() + " would say."
	}
	for _, reason := range list {
		if reason.Wins && r.User.ProfileBy == models.ByHand {
			return "The profile was given by hand. “" + reason.Mapping.Name + "” matches, but does not change it."
		}
		if reason.Wins {
			return "“" + reason.Mapping.Name + "” is the first that matches."
		}
	}
	near, ok := mapping.Nearest(list)
	if !ok {
		return "No mapping matches."
	}
	text := "No mapping matches. Closest is “" + near.Mapping.Name + "”"
	if failing := near.Failing(); !mask.on && len(failing) > 0 {
		return text + ": " + failing[0].Sentence()
	}
	return text + "."
}

func reasonRow(reason mapping.Reason, mask logMask) page.ReasonRow {
	row := page.ReasonRow{
		Href: mappingAddress(reason.Mapping), Name: reason.Mapping.Name, Position: strconv.FormatInt(reason.Mapping.Position, 10),
		State: "Does not match", Note: reason.Note,
	}
	switch {
	case reason.Wins:
		row.State, row.Tone = "Matches and wins", ui.Ok
	case reason.Matched:
		row.State, row.Tone = "Matches", ui.Info
	}
	for _, c := range reason.Clauses {
		clause := page.ClauseRow{Text: c.Text, OK: c.OK}
		if !mask.on {
			clause.Hint = c.Hint
			if !c.OK {
				clause.Got = c.Got
			}
		}
		row.Clauses = append(row.Clauses, clause)
	}
	return row
}

// ruleBadges say what is pending about a user, and what holds back whom.
func ruleBadges(u models.User) badges {
	var list badges
	switch u.Parked {
	case models.WaitsForSeat:
		list = append(list, ui.Badge(ui.Warn, "Waits for a seat"))
	case models.WaitsForRule:
		list = append(list, ui.Badge(ui.Warn, "Waits for a mapping"))
	case models.NotParked:
	}
	if u.Staged != models.NotStaged {
		list = append(list, ui.Badge(ui.Info, "Removal held back"))
	}
	if u.Protected {
		list = append(list, ui.Badge(ui.Neutral, "Protected"))
	}
	if u.LegalHold {
		list = append(list, ui.Badge(ui.Neutral, "Legal hold"))
	}
	return list
}

// ruleBanner says what a user waits for and what ends it.
func ruleBanner(u models.User) (page.BannerModel, bool) {
	since := ui.Exact(u.StatusSince.Time())
	b := page.BannerModel{AlertModel: ui.AlertModel{Tone: ui.Warn}}
	switch {
	case u.Parked == models.WaitsForSeat:
		b.Title, b.Text = "Waits for a seat since "+since+".", "All seats are taken. This user comes in by itself, in turn, when one is free or the limit rises."
		b.Buttons = []ui.ButtonModel{{Label: "See who waits", Href: queuePath + "/" + seatsTab}, {Label: "Settings", Href: "/settings"}}
	case u.Parked == models.WaitsForRule:
		b.Title = "Waits for a mapping since " + since + "."
		b.Text = "No mapping matches this user, who comes in by itself as soon as one does. Correct the user in the directory, change a mapping, or give a profile by hand."
		b.Buttons = []ui.ButtonModel{{Label: "Why none matches", Href: "#profile"}, {Label: "Mappings", Href: mappingsPath}}
	default:
		return b, false
	}
	return b, true
}

// stagedBanner says what a guard holds back.
func stagedBanner(u models.User) (page.BannerModel, bool) {
	what := map[models.Staging]string{models.StagedDisable: "disabled", models.StagedDelete: "deleted"}[u.Staged]
	return page.BannerModel{
		AlertModel: ui.AlertModel{
			Tone: ui.Warn, Title: "The directory " + what + " this user, and the guard holds that back since " + ui.Exact(u.StagedAt.Time()) + ".",
			Text: "Too many users were to go within an hour. Nothing changes until an administrator approves or rejects it.",
		},
		Buttons: []ui.ButtonModel{{Label: "See all that is held", Href: heldPath}},
	}, what != ""
}
