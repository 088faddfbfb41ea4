package scim

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"muster/models/filter"
)

// Document is a resource in canonical form: attribute names in the schema's
// case, extensions nested under their URN, booleans as bool, numbers as
// json.Number, every multi-valued attribute as []any, complex values as
// map[string]any. An unassigned attribute has no key; there is no null, no
// empty text, no empty list (but see Members) and no empty object in it.
type Document = map[string]any

// Decode reads the body of a POST or PUT. The document may hold active, which
// the caller maps to a status, and for groups members (see Members); it never
// holds schemas, id, meta, groups or password. A name that comes twice, in
// whatever case, is read once: the last one wins, with a Note. Errors are
// *Error: invalidSyntax with the byte, or invalidValue with the attribute.
func (t *Type) Decode(body string, lim Limits) (Document, []Note, error) {
	lim = lim.orDefault()
	fields, err := readObject(body, lim)
	if err != nil {
		return nil, nil, err
	}
	e := &editor{t: t, doc: make(Document, len(fields)), coercer: coercer{lim: lim}}
	e.schemas(fields)
	seen := make([]*Attribute, 0, len(fields))
	for _, f := range fields {
		if a := t.core.find(f.name); a != nil {
			if slices.Contains(seen, a) {
				e.notes.add(NoteDuplicateKey, a.Name)
				delete(e.doc, a.Name)
			}
			seen = append(seen, a)
		}
		if err := e.named(Add, nil, f); err != nil {
			return nil, nil, err
		}
	}
	if err := e.finish(); err != nil {
		return nil, nil, err
	}
	e.explicitMembers(fields)
	return e.doc, e.notes, nil
}

// schemas notes what the schemas attribute says that is not so. It decides
// nothing: which schemas a resource uses follows from its attributes.
func (e *editor) schemas(fields []field) {
	core := false
	for _, f := range fields {
		if !sameName(f.name, "schemas") {
			continue
		}
		list, ok := f.value.([]any)
		if !ok {
			list = []any{f.value}
		}
		for _, item := range list {
			urn, _ := item.(string)
			switch {
			case sameName(urn, e.t.Core.ID):
				core = true
			case urn != "" && e.t.extension(urn) == nil:
				e.notes.add(NoteUnknownSchema, clip(urn))
			}
		}
	}
	if !core {
		e.notes.add(NoteMissingSchemas, "schemas")
	}
}

// explicitMembers keeps "members": [] apart from no members at all.
func (e *editor) explicitMembers(fields []field) {
	if e.t.core.find("members") == nil || e.doc["members"] != nil {
		return
	}
	for _, f := range fields {
		if list, ok := f.value.([]any); ok && len(list) == 0 && sameName(f.name, "members") {
			e.doc["members"] = []any{}
		}
	}
}

// finish brings the document into canonical form and checks what must be there.
func (e *editor) finish() error {
	for key, v := range e.doc {
		if isSimple(v) {
			continue
		}
		x := e.t.extension(key)
		if x == nil {
			trim(e.doc, key, e.t.core.find(key), v)
			continue
		}
		ext, _ := v.(map[string]any)
		for name, v := range ext {
			if !isSimple(v) {
				trim(ext, name, x.find(name), v)
			}
		}
		trim(e.doc, key, nil, v)
	}
	for _, a := range e.t.requires {
		if e.doc[a.Name] == nil {
			return missing(place{attr: a})
		}
	}
	for i := range e.t.Extensions {
		urn := e.t.Extensions[i].ID
		if _, used := e.doc[urn]; !used {
			continue
		}
		for j := range e.t.Extensions[i].Attributes {
			// RFC 7643 section 6: whoever uses an extension gives what it requires.
			// What is read-only, the client cannot give.
			a := &e.t.Extensions[i].Attributes[j]
			if pl := (place{urn: urn, attr: a}); a.Required && !pl.readOnly() && a.Mutability != WriteOnly && pl.in(e.doc) == nil {
				return missing(pl)
			}
		}
	}
	return nil
}

func missing(pl place) error {
	return invalidValue(pl.String(), "this attribute is required; send a value that is not empty")
}

func isSimple(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// trim prunes the value of a key in place.
func trim(m map[string]any, key string, a *Attribute, v any) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			delete(m, key)
		}
	case []any:
		out := prune(a, v)
		switch {
		case len(out) == 0:
			delete(m, key)
		case len(out) < len(v):
			m[key] = out
		}
	}
}

// prune drops empty objects and lists, and values that have lost what they
// are about: an e-mail with a type but without address is no e-mail.
func prune(a *Attribute, list []any) []any {
	hollow := a != nil && a.sub("value") != nil
	out := slices.DeleteFunc(list, func(item any) bool {
		m, ok := item.(map[string]any)
		return ok && (len(m) == 0 || hollow && isHollow(m))
	})
	if hollow || a != nil && a.Type != filter.Complex {
		return once(a, out)
	}
	return out
}

// once leaves each value of a list in place once per type (RFC 7643 section
// 2.4); what repeats it gives its mark of being primary to the first.
func once(a *Attribute, list []any) []any {
	if len(list) < 2 {
		return list
	}
	seen := make(map[sameness]map[string]any, len(list))
	return slices.DeleteFunc(list, func(item any) bool {
		m, ok := item.(map[string]any)
		if ok && m["value"] == nil {
			return false
		}
		key := valueKey(a, item)
		first, twice := seen[key]
		if !twice {
			seen[key] = m
		} else if m["primary"] == true {
			first["primary"] = true
		}
		return twice
	})
}

func isHollow(m map[string]any) bool {
	for key := range m {
		if key != "type" && key != "primary" {
			return false
		}
	}
	return true
}

// clone copies a document deeply, so that a failed PATCH leaves no trace.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for key, item := range out {
			switch item.(type) {
			case map[string]any, []any:
				out[key] = clone(item)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	}
	return v
}

func badRequest(scimType, format string, args ...any) *Error {
	return Errorf(http.StatusBadRequest, scimType, format, args...)
}

// unknownPath names the attribute that no schema has, and the nearest one.
func (t *Type) unknownPath(p filter.Path) *Error {
	msg := "no schema has the attribute " + clip(p.String())
	if near := t.nearest(p); near != "" {
		msg += "; did you mean " + near + "?"
	}
	return badRequest(InvalidPath, "%s", strings.TrimSuffix(msg, " "))
}
