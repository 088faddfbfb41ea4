package scim

import "muster/models/filter"

// named applies one member of a body, or of the value of an operation without
// path. inside is the extension whose object it stands in, if any. Names that
// no schema knows are ignored with a Note, and so is what is read-only.
func (e *editor) named(op OpKind, inside *index, f field) error {
	pl, target, ok := e.resolve(inside, f.name)
	if !ok {
		e.notes.add(NoteUnknownAttribute, clip(f.name))
		return nil
	}
	if pl.attr != nil && (pl.readOnly() || pl.attr.Name == "schemas") {
		if pl.attr.Name != "schemas" && !isEmpty(f.value) && !onlyResourceType(f.value) {
			e.notes.add(NoteReadOnlyIgnored, pl.String())
		}
		return nil
	}
	return e.apply(op, pl, target.Filter, f.value)
}

// onlyResourceType recognises the meta that Entra ID sends with each create.
func onlyResourceType(v any) bool {
	fields, _ := fieldsOf(v)
	return len(fields) == 1 && sameName(fields[0].name, "resourceType")
}

// resolve finds where a name points, and notes the form it came in.
func (e *editor) resolve(inside *index, name string) (place, filter.Target, bool) {
	if inside != nil {
		if a := inside.find(name); a != nil {
			return e.spelled(place{urn: inside.urn, attr: a}, name)
		}
	} else if a := e.t.core.find(name); a != nil {
		return e.spelled(place{attr: a}, name)
	} else if x := e.t.extension(name); x != nil {
		return place{urn: x.urn}, filter.Target{}, true
	}
	target, err := filter.ParsePath(name, e.lim.Filter)
	if err != nil {
		return place{}, target, false
	}
	if inside != nil && target.URN == "" {
		target.URN = inside.urn
	}
	pl, ok := e.t.find(target.Path)
	if ok {
		e.notes.add(formOf(target), pl.String())
	}
	return pl, target, ok
}

func (e *editor) spelled(pl place, name string) (place, filter.Target, bool) {
	if pl.attr.Name != name {
		e.notes.add(NoteKeyCase, pl.String())
	}
	return pl, filter.Target{}, true
}

func formOf(t filter.Target) string {
	switch {
	case t.Filter != nil:
		return NoteFilterKey
	case t.URN != "":
		return NoteFlatURNKey
	case t.Sub != "":
		return NoteDottedKey
	}
	return NoteBareExtension
}
