package secret

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

const maxNesting = 64

// node is a JSON value that keeps the order and repetition of its members,
// and whether it was read to its end: a body is logged as it was sent, also
// when it was sent broken.
type node struct {
	open     byte // '{', '[', '"' or 0 for numbers and literals
	text     string
	members  []member
	complete bool
}

type member struct {
	name  string
	value *node
}

// reader reads JSON strictly and gives what it had when it met a fault. It is
// written by hand because encoding/json gives either all or nothing.
type reader struct {
	src []byte
	at  int
}

// parse returns what could be read (nil for nothing) and whether that was all.
func parse(src []byte) (*node, bool) {
	r := &reader{src: src}
	n := r.value(0)
	if n == nil {
		return nil, false
	}
	r.space()
	return n, n.complete && r.at == len(src)
}

func (r *reader) space() {
	for r.at < len(r.src) && strings.IndexByte(" \t\r\n", r.src[r.at]) >= 0 {
		r.at++
	}
}

func (r *reader) take(c byte) bool {
	r.space()
	if r.at < len(r.src) && r.src[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *reader) value(depth int) *node {
	r.space()
	if r.at >= len(r.src) || depth > maxNesting {
		return nil
	}
	switch r.src[r.at] {
	case '{':
		return r.container(depth, '}')
	case '[':
		return r.container(depth, ']')
	case '"':
		s, ok := r.str()
		if !ok {
			return nil
		}
		return &node{open: '"', text: s, complete: true}
	default:
		return r.literal()
	}
}

func (r *reader) container(depth int, end byte) *node {
	n := &node{open: r.src[r.at]}
	r.at++
	if r.take(end) {
		n.complete = true
		return n
	}
	for {
		var m member
		if n.open == '{' {
			r.space()
			var ok bool
			if m.name, ok = r.str(); !ok || !r.take(':') {
				return n
			}
		}
		m.value = r.value(depth + 1)
		if m.value == nil {
			return n
		}
		n.members = append(n.members, m)
		if !m.value.complete {
			return n
		}
		if r.take(',') {
			continue
		}
		n.complete = r.take(end)
		return n
	}
}

// str reads a string literal. encoding/json undoes the escapes, so that
// "passwor\u0064" is seen for what it is.
func (r *reader) str() (string, bool) {
	if r.at >= len(r.src) || r.src[r.at] != '"' {
		return "", false
	}
	for i := r.at + 1; i < len(r.src); i++ {
		switch r.src[i] {
		case '\\':
			i++
		case '"':
			var s string
			if json.Unmarshal(r.src[r.at:i+1], &s) != nil {
				return "", false
			}
			r.at = i + 1
			return s, true
		}
	}
	return "", false
}

func (r *reader) literal() *node {
	i := r.at
	for i < len(r.src) && strings.IndexByte("+-.0123456789aeflnrstuE", r.src[i]) >= 0 {
		i++
	}
	// A literal at the very end may be half a literal: what follows decides.
	if text := r.src[r.at:i]; json.Valid(text) {
		r.at = i
		return &node{text: string(text), complete: true}
	}
	return nil
}

// write prints compactly; an unfinished container stays open, as it was.
func (n *node) write(b *bytes.Buffer) {
	switch n.open {
	case '"':
		writeString(b, n.text)
	case 0:
		b.WriteString(n.text)
	default:
		b.WriteByte(n.open)
		for i, m := range n.members {
			if i > 0 {
				b.WriteByte(',')
			}
			if n.open == '{' {
				writeString(b, m.name)
				b.WriteByte(':')
			}
			m.value.write(b)
		}
		if n.complete {
			b.WriteByte(n.open + 2) // '{'+2 is '}', '['+2 is ']'
		}
	}
}

func writeString(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) == nil {
		b.Truncate(b.Len() - 1) // Encode ends with a line break
	}
}

// cut keeps at most limit bytes of s, at a character's border.
func cut(s string, limit int) string {
	if limit >= len(s) {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
