package mapping

import (
	"encoding/json"
	"fmt"
	"strings"

	"muster/models/filter"
)

// Words reads a condition aloud: department is “Sales” and title begins with “Head”.
func Words(e filter.Expr, types filter.Lookup) string {
	switch e := e.(type) {
	case filter.And:
		return Words(e.Left, types) + " and " + bracketed(e.Right, types, false)
	case filter.Or:
		if path, values, ok := oneOf(e); ok {
			return shown(path) + " is one of " + listed(values)
		}
		return bracketed(e.Left, types, true) + " or " + bracketed(e.Right, types, true)
	case filter.Not:
		return wordsNot(e, types)
	case filter.Compare:
		return shown(e.Path) + " " + wordsCompare(e, types)
	case filter.Present:
		return shown(e.Path) + " is present"
	case filter.ValuePath:
		return wordsValuePath(e, types)
	}
	return ""
}

// bracketed keeps apart what would read as another condition.
func bracketed(e filter.Expr, types filter.Lookup, within bool) string {
	_, isAnd := e.(filter.And)
	or, isOr := e.(filter.Or)
	if isOr {
		_, _, one := oneOf(or)
		isOr = !one
	}
	if isAnd && within || isOr && !within {
		return "(" + Words(e, types) + ")"
	}
	return Words(e, types)
}

func wordsNot(e filter.Not, types filter.Lookup) string {
	switch inner := e.Expr.(type) {
	case filter.Present:
		return shown(inner.Path) + " is absent"
	case filter.Compare:
		if inner.Op == filter.Eq {
			inner.Op = filter.Ne
			return Words(inner, types)
		}
	case filter.Or:
		if path, values, ok := oneOf(inner); ok {
			return shown(path) + " is none of " + listed(values)
		}
	}
	return "not (" + Words(e.Expr, types) + ")"
}

var opWords = map[filter.Op]string{
	filter.Eq: "is", filter.Ne: "is not", filter.Co: "contains", filter.Sw: "begins with", filter.Ew: "ends with",
	filter.Gt: "is greater than", filter.Ge: "is at least", filter.Lt: "is less than", filter.Le: "is at most",
}

var dateWords = map[filter.Op]string{
	filter.Gt: "is after", filter.Ge: "is at or after", filter.Lt: "is before", filter.Le: "is at or before",
}

func wordsCompare(e filter.Compare, types filter.Lookup) string {
	if e.Value == nil {
		if e.Op == filter.Ne {
			return "is present"
		}
		return "is absent"
	}
	word := opWords[e.Op]
	if a, ok := types.Attr(e.Path); ok && a.Type == filter.DateTime && dateWords[e.Op] != "" {
		word = dateWords[e.Op]
	}
	return word + " " + quoted(e.Value)
}

func wordsValuePath(e filter.ValuePath, types filter.Lookup) string {
	name := shown(e.Path)
	kind, simple := e.Filter.(filter.Compare)
	simple = simple && kind.Op == filter.Eq && strings.EqualFold(kind.Path.Name, "type")
	switch then := e.Then.(type) {
	case filter.Compare:
		if simple {
			return fmt.Sprintf("%s of type %s %s", name, quoted(kind.Value), wordsCompare(then, types))
		}
		return fmt.Sprintf("%s with %s: %s", name, Words(e.Filter, types), Words(then, types))
	case filter.Present:
		return fmt.Sprintf("%s with %s is present", name, Words(e.Filter, types))
	}
	return fmt.Sprintf("%s has one with %s", name, Words(e.Filter, types))
}

// oneOf takes a choice between values of one attribute apart: department eq "a" or
// department eq "b".
func oneOf(e filter.Expr) (filter.Path, []any, bool) {
	switch e := e.(type) {
	case filter.Compare:
		return e.Path, []any{e.Value}, e.Op == filter.Eq && e.Value != nil
	case filter.Or:
		path, left, ok := oneOf(e.Left)
		other, right, also := oneOf(e.Right)
		if ok && also && samePath(path, other) {
			return path, append(left, right...), true
		}
	}
	return filter.Path{}, nil, false
}

func samePath(a, b filter.Path) bool { return strings.EqualFold(a.String(), b.String()) }

// shown is an attribute without the URN that nobody reads.
func shown(p filter.Path) string {
	if p.Name != "" {
		p.URN = ""
	}
	return p.String()
}

// quoted shows a value so that spaces at its ends can be seen.
func quoted(v any) string {
	switch v := v.(type) {
	case string:
		return "“" + v + "”"
	case json.Number:
		return v.String()
	case nil:
		return "nothing"
	}
	return fmt.Sprint(v)
}

func listed(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = quoted(v)
	}
	return strings.Join(words, ", ")
}
