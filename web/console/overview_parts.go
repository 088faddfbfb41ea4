package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// linkWord says on a button where a link of a health report leads.
func linkWord(href string) string {
	for _, w := range []struct{ prefix, word string }{
		{"/scim/tokens/new", "New token"},
		{"/scim/tokens/", "Open the token"},
		{"/scim/tokens", "Open SCIM tokens"},
		{"/logs?", "See what failed"},
		{"/logs", "See the log"},
		{"/mappings", "Open mappings"},
		{"/queue", "Open the queue"},
		{"/deployment/change", "Choose another method"},
		{"/deployment", "Open deployment"},
		{cyclesPath, "Open the plan"},
		{credentialsPath, "Enter a new one"},
		{entraPath, "Open the connector"},
	} {
		if strings.HasPrefix(href, w.prefix) {
			return w.word
		}
	}
	return "Open"
}

// stats are the tiles; each opens the list that it counts.
func (f overviewFacts) stats(m *page.OverviewModel) {
	u := f.summary.Users
	m.Stats = []ui.StatModel{
		{Label: "Active users", Value: ui.Count(u.ByStatus[models.Active]), Href: "/users?status=active", Icon: "users"},
		{Label: "Inactive users", Value: ui.Count(u.ByStatus[models.Inactive]), Href: "/users?status=inactive", Note: "Suspended"},
		{Label: "Preserved users", Value: ui.Count(u.ByStatus[models.Preserved]), Href: "/users?status=preserved", Note: "All data kept, no seat"},
		{Label: "Groups", Value: ui.Count(f.summary.Groups[""]), Href: "/groups", Icon: "users-round"},
	}
	if f.seats.Limit > 0 {
		m.Stats[0].Note = ui.Count(f.seats.Used) + " of " + ui.Count(f.seats.Limit) + " seats taken"
	}
	if f.parked[models.WaitsForSeat]+f.parked[models.WaitsForRule] > 0 {
		m.Stats[1].Note = "Suspended or waiting"
	}
	if f.summary.Organization.Method == models.SCIM || len(f.tokens) > 0 {
		m.Stats = append(m.Stats, ui.StatModel{Label: "Live tokens", Value: ui.Count(f.summary.LiveTokens), Href: "/scim/tokens", Icon: "key-round"})
	}
	failed := ui.StatModel{
		Label: "Failures in 24 h", Value: ui.Count(len(f.failed)), Icon: "triangle-alert",
		Href: logFilter{span: "24h", status: string(models.Failure)}.link("/logs"),
	}
	if len(f.failed) == failuresMost {
		failed.Value += "+"
	}
	if len(f.failed) > 0 {
		failed.Tone = ui.Error
		failed.Note = ui.Plural(len(causes(f.failed)), "cause", "causes")
	}
	m.Stats = append(m.Stats, failed)
}

// activity is the chart of 30 days; a bar opens its day in the log.
func (f overviewFacts) activity(m *page.OverviewModel) {
	chart := ui.BarsModel{Label: "Decisions per day", Unit: "Day (UTC)", To: "Today"}
	for _, s := range layers {
		chart.Series = append(chart.Series, ui.Series{Label: sentenceCase(string(s)), Tone: outcomeTone(s)})
	}
	total := int64(0)
	for _, b := range f.days {
		bar := ui.Bar{Label: b.Start.Time().Format("2 Jan")}
		sum := int64(0)
		for _, s := range layers {
			bar.Counts = append(bar.Counts, b.ByStatus[s])
			sum += b.ByStatus[s]
		}
		if sum > 0 {
			bar.Href = logFilter{span: spanCustom, from: b.Start.Time().Format(logMoment), to: b.End.Time().Format(logMoment)}.link("/logs")
		}
		total += sum
		chart.Bars = append(chart.Bars, bar)
	}
	if total > 0 {
		chart.From = chart.Bars[0].Label
		m.Chart = chart
	}
}

// cause is a group of failures with one code.
type cause struct {
	code   string
	count  int
	latest models.LogEntry
	names  []string // whom it is about, each once, the latest first
}

// whom names the first of those whom a cause is about; nothing where nobody has a name.
func (c cause) whom(mask logMask) string {
	const most = 2
	var shown []string
	for _, n := range c.names[:min(most, len(c.names))] {
		shown = append(shown, mask.name(c.latest.TargetType, n))
	}
	switch more := len(c.names) - len(shown); {
	case len(shown) == 0:
		return "Last seen "
	case more > 0:
		return "For " + strings.Join(shown, ", ") + " and " + ui.Count(more) + " more, last seen "
	}
	return "For " + strings.Join(shown, " and ") + ", last seen "
}

// causes groups failures by code, the most frequent first.
func causes(failed []models.LogEntry) []cause {
	var out []cause
	for _, e := range failed {
		i := slices.IndexFunc(out, func(c cause) bool { return c.code == e.Code })
		if i < 0 {
			i = len(out)
			out = append(out, cause{code: e.Code, latest: e})
		}
		out[i].count++
		if e.TargetName != "" && !slices.Contains(out[i].names, e.TargetName) {
			out[i].names = append(out[i].names, e.TargetName)
		}
	}
	slices.SortStableFunc(out, func(a, b cause) int { return b.count - a.count })
	return out
}

// needs lists what needs attention: decisions, tokens that end, what is held back or
// waits, then failures by cause.
func (f overviewFacts) needs() []page.NeedModel {
	out := append(fetchNeeds(f.summary, f.now), heldNeeds(f.staged)...)
	out = append(out, queueNeeds(f.queue)...)
	for _, t := range f.tokens {
		if n, urgent := tokenNeed(t, f.now); urgent {
			out = append(out, n)
		}
	}
	out = append(out, f.turnedNeeds()...)
	out = append(out, waitingNeeds(f.parked)...)
	if n, urgent := seatNeed(f.seats); urgent {
		out = append(out, n)
	}
	mask := logMaskFor(f.by)
	for _, c := range causes(f.failed) {
		link := ui.Link{Label: "See all", Href: logFilter{span: "24h", status: string(models.Failure), code: c.code}.link("/logs")}
		if c.count == 1 {
			link = ui.Link{Label: "Open", Href: "/logs/" + c.latest.ID}
		}
		out = append(out, page.NeedModel{
			Tone: ui.Error, Title: adviceTitle(c.code), Link: link,
			Text:  mask.text(c.latest, c.latest.Summary) + " " + c.whom(mask) + ui.Relative(c.latest.At.Time(), f.now) + ".",
			Badge: ui.Badge(ui.Error, ui.Plural(c.count, "failure", "failures")),
		})
	}
	return out
}

// turnedNeeds tells of the latest caller with what is no token here; scanners that know
// none do not send one.
func (f overviewFacts) turnedNeeds() []page.NeedModel {
	if len(f.turned) == 0 {
		return nil
	}
	s := f.turned[0]
	n := page.NeedModel{
		Tone: ui.Warn, Title: "A request came with what is no token here", Link: ui.Link{Label: "See tokens", Href: tokensPath},
		Text:  strangerWords(s) + " If it is your identity provider, copy the token there again, or make a new one.",
		Badge: ui.Badge(ui.Warn, ui.Plural(s.Count, "request", "requests")+" refused"),
	}
	return []page.NeedModel{n}
}

// tokenNeed tells whether a token ends soon, or ended while it was in use.
func tokenNeed(t models.Token, now time.Time) (page.NeedModel, bool) {
	n := page.NeedModel{Link: ui.Link{Label: "Rotate", Href: "/scim/tokens/" + t.ID}}
	left := t.Expires.Time().Sub(now)
	switch state := t.State(now); {
	case t.Expires == 0:
		return n, false
	case state == models.TokenExpired && t.SuccessorID == "" && left > -30*24*time.Hour && t.LastUsed != 0:
		n.Title = fmt.Sprintf("Token “%s” has expired", t.Description)
		n.Text = "The identity provider that uses it is locked out. Create a token and paste it there."
		n.Link.Label = "Open"
		n.Badge = ui.StatusBadge("expired")
		return n, true
	case state == models.TokenActive && left <= time.Duration(models.ReminderDays()[0])*24*time.Hour:
		n.Title = fmt.Sprintf("Token “%s” expires %s", t.Description, ui.Relative(t.Expires.Time(), now))
		n.Text = "Rotate it: the new token works at once and the old one until you have pasted the new one."
		n.Badge = ui.StatusBadge("expiring")
		return n, true
	}
	return n, false
}

// checklist leads through the first days; only real events turn a line green, and
// it is gone once all have happened.
func (f overviewFacts) checklist(m *page.OverviewModel) {
	s, edit := f.summary, f.by.Role.Includes(models.Admin)
	list := []ui.CheckItem{{Title: "Choose the deployment method", Text: "How users get here: sent by an identity provider, or added by hand.", Done: s.Organization.MethodSet, Href: "/deployment", Action: "Choose a method"}}
	list = append(list, fetchChecks(s)...)
	if !s.Organization.MethodSet || s.Organization.Method == models.SCIM {
		list = append(list,
			ui.CheckItem{Title: "Create a SCIM token", Text: "The identity provider signs in with it.", Done: len(f.tokens) > 0, Href: "/scim/tokens/new", Action: "New token"},
			ui.CheckItem{Title: "Receive the first request", Text: "Paste the endpoint and the token into the identity provider and test the connection there.", Done: s.LastUsed != 0, Href: "/scim/tokens", Action: "Show the endpoint"},
			ui.CheckItem{Title: "Provision the first user", Text: "Assign somebody to the application in the identity provider.", Done: f.provisioned(), Href: "/users", Action: "See users"})
	} else {
		list = append(list, ui.CheckItem{Title: "Add the first user", Text: "By hand, or many at once from a CSV file.", Done: s.Users.Total > 0, Href: "/users/new", Action: "Add a user"})
	}
	list = append(list,
		ui.CheckItem{Title: "Have the first group", Text: "Groups decide who gets what.", Done: s.Groups[""] > 0, Href: "/groups", Action: "See groups"},
		ui.CheckItem{Title: "Add a second admin", Text: "So that somebody can get in when you cannot.", Done: able(f.admins) > 1, Href: "/admins", Action: "Add an admin"})
	current := false
	for i := range list {
		if list[i].Done {
			m.Done++
		} else if !current && edit {
			list[i].Current, current = true, true
		}
		if !edit {
			list[i].Href = ""
		}
	}
	if m.Done < len(list) {
		m.Checks = list
	}
}

// provisioned tells whether a directory ever brought a user.
func (f overviewFacts) provisioned() bool {
	if f.summary.Users.ByMode[models.SCIM] > 0 {
		return true
	}
	c := f.summary.LastCycle
	return c != nil && c.Created > 0
}

// able counts the admins that may change things and can sign in.
func able(list []models.AdminAccount) int {
	n := 0
	for _, a := range list {
		if a.Role.Includes(models.Admin) && !a.Disabled {
			n++
		}
	}
	return n
}
