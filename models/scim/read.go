package scim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

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

// plainValue turns objects into maps, for printing and for ReadDocument.
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

// reader is a JSON parser for one request. encoding/json would lose the order
// and the repetition of names, has no depth limit, and costs three times this.
type reader struct {
	text  string
	pos   int
	depth int
	max   int
}

// readObject reads a request body, which must be one JSON object.
func readObject(body []byte, lim Limits) (object, error) {
	if len(body) > lim.Bytes {
		return nil, Errorf(http.StatusRequestEntityTooLarge, "", "the body has %d bytes, at most %d are allowed; send fewer changes per request", len(body), lim.Bytes)
	}
	r := &reader{text: strings.TrimPrefix(string(body), "\uFEFF"), max: lim.Depth}
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
	return v.(object), nil
}

func (r *reader) fail(msg string) error {
	return Errorf(http.StatusBadRequest, InvalidSyntax, "the body is not what was expected at byte %d: %s", r.pos, msg)
}

func (r *reader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *reader) peek() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

func (r *reader) value() (any, error) {
	r.space()
	switch c := r.peek(); {
	case c == '{':
		return r.nested(r.object)
	case c == '[':
		return r.nested(r.array)
	case c == '"':
		return r.str()
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	case r.word("true"):
		return true, nil
	case r.word("false"):
		return false, nil
	case r.word("null"):
		return nil, nil
	case r.pos >= len(r.text):
		return nil, r.fail("the JSON ends too early")
	}
	return nil, r.fail("this is not JSON; text needs double quotes")
}

func (r *reader) word(w string) bool {
	if !strings.HasPrefix(r.text[r.pos:], w) {
		return false
	}
	r.pos += len(w)
	return true
}

func (r *reader) nested(read func() (any, error)) (any, error) {
	if r.depth++; r.depth > r.max {
		return nil, Errorf(http.StatusBadRequest, InvalidSyntax, "the JSON is nested deeper than %d levels at byte %d", r.max, r.pos)
	}
	v, err := read()
	r.depth--
	return v, err
}

func (r *reader) object() (any, error) {
	r.pos++
	out := object{}
	if r.space(); r.peek() == '}' {
		r.pos++
		return out, nil
	}
	out = make(object, 0, 4)
	for {
		r.space()
		if r.peek() != '"' {
			return nil, r.fail(`a name in double quotes was expected`)
		}
		name, err := r.str()
		if err != nil {
			return nil, err
		}
		if r.space(); r.peek() != ':' {
			return nil, r.fail(`":" was expected after a name`)
		}
		r.pos++
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		out = append(out, field{name.(string), v})
		if more, err := r.next('}'); !more {
			return out, err
		}
	}
}

func (r *reader) array() (any, error) {
	r.pos++
	out := []any{}
	if r.space(); r.peek() == ']' {
		r.pos++
		return out, nil
	}
	for {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if more, err := r.next(']'); !more {
			return out, err
		}
	}
}

// next steps over a comma, or over the end of a list.
func (r *reader) next(end byte) (more bool, err error) {
	r.space()
	switch r.peek() {
	case ',':
		r.pos++
		return true, nil
	case end:
		r.pos++
		return false, nil
	}
	return false, r.fail(`"," or "` + string(end) + `" was expected`)
}

func (r *reader) str() (any, error) {
	start := r.pos
	plain, ascii := true, true
	for r.pos++; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			return r.finish(start, plain, ascii)
		case c == '\\':
			plain = false
			r.pos++
		case c < 0x20:
			return nil, r.fail("text holds a control character; write it as an escape such as \\n")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.pos = start
	return nil, r.fail("this text is never closed")
}

// finish decodes the literal from start to here. Text without escapes is not
// copied. U+0000 is refused: no database column takes it.
func (r *reader) finish(start int, plain, ascii bool) (any, error) {
	s := r.text[start+1 : r.pos-1]
	if !ascii && !utf8.ValidString(s) {
		r.pos = start
		return nil, r.fail("text is not UTF-8")
	}
	if plain {
		return s, nil
	}
	var out string
	if err := json.Unmarshal([]byte(r.text[start:r.pos]), &out); err != nil {
		r.pos = start
		return nil, r.fail("text holds an escape that JSON does not know")
	}
	if strings.IndexByte(out, 0) >= 0 {
		r.pos = start
		return nil, r.fail("text holds the character U+0000, which cannot be stored")
	}
	return out, nil
}

func (r *reader) number() (any, error) {
	start := r.pos
	for r.pos < len(r.text) && strings.IndexByte("+-.eE0123456789", r.text[r.pos]) >= 0 {
		r.pos++
	}
	n := r.text[start:r.pos]
	if len(n) > 64 || !json.Valid([]byte(n)) {
		r.pos = start
		return nil, r.fail("this is not a number that JSON knows")
	}
	return json.Number(n), nil
}

// ReadDocument reads a stored document, which is canonical already: nothing is
// coerced and nothing is dropped.
func (t *Type) ReadDocument(stored []byte) (Document, error) {
	o, err := readObject(stored, Limits{Bytes: 64 << 20, Depth: 32})
	if err != nil {
		return nil, err
	}
	return plainValue(o).(Document), nil
}
