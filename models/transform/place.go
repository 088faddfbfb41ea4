package transform

import (
	"slices"
	"strings"
)

// in reads what stands at a place; nil when nothing does.
func (p place) in(doc map[string]any) any {
	if p.urn != "" {
		doc, _ = doc[p.urn].(map[string]any)
	}
	v := doc[p.name]
	if p.kind != "" {
		list, _ := v.([]any)
		if i := p.find(list); i >= 0 {
			v = list[i]
		} else {
			return nil
		}
	}
	if p.sub == "" {
		return v
	}
	m, _ := v.(map[string]any)
	return m[p.sub]
}

// find gives the place of the list's first value of the type, or -1.
func (p place) find(list []any) int {
	return slices.IndexFunc(list, func(item any) bool {
		m, _ := item.(map[string]any)
		kind, _ := m["type"].(string)
		return strings.EqualFold(kind, p.kind)
	})
}

// put sets what stands at a place, in the document itself; nil takes it away, and
// what is empty then goes with it.
func (p place) put(doc map[string]any, v any) {
	home := doc
	if p.urn != "" {
		home = child(doc, p.urn)
		defer prune(doc, p.urn)
	}
	switch {
	case p.kind != "":
		p.putValue(home, v)
	case p.sub != "":
		set(child(home, p.name), p.sub, v)
		prune(home, p.name)
	default:
		set(home, p.name, v)
	}
}

// putValue sets the value of a type in a list, which gets one if there is none. A
// value that nothing is left of but its type goes.
func (p place) putValue(home map[string]any, v any) {
	list, _ := home[p.name].([]any)
	i := p.find(list)
	switch {
	case i >= 0:
		item, _ := list[i].(map[string]any)
		set(item, p.sub, v)
		if !says(item) {
			list = slices.Delete(list, i, i+1)
		}
	case v != nil:
		list = append(list, map[string]any{"type": p.kind, p.sub: v})
	}
	if len(list) == 0 {
		delete(home, p.name)
		return
	}
	home[p.name] = list
}

// says tells whether a value of a list has more than a type.
func says(item map[string]any) bool {
	for name := range item {
		if name != "type" && name != "primary" {
			return true
		}
	}
	return false
}

func set(m map[string]any, name string, v any) {
	if v == nil {
		delete(m, name)
		return
	}
	m[name] = v
}

// child gives the object under a name, made if there is none.
func child(m map[string]any, name string) map[string]any {
	c, ok := m[name].(map[string]any)
	if !ok {
		c = map[string]any{}
		m[name] = c
	}
	return c
}

func prune(m map[string]any, name string) {
	if c, ok := m[name].(map[string]any); ok && len(c) == 0 {
		delete(m, name)
	}
}

// Short is a stored path without its schema, as the log and people say it.
func Short(path string) string { return placeOf(path).Short() }
