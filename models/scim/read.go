package scim

import (
	"net/http"
	"slices"
	"strings"

	"muster/models/filter"
)

// Limits bound a request. A zero field means its default: 1 MiB, 32 levels,
// 1,000 operations, 10,000 values of one attribute (members, in practice).
type Limits struct {
	Bytes      int
	Depth      int
	Operations int
	Values     int
	Filter     filter.Limits
}

func (l Limits) orDefault() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{{&l.Bytes, 1 << 20}, {&l.Depth, 32}, {&l.Operations, 1000}, {&l.Values, 10_000}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	return l
}

// object is a JSON object in the order it came, with repeated names: what a
// repeated name means is decided where the schema is known.
type object []field

type field struct {
	name  string
	value any
}

// fieldsOf lets an object from a request and a map built in Go be read alike.
func fieldsOf(v any) ([]field, bool) {
	switch v := v.(type) {
	case object:
		return v, true
	case map[string]any:
		list := make([]field, 0, len(v))
		for name, value := range v {
			list = append(list, field{name, value})
		}
		slices.SortFunc(list, func(a, b field) int { return strings.Compare(a.name, b.name) })
		return list, true
	}
	return nil, false
}

// plainValue turns objects into maps, for printing and for matching.
func plainValue(v any) any {
	switch v := v.(type) {
	case object:
		m := make(map[string]any, len(v))
		for _, f := range v {
			m[f.name] = plainValue(f.value)
		}
		return m
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainValue(v[i])
		}
		return out
	}
	return v
}

// readObject reads a request body, which must be one JSON object.
func readObject(body string, lim Limits) (object, error) {
	if len(body) > lim.Bytes {
		return nil, Errorf(http.StatusRequestEntityTooLarge, "", "the body has %d bytes, at most %d are allowed; send fewer changes per request", len(body), lim.Bytes)
	}
	r := newReader(strings.TrimPrefix(body, "\uFEFF"), lim.Depth)
	defer r.done()
	v, err := r.whole()
	if err != nil {
		return nil, err
	}
	return v.(object), nil
}

// whole reads a text that is one object and nothing else.
func (r *reader) whole() (any, error) {
	r.space()
	if r.pos == len(r.text) {
		return nil, r.fail("the body is empty; send a JSON object")
	}
	if r.text[r.pos] != '{' {
		return nil, r.fail("the body must be a JSON object")
	}
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.space(); r.pos < len(r.text) {
		return nil, r.fail("something follows the JSON object; send one object only")
	}
	return v, nil
}

// plainOf reads what this package has written.
func plainOf(text string) (any, error) {
	r := newReader(text, 32)
	defer r.done()
	r.plain = true
	return r.value()
}

// ReadDocument reads a stored document, which is canonical already: nothing is
// coerced and nothing is dropped.
func (t *Type) ReadDocument(stored string) (Document, error) {
	r := newReader(stored, 32)
	defer r.done()
	r.plain = true
	v, err := r.whole()
	if err != nil {
		return nil, err
	}
	return v.(Document), nil
}
