package scim

import (
	"cmp"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"muster/models/filter"
)

// filtered is an operation on attr[filter] or attr[filter].sub.
func (e *editor) filtered(op OpKind, pl place, f filter.Expr, raw any) error {
	if pl.attr.Type != filter.Complex && !pl.attr.MultiValued {
		return badRequest(InvalidPath, "%s has no parts to filter; leave the brackets out", place{urn: pl.urn, attr: pl.attr})
	}
	if name := pl.attr.lacks(f); name != "" {
		return e.t.unknownPath(filter.Path{URN: pl.urn, Name: pl.attr.Name, Sub: name})
	}
	parent := filter.Path{URN: pl.urn, Name: pl.attr.Name}
	if err := filter.Check(filter.ValuePath{Path: parent, Filter: f}, e.t); err != nil {
		return badRequest(InvalidFilter, "%v", err)
	}
	list := asList(e.get(pl))
	var hits []int
	match := filter.CompileValue(f, e.t, parent)
	for i, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			m = map[string]any{"value": item}
		}
		if match(m) {
			hits = append(hits, i)
		}
	}
	if op == Remove && pl.sub == nil {
		return e.drop(pl, list, hits)
	}
	if list, ok := raw.([]any); op == Add && pl.sub == nil && (addsNothing(raw) || ok && !slices.ContainsFunc(list, addsSomething)) {
		return nil
	}
	var v any
	if op != Remove {
		var err error
		if v, err = e.single(pl, raw); err != nil {
			return err
		}
	}
	switch {
	case len(hits) > 0:
		return e.change(op, pl, f, list, hits, v)
	case v == nil:
		return nil
	}
	return e.create(op, pl, f, list, v)
}

// lacks names what a filter in brackets asks for and no value of the attribute has.
func (a *Attribute) lacks(f filter.Expr) string {
	var asked filter.Path
	switch f := f.(type) {
	case filter.And:
		return cmp.Or(a.lacks(f.Left), a.lacks(f.Right))
	case filter.Or:
		return cmp.Or(a.lacks(f.Left), a.lacks(f.Right))
	case filter.Not:
		return a.lacks(f.Expr)
	case filter.Compare:
		asked = f.Path
	case filter.Present:
		asked = f.Path
	case filter.ValuePath:
		asked = f.Path
	}
	if asked.URN == "" && asked.Sub == "" && (a.sub(asked.Name) != nil || a.Type != filter.Complex && sameName(asked.Name, "value")) {
		return ""
	}
	return asked.String()
}

// asList lets a single complex value be filtered like a list of one.
func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// store puts back what asList gave.
func (e *editor) store(pl place, list []any) error {
	if pl.attr.MultiValued {
		return e.setList(pl, list)
	}
	if len(list) == 0 {
		e.set(pl, nil)
		return nil
	}
	e.set(pl, list[0])
	return nil
}

func (e *editor) drop(pl place, list []any, hits []int) error {
	kept := make([]any, 0, len(list))
	for i, item := range list {
		if !slices.Contains(hits, i) {
			kept = append(kept, item)
		}
	}
	return e.store(pl, kept)
}

// change updates the values that a filter selected. Replacing a value without
// naming what the filter asked for keeps that: a work address stays one.
func (e *editor) change(op OpKind, pl place, f filter.Expr, list []any, hits []int, v any) error {
	if pl.sub == nil && v == nil {
		return e.drop(pl, list, hits)
	}
	for _, i := range hits {
		m, isMap := list[i].(map[string]any)
		fresh, toMap := clone(v).(map[string]any)
		switch {
		case pl.sub != nil && isMap:
			put(m, pl.sub.Name, v)
		case toMap && isMap && op == Add:
			maps.Copy(m, fresh)
		case toMap:
			described, _ := e.describe(pl, f)
			for key, x := range described {
				if fresh[key] == nil {
					fresh[key] = x
				}
			}
			list[i] = fresh
		default:
			list[i] = v
		}
		if marked(pl.attr, list[i]) != nil {
			onlyPrimary(list, i)
		}
	}
	return e.store(pl, list)
}

// create makes the value that a filter describes: replacing the work e-mail of
// a user who has none gives one. RFC 7644 would answer noTarget, which no
// identity provider recovers from. It stays for all that none of them sends:
// filters that describe nothing or name a value by more than type and primary,
// and replacing a whole value (section 3.5.2.3).
func (e *editor) create(op OpKind, pl place, f filter.Expr, list []any, v any) error {
	m, ok := e.describe(pl, f)
	if !ok || !pl.attr.MultiValued || op == Replace && (pl.sub == nil || !labelsOnly(m)) {
		return Errorf(http.StatusBadRequest, NoTarget, "no value of %s matches [%s]; add the value first, or use a filter of eq comparisons that describes it", place{urn: pl.urn, attr: pl.attr}, clip(f.String()))
	}
	fresh, isMap := v.(map[string]any)
	switch {
	case pl.sub != nil:
		m[pl.sub.Name] = v
	case isMap:
		maps.Copy(m, fresh)
	}
	e.notes.add(NoteNoSuchValue, pl.String())
	list = append(list, m)
	if marked(pl.attr, m) != nil {
		onlyPrimary(list, len(list)-1)
	}
	return e.setList(pl, list)
}

// labelsOnly tells whether a description says only what a value is for.
func labelsOnly(m map[string]any) bool {
	for name := range m {
		if name != "type" && name != "primary" {
			return false
		}
	}
	return true
}

// describe reads a conjunction of eq comparisons as the value it would match.
func (e *editor) describe(pl place, f filter.Expr) (map[string]any, bool) {
	switch f := f.(type) {
	case filter.And:
		left, ok := e.describe(pl, f.Left)
		right, okRight := e.describe(pl, f.Right)
		if !ok || !okRight {
			return nil, false
		}
		for key, v := range right {
			if have, twice := left[key]; twice && !equal(have, v) {
				return nil, false
			}
			left[key] = v
		}
		return left, true
	case filter.Not: // how primary eq false arrives
		if c, ok := f.Expr.(filter.Compare); ok && sameName(c.Path.Name, "primary") && c.Op == filter.Eq && c.Value == true {
			c.Value = false
			return e.describe(pl, c)
		}
	case filter.Compare:
		at := place{urn: pl.urn, attr: pl.attr, sub: pl.attr.sub(f.Path.Name)}
		if f.Op != filter.Eq || f.Path.Sub != "" || f.Path.URN != "" || at.sub == nil {
			return nil, false
		}
		v, err := e.single(at, f.Value)
		if err != nil || v == nil {
			return nil, false
		}
		return map[string]any{at.sub.Name: v}, true
	}
	return nil, false
}

// equal is reflect.DeepEqual for what a document holds.
func equal(a, b any) bool {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case []any:
		b, ok := b.([]any)
		return ok && (a == nil) == (b == nil) && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && (a == nil) == (b == nil) && maps.EqualFunc(a, b, equal)
	}
	return reflect.DeepEqual(a, b)
}
