package filter

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold gives the one key under which texts that differ only in case, width or
// composition are equal. It is total: no input is an error, and folding twice
// changes nothing. Matching, unique keys and index columns must all use it, or
// a create could collide with what a filter cannot find. In spirit it is the
// UsernameCaseMapped profile of RFC 8265, as Unicode's compatibility caseless
// matching (Unicode 3.13, D146) defines it for every string.
func Fold(s string) string {
	upper := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return foldUnicode(s)
		}
		upper = upper || c >= 'A' && c <= 'Z'
	}
	if !upper {
		return s
	}
	return strings.ToLower(s)
}

// foldUnicode builds its caser on each call: a Caser may not be shared.
func foldUnicode(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	fold := cases.Fold()
	s = norm.NFKC.String(fold.String(norm.NFD.String(s)))
	return norm.NFKC.String(fold.String(s))
}
