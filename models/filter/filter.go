// Package filter is the one query language of Muster: the SCIM filter of
// RFC 7644 section 3.4.2.2 and the attribute paths of section 3.5.2. Requests,
// console searches, mappings and connector scopes are all parsed, printed and
// matched here, so that one text means the same thing everywhere.
package filter

import (
	"encoding/json"
	"strings"
)

// Op is a comparison operator in its canonical lower case.
type Op string

// The operators of RFC 7644 table 3, without pr, which is its own node.
const (
	Eq Op = "eq"
	Ne Op = "ne"
	Co Op = "co"
	Sw Op = "sw"
	Ew Op = "ew"
	Gt Op = "gt"
	Ge Op = "ge"
	Lt Op = "lt"
	Le Op = "le"
)

// Path names an attribute as the client wrote it: an optional schema URN, a
// name and an optional sub-attribute. A URN that stands alone (presence of an
// extension) arrives split at its last colon; a Lookup puts it together again.
type Path struct{ URN, Name, Sub string }

// String prints the path in the form that Parse reads.
func (p Path) String() string {
	s := p.Name
	if p.URN != "" {
		s = p.URN
		if p.Name != "" {
			s += ":" + p.Name
		}
	}
	if p.Sub != "" {
		s += "." + p.Sub
	}
	return s
}

// Expr is one of And, Or, Not, Compare, Present and ValuePath. String prints
// canonical text: parsing it again yields an equal expression.
type Expr interface {
	String() string
	expr()
}

// And holds when both sides hold.
type And struct{ Left, Right Expr }

// Or holds when either side holds.
type Or struct{ Left, Right Expr }

// Not holds when its operand does not.
type Not struct{ Expr Expr }

// Compare holds when a value of Path stands in relation Op to Value, which is
// a string, a bool, a json.Number or nil.
type Compare struct {
	Path  Path
	Op    Op
	Value any
}

// Present is the operator pr: Path has a value that is not empty.
type Present struct{ Path Path }

// ValuePath holds when one value of the complex attribute Path satisfies
// Filter, whose paths are relative to that value. With Then set (a Compare or
// Present relative to the same value) it is Microsoft's form
// emails[type eq "work"].value eq "x": a value that matches and whose sub ….
type ValuePath struct {
	Path   Path
	Filter Expr
	Then   Expr
}

func (And) expr()       {}
func (Or) expr()        {}
func (Not) expr()       {}
func (Compare) expr()   {}
func (Present) expr()   {}
func (ValuePath) expr() {}

// String prints both sides; only what binds differently gets parentheses.
func (e And) String() string {
	return group(e.Left, isOr(e.Left)) + " and " + group(e.Right, isOr(e.Right) || isAnd(e.Right))
}

func (e Or) String() string {
	return e.Left.String() + " or " + group(e.Right, isOr(e.Right))
}

func (e Not) String() string { return "not (" + e.Expr.String() + ")" }

func (e Compare) String() string {
	return e.Path.String() + " " + string(e.Op) + " " + literal(e.Value)
}

func (e Present) String() string { return e.Path.String() + " pr" }

func (e ValuePath) String() string {
	s := e.Path.String() + "[" + e.Filter.String() + "]"
	if e.Then != nil {
		s += "." + e.Then.String()
	}
	return s
}

// Target is where a PATCH operation points: attr, attr.sub, attr[filter] or
// attr[filter].sub, each with an optional URN (RFC 7644 figure 7). Filter is
// nil when there is none; its paths are relative to one value of the attribute.
type Target struct {
	Path
	Filter Expr
}

// String prints the target in the form that ParsePath reads.
func (t Target) String() string {
	if t.Filter == nil {
		return t.Path.String()
	}
	s := Path{URN: t.URN, Name: t.Name}.String() + "[" + t.Filter.String() + "]"
	if t.Sub != "" {
		s += "." + t.Sub
	}
	return s
}

func isOr(e Expr) bool  { _, ok := e.(Or); return ok }
func isAnd(e Expr) bool { _, ok := e.(And); return ok }

func group(e Expr, parens bool) string {
	if parens {
		return "(" + e.String() + ")"
	}
	return e.String()
}

// literal prints a value as the JSON that the grammar asks for, without the
// HTML escapes of encoding/json: a filter is read by people too.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return v.String()
	case string:
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return `""`
		}
		return strings.TrimSuffix(b.String(), "\n")
	}
	return "null"
}
