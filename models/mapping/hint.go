package mapping

import (
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
)

// explainer tells about the conditions of one rule what one user has.
type explainer struct {
	doc   models.Attributes
	types filter.Lookup
	exact bool
}

func (e explainer) clause(x filter.Expr) Clause {
	c := Clause{Text: Words(x, e.types), OK: filter.Match(x, e.doc, e.types)}
	if _, isOr := x.(filter.Or); isOr {
		return e.choice(x, c)
	}
	c.Got, c.Hint = e.got(x), ""
	if !c.OK {
		c.Hint = e.hint(x)
	}
	return c
}

// choice tells which alternative holds, or what speaks against all of them.
func (e explainer) choice(x filter.Expr, c Clause) Clause {
	var got []string
	for _, part := range disjuncts(x) {
		if c.OK && !filter.Match(part, e.doc, e.types) {
			continue
		}
		if g := e.got(part); g != "" && !slices.Contains(got, g) {
			got = append(got, g)
		}
		if c.OK {
			break
		}
		if c.Hint == "" {
			c.Hint = e.hint(part)
		}
	}
	c.Got = strings.Join(got, ", ")
	return c
}

// got says what the user has where a condition looks.
func (e explainer) got(x filter.Expr) string {
	switch x := x.(type) {
	case filter.Not:
		return e.got(x.Expr)
	case filter.And:
		return joined(e.got(x.Left), e.got(x.Right))
	case filter.Or:
		return joined(e.got(x.Left), e.got(x.Right))
	case filter.Compare:
		return told(shown(x.Path), filter.Values(x.Path, e.doc, e.types))
	case filter.Present:
		return told(shown(x.Path), filter.Values(x.Path, e.doc, e.types))
	case filter.ValuePath:
		sub := subOf(x)
		if x.Then != nil {
			name := shown(x.Path) + " with " + Words(x.Filter, e.types)
			return told(name, filter.ValuesWhere(x.Path, x.Filter, sub, e.doc, e.types))
		}
		return told(shown(x.Path), filter.ValuesWhere(x.Path, nil, sub, e.doc, e.types))
	}
	return ""
}

func joined(a, b string) string {
	if a == b || b == "" {
		return a
	}
	return a + ", " + b
}

func told(name string, values []any) string {
	if len(values) == 0 {
		return "has no " + name
	}
	return name + " is " + listed(values)
}

func subOf(x filter.ValuePath) string {
	switch then := x.Then.(type) {
	case filter.Compare:
		return then.Path.Name
	case filter.Present:
		return then.Path.Name
	}
	return "value"
}

// hint says why a condition that fails is close to holding.
func (e explainer) hint(x filter.Expr) string {
	switch x := x.(type) {
	case filter.Compare:
		return e.compareHint(shown(x.Path), x, filter.Values(x.Path, e.doc, e.types))
	case filter.ValuePath:
		then, ok := x.Then.(filter.Compare)
		if !ok {
			return ""
		}
		if filter.Match(filter.ValuePath{Path: x.Path, Filter: then}, e.doc, e.types) {
			return fmt.Sprintf("Another of the %s has it, but not one with %s.", shown(x.Path), Words(x.Filter, e.types))
		}
		return e.compareHint(shown(x.Path), then, filter.ValuesWhere(x.Path, x.Filter, then.Path.Name, e.doc, e.types))
	case filter.Or:
		if hint := e.hint(x.Left); hint != "" {
			return hint
		}
		return e.hint(x.Right)
	}
	return ""
}

func (e explainer) compareHint(name string, x filter.Compare, have []any) string {
	want, ok := x.Value.(string)
	if !ok || x.Op == filter.Ne || want == "" {
		return ""
	}
	for _, v := range have {
		text, isText := v.(string)
		if !isText {
			continue
		}
		if hint := nearText(x.Op, text, want, e.exact); hint != "" {
			return hint
		}
	}
	if x.Op != filter.Eq {
		return ""
	}
	return e.elsewhere(name, want)
}

// elsewhere finds another attribute that holds what was wanted.
func (e explainer) elsewhere(asked, want string) string {
	if len(want) < 2 {
		return ""
	}
	for _, c := range scim.Diff(nil, e.doc) {
		text, ok := c.New.(string)
		if ok && c.Path != asked && c.Path != asked+".value" && tight(text) == tight(want) {
			return fmt.Sprintf("%s has %s, but the rule asks for %s.", c.Path, quoted(text), asked)
		}
	}
	return ""
}
