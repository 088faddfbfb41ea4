package filter

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) space() {
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// word takes everything up to white space or punctuation of the grammar.
func (p *parser) word() string {
	start := p.pos
	for p.pos < len(p.text) && !isSpace(p.text[p.pos]) && strings.IndexByte(`()[]"`, p.text[p.pos]) < 0 {
		p.pos++
	}
	return p.text[start:p.pos]
}

// keyword takes word, in any case, if it comes next as a word of its own.
func (p *parser) keyword(word string) bool {
	start := p.pos
	p.space()
	if strings.EqualFold(p.word(), word) {
		return true
	}
	p.pos = start
	return false
}

func (p *parser) path() (Path, error) {
	start := p.pos
	word := p.word()
	if word == "" {
		return Path{}, p.unexpected("an attribute name")
	}
	path, ok := splitPath(word)
	if !ok {
		return Path{}, syntaxErr(start, "%q is not an attribute name; write attr, attr.sub or urn:…:attr", clip(word))
	}
	return path, nil
}

// splitPath cuts at the last colon, because a URN holds dots and colons of its
// own (…:2.0:User:manager.value), then at the one dot that may follow.
func splitPath(word string) (Path, bool) {
	var path Path
	if i := strings.LastIndexByte(word, ':'); i >= 0 {
		path.URN, word = word[:i], word[i+1:]
		if !isURN(path.URN) {
			return Path{}, false
		}
	}
	var dotted bool
	path.Name, path.Sub, dotted = strings.Cut(word, ".")
	return path, isName(path.Name) && (!dotted || isName(path.Sub))
}

// isName tells whether s is an attribute name: RFC 7643 section 2.1, and $ref.
func isName(s string) bool {
	if s == "" || (!isLetter(s[0]) && s[0] != '$') {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func isURN(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '\\' {
			return false
		}
	}
	return s != ""
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// value reads the JSON literal on the right of an operator. true, false and
// null are taken in any case, since clients print them as their language does.
func (p *parser) value(op Op) (any, error) {
	p.space()
	start := p.pos
	if p.peek() == '"' {
		return p.stringLiteral()
	}
	word := p.word()
	switch strings.ToLower(word) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	case "":
		return nil, syntaxErr(start, "a value is missing after %q; write %s \"text\", true, false or a number", op, op)
	}
	if isNumber(word) {
		return json.Number(word), nil
	}
	return nil, syntaxErr(start, "%q is not a value; put text in double quotes: %q", clip(word), clip(strings.Trim(word, "'‘’“”")))
}

func isNumber(word string) bool {
	return (word[0] == '-' || word[0] >= '0' && word[0] <= '9') && json.Valid([]byte(word))
}

func (p *parser) stringLiteral() (any, error) {
	start := p.pos
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch p.text[p.pos] {
		case '\\':
			p.pos++
		case '"':
			p.pos++
			var s string
			if err := json.Unmarshal([]byte(p.text[start:p.pos]), &s); err != nil {
				return nil, syntaxErr(start, "the text in quotes is not valid JSON; escape \\ as \\\\, and control characters as \\u00XX")
			}
			return s, nil
		}
	}
	p.pos = len(p.text)
	return nil, syntaxErr(start, "this quote is never closed; add '\"' (a quote inside text is written \\\")")
}

func (p *parser) unexpected(want string) error {
	if p.pos >= len(p.text) {
		return syntaxErr(p.pos, "the text ends where %s was expected", want)
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return syntaxErr(p.pos, "%q stands where %s was expected", r, want)
}

// clip keeps an error short when what the client sent is not.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}
