package filter

import (
	"encoding/json"
	"fmt"
)

// Type is an attribute type of RFC 7643 section 2.3.
type Type string

// The attribute types.
const (
	String    Type = "string"
	Boolean   Type = "boolean"
	Decimal   Type = "decimal"
	Integer   Type = "integer"
	DateTime  Type = "dateTime"
	Binary    Type = "binary"
	Reference Type = "reference"
	Complex   Type = "complex"
)

// Attr is what a Lookup knows about a path. Path is in the document's own
// spelling: its URN is the document key of an extension and empty for the
// core schema; Name is empty when the path is an extension as a whole.
type Attr struct {
	Path      Path
	Type      Type
	CaseExact bool
	Multi     bool
}

// Lookup tells the type of a path, in any case, with or without its URN. False
// means unknown: such an attribute has no value (RFC 7644 section 3.4.2.2).
type Lookup interface {
	Attr(p Path) (Attr, bool)
}

// Matcher tells whether a document satisfies a compiled filter. It is safe for
// concurrent use and does not keep the document.
type Matcher func(doc map[string]any) bool

// Match tells whether doc satisfies e. Over many documents, Compile once.
//
// A multi-valued attribute matches when any of its values does. Text is equal
// when its Fold is, unless the attribute is caseExact. dateTime compares as an
// instant. A complex attribute without sub-attribute compares its "value".
//
// An attribute without value is identical to nothing but null: ne holds for it
// against any other value, every other operator fails. RFC 7644 says only that
// ne means "not identical"; clients read `department ne "HR"` as everybody else.
// Null is the lack of a value, in a complex attribute too: ne null is pr.
func Match(e Expr, doc map[string]any, types Lookup) bool {
	return Compile(e, types)(doc)
}

// Compile resolves paths and folds values once.
func Compile(e Expr, types Lookup) Matcher {
	return compile(e, types, Path{})
}

// CompileValue compiles the filter between brackets: its paths are relative to
// one value of the complex attribute parent, and so is what it is called with.
func CompileValue(e Expr, types Lookup, parent Path) Matcher {
	return compile(e, types, Path{URN: parent.URN, Name: parent.Name})
}

// compile works in the scope of parent: empty for a whole document, the
// complex attribute when inside its brackets.
func compile(e Expr, types Lookup, parent Path) Matcher {
	switch e := e.(type) {
	case And:
		l, r := compile(e.Left, types, parent), compile(e.Right, types, parent)
		return func(doc map[string]any) bool { return l(doc) && r(doc) }
	case Or:
		l, r := compile(e.Left, types, parent), compile(e.Right, types, parent)
		return func(doc map[string]any) bool { return l(doc) || r(doc) }
	case Not:
		m := compile(e.Expr, types, parent)
		return func(doc map[string]any) bool { return !m(doc) }
	case Compare:
		if there, asks := e.Presence(); asks {
			return compile(there, types, parent)
		}
		return compileCompare(e, types, parent)
	case Present:
		get := getter(e.Path, types, parent)
		return func(doc map[string]any) bool { return present(get.from(doc)) }
	case ValuePath:
		return compileValuePath(e, types)
	}
	return func(map[string]any) bool { return false }
}

func compileValuePath(e ValuePath, types Lookup) Matcher {
	get := getter(e.Path, types, Path{})
	parent := Path{URN: e.Path.URN, Name: e.Path.Name}
	inner := compile(e.Filter, types, parent)
	then := func(map[string]any) bool { return true }
	if e.Then != nil {
		then = compile(e.Then, types, parent)
	}
	return func(doc map[string]any) bool {
		for _, v := range list(get.from(doc)) {
			value := asValue(v)
			if inner(value) && then(value) {
				return true
			}
		}
		return false
	}
}

func compileCompare(e Compare, types Lookup, parent Path) Matcher {
	get := getter(e.Path, types, parent)
	if get.attr.Type == Complex && get.known {
		p := get.attr.Path
		if sub, ok := types.Attr(Path{URN: p.URN, Name: p.Name, Sub: "value"}); ok && p.Sub == "" && p.Name != "" {
			get.attr.Type, get.attr.CaseExact = sub.Type, sub.CaseExact
		}
	}
	test := comparer(e.Op, e.Value, get.attr)
	absent := e.Op == Ne
	return func(doc map[string]any) bool {
		v := get.from(doc)
		if l, ok := v.([]any); ok {
			valued := false
			for _, item := range l {
				x := plain(item)
				if x != nil && test(x) {
					return true
				}
				valued = valued || x != nil
			}
			return !valued && absent
		}
		if v = plain(v); v == nil || v == "" {
			return absent
		}
		return test(v)
	}
}

// Presence is what a comparison with null asks: whether the attribute has a value
// (RFC 7643 section 2.5). False means that it is another comparison.
func (c Compare) Presence() (Expr, bool) {
	switch {
	case c.Value != nil:
	case c.Op == Ne:
		return Present{Path: c.Path}, true
	case c.Op == Eq:
		return Not{Present{Path: c.Path}}, true
	}
	return nil, false
}

// Check refuses what no document can answer: ordering of booleans and binary
// values, for which RFC 7644 section 3.4.2.2 demands invalidFilter, and of times and
// numbers by what is none. Nothing and everything would be the answer, and a client that
// asks who changed since would believe it.
func Check(e Expr, types Lookup) error { return check(e, types, Path{}) }

func check(e Expr, types Lookup, parent Path) error {
	switch e := e.(type) {
	case And:
		return firstErr(check(e.Left, types, parent), check(e.Right, types, parent))
	case Or:
		return firstErr(check(e.Left, types, parent), check(e.Right, types, parent))
	case Not:
		return check(e.Expr, types, parent)
	case ValuePath:
		err := check(e.Filter, types, e.Path)
		if err == nil && e.Then != nil {
			err = check(e.Then, types, e.Path)
		}
		return err
	case Compare:
		get := getter(e.Path, types, parent)
		ordering := e.Op == Gt || e.Op == Ge || e.Op == Lt || e.Op == Le
		if ordering && get.known && (get.attr.Type == Boolean || get.attr.Type == Binary) {
			return &SyntaxError{Msg: fmt.Sprintf("%s is a %s and has no order; use eq or ne instead of %s", e.Path, get.attr.Type, e.Op)}
		}
		if wanted := orderedBy(get.attr.Type, e.Value); ordering && get.known && wanted != "" {
			return &SyntaxError{Msg: fmt.Sprintf("%s is ordered by %s, not by %s", e.Path, wanted, clip(literal(e.Value)))}
		}
	}
	return nil
}

// orderedBy names what values of a type are compared with, where value is something else.
func orderedBy(t Type, value any) string {
	text, _ := value.(string)
	switch t {
	case DateTime:
		if _, ok := Asked(text); !ok {
			return `a time such as "2026-01-23T04:56:22Z"`
		}
	case Integer, Decimal:
		if _, number := value.(json.Number); !number && (text == "" || !isNumber(text)) {
			return "a number such as 42"
		}
	case String, Boolean, Binary, Reference, Complex:
	}
	return ""
}

func firstErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
