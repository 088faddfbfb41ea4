package scim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"muster/models/filter"
)

// OpKind is what a PATCH operation does, RFC 7644 section 3.5.2.
type OpKind string

// The three operations.
const (
	Add     OpKind = "add"
	Remove  OpKind = "remove"
	Replace OpKind = "replace"
)

// Operation is one PATCH operation, read but not yet coerced. Path is the text
// as sent; Target is nil when there was none. HasValue tells a value of null
// from no value. Value is opaque: Patch and SplitMembers read it, and take
// maps, lists and scalars built in Go as well.
type Operation struct {
	Op       OpKind
	Path     string
	Target   *filter.Target
	HasValue bool
	Value    any

	number int // place in the request from 1, for errors
}

// DecodePatch reads a PATCH body. Operations and names are taken in any case,
// and unknown names beside them are ignored; that operations make sense for
// the schema is checked by Patch. Errors are *Error, naming the operation.
func (t *Type) DecodePatch(body string, lim Limits) ([]Operation, []Note, error) {
	lim = lim.orDefault()
	fields, err := readObject(body, lim)
	if err != nil {
		return nil, nil, err
	}
	var n notes
	raw, err := operationsOf(fields, &n)
	if err != nil {
		return nil, nil, err
	}
	if len(raw) > lim.Operations {
		return nil, nil, Errorf(http.StatusRequestEntityTooLarge, "", "%d operations, at most %d are allowed in one request; send them in several", len(raw), lim.Operations)
	}
	ops := make([]Operation, 0, len(raw))
	for i, item := range raw {
		op, err := decodeOperation(item, lim, &n)
		if err != nil {
			return nil, nil, numbered(i+1, err)
		}
		t.unpack(&op, lim, &n)
		op.number = i + 1
		ops = append(ops, op)
	}
	return ops, n, nil
}

// numbered says which operation an error is about.
func numbered(n int, err error) error {
	var e *Error
	if n == 0 || !errors.As(err, &e) {
		return err
	}
	return Errorf(e.Status, e.Type, "operation %d: %s", n, e.Detail)
}

func operationsOf(fields []field, n *notes) ([]any, error) {
	var raw any
	declared := false
	for _, f := range fields {
		switch {
		case sameName(f.name, "Operations"):
			if f.name != "Operations" {
				n.add(NoteKeyCase, "Operations")
			}
			raw = f.value
		case sameName(f.name, "schemas"):
			declared = declares(f.value, PatchURN)
		}
	}
	if !declared {
		n.add(NoteMissingSchemas, "schemas")
	}
	switch v := raw.(type) {
	case []any:
		if len(v) > 0 {
			return v, nil
		}
	case object:
		n.add(NoteSingleOperation, "Operations")
		return []any{v}, nil
	}
	return nil, badRequest(InvalidSyntax, `the request holds no operations; send "Operations": [{"op": …}]`)
}

func declares(v any, urn string) bool {
	if s, ok := v.(string); ok {
		return sameName(s, urn)
	}
	list, _ := v.([]any)
	for _, item := range list {
		if s, ok := item.(string); ok && sameName(s, urn) {
			return true
		}
	}
	return false
}

func decodeOperation(raw any, lim Limits, n *notes) (Operation, error) {
	var op Operation
	fields, ok := fieldsOf(raw)
	if !ok {
		return op, badRequest(InvalidSyntax, "%s is not an operation; send an object with op, path and value", show(raw))
	}
	var kind any
	for _, f := range fields {
		switch {
		case sameName(f.name, "op"):
			kind = f.value
		case sameName(f.name, "path"):
			path, ok := f.value.(string)
			if !ok && f.value != nil {
				return op, badRequest(InvalidPath, "path is %s; send text", show(f.value))
			}
			op.Path = path
		case sameName(f.name, "value"):
			op.Value, op.HasValue = f.value, true
		}
	}
	if err := op.kind(kind, n); err != nil {
		return op, err
	}
	return op, op.complete(lim)
}

func (o *Operation) kind(raw any, n *notes) error {
	name, _ := raw.(string)
	o.Op = OpKind(strings.ToLower(name))
	switch o.Op {
	case Add, Remove, Replace:
		if string(o.Op) != name {
			n.add(NoteOpCase, "op")
		}
		return nil
	case "":
		return badRequest(InvalidSyntax, "op is missing; send add, remove or replace")
	}
	return badRequest(InvalidSyntax, "%q is no operation; send add, remove or replace", clip(name))
}

// complete parses the path and checks that path and value are there as far as
// RFC 7644 sections 3.5.2.1 to 3.5.2.3 demand it.
func (o *Operation) complete(lim Limits) error {
	if strings.TrimSpace(o.Path) != "" {
		target, err := filter.ParsePath(o.Path, lim.Filter)
		if err != nil {
			return badRequest(InvalidPath, "path %q cannot be read: %v", clip(o.Path), err)
		}
		o.Target = &target
	}
	if o.Op != Remove && !o.HasValue {
		return badRequest(InvalidValue, "%s needs a value; to clear an attribute send remove, or null as value", o.Op)
	}
	if _, isObject := fieldsOf(o.Value); o.Op == Remove && o.Target == nil && !isObject {
		return badRequest(NoTarget, "remove needs a path; name the attribute to remove")
	}
	return nil
}

func (o Operation) String() string {
	if o.Path == "" {
		return string(o.Op)
	}
	return fmt.Sprintf("%s %s", o.Op, o.Path)
}
