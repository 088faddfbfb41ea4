package console

import (
	"time"

	"muster/models"
)

// logWindow is a filter's range in time: from and to bound the list (0 is open),
// start and end are the edges of the chart's bars. Edges stand on whole steps, and
// the list begins at the first edge, so that bars, counts and rows agree.
type logWindow struct {
	from, to   models.Time
	start, end models.Time
	step       time.Duration
	bars       int
}

// logSteps are the widths a bar may have.
var logSteps = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour,
}

const mostBars = 36

// window settles the range; keptDays is how far "all" reaches back in the chart.
func (f logFilter) window(now time.Time, keptDays int) logWindow {
	switch f.span {
	case spanAll:
		w := edges(now.AddDate(0, 0, -max(keptDays, 7)), now)
		w.from, w.to = 0, 0
		return w
	case spanCustom:
		return f.custom(now, keptDays)
	}
	for _, s := range logSpans {
		if s.key == f.span {
			w := edges(now.Add(-s.back), now)
			w.from, w.to = w.start, 0
			return w
		}
	}
	return logWindow{}
}

func (f logFilter) custom(now time.Time, keptDays int) logWindow {
	from, to := now.AddDate(0, 0, -max(keptDays, 7)), now
	start, fromSet := logInstant(f.from)
	end, toSet := logInstant(f.to)
	if fromSet {
		from = start
	}
	if toSet {
		to = end
	}
	if !to.After(from) {
		to = from.Add(time.Minute)
	}
	w := edges(from, to)
	w.from, w.to = 0, 0
	if fromSet {
		w.from = models.TimeOf(from)
	}
	if toSet {
		w.to = models.TimeOf(to)
	}
	return w
}

// edges picks the narrowest step that keeps the bars few, and rounds outward.
func edges(from, to time.Time) logWindow {
	step := logSteps[len(logSteps)-1]
	for _, s := range logSteps {
		if to.Sub(from) <= s*(mostBars-2) {
			step = s
			break
		}
	}
	start := from.Truncate(step)
	end := to.Truncate(step)
	if end.Before(to) || !end.After(start) {
		end = end.Add(step)
	}
	return logWindow{start: models.TimeOf(start), end: models.TimeOf(end), step: step, bars: int(end.Sub(start) / step)}
}
