package mapping

import (
	"encoding/json"
	"slices"
	"strings"

	"muster/models/filter"
)

// Rows reads a condition as rows of a form. False is a condition that rows cannot
// hold, which stays a text.
func Rows(e filter.Expr, types filter.Lookup) (Builder, bool) {
	if e == nil {
		return Builder{All: true}, true
	}
	if or, isOr := e.(filter.Or); isOr {
		if _, ok := listRow(or, InList, types); !ok {
			return anyRows(or, types)
		}
	}
	b := Builder{All: true}
	for _, part := range conjuncts(e) {
		row, ok := rowOf(part, types)
		if !ok {
			return Builder{}, false
		}
		b.Rows = append(b.Rows, row)
	}
	return b, true
}

// anyRows makes neighbours that compare one attribute a list, as they were entered.
func anyRows(or filter.Or, types filter.Lookup) (Builder, bool) {
	var b Builder
	parts := disjuncts(or)
	for i := 0; i < len(parts); {
		list, n := parts[i], 1
		for i+n < len(parts) {
			next := filter.Or{Left: list, Right: parts[i+n]}
			if _, ok := listRow(next, InList, types); !ok {
				break
			}
			list, n = next, n+1
		}
		row, ok := rowOf(list, types)
		if !ok {
			return Builder{}, false
		}
		b.Rows = append(b.Rows, row)
		i += n
	}
	return b, true
}

func rowOf(e filter.Expr, types filter.Lookup) (Row, bool) {
	switch e := e.(type) {
	case filter.Or:
		return listRow(e, InList, types)
	case filter.Not:
		return notRow(e.Expr, types)
	}
	target, leaf, ok := leafOf(e)
	if !ok {
		return Row{}, false
	}
	switch leaf := leaf.(type) {
	case filter.Present:
		return Row{Attr: target.String(), Op: Present}, true
	case filter.Compare:
		return compareRow(target, leaf, types)
	}
	return Row{}, false
}

func notRow(e filter.Expr, types filter.Lookup) (Row, bool) {
	if or, ok := e.(filter.Or); ok {
		return listRow(or, NotInList, types)
	}
	row, ok := rowOf(e, types)
	if _, isNot := e.(filter.Not); !ok || isNot {
		return Row{}, false
	}
	switch row.Op {
	case Present:
		row.Op = Absent
		return row, true
	case Is:
		row.Op = IsNot
		return row, true
	case IsNot, StartsWith, EndsWith, Contains, InList, NotInList, Absent, Before, After, Greater, Less:
	}
	return Row{}, false
}

func compareRow(t filter.Target, c filter.Compare, types filter.Lookup) (Row, bool) {
	attr, known := typeOf(t, types)
	op, ok := rowOpOf(c.Op, attr, t.Filter != nil)
	text, fits := textOf(c.Value, attr, op)
	return Row{Attr: t.String(), Op: op, Value: text}, known && ok && fits
}

func rowOpOf(op filter.Op, attr filter.Attr, chosen bool) (RowOp, bool) {
	number := attr.Type == filter.Integer || attr.Type == filter.Decimal
	date := attr.Type == filter.DateTime
	switch op {
	case filter.Eq:
		return Is, true
	case filter.Ne:
		return IsNot, !attr.Multi && !chosen
	case filter.Sw:
		return StartsWith, true
	case filter.Ew:
		return EndsWith, true
	case filter.Co:
		return Contains, true
	case filter.Gt:
		if date {
			return After, true
		}
		return Greater, number
	case filter.Lt:
		if date {
			return Before, true
		}
		return Less, number
	case filter.Ge, filter.Le:
	}
	return "", false
}

// textOf gives a value as a form shows it. A value of another type than its
// attribute's, or one that a form would change, does not fit.
func textOf(v any, attr filter.Attr, op RowOp) (string, bool) {
	isText := slices.Contains([]RowOp{StartsWith, EndsWith, Contains}, op)
	number := attr.Type == filter.Integer || attr.Type == filter.Decimal
	switch v := v.(type) {
	case bool:
		if v {
			return "true", attr.Type == filter.Boolean
		}
		return "false", attr.Type == filter.Boolean
	case json.Number:
		return v.String(), number && !isText
	case string:
		_, instant := filter.Instant(v)
		fits := isText || attr.Type != filter.Boolean && !number && (instant || attr.Type != filter.DateTime)
		return v, fits && v != "" && !strings.ContainsAny(v, "\r\n")
	}
	return "", false
}

// listRow reads an or of values of one attribute.
func listRow(or filter.Or, op RowOp, types filter.Lookup) (Row, bool) {
	list := Row{Op: op}
	for _, part := range disjuncts(or) {
		target, leaf, ok := leafOf(part)
		c, isCompare := leaf.(filter.Compare)
		if !ok || !isCompare || c.Op != filter.Eq {
			return Row{}, false
		}
		row, ok := compareRow(target, c, types)
		switch {
		case !ok, list.Attr != "" && list.Attr != row.Attr:
			return Row{}, false
		case list.Attr == "":
			list.Attr, list.Value = row.Attr, row.Value
		default:
			list.Value += "\n" + row.Value
		}
	}
	return list, true
}

// leafOf takes a comparison and where it looks apart.
func leafOf(e filter.Expr) (filter.Target, filter.Expr, bool) {
	switch e := e.(type) {
	case filter.Compare:
		return filter.Target{Path: e.Path}, e, true
	case filter.Present:
		return filter.Target{Path: e.Path}, e, true
	case filter.ValuePath:
		target := filter.Target{Path: e.Path, Filter: e.Filter}
		switch then := e.Then.(type) {
		case filter.Compare:
			target.Sub = then.Path.Name
			return target, then, then.Path.Sub == "" && then.Path.URN == ""
		case filter.Present:
			target.Sub = then.Path.Name
			return target, then, then.Path.Sub == "" && then.Path.URN == ""
		}
	}
	return filter.Target{}, nil, false
}
