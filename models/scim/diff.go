package scim

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"muster/models/filter"
)

// Change is one modified property, for the provisioning log. Path reads like
// a PATCH path: userName, name.givenName, emails[type eq "work"].value;
// extension attributes go by their short name. Old and New are text, bool,
// json.Number, or a whole value; nil means unassigned.
type Change struct {
	Path     string
	Old, New any
}

// Diff lists what differs between two documents, sorted by path. What is not
// a property (schemas, id, meta) and passwords are left out.
func Diff(old, new Document) []Change {
	d := &differ{}
	for _, key := range keysOf(old, new) {
		if key == "schemas" || key == "id" || key == "meta" {
			continue
		}
		if a, b := old[key], new[key]; strings.Contains(key, ":") {
			d.object("", asObject(a), asObject(b))
		} else {
			d.value(key, a, b)
		}
	}
	slices.SortStableFunc(d.list, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return d.list
}

type differ struct{ list []Change }

func (d *differ) value(path string, a, b any) {
	if isSecret(path) {
		return
	}
	listA, isListA := a.([]any)
	listB, isListB := b.([]any)
	mapA, isMapA := a.(map[string]any)
	mapB, isMapB := b.(map[string]any)
	switch {
	case equal(a, b):
	case (isListA || a == nil) && (isListB || b == nil):
		d.values(path, listA, listB)
	case (isMapA || a == nil) && (isMapB || b == nil):
		d.object(path+".", mapA, mapB)
	default:
		d.list = append(d.list, Change{path, a, b})
	}
}

// isSecret guards custom attributes that look like passwords as well.
func isSecret(path string) bool {
	for i := range len(path) {
		if rest := path[i:]; begins(rest, "password") || begins(rest, "secret") {
			return true
		}
	}
	return false
}

// begins tells whether a text begins with a word in lower case, in any case. Every
// value of every change is asked, and nearly none does.
func begins(text, word string) bool {
	return text[0]|0x20 == word[0] && len(text) >= len(word) && strings.EqualFold(text[:len(word)], word)
}

func (d *differ) object(prefix string, a, b map[string]any) {
	for _, key := range keysOf(a, b) {
		d.value(prefix+key, a[key], b[key])
	}
}

// values pairs the values of a list by type, if that tells them apart, else by
// value, else by themselves.
func (d *differ) values(path string, a, b []any) {
	for _, sub := range [...]string{"type", "value"} {
		byA, okA := keyed(a, sub)
		byB, okB := keyed(b, sub)
		if !okA || !okB {
			continue
		}
		for _, key := range keysOf(byA, byB) {
			at := filter.Compare{Path: filter.Path{Name: sub}, Op: filter.Eq, Value: key}
			d.entry(path+"["+at.String()+"]", sub, asObject(byA[key]), asObject(byB[key]))
		}
		return
	}
	for i := range max(len(a), len(b)) {
		var x, y any
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if !equal(x, y) {
			d.list = append(d.list, Change{path + "[" + strconv.Itoa(i+1) + "]", x, y})
		}
	}
}

// entry compares one value of a list. What is in the path already is not said
// again, unless it is all there is.
func (d *differ) entry(path, by string, a, b map[string]any) {
	said := len(d.list)
	for _, key := range keysOf(a, b) {
		if key != by {
			d.value(path+"."+key, a[key], b[key])
		}
	}
	if said == len(d.list) && (a == nil) != (b == nil) {
		d.value(path+"."+by, a[by], b[by])
	}
}

// keyed indexes complex values by a sub-attribute, if all have it and differ.
func keyed(list []any, sub string) (map[string]any, bool) {
	out := make(map[string]any, len(list))
	for _, item := range list {
		m, _ := item.(map[string]any)
		key, ok := m[sub].(string)
		if _, twice := out[key]; !ok || twice {
			return nil, false
		}
		out[key] = m
	}
	return out, true
}

func keysOf(a, b map[string]any) []string {
	keys := slices.AppendSeq(make([]string, 0, len(a)+len(b)), maps.Keys(a))
	keys = slices.AppendSeq(keys, maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

func asObject(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}
