package idp

import (
	_ "embed"
	"math/rand/v2"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed names.txt
var nameList string

// name is a part of a person's name as it is written, and the Latin letters
// that an address is made of.
type name struct{ written, latin string }

type region struct{ given, family []name }

func loadRegions() map[string]region {
	regions := map[string]region{}
	for line := range strings.Lines(nameList) {
		key, rest, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		given, family, _ := strings.Cut(rest, "|")
		regions[key] = region{given: parseNames(given), family: parseNames(family)}
	}
	return regions
}

func parseNames(list string) []name {
	var names []name
	for f := range strings.FieldsSeq(list) {
		written, latin, ok := strings.Cut(strings.ReplaceAll(f, "~", " "), "=")
		if !ok {
			latin = written
		}
		names = append(names, name{written: written, latin: transliterate(latin)})
	}
	return names
}

// transliterate makes the lower-case ASCII that directories put into sign-in
// names; the apostrophe stays, as it does in Entra.
func transliterate(s string) string {
	special := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "ø", "o", "æ", "ae", "å", "a", "ł", "l",
		"đ", "d", "ð", "d", "þ", "th", "ı", "i", "ʻ", "'", " ", "")
	var b strings.Builder
	for _, r := range norm.NFD.String(special.Replace(strings.ToLower(s))) {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("'-.", r)) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// guid draws a random GUID, the form of Entra's object ids.
func guid(rng *rand.Rand) string {
	const hex = "0123456789abcdef"
	b := []byte("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx")
	for i, c := range b {
		if c == 'x' {
			b[i] = hex[rng.IntN(16)]
		}
	}
	return string(b)
}

// opaque draws prefix and n letters and digits, the form of Okta's ids.
func opaque(rng *rand.Rand, prefix string, n int) string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	b := []byte(prefix)
	for range n {
		b = append(b, letters[rng.IntN(len(letters))])
	}
	return string(b)
}
