package scim

import "muster/models/filter"

// What a path such as members[value eq "a"] says about whom it means, so that they are
// looked up and the group is not read.

// idsOf reads value eq "a" or $ref eq ".../Users/b" … as ids.
func idsOf(f filter.Expr) ([]Member, bool) {
	switch f := f.(type) {
	case filter.Or:
		left, ok := idsOf(f.Left)
		right, okRight := idsOf(f.Right)
		return append(left, right...), ok && okRight
	case filter.Compare:
		if id, ok := equals(f, "value"); ok {
			return []Member{{Value: id}}, true
		}
		ref, ok := equals(f, "$ref")
		if kind, id := splitRef(ref); ok && kind != "" && id != "" {
			return []Member{{Value: id, Type: kind}}, true
		}
	}
	return nil, false
}

// byID turns $ref eq "Users/a" into type eq "User" and value eq "a": a reference means
// the same member in any of its forms, relative or with another host before it.
func byID(f filter.Expr) filter.Expr {
	switch f := f.(type) {
	case filter.And:
		return filter.And{Left: byID(f.Left), Right: byID(f.Right)}
	case filter.Or:
		return filter.Or{Left: byID(f.Left), Right: byID(f.Right)}
	case filter.Not:
		return filter.Not{Expr: byID(f.Expr)}
	case filter.Compare:
		ids, ok := idsOf(f)
		if !ok || ids[0].Type == "" {
			return f
		}
		is := func(name, text string) filter.Expr {
			return filter.Compare{Path: filter.Path{Name: name}, Op: filter.Eq, Value: text}
		}
		return filter.And{Left: is("type", ids[0].Type), Right: is("value", ids[0].Value)}
	}
	return f
}

// equals reads name eq "text".
func equals(f filter.Compare, name string) (string, bool) {
	text, ok := f.Value.(string)
	return text, ok && f.Op == filter.Eq && f.Path.Sub == "" && sameName(f.Path.Name, name)
}

// idsAmong gives ids that everybody whom a filter selects is among; none when it does
// not say.
func idsAmong(f filter.Expr) []Member {
	if ids, plain := idsOf(f); plain {
		return ids
	}
	if both, ok := f.(filter.And); ok {
		if ids := idsAmong(both.Left); ids != nil {
			return ids
		}
		return idsAmong(both.Right)
	}
	return nil
}

// typeAmong gives the type that everybody whom a filter selects has, when it says so.
func typeAmong(f filter.Expr) string {
	switch f := f.(type) {
	case filter.Compare:
		if text, ok := equals(f, "type"); ok {
			return kindOf(text)
		}
	case filter.And:
		if kind := typeAmong(f.Left); kind != "" {
			return kind
		}
		return typeAmong(f.Right)
	}
	return ""
}
