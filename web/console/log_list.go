package console

import (
	"cmp"
	"strings"
	"time"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// list fills the rows with their pager, or the empty state with the next step.
func (v logView) list(m *page.LogsModel, rows models.Slice[models.LogEntry]) {
	for _, e := range rows.Items {
		m.Rows = append(m.Rows, v.row(e))
	}
	f := v.filter
	m.Pager = ui.PagerModel{Noun: "entries", Total: rows.Total, TotalUnknown: rows.Total < 0, PrevLabel: "Newer", NextLabel: "Older"}
	if rows.Prev != "" {
		m.Pager.Prev = f.link("/logs", "before", rows.Prev)
	}
	if rows.Next != "" {
		m.Pager.Next = f.link("/logs", "after", rows.Next)
	}
	m.Partial = partialWords(rows)
	if len(m.Rows) == 0 {
		v.empty(m)
	}
	if f.open() && f.after == "" && f.before == "" {
		m.Tail = ui.TailModel{
			Stream: f.link("/logs/tail"), Rows: "log-rows", On: f.refresh > 0,
			Href: f.link("/logs", "refresh", "5"), Off: f.link("/logs"),
		}
	}
	m.CSV, m.JSONL = f.link("/logs/export", "format", "csv"), f.link("/logs/export", "format", "jsonl")
}

// partialWords says that a search named more users or groups than it looked at.
func partialWords(rows models.Slice[models.LogEntry]) string {
	if !rows.Partial {
		return ""
	}
	return "More users or groups have such names than a search of the log takes: these are the entries of those that fit best. Add another word to narrow the search."
}

func (v logView) row(e models.LogEntry) page.LogRowModel {
	return page.LogRowModel{
		ID: e.ID, Href: "/logs/" + e.ID, Panel: v.filter.here(e.ID), At: e.At.Time(), Now: v.now,
		Action: sentenceCase(string(e.Action)), Status: string(e.Status), Target: v.target(e), Summary: v.mask.text(e, e.Summary),
		Source: string(e.Source), Initiator: logInitiator(v.mask.entry(e)), Took: took(e.DurationMicros), Chosen: e.ID == v.filter.entry,
	}
}

func (v logView) target(e models.LogEntry) string {
	return cmp.Or(v.mask.name(e.TargetType, e.TargetName), e.TargetID, "Unnamed "+string(e.TargetType))
}

func logInitiator(e models.LogEntry) string {
	switch e.InitiatorKind {
	case models.CLIActor:
		return "Command line"
	case models.SystemActor:
		return "Muster"
	case models.AdminActor, models.TokenActor, models.ConnectorActor:
	}
	return e.InitiatorName
}

func took(micros int64) string { return ui.Duration(time.Duration(micros) * time.Microsecond) }

func sentenceCase(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// empty says why there is nothing and what would show something.
func (v logView) empty(m *page.LogsModel) {
	f := v.filter
	wider := f
	wider.span, wider.from, wider.to = spanAll, "", ""
	switch {
	case f.after != "" || f.before != "":
		m.Empty = ui.EmptyModel{Icon: "scroll-text", Title: "There is nothing on this page of the log", Text: "Older entries may have been removed since this link was made."}
		m.EmptyDo = []ui.Link{{Label: "Newest entries", Href: f.link("/logs")}}
	case f.span != spanAll:
		m.Empty = ui.EmptyModel{Icon: "search", Title: "No entry in this time range", Text: "Nothing was decided about any user or group then. Look in all that is kept."}
		m.EmptyDo = []ui.Link{{Label: "Search everything kept", Href: wider.link("/logs", "range", spanAll)}}
		if f.filtered() {
			m.Empty.Text = "Nothing that fits the filters happened then. Look in all that is kept, or drop the filters."
			m.EmptyDo = append(m.EmptyDo, ui.Link{Label: "Drop the filters", Href: "/logs"})
		}
	case f.pinned() || f.action != "" || f.status != "" || f.initiator != "":
		m.Empty = ui.EmptyModel{Icon: "search", Title: "Nothing in the log fits these filters", Text: "The search finds users and groups by the beginnings of the words of their names, those who are gone by the beginning of the whole name, and change, request and target ids."}
		m.EmptyDo = []ui.Link{{Label: "Drop the filters", Href: "/logs?range=" + spanAll}}
	default:
		m.Empty = ui.EmptyModel{Icon: "scroll-text", Title: "Nothing has happened yet", Text: "Every decision about a user or group is written here: as soon as a directory sends the first one, or somebody adds one by hand."}
		m.EmptyDo = []ui.Link{{Label: "See the deployment method", Href: "/deployment"}}
	}
}

// beforeTheLog says that a time range lies before what the log keeps, because then nothing
// is known about it: not that nothing happened.
func (v logView) beforeTheLog(m *page.LogsModel) error {
	w := v.filter.window(v.now, 0)
	if v.filter.span != spanCustom || w.to == 0 {
		return nil
	}
	o, err := v.k.Read.Organization(v.ctx, v.org)
	if err != nil {
		return err
	}
	first := v.now.AddDate(0, 0, -o.Settings.LogDays)
	if w.to.Time().After(first) {
		return nil
	}
	m.Empty.Title = "The log does not reach back that far"
	m.Empty.Text = "It keeps " + ui.Plural(o.Settings.LogDays, "day", "days") + ", so entries before " + day(first) + " are deleted and nothing is known of them here. " +
		"A user’s page still says who set each value and when, and the audit log keeps what admins did."
	m.EmptyDo = append([]ui.Link{{Label: "Open the audit log", Href: "/audit"}}, m.EmptyDo...)
	return nil
}

// frame fills what stands above the list.
func (v logView) frame(m *page.LogsModel) error {
	m.Tabs = logTabs("/logs")
	if err := v.form(m); err != nil {
		return err
	}
	if err := v.pins(m); err != nil {
		return err
	}
	return v.charts(m)
}

func logTabs(current string) []ui.TabModel {
	return []ui.TabModel{
		{Label: "Decisions", Href: "/logs", Current: current == "/logs"},
		{Label: "Requests", Href: "/logs/requests", Current: current == "/logs/requests"},
	}
}

func (v logView) form(m *page.LogsModel) error {
	f := v.filter
	bar := ui.FilterModel{Action: "/logs", Label: "Search the log", Placeholder: "User or group name, or an id", Value: f.search}
	for _, name := range []string{"target", "request", "code", "cycle"} {
		if value := f.values().Get(name); value != "" {
			bar.Hidden = append(bar.Hidden, ui.Option{Label: name, Value: value})
		}
	}
	if f.filtered() {
		bar.Clear = "/logs"
	}
	who, err := v.initiators()
	if err != nil {
		return err
	}
	m.Filter = page.LogFilterModel{
		Bar: bar, Action: f.action, Status: f.status, Initiator: f.initiator, Range: f.span,
		Custom: f.span == spanCustom, From: f.from, To: f.to, Initiators: who, Ranges: rangeOptions(true),
		Actions: []ui.Option{{Label: "Any action"}}, Statuses: []ui.Option{{Label: "Any status"}},
	}
	if f.span == spanCustom && f.from == "" && f.to == "" {
		m.Filter.From = v.now.AddDate(0, 0, -1).Format(logMoment)
		m.Filter.To = v.now.Format(logMoment)
	}
	for _, a := range models.Actions() {
		m.Filter.Actions = append(m.Filter.Actions, ui.Option{Value: string(a), Label: sentenceCase(string(a))})
	}
	for _, s := range models.Outcomes() {
		m.Filter.Statuses = append(m.Filter.Statuses, ui.Option{Value: string(s), Label: sentenceCase(string(s))})
	}
	return nil
}

func rangeOptions(custom bool) []ui.Option {
	var out []ui.Option
	for _, s := range logSpans {
		out = append(out, ui.Option{Value: s.key, Label: s.label})
	}
	out = append(out, ui.Option{Value: spanAll, Label: "Everything kept"})
	if custom {
		out = append(out, ui.Option{Value: spanCustom, Label: "From … to …"})
	}
	return out
}

// initiators lists who can have caused an entry: tokens, then admins.
func (v logView) initiators() ([]ui.Option, error) {
	out := []ui.Option{{Label: "Any initiator"}}
	tokens, err := v.k.Read.Tokens(v.ctx, v.org)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		out = append(out, ui.Option{Value: t.ID, Label: "Token " + t.Description})
	}
	admins, err := v.k.Read.Admins(v.ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range admins {
		out = append(out, ui.Option{Value: a.ID, Label: v.mask.value("emails", a.Email)})
	}
	return out, nil
}

// pins names the filters that came by a link, with the way to drop each.
func (v logView) pins(m *page.LogsModel) error {
	f := v.filter
	if f.target != "" {
		free := f
		free.target = ""
		m.Pins = append(m.Pins, page.LogPinModel{Label: "target " + v.known(m.Rows, f.target), Clear: free.link("/logs")})
	}
	if f.request != "" {
		free := f
		free.request = ""
		m.Pins = append(m.Pins, page.LogPinModel{Label: "request " + f.request, Clear: free.link("/logs")})
	}
	if f.code != "" {
		free := f
		free.code = ""
		m.Pins = append(m.Pins, page.LogPinModel{Label: "the cause “" + adviceTitle(f.code) + "”", Clear: free.link("/logs")})
	}
	if f.cycle != 0 {
		free := f
		free.cycle = 0
		label, err := v.cycleName(f.cycle)
		if err != nil {
			return err
		}
		m.Pins = append(m.Pins, page.LogPinModel{Label: label, Clear: free.link("/logs")})
	}
	return nil
}

// known shows a target's name where the list tells it.
func (v logView) known(rows []page.LogRowModel, id string) string {
	if len(rows) > 0 {
		return rows[0].Target
	}
	return id
}

func (v logView) cycleName(key int64) (string, error) {
	c, err := v.k.Read.Cycle(v.ctx, v.org, key)
	if models.KindOf(err) == models.NotFound && err != nil {
		return "a cycle that is no longer kept", nil
	}
	return "the " + string(c.Kind) + " cycle of " + c.Started.Time().Format("2 Jan 2006, 15:04 UTC"), err
}
