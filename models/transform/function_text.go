package transform

import (
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"
)

// cut reads a text and the whole numbers behind it.
func cut(args []any) (s []rune, n []int, err error) {
	t, err := textOf(args[0])
	if err != nil {
		return nil, nil, err
	}
	for _, v := range args[1:] {
		f, ok := numberOf(v)
		if !ok || f < 0 || f > resultMost {
			return nil, nil, errors.New("the number of characters is a whole number, 0 or more")
		}
		n = append(n, int(f))
	}
	return []rune(t), n, nil
}

func leftOf(args []any) (any, error) {
	s, n, err := cut(args)
	if err != nil {
		return nil, err
	}
	return string(s[:min(n[0], len(s))]), nil
}

func rightOf(args []any) (any, error) {
	s, n, err := cut(args)
	if err != nil {
		return nil, err
	}
	return string(s[max(len(s)-n[0], 0):]), nil
}

func midOf(args []any) (any, error) {
	s, n, err := cut(args)
	if err != nil {
		return nil, err
	}
	from := min(max(n[0]-1, 0), len(s))
	return string(s[from:min(from+n[1], len(s))]), nil
}

func length(args []any) (any, error) {
	if list, ok := args[0].([]any); ok {
		return len(list), nil
	}
	s, err := textOf(args[0])
	return utf8.RuneCountInString(s), err
}

func domainOf(args []any) (any, error) {
	s, err := textOf(args[0])
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return asText(s[i+1:]), err
	}
	return nil, err
}

func localPart(args []any) (any, error) {
	s, err := textOf(args[0])
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return asText(s[:i]), err
	}
	return asText(s), err
}

// switched compares as people read: a number with its text.
func switched(args []any) (any, error) {
	if len(args)%2 != 0 {
		return nil, errors.New("each case needs a result; it is written switch(value, default, case, result, …)")
	}
	for i := 2; i < len(args); i += 2 {
		a, errA := textOf(args[0])
		b, errB := textOf(args[i])
		if err := errors.Join(errA, errB); err != nil {
			return nil, errors.New("the value and the cases are texts, not lists")
		}
		if a == b {
			return args[i+1], nil
		}
	}
	return args[1], nil
}

func unique(args []any) (any, error) {
	items, ok := args[0].([]any)
	if !ok {
		return args[0], nil
	}
	if len(items) > valuesMost {
		return nil, errors.New("the list is too long")
	}
	out := []any{}
	for _, v := range items {
		known := false
		for _, have := range out {
			known = known || reflect.DeepEqual(have, v)
		}
		if !known {
			out = append(out, v)
		}
	}
	return out, nil
}

func number(args []any) (any, error) {
	if empty(args[0]) {
		return nil, nil
	}
	n, ok := numberOf(trimmedNumber(args[0]))
	if !ok {
		return nil, errors.New(quoted(args[0]) + " is not a number")
	}
	return tidy(n), nil
}

// trimmedNumber takes the zeros away that numbers kept as text begin with.
func trimmedNumber(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	s = strings.TrimSpace(s)
	if cut := strings.TrimLeft(s, "0"); cut != "" && cut[0] >= '0' && cut[0] <= '9' {
		return cut
	} else if cut == "" && s != "" {
		return "0"
	}
	return s
}
