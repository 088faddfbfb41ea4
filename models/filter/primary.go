package filter

import "strings"

// unmarked reads a comparison of primary as RFC 7643 section 2.4 means it: where
// primary is not given it is false. What asks for false is turned into "not
// true", so that everything that evaluates filters agrees. inside tells that the
// path is relative to one value.
func unmarked(e Expr, inside bool) Expr {
	c, ok := e.(Compare)
	if !ok || c.Op != Eq && c.Op != Ne || !c.asksPrimary(inside) {
		return e
	}
	truth, ok := asBool(c.Value)
	if !ok {
		return e
	}
	if c.Op == Ne {
		truth = !truth
	}
	switch {
	case truth && c.Op == Eq:
		return e
	case truth:
		return Compare{c.Path, Eq, true}
	}
	if inside {
		return Not{Compare{c.Path, Eq, true}}
	}
	return ValuePath{
		Path:   Path{URN: c.Path.URN, Name: c.Path.Name},
		Filter: Not{Compare{Path{Name: c.Path.Sub}, Eq, true}},
	}
}

func (c Compare) asksPrimary(inside bool) bool {
	if inside {
		return c.Path.Sub == "" && strings.EqualFold(c.Path.Name, "primary")
	}
	return strings.EqualFold(c.Path.Sub, "primary")
}

func asBool(v any) (truth, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		return strings.EqualFold(v, "true"), strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
	}
	return false, false
}

// then puts Microsoft's comparison behind a value path: a filter and what the
// same value must hold beside it.
func (e ValuePath) then(what Expr) ValuePath {
	switch what.(type) {
	case Compare, Present:
		e.Then = what
	default:
		e.Filter = And{e.Filter, what}
	}
	return e
}
