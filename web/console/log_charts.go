package console

import (
	"strings"
	"time"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// charts fills the bars and the facets. Bars count what the other filters select;
// the chosen status hides the other layers, so that its facet can be left again.
func (v logView) charts(m *page.LogsModel) error {
	days := models.DefaultSettings().LogDays
	if v.filter.span == spanAll || v.filter.span == spanCustom {
		o, err := v.k.Read.Organization(v.ctx, v.org)
		if err != nil {
			return err
		}
		days = o.Settings.LogDays
	}
	w := v.filter.window(v.now, days)
	q := v.filter.query(v.now)
	q.Statuses, q.From, q.To = nil, w.start, w.end
	buckets, err := v.k.Read.LogHistogram(v.ctx, v.org, q, w.bars)
	if err != nil {
		return err
	}
	m.Statuses = v.statusFacets(buckets)
	m.Chart = v.bars(buckets, w)
	return v.actionFacets(m, w)
}

func (v logView) statusFacets(buckets []models.Bucket) []ui.TabModel {
	sum, total := map[models.Outcome]int64{}, int64(0)
	for _, b := range buckets {
		for s, n := range b.ByStatus {
			sum[s] += n
			total += n
		}
	}
	any := v.filter
	any.status = ""
	out := []ui.TabModel{{Label: "All", Href: any.link("/logs"), Count: total, ShowCount: true, Current: v.filter.status == ""}}
	for _, s := range models.Outcomes() {
		one := v.filter
		one.status = string(s)
		out = append(out, ui.TabModel{
			Label: sentenceCase(string(s)), Href: one.link("/logs"), Count: sum[s], ShowCount: true,
			Current: v.filter.status == string(s), Tone: outcomeTone(s),
		})
	}
	return out
}

func outcomeTone(s models.Outcome) ui.Tone {
	switch s {
	case models.Success:
		return ui.Info
	case models.Failure:
		return ui.Error
	case models.Warning:
		return ui.Warn
	case models.Skipped:
	}
	return ui.Neutral
}

// actionFacets come from counters, which know neither names nor cycles: where
// those select, a count would mislead and the select does the work.
func (v logView) actionFacets(m *page.LogsModel, w logWindow) error {
	if v.filter.pinned() || v.filter.initiator != "" || v.filter.status != "" || w.step < time.Hour {
		return nil
	}
	actions, _, err := v.k.Read.LogFacets(v.ctx, v.org, models.LogQuery{From: w.start, To: w.end})
	if err != nil {
		return err
	}
	any := v.filter
	any.action = ""
	list := []ui.TabModel{{Label: "Any action", Href: any.link("/logs"), Current: v.filter.action == ""}}
	for _, a := range models.Actions() {
		if actions[a] == 0 && v.filter.action != string(a) {
			continue
		}
		one := v.filter
		one.action = string(a)
		list = append(list, ui.TabModel{
			Label: sentenceCase(string(a)), Href: one.link("/logs"), Count: actions[a], ShowCount: true,
			Current: v.filter.action == string(a),
		})
	}
	if len(list) > 2 {
		m.Actions = list
	}
	return nil
}

// layers are the chart's series, bottom first.
var layers = []models.Outcome{models.Success, models.Skipped, models.Warning, models.Failure}

func (v logView) bars(buckets []models.Bucket, w logWindow) ui.BarsModel {
	m := ui.BarsModel{Label: "Decisions per " + stepWord(w.step), Unit: "From (UTC)"}
	shown := layers
	if v.filter.status != "" {
		shown = []models.Outcome{models.Outcome(v.filter.status)}
	}
	for _, s := range shown {
		m.Series = append(m.Series, ui.Series{Label: sentenceCase(string(s)), Tone: outcomeTone(s)})
	}
	any := false
	for _, b := range buckets {
		bar := ui.Bar{Label: edgeLabel(b.Start.Time(), w.step)}
		sum := int64(0)
		for _, s := range shown {
			bar.Counts = append(bar.Counts, b.ByStatus[s])
			sum += b.ByStatus[s]
		}
		if sum > 0 && w.step > time.Minute {
			bar.Href = v.narrowed(b)
		}
		any = any || sum > 0
		m.Bars = append(m.Bars, bar)
	}
	if !any {
		return ui.BarsModel{}
	}
	m.From, m.To = edgeLabel(w.start.Time(), w.step), edgeLabel(w.end.Time(), w.step)
	if v.filter.open() {
		m.To = "Now"
	}
	return m
}

// narrowed is the log of one bar's span.
func (v logView) narrowed(b models.Bucket) string {
	f := v.filter
	f.span, f.from, f.to = spanCustom, b.Start.Time().Format(logMoment), b.End.Time().Format(logMoment)
	return f.link("/logs")
}

func edgeLabel(t time.Time, step time.Duration) string {
	if step >= 24*time.Hour {
		return t.UTC().Format("2 Jan")
	}
	return t.UTC().Format("2 Jan 15:04")
}

func stepWord(step time.Duration) string {
	switch {
	case step == time.Minute:
		return "minute"
	case step == time.Hour:
		return "hour"
	case step == 24*time.Hour:
		return "day"
	case step == 7*24*time.Hour:
		return "week"
	case step > 24*time.Hour:
		return "4 weeks"
	}
	return strings.TrimSuffix(ui.Duration(step), " 0 s")
}
