package store

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muster/models"
	"muster/models/filter"
)

// leaf is where one simple value stands: SQL that gives it as models.Folded writes
// it, NULL when it is not there. An empty text never has a value.
type leaf struct {
	text   said // folded
	exact  said // as it was written
	date   said // the instant of a text that is one
	millis said // an instant in milliseconds that is always there, instead of date
}

// dialect is what the two databases say differently.
type dialect struct{ engine engine }

// in orders text by code point.
func (d dialect) in(text said) said {
	if d.engine == postgresEngine {
		return say(`(#) COLLATE "C"`, text)
	}
	return text
}

func (d dialect) contains(text said, want string) said {
	if d.engine == postgresEngine {
		return say("strpos(#, #) > 0", text, want)
	}
	return say("instr(#, #) > 0", text, want)
}

func (d dialect) ends(text said, want string) said {
	n := utf8.RuneCountInString(want)
	if d.engine == postgresEngine {
		return say("right(#, #) = #", text, n, want)
	}
	return say("substr(#, #) = #", text, -n, want)
}

// test is filter's comparison of one value that is there, as SQL; it may be NULL
// only when the value is.
func (d dialect) test(l leaf, op filter.Op, want any, attr filter.Attr) said {
	switch attr.Type {
	case filter.Boolean:
		if s, ok := want.(string); ok {
			if b, err := strconv.ParseBool(filter.Fold(s)); err == nil {
				want = b
			}
		}
	case filter.Integer, filter.Decimal:
		if s, ok := want.(string); ok {
			want = json.Number(s)
		}
	case filter.DateTime:
		if s, ok := want.(string); ok && op != filter.Co && op != filter.Sw && op != filter.Ew {
			if t, ok := filter.Asked(s); ok {
				return d.testInstant(l, op, t)
			}
		}
	case filter.String, filter.Binary, filter.Reference, filter.Complex:
	}
	switch want := want.(type) {
	case string:
		return d.testText(l, op, want, attr.CaseExact)
	case bool:
		return testBool(l.text, op, want)
	case json.Number:
		return d.testNumber(l.text, op, want)
	}
	return sure(op == filter.Ne)
}

// testText compares text. What is no text is unordered and not equal.
func (d dialect) testText(l leaf, op filter.Op, want string, exact bool) said {
	v := l.text
	if exact {
		v = l.exact
	} else {
		want = filter.Fold(want)
	}
	if before, _, found := strings.Cut(want, "\x00"); found {
		return d.testBeforeNUL(v, op, before)
	}
	tagged := "s" + want
	bare := say("substr(#, 2)", v)
	isText := say("substr(#, 1, 1) = 's'", v)
	switch op {
	case filter.Eq:
		return say("# = #", v, tagged)
	case filter.Ne:
		return say("# <> #", v, tagged)
	case filter.Sw:
		return say("substr(#, 1, #) = #", v, utf8.RuneCountInString(tagged), tagged)
	case filter.Co:
		if want == "" {
			return isText
		}
		return and(isText, d.contains(bare, want))
	case filter.Ew:
		if want == "" {
			return isText
		}
		return and(isText, d.ends(bare, want))
	case filter.Gt:
		return and(isText, say("# > #", d.in(v), tagged))
	case filter.Ge:
		return and(isText, say("# >= #", d.in(v), tagged))
	case filter.Lt:
		return and(isText, say("# < #", d.in(v), tagged))
	case filter.Le:
		return and(isText, say("# <= #", d.in(v), tagged))
	}
	return no()
}

// testBeforeNUL compares with a text that holds U+0000, which no stored text does
// and PostgreSQL cannot even be asked about: only what stands before it orders.
func (d dialect) testBeforeNUL(v said, op filter.Op, want string) said {
	isText := say("substr(#, 1, 1) = 's'", v)
	switch op {
	case filter.Ne:
		return yes()
	case filter.Gt, filter.Ge:
		return and(isText, say("# > #", d.in(v), "s"+want))
	case filter.Lt, filter.Le:
		return and(isText, say("# <= #", d.in(v), "s"+want))
	case filter.Eq, filter.Co, filter.Sw, filter.Ew: // nothing stored has it
	}
	return no()
}

func testBool(v said, op filter.Op, want bool) said {
	tagged := "b0"
	if want {
		tagged = "b1"
	}
	switch op {
	case filter.Eq:
		return say("# = #", v, tagged)
	case filter.Ne:
		return say("# <> #", v, tagged)
	case filter.Co, filter.Sw, filter.Ew, filter.Gt, filter.Ge, filter.Lt, filter.Le: // booleans have no order
	}
	return no()
}

// testNumber compares numbers: two int64 exactly, all others as float64.
func (d dialect) testNumber(v said, op filter.Op, want json.Number) said {
	sign, ok := comparison(op)
	if !ok {
		return no()
	}
	tagged, ok := models.FoldedNumber(want)
	if !ok {
		return sure(op == filter.Ne)
	}
	float, whole, isWhole := strings.Cut(tagged[1:], "i")
	ordered := say("# "+sign+" #", d.in(say("substr(#, 2, 16)", v)), float)
	if isWhole {
		ordered = say("CASE WHEN substr(#, 18, 1) = 'i' THEN # "+sign+" # ELSE # END", v, d.in(say("substr(#, 19)", v)), whole, ordered)
	}
	isNumber := say("(substr(#, 1, 1) = 'n' AND # <> 'n!')", v, v)
	if op == filter.Ne {
		return say("(NOT # OR #)", isNumber, ordered)
	}
	return and(isNumber, ordered)
}

func (d dialect) testInstant(l leaf, op filter.Op, want time.Time) said {
	sign, ok := comparison(op)
	if !ok {
		return no()
	}
	if !l.millis.none() {
		return testMillis(l.millis, op, want)
	}
	if l.date.none() {
		return sure(op == filter.Ne)
	}
	if op == filter.Ne {
		return say("coalesce(# <> #, 1 = 1)", l.date, models.FoldedInstant(want))
	}
	return say("coalesce(# "+sign+" #, 1 = 0)", d.in(l.date), models.FoldedInstant(want))
}

// testMillis compares a column of whole milliseconds with an instant that may be
// finer; it is a range of the column's index.
func testMillis(column said, op filter.Op, want time.Time) said {
	ms := want.UnixMilli() // rounds down
	between := want.Nanosecond()%int(time.Millisecond) != 0
	switch op {
	case filter.Eq:
		if between {
			return no()
		}
		return say("# = #", column, ms)
	case filter.Ne:
		if between {
			return yes()
		}
		return say("# <> #", column, ms)
	case filter.Gt:
		return say("# > #", column, ms)
	case filter.Ge:
		if between {
			ms++
		}
		return say("# >= #", column, ms)
	case filter.Lt:
		if between {
			ms++
		}
		return say("# < #", column, ms)
	case filter.Le:
		return say("# <= #", column, ms)
	case filter.Co, filter.Sw, filter.Ew: // for text only
	}
	return no()
}

func comparison(op filter.Op) (string, bool) {
	switch op {
	case filter.Eq:
		return "=", true
	case filter.Ne:
		return "<>", true
	case filter.Gt:
		return ">", true
	case filter.Ge:
		return ">=", true
	case filter.Lt:
		return "<", true
	case filter.Le:
		return "<=", true
	case filter.Co, filter.Sw, filter.Ew: // for text only
	}
	return "", false
}
