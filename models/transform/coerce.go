package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muster/models/filter"
)

const (
	resultMost  = 8192           // characters of one value
	indexedMost = 1024           // of one that look-ups are indexed by
	indexedKey  = 2000           // bytes of its folded form
	valuesMost  = 1000           // values of a list
	listMost    = 8 * resultMost // bytes of all its texts
)

// coerce makes what an expression gave a value of the target's type; nil when it
// gave nothing. Errors say what came instead.
func (t Target) coerce(v any) (any, error) {
	if !t.Multi {
		return t.one(v)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if len(list) > valuesMost {
		return nil, fmt.Errorf("the expression gives %d values, and a list has at most %d", len(list), valuesMost)
	}
	out, size := make([]any, 0, len(list)), 0
	for _, item := range list {
		one, err := t.one(item)
		if err != nil {
			return nil, err
		}
		if s, ok := one.(string); ok {
			if size += len(s); size > listMost {
				return nil, fmt.Errorf("the list has more than %d bytes of text", listMost)
			}
		}
		if one != nil {
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func (t Target) one(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case []any:
		switch len(x) {
		case 0:
			return nil, nil
		case 1:
			if _, nested := x[0].([]any); !nested {
				return t.one(x[0])
			}
		}
		return nil, fmt.Errorf("the expression gives %d values where %s takes one; pick one with [0], or join them", len(x), t.Short())
	case map[string]any:
		if len(x) == 0 {
			return nil, nil
		}
		return nil, errors.New("the expression gives a value with parts; name one of them, such as .value")
	case string:
		if x == "" {
			return nil, nil
		}
	}
	switch t.Type {
	case filter.Boolean:
		return truthOf(v)
	case filter.Integer:
		return wholeOf(v)
	case filter.Decimal:
		return decimalOf(v)
	case filter.DateTime:
		return timeOf(v)
	case filter.String, filter.Reference, filter.Binary, filter.Complex:
	}
	s, err := textOf(v)
	if err != nil {
		return nil, err
	}
	return t.text(s)
}

// text holds a result to the lengths and characters that a user may have.
func (t Target) text(s string) (any, error) {
	n := utf8.RuneCountInString(s)
	switch {
	case s == "":
		return nil, nil
	case n > t.most:
		return nil, fmt.Errorf("the result has %d characters, and %s at most %d", n, t.Short(), t.most)
	case t.index > 0 && len(filter.Fold(s)) > t.index:
		return nil, fmt.Errorf("the result needs more bytes than the index of %s takes", t.Short())
	case strings.ContainsRune(s, 0) || !utf8.ValidString(s):
		return nil, errors.New("the result has a character that text cannot have")
	}
	return s, nil
}

func truthOf(v any) (any, error) {
	switch x := v.(type) {
	case bool:
		return x, nil
	case string:
		switch strings.ToLower(strings.TrimSpace(x)) {
		case "true", "yes":
			return true, nil
		case "false", "no":
			return false, nil
		}
	}
	return nil, fmt.Errorf("%s is neither true nor false", quoted(v))
}

func wholeOf(v any) (any, error) {
	n, ok := numberOf(v)
	if !ok || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return nil, fmt.Errorf("%s is not a whole number", quoted(v))
	}
	return json.Number(strconv.FormatInt(int64(n), 10)), nil
}

func decimalOf(v any) (any, error) {
	n, ok := numberOf(v)
	if !ok {
		return nil, fmt.Errorf("%s is not a number", quoted(v))
	}
	return json.Number(strconv.FormatFloat(n, 'f', -1, 64)), nil
}

// numberOf reads a number, or a text that is one.
func numberOf(v any) (float64, bool) {
	switch x := v.(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, !math.IsNaN(x) && !math.IsInf(x, 0)
	case json.Number:
		f, err := x.Float64()
		return f, err == nil
	case string:
		x = strings.TrimSpace(x)
		f, err := strconv.ParseFloat(x, 64)
		return f, err == nil && json.Valid([]byte(x))
	}
	return 0, false
}

func timeOf(v any) (any, error) {
	s, ok := v.(string)
	if ok && whole(s) {
		return s, nil
	}
	if at, known := readTime(s); ok && known {
		return at.Format(time.RFC3339), nil
	}
	return nil, fmt.Errorf("%s is not a time such as 2026-01-23T04:56:22Z", quoted(v))
}

// whole tells whether a text is an xsd:dateTime already, whose zone may be missing.
func whole(s string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// textOf writes a simple value as text; nothing is "".
func textOf(v any) (string, error) {
	switch x := v.(type) {
	case nil:
		return "", nil
	case string:
		return x, nil
	case bool:
		return strconv.FormatBool(x), nil
	case int:
		return strconv.Itoa(x), nil
	case int64:
		return strconv.FormatInt(x, 10), nil
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), nil
	case json.Number:
		return x.String(), nil
	case []any:
		if len(x) == 0 {
			return "", nil
		}
		return "", errors.New("a list stands where text is needed; pick one with [0], or join them")
	case map[string]any:
		if len(x) == 0 {
			return "", nil
		}
		return "", errors.New("a value with parts stands where text is needed; name one of them, such as .value")
	}
	return "", errors.New("something that is no text stands where text is needed")
}

// quoted shows a value in a sentence, cut short.
func quoted(v any) string {
	s, err := textOf(v)
	if err != nil {
		return "the result"
	}
	if runes := []rune(s); len(runes) > 40 {
		s = string(runes[:40]) + "…"
	}
	return strconv.Quote(s)
}
