package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// copying is the card of the copy that a rehearsal begins with.
func (v shadowView) copying() *page.ShadowProgress {
	sh := v.shadow
	if sh.State != models.ShadowCopying && sh.State != models.ShadowStopped {
		return nil
	}
	total := max(sh.Total, sh.Copied, 1)
	m := &page.ShadowProgress{
		Title: "Copying the organization", Sub: "The identity provider is told to come back until this is done.", Tone: ui.Info, Poll: shadowPath + "/progress",
		Progress: ui.ProgressModel{
			Label: "Users and groups", Value: min(sh.Copied, total), Max: total, Text: ui.Count(min(sh.Copied, total)) + " of " + ui.Count(total) + " · " + ui.Percent(min(sh.Copied, total), total),
		},
	}
	if sh.LastError != "" {
		m.Tone = ui.Warn
		m.Facts = []ui.KVModel{{Label: "Last failure", Value: sh.LastError}}
	}
	stop := page.ShadowButton{Action: shadowPath + "/stop", Button: ui.ButtonModel{Label: "Stop", More: " copying", Icon: "pause", Small: true}}
	if sh.State == models.ShadowStopped {
		m.Title, m.Sub, m.Tone, m.Poll = "Copying is stopped", "Tokens that rehearse get 403 until it goes on.", ui.Warn, ""
		stop = page.ShadowButton{Action: shadowPath + "/start", Button: ui.ButtonModel{Label: "Go on", More: " copying", Icon: "play", Small: true, Kind: ui.Primary}}
	}
	if v.edit {
		m.Buttons = []page.ShadowButton{stop}
	}
	return m
}

// taking is the card of taking in what was delivered in shadow mode, once SCIM is in
// charge.
func (v shadowView) taking() *page.ShadowProgress {
	b := v.bringing
	switch {
	case v.shadow.State != models.ShadowClosed:
		return nil
	case b.By == "":
		m := &page.ShadowProgress{
			Title: "What was delivered in shadow mode",
			Sub:   "Each record comes in when the identity provider delivers it again or goes on with it. If it will not deliver everything again, take in what it sent in shadow mode; it is decided by the same rules and can be seen in the logs.",
		}
		if v.edit {
			m.Buttons = []page.ShadowButton{{Action: shadowPath + "/bring", Button: ui.ButtonModel{Label: "Take everything in", Icon: "download"}}}
		}
		return m
	}
	m := &page.ShadowProgress{
		Title: "Taking in what was delivered in shadow mode", Tone: ui.Info, Poll: shadowPath + "/progress",
		Progress: ui.ProgressModel{Label: "Records", Value: min(b.Done, b.Total), Max: max(b.Total, 1), Text: ui.Count(b.Done) + " of " + ui.Count(b.Total)},
		Facts: []ui.KVModel{
			{Label: "Asked for by", Value: b.By}, {Label: "Taken in", Value: ui.Plural(b.Taken, "record", "records"), Note: "the others were here already"},
		},
	}
	if b.Refused > 0 {
		m.Facts = append(m.Facts, ui.KVModel{Label: "Refused", Value: ui.Plural(b.Refused, "record", "records"), Note: "the logs say why"})
	}
	if !b.Running() {
		m.Title, m.Poll, m.Tone = "What was delivered in shadow mode is taken in", "", ui.Ok
		m.Facts = append(m.Facts, ui.KVModel{Label: "Done", Body: ui.Time(b.Ended.Time(), v.now)})
	}
	return m
}

// shadowQuestions are what is asked first, by the last part of the address that does it.
func shadowQuestions(v shadowView) map[string]ui.ConfirmModel {
	return map[string]ui.ConfirmModel{
		"start": {
			ID: "shadow-start", Title: "Start shadow mode?", Harmless: true,
			Consequence: "The organization is copied beside itself, and what a token that rehearses sends is answered from the copy.",
			Stays:       "Nothing real changes: no user, no group, no log.", Undo: "It can be discarded at any time.",
			Action: shadowPath + "/start", Label: "Start shadow mode", Cancel: "Not now", CancelHref: shadowPath,
		},
		"discard": {
			ID: "shadow-discard", Title: "Discard what shadow mode recorded?",
			Consequence: discardWords(v), Stays: "Users, groups and logs of " + v.org.Name + " stay as they are.",
			Undo:   "It can be started again and begins from nothing.",
			Action: shadowPath + "/discard", Label: "Discard shadow mode", Cancel: "Keep it", CancelHref: shadowPath,
		},
	}
}

func discardWords(v shadowView) string {
	if v.shadow.State == models.ShadowClosed {
		return "The predictions are deleted, and ids that the identity provider was given in shadow mode are forgotten where it has not come back with them: it may get “not found” for them."
	}
	return "The copy and everything the identity provider sent in shadow mode is deleted. Tokens that rehearse get 403 until shadow mode is started again or SCIM is in charge."
}

func (v shadowView) menu() ([]ui.MenuItem, []ui.ConfirmModel) {
	var items []ui.MenuItem
	var ask []ui.ConfirmModel
	questions := shadowQuestions(v)
	if v.told {
		items = append(items, ui.MenuItem{Label: "Log of shadow mode", Icon: "scroll-text", Href: shadowPath + "/log"})
	}
	if len(v.tokens) > 0 {
		items = append(items, ui.MenuItem{Label: "SCIM tokens", Icon: "key-round", Href: tokensPath})
	}
	switch {
	case !v.edit:
	case v.off() && v.org.Method != models.SCIM:
		items = append(items, ui.MenuItem{Label: "Start shadow mode", Icon: "play", Opens: "shadow-start"})
		ask = append(ask, questions["start"])
	case !v.off():
		items = append(items, ui.MenuItem{Label: "Discard shadow mode", Icon: "trash-2", Opens: "shadow-discard", Danger: true, Line: len(items) > 0})
		ask = append(ask, questions["discard"])
	}
	return items, ask
}

// askShadow is the question as a page, for browsers without dialogs.
func (k *Console) askShadow(what string) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := k.shadowView(c)
		if err != nil {
			return err
		}
		m := shadowQuestions(v)[what]
		return respond.HTML(c, http.StatusOK, page.ShadowAsk(k.chrome(c, m.Title, "deployment"), m))
	}
}

func (k *Console) startShadow(c echo.Context) error {
	return k.decidedShadow(c, k.Shadow.Start(c.Request().Context(), session.Actor(c)), "Shadow mode is being prepared.")
}

func (k *Console) stopShadow(c echo.Context) error {
	return k.decidedShadow(c, k.Shadow.Stop(c.Request().Context(), session.Actor(c)), "Copying is stopped.")
}

func (k *Console) discardShadow(c echo.Context) error {
	return k.decidedShadow(c, k.Shadow.Discard(c.Request().Context(), session.Actor(c)), "Shadow mode is discarded. Nothing real was changed.")
}

func (k *Console) bringShadow(c echo.Context) error {
	return k.decidedShadow(c, k.Shadow.BringAll(c.Request().Context(), session.Actor(c)), "What was delivered in shadow mode is being taken in.")
}

func (k *Console) decidedShadow(c echo.Context, err error, text string) error {
	if e, ok := refusal(err); ok {
		return k.refuse(c, shadowPath, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, shadowPath, text)
}
