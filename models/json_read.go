package models

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// JSONReader is what reads itself from the JSON that it was stored as, without
// reflection: every change of a user begins with reading one. false leaves it to
// encoding/json, which also knows what is wrong with a text that no JSONText wrote.
type JSONReader interface{ ReadJSON(stored string) bool }

// storedJSON reads what was stored with each name once. Whatever it does not expect
// ends it, for encoding/json to begin anew.
type storedJSON struct {
	text   string
	odd    bool
	fields []storedField // of the objects around here
}

type storedField struct {
	name  string
	value any
}

func newStoredJSON(text string) *storedJSON {
	return &storedJSON{text: text, odd: !utf8.ValidString(text)}
}

// readDocument reads a stored document, numbers as they were written.
func readDocument(stored string) (Attributes, bool) {
	r := newStoredJSON(stored)
	r.fields = make([]storedField, 0, 32)
	r.wants('{')
	doc := r.object()
	return doc, !r.odd && r.text == ""
}

// takes takes a character that stands next, if it does.
func (r *storedJSON) takes(c byte) bool {
	if r.text == "" || r.text[0] != c {
		return false
	}
	r.text = r.text[1:]
	return true
}

func (r *storedJSON) wants(c byte) { r.odd = !r.takes(c) || r.odd }

// each reads what stands up to the end of an object or a list that has begun.
func (r *storedJSON) each(end byte, item func()) {
	if r.takes(end) {
		return
	}
	for item(); !r.odd && r.takes(','); {
		item()
	}
	r.wants(end)
}

func (r *storedJSON) value() any {
	switch {
	case strings.HasPrefix(r.text, `"`):
		return r.string()
	case r.takes('{'):
		return r.object()
	case r.takes('['):
		list := []any{}
		r.each(']', func() { list = append(list, r.value()) })
		return list
	case r.word("true"):
		return true
	case r.word("false"):
		return false
	case r.word("null"):
		return nil
	}
	return r.number()
}

func (r *storedJSON) word(w string) bool {
	rest, ok := strings.CutPrefix(r.text, w)
	r.text = rest
	return ok
}

func (r *storedJSON) object() map[string]any {
	from := len(r.fields)
	r.each('}', func() {
		name := r.key()
		v := r.value()
		r.fields = append(r.fields, storedField{name, v})
	})
	m := make(map[string]any, len(r.fields)-from)
	for _, f := range r.fields[from:] {
		m[f.name] = f.value
	}
	r.fields = r.fields[:from]
	return m
}

// key is a name with the colon behind it.
func (r *storedJSON) key() string {
	name := r.string()
	r.wants(':')
	return name
}

func (r *storedJSON) string() string {
	r.wants('"')
	for i := range len(r.text) {
		switch c := r.text[i]; {
		case c == '"':
			s := r.text[:i]
			r.text = r.text[i+1:]
			return s
		case c == '\\':
			return r.escaped(i)
		case c < ' ':
			r.odd = true
			return ""
		}
	}
	r.odd = true
	return ""
}

// escaped reads a text that has a backslash at i.
func (r *storedJSON) escaped(i int) string {
	plain := append(make([]byte, 0, len(r.text[:i])+32), r.text[:i]...)
	for ; i+1 < len(r.text) && r.text[i] != '"'; i++ {
		c := r.text[i]
		if c == '\\' {
			i++
			if c = r.text[i]; c != '"' && c != '\\' {
				return r.coded(i)
			}
		} else if c < ' ' {
			break
		}
		plain = append(plain, c)
	}
	if i >= len(r.text) || r.text[i] != '"' {
		r.odd = true
		return ""
	}
	r.text = r.text[i+1:]
	return string(plain)
}

// coded reads a text in which a character stands as a code or a letter, behind a
// backslash that comes before i.
func (r *storedJSON) coded(i int) string {
	for i++; i < len(r.text) && r.text[i] != '"'; i++ {
		if r.text[i] == '\\' {
			i++
		}
	}
	if i >= len(r.text) {
		r.odd = true
		return ""
	}
	var s string
	r.odd = json.Unmarshal([]byte(`"`+r.text[:i+1]), &s) != nil || r.odd
	r.text = r.text[i+1:]
	return s
}

func (r *storedJSON) number() json.Number {
	n := strings.IndexFunc(r.text, func(c rune) bool { return !strings.ContainsRune("+-.0123456789eE", c) })
	if n < 0 {
		n = len(r.text)
	}
	text := r.text[:n]
	r.odd = !json.Valid([]byte(text)) || r.odd
	r.text = r.text[n:]
	return json.Number(text)
}
