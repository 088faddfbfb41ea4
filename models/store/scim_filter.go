package store

import (
	"strings"
	"time"

	"muster/models"
	"muster/models/filter"
)

// where is a filter as SQL. Exact tells whether the SQL says all that the filter
// says; otherwise it selects a superset that the caller tests further.
type where struct {
	sql   string
	args  []any
	exact bool
}

// everything is what cannot be said in SQL.
var everything = where{sql: "1 = 1"}

// columns resolves an attribute path to SQL for one comparison.
type columns func(p filter.Path, op filter.Op, value any) (where, bool)

// compileFilter translates what it can of a filter over indexed columns. Types
// gives the document spelling of attribute names.
func compileFilter(e filter.Expr, types filter.Lookup, cols columns) where {
	switch e := e.(type) {
	case filter.And:
		l, r := compileFilter(e.Left, types, cols), compileFilter(e.Right, types, cols)
		return where{"(" + l.sql + " AND " + r.sql + ")", append(l.args, r.args...), l.exact && r.exact}
	case filter.Or:
		l, r := compileFilter(e.Left, types, cols), compileFilter(e.Right, types, cols)
		return where{"(" + l.sql + " OR " + r.sql + ")", append(l.args, r.args...), l.exact && r.exact}
	case filter.Not:
		if in := compileFilter(e.Expr, types, cols); in.exact {
			return where{"NOT " + in.sql, in.args, true}
		}
		return everything
	case filter.Compare:
		return compileCompare(e, types, cols)
	case filter.ValuePath:
		return compileValuePath(e, types, cols)
	}
	return everything
}

func compileCompare(e filter.Compare, types filter.Lookup, cols columns) where {
	attr, ok := types.Attr(e.Path)
	if !ok {
		return everything
	}
	if w, ok := cols(attr.Path, e.Op, e.Value); ok {
		return w
	}
	return everything
}

// compileValuePath narrows emails[type eq "work" and value eq "x"] and Microsoft's
// emails[type eq "work"].value eq "x" by the value; the rest is tested after.
func compileValuePath(e filter.ValuePath, types filter.Lookup, cols columns) where {
	var found []filter.Compare
	if c, ok := e.Then.(filter.Compare); ok {
		found = append(found, c)
	}
	found = append(found, conjuncts(e.Filter)...)
	for _, c := range found {
		if !strings.EqualFold(c.Path.Name, "value") {
			continue
		}
		path := filter.Path{URN: e.Path.URN, Name: e.Path.Name, Sub: "value"}
		if w := compileCompare(filter.Compare{Path: path, Op: c.Op, Value: c.Value}, types, cols); w.sql != everything.sql {
			w.exact = false
			return w
		}
	}
	return everything
}

func conjuncts(e filter.Expr) []filter.Compare {
	switch e := e.(type) {
	case filter.And:
		return append(conjuncts(e.Left), conjuncts(e.Right)...)
	case filter.Compare:
		return []filter.Compare{e}
	}
	return nil
}

// keyed compares a folded column: equality and prefix are ranges of its index.
func keyed(column string, op filter.Op, value any, fold bool) (where, bool) {
	text, ok := value.(string)
	if !ok {
		return where{}, false
	}
	if fold {
		text = filter.Fold(text)
	}
	switch op {
	case filter.Eq:
		return where{column + " = ?", []any{text}, true}, true
	case filter.Sw:
		return where{"(" + column + " >= ? AND " + column + " < ?)", []any{text, after(text)}, true}, true
	case filter.Ne, filter.Co, filter.Ew, filter.Gt, filter.Ge, filter.Lt, filter.Le: // no range of the index
	}
	return where{}, false
}

func userColumns(organization int64) columns {
	return func(p filter.Path, op filter.Op, value any) (where, bool) {
		switch p.URN + "|" + p.Name + "|" + p.Sub {
		case "|userName|":
			return keyed("user_name_key", op, value, true)
		case "|externalId|":
			return keyed("external_id", op, value, false)
		case "|id|":
			return keyed("public_id", op, value, false)
		case "|displayName|":
			// sort_key falls back to other names, so it only narrows.
			w, ok := keyed("sort_key", op, value, true)
			w.exact = false
			return w, ok
		case "|emails|", "|emails|value":
			return emailWhere(organization, op, value)
		case "|groups|", "|groups|value":
			return groupWhere(op, value)
		case "|active|":
			return activeWhere(op, value)
		case "|meta|lastModified":
			return instantWhere("updated", op, value)
		case "|meta|created":
			return instantWhere("created", op, value)
		case models.EnterpriseURN + "|manager|", models.EnterpriseURN + "|manager|value":
			return keyed("manager_id", op, value, false)
		}
		return where{}, false
	}
}

func emailWhere(organization int64, op filter.Op, value any) (where, bool) {
	in, ok := keyed("value_key", op, value, true)
	if !ok {
		return in, false
	}
	in.sql = "id IN (SELECT user_id FROM user_values WHERE organization_id = ? AND path = 'emails' AND " + in.sql + ")"
	in.args = append([]any{organization}, in.args...)
	return in, true
}

func groupWhere(op filter.Op, value any) (where, bool) {
	text, ok := value.(string)
	if !ok || op != filter.Eq {
		return where{}, false
	}
	return where{`id IN (SELECT m.member_id FROM members m JOIN groups g ON g.id = m.group_id WHERE m.kind = 'user' AND g.public_id = ?)`, []any{text}, true}, true
}

func activeWhere(op filter.Op, value any) (where, bool) {
	var on bool
	switch v := value.(type) {
	case bool:
		on = v
	case string:
		if !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false") {
			return where{}, false
		}
		on = strings.EqualFold(v, "true")
	default:
		return where{}, false
	}
	switch {
	case op == filter.Eq && on, op == filter.Ne && !on:
		return where{"status = 'active'", nil, true}, true
	case op == filter.Eq, op == filter.Ne:
		return where{"status <> 'active'", nil, true}, true
	}
	return where{}, false
}

// instantWhere compares a stored instant, of whole milliseconds, with one that may
// be finer; it narrows and leaves the last word to the matcher.
func instantWhere(column string, op filter.Op, value any) (where, bool) {
	text, ok := value.(string)
	if !ok {
		return where{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return where{}, false
	}
	ms := models.TimeOf(at)
	switch op {
	case filter.Gt, filter.Ge:
		return where{column + " >= ?", []any{ms}, false}, true
	case filter.Lt, filter.Le:
		return where{column + " <= ?", []any{ms + 1}, false}, true
	case filter.Eq:
		return where{column + " = ?", []any{ms}, false}, true
	case filter.Ne, filter.Co, filter.Sw, filter.Ew: // no range of time
	}
	return where{}, false
}

func groupColumns(p filter.Path, op filter.Op, value any) (where, bool) {
	switch p.Name + "|" + p.Sub {
	case "displayName|":
		return keyed("display_name_key", op, value, true)
	case "externalId|":
		return keyed("external_id", op, value, false)
	case "id|":
		return keyed("public_id", op, value, false)
	case "members|", "members|value":
		return memberWhere(op, value)
	case "meta|lastModified":
		return instantWhere("updated", op, value)
	case "meta|created":
		return instantWhere("created", op, value)
	}
	return where{}, false
}

func memberWhere(op filter.Op, value any) (where, bool) {
	text, ok := value.(string)
	if !ok || op != filter.Eq {
		return where{}, false
	}
	return where{`id IN (SELECT m.group_id FROM members m WHERE (m.kind = 'user' AND m.member_id IN (SELECT id FROM users WHERE public_id = ?))
		OR (m.kind = 'group' AND m.member_id IN (SELECT id FROM groups WHERE public_id = ?)))`, []any{text, text}, true}, true
}
