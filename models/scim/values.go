package scim

import (
	"encoding/json"
	"maps"
	"slices"

	"muster/models/filter"
)

// setList stores the values of a multi-valued attribute.
func (e *editor) setList(pl place, list []any) error {
	if err := e.tooMany(pl, len(list)); err != nil {
		return err
	}
	if len(list) == 0 {
		e.set(pl, nil)
		return nil
	}
	e.set(pl, list)
	return nil
}

// addValues appends what is not there yet. The same value and type again is
// the same value: it is brought up to date, not repeated (RFC 7643 section
// 2.4). A new primary value takes the mark from the old one (RFC 7644 3.5.2).
func (e *editor) addValues(pl place, list, added []any) []any {
	if len(list) == 0 && len(added) == 1 {
		return added
	}
	at := make(map[sameness]int, len(list))
	for i, item := range list {
		at[valueKey(pl.attr, item)] = i
	}
	for _, item := range added {
		key := valueKey(pl.attr, item)
		i, known := at[key]
		m, isMap := item.(map[string]any)
		switch {
		case !known:
			i = len(list)
			list, at[key] = append(list, item), i
		case isMap:
			old, _ := list[i].(map[string]any)
			maps.Copy(old, m)
		}
		if marked(pl.attr, list[i]) != nil && m["primary"] == true {
			onlyPrimary(list, i)
		}
	}
	return list
}

// sameness is equal for values that are the same but for their decoration. A value
// without a value is the same as what is written alike.
type sameness struct{ value, kind, written string }

func valueKey(a *Attribute, item any) sameness {
	m, ok := item.(map[string]any)
	if !ok {
		m = map[string]any{"value": item}
	}
	value, ok := m["value"].(string)
	if !ok {
		b, _ := json.Marshal(m)
		return sameness{written: string(b)}
	}
	if sub := a.sub("value"); sub == nil || !sub.CaseExact {
		value = filter.Fold(value)
	}
	kind, _ := m["type"].(string)
	return sameness{value: value, kind: filter.Fold(kind)}
}

// marked gives a value that is primary. One that is not about anything yet is not: it
// goes at the end unless it is filled, and must not take the mark along.
func marked(a *Attribute, item any) map[string]any {
	m, ok := item.(map[string]any)
	if !ok || m["primary"] != true || a.sub("value") != nil && isHollow(m) {
		return nil
	}
	return m
}

// onlyPrimary leaves the mark to the value at keep.
func onlyPrimary(list []any, keep int) {
	for i, item := range list {
		if m, ok := item.(map[string]any); ok && i != keep && m["primary"] == true {
			m["primary"] = false
		}
	}
}

// removeValues is Microsoft's remove with a value: those values go, never all.
func (e *editor) removeValues(pl place, raw any) error {
	gone, err := e.list(pl, raw)
	if err != nil {
		return err
	}
	e.notes.add(NoteValueOnRemove, pl.String())
	list, _ := e.get(pl).([]any)
	return e.setList(pl, slices.DeleteFunc(list, func(item any) bool {
		return slices.ContainsFunc(gone, func(g any) bool { return covers(pl.attr, g, item) })
	}))
}

// covers tells whether item has every sub-attribute of pattern. A pattern
// without type stands for the value whatever its type.
func covers(a *Attribute, pattern, item any) bool {
	p, okP := pattern.(map[string]any)
	m, okM := item.(map[string]any)
	if !okP || !okM {
		return equal(pattern, item)
	}
	if p["value"] != nil {
		if p["type"] == nil {
			return valueKey(a, map[string]any{"value": p["value"]}) == valueKey(a, map[string]any{"value": m["value"]})
		}
		return valueKey(a, p) == valueKey(a, m)
	}
	for key, v := range p {
		if !equal(v, m[key]) {
			return false
		}
	}
	return true
}
