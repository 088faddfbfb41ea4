package filter

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Plain writes a folded text as somebody types it whose keyboard lacks its letters:
// without the marks that letters carry, with the letters of ASCII that stand for those
// which are one piece, and with the hyphen and the apostrophe of a keyboard. Names are
// searched by it and nothing else: texts with the same plain form stay different, so no
// rule of equality may use it. Making a plain text plain changes nothing.
func Plain(folded string) string {
	for i := range len(folded) {
		if folded[i] >= utf8.RuneSelf {
			return plainUnicode(folded)
		}
	}
	return folded
}

func plainUnicode(folded string) string {
	var b strings.Builder
	b.Grow(len(folded))
	for _, r := range norm.NFD.String(folded) {
		switch alike, is := plainLetters[r]; {
		case is:
			b.WriteString(alike)
		case r < firstMark || r > lastMark:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// The block of combining diacritical marks.
const firstMark, lastMark = '\u0300', '\u036F'

// plainLetters are those that no mark makes, so that Unicode does not take them apart.
var plainLetters = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ı': "i", 'ħ': "h", 'ŋ': "n", 'ŧ': "t", 'ĸ': "k",
	'ƶ': "z", 'ǥ': "g", 'ɨ': "i", 'ƀ': "b", 'ʉ': "u",
	'‘': "'", '’': "'", 'ʼ': "'", 'ʻ': "'", '“': `"`, '”': `"`, '„': `"`, '‐': "-", '–': "-", '—': "-", // as texts are typeset
}
