package mapping

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// Builder is a condition as rows of a form: all of them must hold, or any.
type Builder struct {
	All  bool
	Rows []Row
}

// Row is one condition: an attribute, what is asked of it, and a value. The value
// of InList and NotInList has one entry a line; Present and Absent have none.
type Row struct {
	Attr  string // as a filter names it: department, name.givenName, emails[type eq "work"].value
	Op    RowOp
	Value string
}

// RowOp is what a row asks of its attribute.
type RowOp string

// The operators of rows.
const (
	Is         RowOp = "is"
	IsNot      RowOp = "isNot"
	StartsWith RowOp = "startsWith"
	EndsWith   RowOp = "endsWith"
	Contains   RowOp = "contains"
	InList     RowOp = "inList"
	NotInList  RowOp = "notInList"
	Present    RowOp = "present"
	Absent     RowOp = "absent"
	Before     RowOp = "before"
	After      RowOp = "after"
	Greater    RowOp = "greater"
	Less       RowOp = "less"
)

// RowOps lists the operators in the order forms show them, with their words.
func RowOps() []RowOp {
	return []RowOp{Is, IsNot, StartsWith, EndsWith, Contains, InList, NotInList, Present, Absent, Before, After, Greater, Less}
}

// Label is the operator in words.
func (o RowOp) Label() string {
	words := map[RowOp]string{
		Is: "is", IsNot: "is not", StartsWith: "begins with", EndsWith: "ends with", Contains: "contains",
		InList: "is one of", NotInList: "is none of", Present: "is present", Absent: "is absent",
		Before: "is before", After: "is after", Greater: "is greater than", Less: "is less than",
	}
	return words[o]
}

// Listed tells whether the operator takes a list, one value a line.
func (o RowOp) Listed() bool { return o == InList || o == NotInList }

// Valued tells whether the operator takes a value.
func (o RowOp) Valued() bool { return o != Present && o != Absent }

// Filter writes the rows as a SCIM filter; no rows are no condition. Refusals name
// the row as the field row1, row2 and so on.
func (b Builder) Filter(types filter.Lookup) (string, error) {
	var e filter.Expr
	for i, row := range b.Rows {
		part, err := row.expr(types)
		if err != nil {
			err.Attr = rowField(i)
			return "", err
		}
		switch {
		case e == nil:
			e = part
		case b.All:
			e = filter.And{Left: e, Right: part}
		default:
			e = either(e, part)
		}
	}
	if e == nil {
		return "", nil
	}
	return e.String(), nil
}

func rowField(i int) string { return "row" + strconv.Itoa(i+1) }

// either joins by or without parentheses, which mean nothing there.
func either(left, right filter.Expr) filter.Expr {
	if or, ok := right.(filter.Or); ok {
		return filter.Or{Left: either(left, or.Left), Right: or.Right}
	}
	return filter.Or{Left: left, Right: right}
}

func (r Row) expr(types filter.Lookup) (filter.Expr, *models.Error) {
	target, err := filter.ParsePath(strings.TrimSpace(r.Attr), filter.Limits{})
	if err != nil || r.Attr == "" {
		return nil, models.Errorf(models.Invalid, "", "A condition names no attribute.").WithAdvice("Choose one, or take the row out.")
	}
	attr, known := typeOf(target, types)
	if !known {
		return nil, models.Errorf(models.Filter, "", "No user has an attribute %s.", r.Attr).
			WithAdvice("Choose one from the list, or declare it under Attributes first.").WithCode("unknownAttribute")
	}
	if r.Op.Valued() && strings.Trim(r.Value, "\r\n") == "" {
		return nil, models.Errorf(models.Invalid, "", "The condition on %s has no value.", r.Attr).
			WithAdvice("Enter one, or choose “is present” or “is absent”.")
	}
	if r.Op.Valued() && !r.Op.Listed() && len(r.lines()) > 1 {
		return nil, models.Errorf(models.Invalid, "", "The condition on %s has several lines.", r.Attr).
			WithAdvice("Choose “is one of” for a list, or write one value.")
	}
	if one := r.lines(); r.Op.Listed() && len(one) == 1 { // a list of one is a plain comparison
		r.Value, r.Op = one[0], map[RowOp]RowOp{InList: Is, NotInList: IsNot}[r.Op]
	}
	leaf := func(op filter.Op, text string) (filter.Expr, *models.Error) {
		value, err := literalOf(r, attr, text)
		return compareAt(target, op, value), err
	}
	switch r.Op {
	case Is:
		return leaf(filter.Eq, r.Value)
	case IsNot:
		if attr.Multi || target.Filter != nil {
			e, err := leaf(filter.Eq, r.Value)
			return filter.Not{Expr: e}, err
		}
		return leaf(filter.Ne, r.Value)
	case InList, NotInList:
		return r.list(leaf)
	case Present:
		return presentAt(target), nil
	case Absent:
		return filter.Not{Expr: presentAt(target)}, nil
	case StartsWith, EndsWith, Contains, Before, After, Greater, Less:
		return leaf(plainOps[r.Op], r.Value)
	}
	return nil, models.Errorf(models.Invalid, "", "A condition cannot ask %q.", r.Op).WithAdvice("Choose what to ask from the list.")
}

// list is an or of the values.
func (r Row) list(leaf func(filter.Op, string) (filter.Expr, *models.Error)) (filter.Expr, *models.Error) {
	var e filter.Expr
	for _, line := range r.lines() {
		one, err := leaf(filter.Eq, line)
		switch {
		case err != nil:
			return nil, err
		case e == nil:
			e = one
		default:
			e = filter.Or{Left: e, Right: one}
		}
	}
	if r.Op == NotInList {
		e = filter.Not{Expr: e}
	}
	return e, nil
}

func (r Row) lines() []string {
	return strings.FieldsFunc(r.Value, func(c rune) bool { return c == '\r' || c == '\n' })
}

var plainOps = map[RowOp]filter.Op{
	StartsWith: filter.Sw, EndsWith: filter.Ew, Contains: filter.Co,
	Before: filter.Lt, After: filter.Gt, Greater: filter.Gt, Less: filter.Lt,
}

func typeOf(t filter.Target, types filter.Lookup) (filter.Attr, bool) {
	whole, ok := types.Attr(filter.Path{URN: t.URN, Name: t.Name})
	if !ok {
		return whole, false
	}
	leaf, ok := types.Attr(t.Path)
	leaf.Multi = whole.Multi
	if leaf.Type == filter.Complex && t.Sub == "" {
		t.Sub = "value"
		sub, has := types.Attr(t.Path)
		leaf.Type, ok = sub.Type, has
	}
	return leaf, ok
}

// literalOf reads an entered value as its attribute's type.
func literalOf(r Row, attr filter.Attr, text string) (any, *models.Error) {
	refuse := func(what, example string) (any, *models.Error) {
		return nil, models.Errorf(models.Invalid, "", "%s takes %s, not “%s”.", r.Attr, what, text).WithAdvice("Enter one such as %s.", example)
	}
	text = strings.Trim(text, "\r\n")
	isText := slices.Contains([]RowOp{StartsWith, EndsWith, Contains}, r.Op)
	switch {
	case attr.Type == filter.Boolean && !isText:
		if low := strings.ToLower(strings.TrimSpace(text)); low == "true" || low == "false" {
			return low == "true", nil
		}
		return refuse("true or false", "true")
	case (attr.Type == filter.Integer || attr.Type == filter.Decimal) && !isText:
		n := json.Number(strings.TrimSpace(text))
		if _, err := json.Marshal(n); err != nil || n == "" {
			return refuse("a number", "10")
		}
		return n, nil
	case attr.Type == filter.DateTime && !isText, r.Op == Before || r.Op == After:
		if _, ok := filter.Instant(strings.TrimSpace(text)); !ok || attr.Type != filter.DateTime {
			return refuse("a date", "2026-01-31")
		}
		return strings.TrimSpace(text), nil
	case r.Op == Greater || r.Op == Less:
		return refuse("no size", "a part of its text with another choice")
	}
	return text, nil
}

func compareAt(t filter.Target, op filter.Op, value any) filter.Expr {
	if t.Filter == nil {
		return filter.Compare{Path: t.Path, Op: op, Value: value}
	}
	then := filter.Compare{Path: filter.Path{Name: valueOr(t.Sub)}, Op: op, Value: value}
	return filter.ValuePath{Path: filter.Path{URN: t.URN, Name: t.Name}, Filter: t.Filter, Then: then}
}

func presentAt(t filter.Target) filter.Expr {
	if t.Filter == nil {
		return filter.Present{Path: t.Path}
	}
	then := filter.Present{Path: filter.Path{Name: valueOr(t.Sub)}}
	return filter.ValuePath{Path: filter.Path{URN: t.URN, Name: t.Name}, Filter: t.Filter, Then: then}
}

func valueOr(sub string) string {
	if sub == "" {
		return "value"
	}
	return sub
}
