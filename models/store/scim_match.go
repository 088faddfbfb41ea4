package store

import (
	"strings"

	"muster/models/filter"
)

// node is a filter, or a part of one, as SQL that is true or false and never NULL,
// exactly as filter.Match says. by, when it is set, is an index that finds all
// resources for which it holds.
type node struct {
	is said
	by narrow
}

// compile translates a whole filter.
func (c compiler) compile(e filter.Expr) node {
	switch e := e.(type) {
	case filter.And:
		l, r := c.compile(e.Left), c.compile(e.Right)
		return node{and(l.is, r.is), l.by.better(r.by)}
	case filter.Or:
		l, r := c.compile(e.Left), c.compile(e.Right)
		switch {
		case l.is.sql == never:
			return r
		case r.is.sql == never:
			return l
		}
		return node{or(l.is, r.is), c.either(l.by, r.by)}
	case filter.Not:
		return node{is: not(c.compile(e.Expr).is)}
	case filter.Compare:
		if there, asks := e.Presence(); asks {
			return c.compile(there)
		}
		return c.compare(e)
	case filter.Present:
		return node{is: c.present(e.Path)}
	case filter.ValuePath:
		return c.valuePath(e)
	}
	return node{is: no()}
}

// find resolves a path: the attribute it names, and the whole one that it is of.
func (c compiler) find(p filter.Path) (attr, whole filter.Attr, ok bool) {
	attr, ok = c.types.Attr(p)
	if !ok || attr.Path.Sub == "" {
		return attr, attr, ok
	}
	whole, ok = c.types.Attr(filter.Path{URN: attr.Path.URN, Name: attr.Path.Name})
	return attr, whole, ok
}

func sub(p filter.Path) string {
	if p.Sub == "" {
		return "value"
	}
	return p.Sub
}

func (c compiler) compare(e filter.Compare) node {
	attr, whole, ok := c.find(e.Path)
	absent := e.Op == filter.Ne
	if !ok {
		return node{is: sure(absent)}
	}
	if attr.Type == filter.Complex && attr.Path.Sub == "" && attr.Path.Name != "" {
		if value, ok := c.types.Attr(filter.Path{URN: attr.Path.URN, Name: attr.Path.Name, Sub: "value"}); ok {
			attr.Type, attr.CaseExact = value.Type, value.CaseExact
		}
	}
	n := node{is: c.holds(c.placeOf(whole), attr, e, absent)}
	if !absent && n.is.sql != never {
		n.by = c.narrow(attr, e.Op, e.Value)
		if n.by.exact && !c.rowwise {
			n.is = c.belongs(n.by)
		}
	}
	return n
}

// holds compares an attribute of a resource.
func (c compiler) holds(p place, attr filter.Attr, e filter.Compare, absent bool) said {
	l := p.leaf(sub(attr.Path))
	if p.rows.none() {
		return c.single(l, attr, e, absent)
	}
	if l.text.none() {
		return sure(absent)
	}
	test := c.test(l, e.Op, e.Value, attr)
	anyOne := no()
	if test.sql != never {
		anyOne = say("EXISTS (SELECT 1 # AND # IS NOT NULL AND #)", p.rows, l.text, test)
	}
	if !absent {
		return anyOne
	}
	return or(anyOne, say("NOT EXISTS (SELECT 1 # AND # IS NOT NULL)", p.rows, l.text))
}

// single compares one value; an empty text counts as none.
func (c compiler) single(l leaf, attr filter.Attr, e filter.Compare, absent bool) said {
	if l.text.none() {
		return sure(absent)
	}
	test := c.test(l, e.Op, e.Value, attr)
	if absent {
		return or(say("(coalesce(#, 's') = 's')", l.text), truly(test))
	}
	return and(filled(l.text), truly(test))
}

// truly takes unknown for false.
func truly(test said) said {
	if test.sql == always || test.sql == never {
		return test
	}
	return say("coalesce(#, 1 = 0)", test)
}

func (c compiler) present(path filter.Path) said {
	attr, whole, ok := c.find(path)
	if !ok {
		return no()
	}
	p := c.placeOf(whole)
	has := p.full
	if attr.Path.Sub != "" {
		has = filled(p.leaf(attr.Path.Sub).text)
	}
	if p.rows.none() || has.sql == never {
		return has
	}
	return say("EXISTS (SELECT 1 # AND #)", p.rows, has)
}

// valuePath holds when one value satisfies all that is asked of it.
func (c compiler) valuePath(e filter.ValuePath) node {
	_, whole, ok := c.find(filter.Path{URN: e.Path.URN, Name: e.Path.Name})
	if !ok {
		return node{is: no()}
	}
	p := c.placeOf(whole)
	v := value{c, p, filter.Path{URN: e.Path.URN, Name: e.Path.Name}}
	is := v.compile(e.Filter)
	if e.Then != nil {
		is = and(is, v.compile(e.Then))
	}
	n := node{by: c.narrowValue(whole, e)}
	switch {
	case is.sql == never:
		return node{is: is}
	case p.rows.none():
		n.is = and(p.ok, is)
	default:
		rows := p.rows
		for _, known := range equals(e) {
			if text, ok := known.Value.(string); ok && p.few != nil && !strings.Contains(text, "\x00") {
				rows = say("# AND #", rows, p.few(text))
			}
		}
		n.is = say("EXISTS (SELECT 1 # AND #)", rows, is)
	}
	return n
}

// value compiles a filter between brackets, over one value of an attribute.
type value struct {
	compiler
	place  place
	parent filter.Path
}

func (v value) compile(e filter.Expr) said {
	switch e := e.(type) {
	case filter.And:
		return and(v.compile(e.Left), v.compile(e.Right))
	case filter.Or:
		return or(v.compile(e.Left), v.compile(e.Right))
	case filter.Not:
		return not(v.compile(e.Expr))
	case filter.Compare:
		if there, asks := e.Presence(); asks {
			return v.compile(there)
		}
		l, attr := v.find(e.Path)
		return v.single(l, attr, e, e.Op == filter.Ne)
	case filter.Present:
		l, _ := v.find(e.Path)
		return filled(l.text)
	}
	return no()
}

// find resolves a path relative to the value.
func (v value) find(p filter.Path) (leaf, filter.Attr) {
	if p.Sub != "" || p.URN != "" {
		return leaf{}, filter.Attr{}
	}
	attr, ok := v.types.Attr(filter.Path{URN: v.parent.URN, Name: v.parent.Name, Sub: p.Name})
	if !ok && strings.EqualFold(p.Name, "value") {
		// The values of a simple attribute are addressed as value.
		attr, ok = v.types.Attr(v.parent)
		attr.Path.Sub, ok = "value", ok && attr.Type != filter.Complex
	}
	if !ok || attr.Path.Sub == "" {
		return leaf{}, filter.Attr{}
	}
	return v.place.leaf(attr.Path.Sub), attr
}

// equals are the comparisons of a value path by which its value is known, since
// each of them must hold.
func equals(e filter.ValuePath) []filter.Compare {
	var known []filter.Compare
	for _, c := range append(conjuncts(e.Filter), conjuncts(e.Then)...) {
		if c.Op == filter.Eq && strings.EqualFold(c.Path.Name, "value") && c.Path.Sub == "" && c.Path.URN == "" {
			known = append(known, c)
		}
	}
	return known
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
