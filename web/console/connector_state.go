package console

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/views/page"
	"muster/views/ui"
)

const (
	entraPath    = "/connectors/entra"
	cyclesPath   = entraPath + "/cycles"
	demandPath   = "/provision"
	recentRuns   = 5
	connectorLog = "/logs?cycle="
)

// connectorWorld is a connector as a page needs it.
type connectorWorld struct {
	by     models.Actor
	now    time.Time
	org    models.Organization
	known  bool // settings were saved
	c      models.Connector
	set    entra.Settings
	recent []models.Cycle // newest first
	under  *models.Cycle  // under way, or waiting for an administrator
	good   *models.Cycle  // the last that ended well
	pace   cycle.Progress // of the one under way
	undo   *models.Cycle  // of the cycle that the page is about; nil for none
}

func (w connectorWorld) manage() bool { return w.by.Role.Includes(models.Admin) }

func (w connectorWorld) inCharge() bool { return w.org.Method == models.Entra && w.org.MethodSet }

// asleep tells whether another method is in charge.
func (w connectorWorld) asleep() bool { return w.c.Parked || !w.inCharge() }

// everRan tells whether a plan was ever accepted.
func (w connectorWorld) everRan() bool { return w.c.Accepted != "" }

// waits tells whether a plan waits for an administrator.
func (w connectorWorld) waits() bool { return w.under != nil && w.under.State.Waits() }

// runs tells whether a cycle is under way.
func (w connectorWorld) runs() bool {
	return w.under != nil && w.under.Ended == 0 && w.under.State == models.CycleRunning
}

// word is the state as the badge shows it.
func (w connectorWorld) word() (ui.Tone, string) {
	switch {
	case !w.known:
		return ui.Neutral, "Not connected"
	case w.asleep():
		return ui.Neutral, "Asleep"
	case w.c.State == models.ConnectorQuarantined:
		return ui.Error, "Quarantined"
	case w.waits():
		return ui.Warn, "Waits for you"
	case w.c.Undoes():
		return ui.Info, "A cycle is being undone"
	case w.runs():
		return ui.Info, "A cycle is running"
	}
	switch w.c.State {
	case models.ConnectorOff:
		return ui.Neutral, "Not started"
	case models.ConnectorStopped:
		return ui.Neutral, "Stopped"
	case models.ConnectorHeld:
		return ui.Warn, "Waits for you"
	case models.ConnectorQuarantined:
		return ui.Error, "Quarantined"
	case models.ConnectorRunning:
	}
	if w.c.Failures > 0 {
		return ui.Warn, "Trying again"
	}
	return ui.Ok, "Running"
}

// meaning says what the state means for the users.
func (w connectorWorld) meaning() string {
	switch {
	case !w.known:
		return "Muster does not read Microsoft Entra ID yet."
	case w.asleep():
		return "Nothing is read while another method is in charge. Settings and links are kept."
	case w.c.State == models.ConnectorQuarantined:
		return "Nothing is written until the cause is gone. Muster tries once a day by itself."
	case w.c.Undoes():
		return "Muster puts back what a cycle changed. Nothing is read meanwhile, nor afterwards until you start it."
	case w.waits():
		return "A plan is ready. Nothing is written before you decide."
	}
	switch w.c.State {
	case models.ConnectorOff:
		return "Start it to read the directory for the first time. Before anything is written you see what would happen."
	case models.ConnectorStopped:
		return "Nothing is read until you start it. Users stay as they are."
	case models.ConnectorHeld:
		return "A plan is ready. Nothing is written before you decide."
	case models.ConnectorRunning, models.ConnectorQuarantined:
	}
	return "Muster reads what changed " + everyInterval(w.c.IntervalMinutes) + "."
}

func everyInterval(minutes int) string {
	switch {
	case minutes == 60:
		return "every hour"
	case minutes == 24*60:
		return "once a day"
	case minutes%60 == 0:
		return "every " + strconv.Itoa(minutes/60) + " hours"
	}
	return "every " + strconv.Itoa(minutes) + " minutes"
}

// runFacts are the three that product.md asks for everywhere.
func (w connectorWorld) runFacts() []ui.KVModel {
	var last, good time.Time
	note := ""
	if len(w.recent) > 0 {
		last, note = w.recent[0].Started.Time(), cycleName(w.recent[0])+", "+lowered(cycleWord(w.recent[0]))
	}
	if w.good != nil {
		good = w.good.Ended.Time()
	}
	rows := []ui.KVModel{
		{Label: "Last cycle start", Body: ui.TimeOr(last, w.now, "Not started"), Note: note},
		{Label: "Last success", Body: ui.TimeOr(good, w.now, "None yet")},
		{Label: "Next run", Body: w.nextRun()},
	}
	if w.known && w.c.State != models.ConnectorOff && !w.c.Since.IsZero() {
		rows = append(rows, ui.KVModel{Label: "In this state since", Body: ui.Time(w.c.Since.Time(), w.now)})
	}
	return rows
}

func (w connectorWorld) nextRun() templ.Component {
	switch {
	case w.c.Undoes():
		return ui.TimeOr(time.Time{}, w.now, "A cycle is being undone")
	case w.runs():
		return ui.TimeOr(time.Time{}, w.now, "A cycle is running")
	case w.c.Asked != models.NoRequest && w.c.Works():
		return ui.TimeOr(time.Time{}, w.now, "In a moment, as asked")
	case w.waits():
		return ui.TimeOr(time.Time{}, w.now, "After your decision")
	case w.asleep() || !w.c.Works() || w.c.NextRun.IsZero():
		return ui.TimeOr(time.Time{}, w.now, "Not scheduled")
	case !w.c.NextRun.Time().After(w.now):
		return ui.TimeOr(time.Time{}, w.now, "In a moment")
	}
	return ui.Time(w.c.NextRun.Time(), w.now)
}

// state is the part of the page that moves.
func (w connectorWorld) state() page.ConnectorState {
	tone, word := w.word()
	m := page.ConnectorState{
		Badge: ui.AlertModel{Tone: tone, Title: word}, Text: w.meaning(), Rows: w.runFacts(), Now: w.now,
		Notices: w.notices(), Presses: w.presses(), Cycles: cycleLines(w.recent, w.now),
	}
	if w.under != nil && w.under.Ended == 0 && !w.under.State.Waits() {
		m.Progress = w.progress(*w.under)
	}
	return m
}

// presses are what can be done now.
func (w connectorWorld) presses() []page.PressModel {
	if !w.manage() || !w.known || w.asleep() {
		return nil
	}
	if w.c.Undoes() && w.under != nil {
		return []page.PressModel{stopUndo(*w.under)}
	}
	start := page.PressModel{Post: entraPath + "/start", ButtonModel: ui.ButtonModel{Label: "Start", Kind: ui.Primary, Icon: "play"}}
	stop := page.PressModel{ButtonModel: ui.ButtonModel{Label: "Stop", Icon: "pause", Href: entraPath + "/ask/stop"}}
	switch w.c.State {
	case models.ConnectorOff, models.ConnectorStopped:
		return []page.PressModel{start}
	case models.ConnectorQuarantined:
		again := page.PressModel{Post: entraPath + "/sync", ButtonModel: ui.ButtonModel{Label: "Try again now", Kind: ui.Primary, Icon: "refresh-cw"}}
		return []page.PressModel{again, stop}
	case models.ConnectorHeld:
		return []page.PressModel{stop}
	case models.ConnectorRunning:
	}
	sync := page.PressModel{Post: entraPath + "/sync", ButtonModel: ui.ButtonModel{Label: "Sync now", Kind: ui.Primary, Icon: "refresh-cw", Disabled: w.runs() || w.c.Asked != models.NoRequest}}
	return []page.PressModel{sync, stop}
}

// secretLeft tells how long the credential holds; false when that is not known.
func (w connectorWorld) secretLeft() (time.Duration, bool) {
	if !w.known || w.c.SecretEnds.IsZero() {
		return 0, false
	}
	return w.c.SecretEnds.Time().Sub(w.now), true
}

// remindSecret tells whether the end of the credential is near enough to say so, and
// how loudly.
func (w connectorWorld) remindSecret() (tone ui.Tone, title string, due bool) {
	left, known := w.secretLeft()
	days := models.ReminderDays()
	switch day := 24 * time.Hour; {
	case !known || left > time.Duration(days[0])*day:
		return ui.Neutral, "", false
	case left <= 0:
		return ui.Error, "The " + w.c.SecretKind + " for Microsoft Entra ID has expired.", true
	case left <= time.Duration(days[len(days)-1])*day:
		tone = ui.Error
	case left <= time.Duration(days[1])*day:
		tone = ui.Warn
	default:
		tone = ui.Info
	}
	return tone, "The " + w.c.SecretKind + " for Microsoft Entra ID expires " + ui.Relative(w.c.SecretEnds.Time(), w.now) + ".", true
}

// scopeWords tells a scope in a line.
func scopeWords(s source.Scope) string {
	switch s.Mode {
	case source.ChosenGroups:
		text := "Members of " + ui.Plural(len(s.Groups), "chosen group", "chosen groups")
		if s.Nested {
			text += ", also by groups in them"
		}
		return text
	case source.AssignedOnly:
		return "Users and groups assigned to the application"
	case source.Everyone:
	}
	return "Everyone in the tenant"
}
