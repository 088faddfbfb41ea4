package filter

import (
	"fmt"
	"unicode/utf8"
)

// Limits bound what a stranger may ask the parser to do. A zero field means
// its default: 4,096 characters, 20 nested groups, 50 comparisons.
type Limits struct{ Length, Depth, Terms int }

const (
	defaultLength = 4096
	defaultDepth  = 20
	defaultTerms  = 50
)

func (l Limits) orDefault() Limits {
	if l.Length <= 0 {
		l.Length = defaultLength
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	if l.Terms <= 0 {
		l.Terms = defaultTerms
	}
	return l
}

// SyntaxError says where a text stops being a filter or a path and what to
// write instead. Offset counts bytes from 0. Msg is fit to show to a client.
type SyntaxError struct {
	Offset int
	Msg    string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("at character %d: %s", e.Offset+1, e.Msg)
}

func syntaxErr(offset int, format string, args ...any) error {
	return &SyntaxError{Offset: offset, Msg: fmt.Sprintf(format, args...)}
}

// prescan refuses text that is too long or too deep before the recursive
// parser sees it, so that 100 KB of parentheses cost one look at the length.
func prescan(text string, lim Limits) error {
	if len(text) > lim.Length {
		n := len(text)
		if n <= lim.Length*utf8.UTFMax {
			n = utf8.RuneCountInString(text)
		}
		if n > lim.Length {
			return syntaxErr(lim.Length, "the text has %d characters, at most %d are allowed; split the query", n, lim.Length)
		}
	}
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			if depth++; depth > lim.Depth {
				return syntaxErr(i, "groups are nested deeper than %d levels; flatten the expression", lim.Depth)
			}
		case c == ')' || c == ']':
			depth--
		}
	}
	return nil
}
