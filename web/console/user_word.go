package console

import (
	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// lastWord is the latest that the directory sent about a user and that was decided about,
// among the entries of the page.
func (r userRecord) lastWord() (models.LogEntry, bool) {
	for _, e := range r.events {
		if e.InitiatorKind == models.TokenActor || e.InitiatorKind == models.ConnectorActor {
			return e, true
		}
	}
	return models.LogEntry{}, false
}

// wordFact says when the directory last sent a change of somebody it manages: whoever
// wonders why a user is as they are sees whether it said anything since.
func (r userRecord) wordFact() []ui.KVModel {
	e, ok := r.lastWord()
	switch {
	case !r.user.Managed():
		return nil
	case ok:
		return []ui.KVModel{{Label: "Last change sent", Body: ui.Time(e.At.Time(), r.now), Note: " by the directory"}}
	case len(r.events) < eventsMost:
		return []ui.KVModel{{Label: "Last change sent", Value: "Before what the log keeps"}}
	}
	return nil
}

// wordBanner says that what the directory last wanted of a user was not done.
func (r userRecord) wordBanner() (page.BannerModel, bool) {
	e, ok := r.lastWord()
	if !ok || !r.user.Managed() || r.user.Status == models.Preserved || r.user.Staged != models.NotStaged || e.Status != models.Failure && e.Status != models.Skipped {
		return page.BannerModel{}, false
	}
	what := "was refused"
	if e.Status == models.Skipped {
		what = "was not carried out"
	}
	shown := r.mask.entry(hideNames(e, r.mask))
	b := page.BannerModel{
		AlertModel: ui.AlertModel{Tone: ui.Warn, Title: "What the directory last sent about this user " + what + ", " + ui.Relative(e.At.Time(), r.now) + ".", Text: shown.Summary + " The user stays as they are."},
		Buttons:    []ui.ButtonModel{{Label: "See why", Href: "/logs/" + e.ID}},
	}
	if e.Details.Queue != "" && r.edits {
		b.Buttons = append(b.Buttons, ui.ButtonModel{Label: "Open the conflict", Href: queuePath + "/" + e.Details.Queue})
	}
	return b, true
}

// heldChoices let a held removal of this one user be decided from their page.
func (r userRecord) heldChoices(m *page.UserModel) {
	if r.user.Staged == models.NotStaged || len(m.Banners) == 0 {
		return
	}
	for _, v := range heldVerbs() {
		m.Confirms = append(m.Confirms, page.StateChangeModel{ConfirmModel: ui.ConfirmModel{
			ID: "held-" + v.do, Title: v.label + " of “" + r.name() + "”?", Action: heldPath, Label: v.label, Cancel: "Decide later", Harmless: v.harmless,
			Consequence: v.consequenceOfOne, Stays: v.stays,
			Hidden: []ui.Option{{Label: "do", Value: v.do}, {Label: "item", Value: r.user.ID}, {Label: "confirmed", Value: "yes"}},
		}})
		m.Banners[0].Buttons = append(m.Banners[0].Buttons, ui.ButtonModel{Label: v.label, Opens: "held-" + v.do})
	}
}
