package filter

import (
	"encoding/json"
	"slices"
	"strings"
)

// field reads one path out of a document or out of one value of a parent.
type field struct {
	attr  Attr
	known bool
	inner bool
}

func getter(p Path, types Lookup, parent Path) field {
	inner := parent.Name != ""
	if inner {
		if p.Sub != "" || p.URN != "" {
			return field{inner: true}
		}
		p = Path{URN: parent.URN, Name: parent.Name, Sub: p.Name}
	}
	attr, ok := types.Attr(p)
	if !ok && inner && strings.EqualFold(p.Sub, "value") {
		// The values of a simple multi-valued attribute are addressed as value.
		attr, ok = types.Attr(Path{URN: p.URN, Name: p.Name})
		attr.Path.Sub, ok = "value", ok && attr.Type != Complex
	}
	return field{attr: attr, known: ok, inner: inner}
}

func (f field) from(doc map[string]any) any {
	if !f.known {
		return nil
	}
	p := f.attr.Path
	if f.inner {
		return doc[p.Sub]
	}
	if p.URN != "" {
		ext, _ := doc[p.URN].(map[string]any)
		if p.Name == "" {
			return doc[p.URN]
		}
		doc = ext
	}
	v := doc[p.Name]
	if p.Sub == "" {
		return v
	}
	return subValues(v, p.Sub)
}

// subValues collects one sub-attribute over all values of an attribute.
func subValues(v any, sub string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[sub]
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			if x := asValue(item)[sub]; x != nil {
				out = append(out, x)
			}
		}
		return out
	}
	return nil
}

func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// asValue lets a simple value be addressed like a complex one.
func asValue(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return map[string]any{"value": v}
}

func plain(v any) any {
	if m, ok := v.(map[string]any); ok {
		return m["value"]
	}
	return v
}

// present is pr: RFC 7644 asks for a non-empty value, and for a complex
// attribute at least one sub-attribute that has one.
func present(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case json.Number:
		return v != ""
	case []any:
		return slices.ContainsFunc(v, present)
	case map[string]any:
		for _, item := range v {
			if present(item) {
				return true
			}
		}
		return false
	}
	return true
}
