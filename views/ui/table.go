package ui

import "strings"

// TableModel heads a table; the children are its <tr> rows. In each row give
// every <td> the attribute data-l with its column's label: phones stack the
// cells and show it.
type TableModel struct {
	Caption string // for screen readers: "Users"
	Columns []Column
	Dense   bool   // 32 px rows with smaller text, for logs
	ID      string // of the <tbody>, for fragments and the live tail
	// Compact lets phones flow the cells as lines without labels instead of
	// stacking them; a cell of class "wide" takes a line of its own.
	Compact bool
	// Keys lets the arrow keys walk the rows and y copy the address; load
	// layout.Chrome.Scripts "js/rows.js" on its page.
	Keys bool
}

// Column is one heading. Sort makes it a link that orders by this column.
type Column struct {
	Label  string
	Sort   string // URL
	Dir    string // "ascending" or "descending" when ordered by this column
	Number bool   // right-aligned digits; give the cells class "n" too
	Hidden bool   // label for screen readers only: the column of menus
}

func (c Column) class() string {
	if c.Number {
		return "n"
	}
	return ""
}

func (c Column) arrow() string {
	switch c.Dir {
	case "ascending":
		return "↑"
	case "descending":
		return "↓"
	}
	return "↕"
}

// PagerModel moves through a keyset-paged list. Empty URLs disable a side.
type PagerModel struct {
	Prev, Next           string
	PrevLabel, NextLabel string // "Previous" and "Next" when empty
	From, To             int64  // 1-based; 0 when the position is unknown
	Total                int64
	TotalUnknown         bool
	More                 bool   // Total is a lower bound: "10,000+"
	Noun                 string // plural: "users"
}

func (m PagerModel) label(given, usual string) string {
	if given != "" {
		return given
	}
	return usual
}

// Summary is the sentence between the links: "1–50 of 1,234 users".
func (m PagerModel) Summary() string {
	if m.TotalUnknown && m.From == 1 && m.To > 0 && m.Next == "" {
		m.Total, m.TotalUnknown = m.To, false // the list ends on its first page
	}
	total := ""
	if !m.TotalUnknown {
		total = Count(m.Total)
		if m.More {
			total += "+"
		}
	}
	text := ""
	switch {
	case m.From > 0 && total != "":
		text = Count(m.From) + "–" + Count(m.To) + " of " + total
	case m.From > 0:
		text = Count(m.From) + "–" + Count(m.To)
	default:
		text = total
	}
	if text != "" && m.Noun != "" {
		text += " " + m.noun()
	}
	return text
}

// noun is the singular where there is exactly one.
func (m PagerModel) noun() string {
	if m.Total != 1 || m.TotalUnknown || m.More {
		return m.Noun
	}
	if one, ok := strings.CutSuffix(m.Noun, "ies"); ok {
		return one + "y"
	}
	return strings.TrimSuffix(m.Noun, "s")
}
