package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
)

// logFilter is the state of the log as its URL holds it.
type logFilter struct {
	search, action, status, initiator string
	span, from, to                    string // span is a key of logSpans, "all" or "custom"
	target, request, code             string
	cycle                             int64
	entry                             string // the opened one
	after, before                     string
	refresh                           int
}

// logSpans are the time ranges that count back from now, shortest first.
var logSpans = []struct {
	key, label string
	back       time.Duration
}{
	{"15m", "Last 15 minutes", 15 * time.Minute},
	{"1h", "Last hour", time.Hour},
	{"24h", "Last 24 hours", 24 * time.Hour},
	{"7d", "Last 7 days", 7 * 24 * time.Hour},
	{"30d", "Last 30 days", 30 * 24 * time.Hour},
}

const (
	spanAll    = "all"
	spanCustom = "custom"
	spanUsual  = "7d"
	logMoment  = "2006-01-02T15:04" // what datetime-local sends
)

func logFilterOf(c echo.Context) (logFilter, error) {
	p := func(name string) string { return strings.TrimSpace(c.QueryParam(name)) }
	f := logFilter{
		search: p("q"), action: p("action"), status: p("status"), initiator: p("initiator"),
		span: p("range"), from: p("from"), to: p("to"), target: p("target"), request: p("request"), code: p("code"),
		entry: p("entry"), after: p("after"), before: p("before"),
	}
	var err error
	if text := p("cycle"); text != "" {
		if f.cycle, err = strconv.ParseInt(text, 10, 64); err != nil || f.cycle <= 0 {
			return f, badLogFilter("cycle", "%q is no cycle.", text)
		}
	}
	if f.action != "" && !slices.Contains(models.Actions(), models.Action(f.action)) {
		return f, badLogFilter("action", "%q is no action of the log.", f.action)
	}
	if f.status != "" && !slices.Contains(models.Outcomes(), models.Outcome(f.status)) {
		return f, badLogFilter("status", "%q is no status of the log.", f.status)
	}
	if n, err := strconv.Atoi(p("refresh")); err == nil && n > 0 {
		f.refresh = min(max(n, 5), slowestRefresh)
	}
	return f, f.checkSpan()
}

func badLogFilter(attr, format string, args ...any) error {
	return models.Errorf(models.Invalid, attr, format, args...).
		WithAdvice("Open the log without filters and choose again.")
}

// checkSpan settles the range: what is pinned to one record or request is looked
// for in all that is kept.
func (f *logFilter) checkSpan() error {
	if f.span == "" && (f.from != "" || f.to != "") {
		f.span = spanCustom
	}
	if f.span == "" {
		f.span = spanUsual
		if f.target != "" || f.request != "" || f.cycle != 0 {
			f.span = spanAll
		}
	}
	for _, end := range []string{f.from, f.to} {
		if _, ok := logInstant(end); !ok && end != "" {
			return badLogFilter("range", "%q is no moment.", end)
		}
	}
	if f.span == spanAll || f.span == spanCustom {
		return nil
	}
	for _, s := range logSpans {
		if s.key == f.span {
			return nil
		}
	}
	return badLogFilter("range", "%q is no time range.", f.span)
}

// logInstant reads a moment as forms and links write it, in UTC.
func logInstant(text string) (time.Time, bool) {
	for _, layout := range []string{logMoment, "2006-01-02T15:04:05", "2006-01-02", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// query gives what the list shows.
func (f logFilter) query(now time.Time) models.LogQuery {
	w := f.window(now, 0)
	q := models.LogQuery{
		Search: f.search, InitiatorID: f.initiator, TargetID: f.target, RequestID: f.request, Code: f.code,
		CycleID: f.cycle, From: w.from, To: w.to, Page: models.Page{Limit: logPageSize, After: f.after, Before: f.before},
	}
	if f.action != "" {
		q.Actions = []models.Action{models.Action(f.action)}
	}
	if f.status != "" {
		q.Statuses = []models.Outcome{models.Outcome(f.status)}
	}
	return q
}

// pinned tells whether the counters per hour cannot know what the filter selects.
func (f logFilter) pinned() bool {
	return f.search != "" || f.target != "" || f.request != "" || f.code != "" || f.cycle != 0
}

// filtered tells whether anything but the usual range selects.
func (f logFilter) filtered() bool {
	return f.pinned() || f.action != "" || f.status != "" || f.initiator != "" || f.span != spanUsual
}

// open tells whether entries of this moment on belong to the list.
func (f logFilter) open() bool { return f.span != spanCustom || f.to == "" }

// values are the filter's parameters, without page, opened entry and reload.
func (f logFilter) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", f.search)
	set("action", f.action)
	set("status", f.status)
	set("initiator", f.initiator)
	set("target", f.target)
	set("request", f.request)
	set("code", f.code)
	if f.cycle != 0 {
		v.Set("cycle", strconv.FormatInt(f.cycle, 10))
	}
	if f.span != spanUsual || f.target != "" || f.request != "" || f.cycle != 0 {
		set("range", f.span)
	}
	if f.span == spanCustom {
		set("from", f.from)
		set("to", f.to)
	}
	return v
}

// link is the address of the log under this filter, with more parameters in pairs.
func (f logFilter) link(path string, more ...string) string {
	v := f.values()
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			v.Set(more[i], more[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// here are the parameters that stay while entries are opened and closed.
func (f logFilter) here(entry string) string {
	return f.link("/logs", "after", f.after, "before", f.before, "entry", entry)
}
