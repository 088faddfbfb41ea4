package filter

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// comparer prepares the right side once and returns the test for a left side
// that is never nil. Sides of different kinds are not identical, and unordered.
func comparer(op Op, want any, attr Attr) func(any) bool {
	switch attr.Type {
	case Boolean:
		if s, ok := want.(string); ok {
			if b, err := strconv.ParseBool(Fold(s)); err == nil {
				want = b
			}
		}
	case Integer, Decimal:
		if s, ok := want.(string); ok {
			want = json.Number(s)
		}
	case DateTime:
		if s, ok := want.(string); ok {
			if t, ok := Asked(s); ok && op != Co && op != Sw && op != Ew {
				return func(have any) bool { return compareInstant(op, have, t) }
			}
		}
	case String, Binary, Reference, Complex:
	}
	switch want := want.(type) {
	case string:
		return textComparer(op, want, attr.CaseExact)
	case bool:
		return func(have any) bool { b, ok := have.(bool); return equality(op, ok && b == want) }
	case json.Number:
		return func(have any) bool { c, ok := compareNumber(have, want); return ordered(op, c, ok) }
	}
	return func(any) bool { return op == Ne }
}

func textComparer(op Op, want string, exact bool) func(any) bool {
	key := func(s string) string { return s }
	if !exact {
		key = Fold
	}
	want = key(want)
	return func(have any) bool {
		s, ok := have.(string)
		if !ok {
			return op == Ne
		}
		s = key(s)
		switch op {
		case Eq:
			return s == want
		case Ne:
			return s != want
		case Co:
			return strings.Contains(s, want)
		case Sw:
			return strings.HasPrefix(s, want)
		case Ew:
			return strings.HasSuffix(s, want)
		default:
			return ordered(op, cmp.Compare(s, want), true)
		}
	}
}

func equality(op Op, same bool) bool {
	return op == Eq && same || op == Ne && !same
}

// ordered turns a comparison into the operator's answer.
func ordered(op Op, c int, ok bool) bool {
	if !ok {
		return op == Ne
	}
	switch op {
	case Eq:
		return c == 0
	case Ne:
		return c != 0
	case Gt:
		return c > 0
	case Ge:
		return c >= 0
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	case Co, Sw, Ew: // for text only
	}
	return false
}

// compareNumber stays exact for integers, which a float64 would round.
func compareNumber(have any, want json.Number) (int, bool) {
	var n json.Number
	switch v := have.(type) {
	case json.Number:
		n = v
	case float64:
		n = json.Number(strconv.FormatFloat(v, 'g', -1, 64))
	case int:
		n = json.Number(strconv.Itoa(v))
	case int64:
		n = json.Number(strconv.FormatInt(v, 10))
	default:
		return 0, false
	}
	if a, err := n.Int64(); err == nil {
		if b, err := want.Int64(); err == nil {
			return cmp.Compare(a, b), true
		}
	}
	a, errA := n.Float64()
	b, errB := want.Float64()
	return cmp.Compare(a, b), errA == nil && errB == nil
}

func compareInstant(op Op, have any, want time.Time) bool {
	switch v := have.(type) {
	case time.Time:
		return ordered(op, v.Compare(want), true)
	case string:
		t, ok := instant(v)
		return ordered(op, t.Compare(want), ok)
	}
	return op == Ne
}

// instant reads an RFC 3339 time with any number of fractional digits, since
// Microsoft sends seven, and, like xsd:dateTime, without zone as UTC.
func instant(s string) (time.Time, bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
