package ui

import (
	"strconv"
	"strings"
)

// SparkModel is a small line of counts, such as 14 days of requests.
type SparkModel struct {
	Label  string // says what it shows with the numbers that matter
	Values []int64
}

const (
	sparkWidth  = 96
	sparkHeight = 24
)

// points spreads the values over the box, the largest touching the top.
func (m SparkModel) points() string {
	top := max64(m.Values)
	var b strings.Builder
	for i, v := range m.Values {
		x := float64(sparkWidth-4)*float64(i)/float64(max(len(m.Values)-1, 1)) + 2
		y := float64(sparkHeight-4)*(1-ratio(v, top)) + 2
		b.WriteString(decimal(x) + "," + decimal(y) + " ")
	}
	return strings.TrimSpace(b.String())
}

func (m SparkModel) area() string {
	if len(m.Values) == 0 {
		return ""
	}
	bottom := strconv.Itoa(sparkHeight)
	return "2," + bottom + " " + m.points() + " " + decimal(sparkWidth-2) + "," + bottom
}

// BarsModel is a histogram of stacked counts over time.
type BarsModel struct {
	Label  string // says what it shows: "Log entries per hour"
	Series []Series
	Bars   []Bar
	From   string // under the first bar
	To     string // under the last bar
	Unit   string // heading of the bar labels in the table: "Hour"
}

// Series names one layer of every bar, bottom first.
type Series struct {
	Label string
	Tone  Tone // Neutral, Info, Ok, Warn or Error
}

// Bar is one column; Href makes it a link to what it counts.
type Bar struct {
	Label  string
	Href   string
	Counts []int64 // one per series
	Chosen bool
}

const (
	barStep   = 10
	barWidth  = 8
	barHeight = 60
)

type barRect struct {
	x, y, height string
	class        string
}

func (m BarsModel) viewBox() string {
	return "0 0 " + strconv.Itoa(max(len(m.Bars), 1)*barStep) + " " + strconv.Itoa(barHeight)
}

// role keeps links inside the picture reachable: an img hides its content.
func (m BarsModel) role() string {
	for _, b := range m.Bars {
		if b.Href != "" {
			return "group"
		}
	}
	return "img"
}

func (m BarsModel) top() int64 {
	var top int64 = 1
	for _, b := range m.Bars {
		top = max(top, b.total())
	}
	return top
}

func (m BarsModel) x(i int) string { return strconv.Itoa(i*barStep + 1) }

// rects stacks one bar; a count above zero is always at least two units high.
func (m BarsModel) rects(i int) []barRect {
	var out []barRect
	y := float64(barHeight)
	for n, c := range m.Bars[i].Counts {
		if c <= 0 || n >= len(m.Series) {
			continue
		}
		h := max(ratio(c, m.top())*(barHeight-4), 2)
		y -= h
		out = append(out, barRect{m.x(i), decimal(y), decimal(h), "bar " + m.Series[n].Tone.class()})
	}
	return out
}

func (b Bar) total() int64 {
	var sum int64
	for _, c := range b.Counts {
		sum += c
	}
	return sum
}

// title is the tooltip and accessible name: "14:00: 120 entries, 3 Failure".
func (m BarsModel) title(b Bar) string {
	parts := make([]string, 0, len(b.Counts))
	for n, c := range b.Counts {
		if n < len(m.Series) {
			parts = append(parts, Count(c)+" "+strings.ToLower(m.Series[n].Label))
		}
	}
	return b.Label + ": " + strings.Join(parts, ", ")
}

func (m BarsModel) sum(n int) int64 {
	var sum int64
	for _, b := range m.Bars {
		if n < len(b.Counts) {
			sum += b.Counts[n]
		}
	}
	return sum
}

// ProgressModel is how far a run is; Max 0 means unknown.
type ProgressModel struct {
	Label string
	Text  string // right of the label: "1,204 of 5,000 users"
	Value int64
	Max   int64
}

func max64(values []int64) int64 {
	var top int64
	for _, v := range values {
		top = max(top, v)
	}
	return top
}

func ratio(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func decimal(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}
