package scim

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

func (t *Type) appendPair(b []byte, name string, a *Attribute, v any) []byte {
	b = append(appendString(b, name), ':')
	return appendValue(b, a, v)
}

// appendValue writes any JSON value; a complex one in the order of its
// sub-attributes, unknown ones last and sorted.
func appendValue(b []byte, a *Attribute, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case json.Number:
		return append(b, v...)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, a, item)
		}
		return append(b, ']')
	case map[string]any:
		return appendObject(b, a, v)
	}
	out, err := json.Marshal(plainValue(v))
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, out...)
}

func appendObject(b []byte, a *Attribute, m map[string]any) []byte {
	b = append(b, '{')
	written := 0
	pair := func(name string, sub *Attribute, v any) {
		if written > 0 {
			b = append(b, ',')
		}
		written++
		b = append(appendString(b, name), ':')
		b = appendValue(b, sub, v)
	}
	var subs []Attribute
	if a != nil {
		subs = a.SubAttributes
	}
	for i := range subs {
		if v, ok := m[subs[i].Name]; ok {
			pair(subs[i].Name, &subs[i], v)
		}
	}
	if written < len(m) {
		var names []string
		for name := range m {
			if !slices.ContainsFunc(subs, func(s Attribute) bool { return s.Name == name }) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			pair(name, nil, m[name])
		}
	}
	return append(b, '}')
}

const hex = "0123456789abcdef"

// appendString writes a JSON string, escaping only what JSON demands.
func appendString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
