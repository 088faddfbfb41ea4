package scim

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

// reader is a JSON parser for one request. encoding/json would lose the order
// and the repetition of names, has no depth limit, and costs three times this.
type reader struct {
	text  string
	pos   int
	depth int
	max   int
	plain bool // objects become maps: what is stored has each name once

	// What was read of the objects and lists around here: each is copied out at its
	// end, when its size is known.
	fields []field
	items  []any
}

// readers keep their room for fields and items from one text to the next.
var readers = sync.Pool{New: func() any { return new(reader) }}

func newReader(text string, depth int) *reader {
	r := readers.Get().(*reader) //nolint:forcetypeassert // the pool holds nothing else
	*r = reader{text: text, max: depth, fields: r.fields[:0], items: r.items[:0]}
	return r
}

// keptRoom is how many fields or items a reader keeps room for; a list of members
// may be far longer.
const keptRoom = 256

// done lets go of all that was read and gives the reader back.
func (r *reader) done() {
	if cap(r.fields) > keptRoom || cap(r.items) > keptRoom {
		return
	}
	clear(r.fields[:cap(r.fields)])
	clear(r.items[:cap(r.items)])
	r.text = ""
	readers.Put(r)
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
		return r.object()
	case c == '[':
		return r.array()
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

func (r *reader) deeper() error {
	if r.depth++; r.depth > r.max {
		return Errorf(http.StatusBadRequest, InvalidSyntax, "the JSON is nested deeper than %d levels at byte %d", r.max, r.pos)
	}
	return nil
}

func (r *reader) object() (any, error) {
	if err := r.deeper(); err != nil {
		return nil, err
	}
	r.pos++
	from := len(r.fields)
	for more := !r.ends('}'); more; {
		name, err := r.name()
		if err != nil {
			return nil, err
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		r.fields = append(r.fields, field{name, v})
		if more, err = r.next('}'); err != nil {
			return nil, err
		}
	}
	r.depth--
	read := r.fields[from:]
	r.fields = r.fields[:from]
	if r.plain {
		m := make(map[string]any, len(read))
		for _, f := range read {
			m[f.name] = f.value
		}
		return m, nil
	}
	return append(make(object, 0, len(read)), read...), nil
}

func (r *reader) name() (string, error) {
	r.space()
	if r.peek() != '"' {
		return "", r.fail(`a name in double quotes was expected`)
	}
	name, err := r.str()
	if err != nil {
		return "", err
	}
	if r.space(); r.peek() != ':' {
		return "", r.fail(`":" was expected after a name`)
	}
	r.pos++
	return name, nil
}

func (r *reader) array() (any, error) {
	if err := r.deeper(); err != nil {
		return nil, err
	}
	r.pos++
	from := len(r.items)
	for more := !r.ends(']'); more; {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		r.items = append(r.items, v)
		if more, err = r.next(']'); err != nil {
			return nil, err
		}
	}
	r.depth--
	read := r.items[from:]
	r.items = r.items[:from]
	return append(make([]any, 0, len(read)), read...), nil
}

// ends steps over the end of an object or a list that holds nothing.
func (r *reader) ends(end byte) bool {
	if r.space(); r.peek() != end {
		return false
	}
	r.pos++
	return true
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

// ordinary bytes of a text stand for themselves: one look tells, for nearly all.
var ordinary = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func (r *reader) str() (string, error) {
	start := r.pos
	plain, ascii := true, true
	for r.pos++; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; {
		case ordinary[c]:
		case c == '"':
			r.pos++
			return r.finish(start, plain, ascii)
		case c == '\\':
			plain = false
			r.pos++
		case c < 0x20:
			return "", r.fail("text holds a control character; write it as an escape such as \\n")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.pos = start
	return "", r.fail("this text is never closed")
}

// finish decodes the literal from start to here. Text without escapes is not
// copied. U+0000 is refused: no database column takes it.
func (r *reader) finish(start int, plain, ascii bool) (string, error) {
	s := r.text[start+1 : r.pos-1]
	if !ascii && !utf8.ValidString(s) {
		r.pos = start
		return "", r.fail("text is not UTF-8")
	}
	if plain {
		return s, nil
	}
	var out string
	if err := json.Unmarshal([]byte(r.text[start:r.pos]), &out); err != nil {
		r.pos = start
		return "", r.fail("text holds an escape that JSON does not know")
	}
	if strings.IndexByte(out, 0) >= 0 {
		r.pos = start
		return "", r.fail("text holds the character U+0000, which cannot be stored")
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
