package scim

import (
	"cmp"

	"muster/models/filter"
)

// Patch applies operations in order to a copy of doc, RFC 7644 section 3.5.2,
// and returns the copy only if all of them succeed. An operation that changes
// nothing is a success. Put active into doc before, and take it out after.
// Members of a group are not for Patch: see SplitMembers.
//
// Errors are *Error: invalidPath (unknown attribute), mutability (read-only
// path, removal of a required attribute), noTarget (a filter that matches
// nothing and describes no value that could be created), invalidValue.
func (t *Type) Patch(doc Document, ops []Operation) (Document, []Note, error) {
	e := &editor{t: t, doc: clone(doc).(Document), coercer: coercer{lim: Limits{}.orDefault()}}
	for _, op := range ops {
		if err := e.operation(op); err != nil {
			return nil, nil, numbered(op.number, err)
		}
	}
	if err := e.finish(); err != nil {
		return nil, nil, err
	}
	if err := t.keepsImmutable(doc, e.doc); err != nil {
		return nil, nil, err
	}
	return e.doc, e.notes, nil
}

// editor changes one document.
type editor struct {
	coercer
	t   *Type
	doc Document
}

func (e *editor) operation(op Operation) error {
	if op.Target == nil {
		return e.pathless(op)
	}
	pl, ok := e.t.find(op.Target.Path)
	if !ok {
		return e.t.unknownPath(op.Target.Path)
	}
	if pl.readOnly() {
		return badRequest(Mutability, "%s is read-only; leave it out", pl)
	}
	had := pl.attr != nil && pl.attr.Required && pl.sub == nil && pl.in(e.doc) != nil
	err := e.apply(op.Op, pl, op.Target.Filter, op.Value)
	if err == nil && op.Op == Remove && had && pl.in(e.doc) == nil {
		return e.stays(pl) // its last value was removed by a filter
	}
	return err
}

// pathless merges the members of the value, each as if it were a path.
func (e *editor) pathless(op Operation) error {
	raw := op.Value
	if list, ok := raw.([]any); ok && len(list) == 1 {
		e.notes.add(NoteListForSingle, "value")
		raw = list[0]
	}
	if isEmpty(raw) {
		return nil
	}
	fields, ok := fieldsOf(raw)
	if !ok {
		return badRequest(InvalidValue, "%s without path needs an object as value, such as {\"active\": false}, not %s", op.Op, show(raw))
	}
	if op.Op == Remove {
		return badRequest(NoTarget, "remove needs a path; name the attribute to remove")
	}
	for _, f := range fields {
		if err := e.named(op.Op, nil, f); err != nil {
			return err
		}
	}
	return nil
}

// apply performs one operation on one resolved target.
func (e *editor) apply(op OpKind, pl place, f filter.Expr, raw any) error {
	switch {
	case pl.attr == nil && f != nil:
		return badRequest(InvalidPath, "a schema URN cannot be filtered; name one of its attributes")
	case pl.attr == nil:
		return e.whole(op, pl, raw)
	case pl.attr.Name == "schemas" && pl.urn == "":
		return nil
	case pl.attr.Mutability == WriteOnly:
		if !isEmpty(raw) {
			e.notes.add(NotePasswordIgnored, pl.String())
		}
		return nil
	case op == Remove && pl.sub == nil && f == nil && pl.attr.Required:
		return e.stays(pl)
	case f != nil:
		return e.filtered(op, pl, f, raw)
	case pl.sub != nil:
		return e.subAttribute(op, pl, raw)
	case op == Remove && pl.attr.MultiValued && !isEmpty(raw):
		return e.removeValues(pl, raw)
	case op == Remove:
		e.set(pl, nil)
		return nil
	}
	return e.assign(op, pl, raw)
}

// stays refuses to let go of what a resource must have (RFC 7644 section 3.5.2.2).
func (e *editor) stays(pl place) error {
	return badRequest(Mutability, "%s is required and cannot be removed; replace it", pl)
}

// whole is an operation on an extension, or on the core schema by its URN.
func (e *editor) whole(op OpKind, pl place, raw any) error {
	inside := e.t.extension(pl.urn)
	if op == Remove || isEmpty(raw) {
		if inside != nil && op != Add {
			delete(e.doc, pl.urn)
		}
		return nil
	}
	if list, ok := raw.([]any); ok && len(list) == 1 {
		e.notes.add(NoteListForSingle, pl.urn)
		raw = list[0]
	}
	fields, ok := fieldsOf(raw)
	if !ok {
		return invalidValue(cmp.Or(pl.urn, e.t.Core.ID), "an object is needed, not %s", show(raw))
	}
	for _, f := range fields {
		if err := e.named(op, inside, f); err != nil {
			return err
		}
	}
	return nil
}

// keepsImmutable refuses changes to what may be set only once.
func (t *Type) keepsImmutable(old, fresh Document) error {
	for _, pl := range t.immutable {
		before, after := pl.in(old), pl.in(fresh)
		if before != nil && !equal(before, after) {
			return badRequest(Mutability, "%s can be set once and has a value already", pl)
		}
	}
	return nil
}

// in reads what stands at a place of a document that is no list.
func (p place) in(doc Document) any {
	if p.urn != "" {
		doc, _ = doc[p.urn].(map[string]any)
	}
	if p.sub == nil {
		return doc[p.attr.Name]
	}
	return asObject(doc[p.attr.Name])[p.sub.Name]
}
