package store

import "strings"

// said is a piece of SQL with its parameters.
type said struct {
	sql  string
	args []any
}

// What is always and never so. and, or and not reckon with them, so that a filter
// which cannot match, or matches all, costs no query.
const (
	always = "1 = 1"
	never  = "1 = 0"
)

func yes() said { return said{sql: always} }
func no() said  { return said{sql: never} }

func sure(holds bool) said {
	if holds {
		return yes()
	}
	return no()
}

// say fills each # of a text with a piece of SQL, or with a parameter.
func say(text string, parts ...any) said {
	size, args := len(text), 0
	for _, part := range parts {
		if s, ok := part.(said); ok {
			size, args = size+len(s.sql), args+len(s.args)
		} else {
			args++
		}
	}
	var out said
	if args > 0 {
		out.args = make([]any, 0, args)
	}
	var b strings.Builder
	b.Grow(size)
	for _, part := range parts {
		before, rest, _ := strings.Cut(text, "#")
		b.WriteString(before)
		text = rest
		if s, ok := part.(said); ok {
			b.WriteString(s.sql)
			out.args = append(out.args, s.args...)
		} else {
			b.WriteByte('?')
			out.args = append(out.args, part)
		}
	}
	b.WriteString(text)
	out.sql = b.String()
	return out
}

func (s said) none() bool { return s.sql == "" }

func and(a, b said) said {
	switch {
	case a.sql == never || b.sql == always || b.none():
		return a
	case b.sql == never || a.sql == always || a.none():
		return b
	}
	return say("(# AND #)", a, b)
}

// behind is what is left to ask where another condition holds already.
func (s said) behind(first said) said {
	if s.sql == first.sql {
		return yes()
	}
	if rest, led := strings.CutPrefix(s.sql, "("+first.sql+" AND "); led { // as and puts them together
		return said{sql: strings.TrimSuffix(rest, ")"), args: s.args[len(first.args):]}
	}
	return s
}

func or(a, b said) said {
	switch {
	case a.sql == always || b.sql == never:
		return a
	case b.sql == always || a.sql == never:
		return b
	}
	return say("(# OR #)", a, b)
}

func not(a said) said {
	switch a.sql {
	case always:
		return no()
	case never:
		return yes()
	}
	return say("NOT (#)", a)
}
