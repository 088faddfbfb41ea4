package scim

import (
	"slices"
	"strings"

	"muster/models/filter"
)

// unpack reads a value of an operation that came as JSON in text, such as
// "{\"displayName\":\"Staff\"}" without path or ["{\"value\":\"2819c223\"}"] for members:
// libraries under Keycloak and others send such. Where text belongs, or it could be a
// value by itself, it stays text: a role may be JSON that Entra ID made.
func (t *Type) unpack(op *Operation, lim Limits, n *notes) {
	list, _ := op.Value.([]any)
	if !packed(op.Value) && !slices.ContainsFunc(list, packed) {
		return
	}
	leaf, takes := t.unpacksTo(op)
	if !takes {
		return
	}
	attr := "value"
	if op.Target != nil {
		attr = op.Path
	}
	unpacked := func(v any) (any, bool) {
		got, ok := readText(v, lim.Depth)
		if ok = ok && describes(got, leaf); ok {
			n.add(NoteJSONAsText, clip(attr))
		}
		return got, ok
	}
	if v, ok := unpacked(op.Value); ok {
		op.Value = v
		return
	}
	for i, item := range list {
		if v, ok := unpacked(item); ok {
			list[i] = v
		}
	}
}

// unpacksTo tells whether an operation's value is an object or a list of them, and of
// which attribute; nil is a resource or an extension as a whole.
func (t *Type) unpacksTo(op *Operation) (*Attribute, bool) {
	if op.Target == nil {
		return nil, true
	}
	pl, ok := t.find(op.Target.Path)
	switch {
	case !ok:
		return nil, false
	case pl.attr == nil:
		return nil, true
	}
	return pl.leaf(), pl.leaf().Type == filter.Complex
}

// describes tells whether every object in v is made of an attribute's parts.
func describes(v any, leaf *Attribute) bool {
	if list, ok := v.([]any); ok {
		for _, item := range list {
			if _, nested := item.([]any); nested || !describes(item, leaf) {
				return false
			}
		}
		return leaf != nil && leaf.MultiValued
	}
	fields, ok := fieldsOf(v)
	if !ok || leaf == nil {
		return ok
	}
	for _, f := range fields {
		if leaf.sub(f.name) == nil {
			return false
		}
	}
	return true
}

// packed tells whether v is text that begins as an object or a list does.
func packed(v any) bool {
	text, _ := v.(string)
	text = strings.TrimSpace(text)
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// readText reads text that is one JSON object or list as a whole.
func readText(v any, depth int) (any, bool) {
	if !packed(v) {
		return nil, false
	}
	r := newReader(strings.TrimSpace(v.(string)), depth)
	defer r.done()
	got, err := r.value()
	if err != nil || r.pos != len(r.text) {
		return nil, false
	}
	return got, true
}
