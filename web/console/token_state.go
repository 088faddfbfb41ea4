package console

import (
	"time"

	"github.com/a-h/templ"

	"muster/models"
	"muster/models/account"
	"muster/views/page"
	"muster/views/ui"
)

const sparkDays = 14

// tokenBadge says a token's state in one word.
func tokenBadge(t models.Token, now time.Time) templ.Component {
	switch t.State(now) {
	case models.TokenRevoked:
		if t.RevokedBy == "rotation" {
			return ui.Badge(ui.Neutral, "Retired")
		}
		return ui.Badge(ui.Neutral, "Revoked")
	case models.TokenExpired:
		return ui.Badge(ui.Error, "Expired")
	case models.TokenParked:
		return ui.Badge(ui.Neutral, "Parked")
	case models.TokenDisabled:
		return ui.Badge(ui.Neutral, "Disabled")
	case models.TokenRetiring:
		return ui.Badge(ui.Info, "Retiring")
	case models.TokenActive:
	}
	if t.Shadow {
		return ui.Badge(ui.Info, "Shadow mode")
	}
	if len(account.Reminders([]models.Token{t}, now)) > 0 {
		return ui.Badge(ui.Warn, "Expires soon")
	}
	if t.LastUsed == 0 {
		return ui.Badge(ui.Info, "Waiting")
	}
	return ui.Badge(ui.Ok, "Active")
}

func scopeName(s models.Scope) string {
	if s == models.ReadScope {
		return "Read only"
	}
	return "Provision"
}

// endOf is when a token stops working: revoked, retired or expired, the first.
func endOf(t models.Token) models.Time {
	end := t.Expires
	for _, e := range []models.Time{t.RetiresAt, t.Revoked} {
		if e != 0 && (end == 0 || e < end) {
			end = e
		}
	}
	return end
}

func requestsSince(uses []models.TokenUse, since time.Time) int64 {
	var n int64
	for _, u := range uses {
		if u.Hour >= models.TimeOf(since).Hour() {
			n += u.Requests
		}
	}
	return n
}

func failuresSince(uses []models.TokenUse, since time.Time) int64 {
	var n int64
	for _, u := range uses {
		if u.Hour >= models.TimeOf(since).Hour() {
			n += u.Failures
		}
	}
	return n
}

// dayCounts sums requests and failures per UTC day, the last one today.
func dayCounts(uses []models.TokenUse, now time.Time) (requests, failures [sparkDays]int64) {
	today := now.UTC().Truncate(24 * time.Hour)
	for _, u := range uses {
		ago := int(today.Sub(u.Hour.Time().Truncate(24*time.Hour)) / (24 * time.Hour))
		if ago >= 0 && ago < sparkDays {
			requests[sparkDays-1-ago] += u.Requests
			failures[sparkDays-1-ago] += u.Failures
		}
	}
	return requests, failures
}

func tokenSpark(uses []models.TokenUse, now time.Time) ui.SparkModel {
	requests, _ := dayCounts(uses, now)
	var sum int64
	for _, n := range requests {
		sum += n
	}
	return ui.SparkModel{Label: ui.Plural(sum, "request", "requests") + " in 14 days, " + ui.Count(requests[sparkDays-1]) + " today", Values: requests[:]}
}

func tokenBars(uses []models.TokenUse, now time.Time) ui.BarsModel {
	requests, failures := dayCounts(uses, now)
	m := ui.BarsModel{Label: "Requests per day", Unit: "Day", Series: []ui.Series{{Label: "Answered", Tone: ui.Info}, {Label: "Failed", Tone: ui.Error}}}
	for i := range sparkDays {
		day := now.UTC().AddDate(0, 0, i-sparkDays+1).Format("2 Jan")
		m.Bars = append(m.Bars, ui.Bar{Label: day, Counts: []int64{requests[i] - failures[i], failures[i]}})
	}
	m.From, m.To = m.Bars[0].Label, m.Bars[sparkDays-1].Label
	return m
}

func tokenLink(t models.Token) templ.Component {
	return page.TokenLink(t.Description, t.Prefix, tokensPath+"/"+t.ID)
}
