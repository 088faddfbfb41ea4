package scim

import "maps"

// home is the object that holds an attribute.
func (e *editor) home(pl place, create bool) map[string]any {
	if pl.urn == "" {
		return e.doc
	}
	ext, ok := e.doc[pl.urn].(map[string]any)
	if !ok && create {
		ext = map[string]any{}
		e.doc[pl.urn] = ext
	}
	return ext
}

func (e *editor) get(pl place) any { return e.home(pl, false)[pl.attr.Name] }

func (e *editor) set(pl place, v any) {
	if home := e.home(pl, v != nil); home != nil {
		put(home, pl.attr.Name, v)
	}
}

// assign is add and replace of a whole attribute. A complex one is merged:
// sub-attributes that were not sent stay (RFC 7644 section 3.5.2.3).
func (e *editor) assign(op OpKind, pl place, raw any) error {
	if pl.attr.MultiValued {
		added, err := e.list(pl, raw)
		if err != nil {
			return err
		}
		var list []any
		if op == Add {
			list, _ = e.get(pl).([]any)
		}
		return e.setList(pl, e.addValues(pl, list, added))
	}
	if op == Add && addsNothing(raw) {
		return nil
	}
	v, err := e.single(pl, raw)
	if err != nil {
		return err
	}
	if old, ok := e.get(pl).(map[string]any); ok && !isEmpty(raw) {
		fresh, _ := v.(map[string]any)
		sent, _ := fieldsOf(raw)
		v = merge(old, fresh, pl.attr, sent)
	}
	e.set(pl, v)
	return nil
}

// addsNothing tells of an object without fields, which takes nothing away either.
func addsNothing(raw any) bool {
	fields, ok := fieldsOf(raw)
	return ok && len(fields) == 0
}

func addsSomething(raw any) bool { return !addsNothing(raw) }

// merge lays fresh over old. What was sent as null goes, and a reference that
// belonged to another value goes with it.
func merge(old, fresh map[string]any, a *Attribute, sent []field) map[string]any {
	before := old["value"]
	maps.Copy(old, fresh)
	for _, f := range sent {
		if sub := a.sub(f.name); sub != nil && fresh[sub.Name] == nil && isEmpty(f.value) {
			delete(old, sub.Name)
		}
	}
	if before != old["value"] && fresh["$ref"] == nil {
		delete(old, "$ref")
	}
	return old
}

// subAttribute is an operation on attr.sub without filter.
func (e *editor) subAttribute(op OpKind, pl place, raw any) error {
	var v any
	if op != Remove {
		var err error
		if v, err = e.single(pl, raw); err != nil {
			return err
		}
	}
	if pl.attr.MultiValued {
		return e.everyValue(pl, v)
	}
	m, ok := e.get(pl).(map[string]any)
	if !ok {
		if v == nil {
			return nil
		}
		m = map[string]any{}
	}
	if pl.sub.Name == "value" && m["value"] != v {
		delete(m, "$ref")
	}
	put(m, pl.sub.Name, v)
	e.set(pl, m)
	return nil
}

// everyValue sets one sub-attribute of a list, which RFC 7644 leaves open: it
// applies to every value, and makes the first one when there is none.
func (e *editor) everyValue(pl place, v any) error {
	e.notes.add(NoteSubOfList, pl.String())
	list, _ := e.get(pl).([]any)
	if len(list) == 0 && v != nil {
		return e.setList(pl, []any{map[string]any{pl.sub.Name: v}})
	}
	for i, item := range list {
		if m, ok := item.(map[string]any); ok {
			put(m, pl.sub.Name, v)
			if marked(pl.attr, m) == nil {
				continue
			}
			if onlyPrimary(list, i); pl.sub.Name == "primary" {
				break
			}
		}
	}
	return e.setList(pl, list)
}
