package filter_test

import (
	"strings"
	"testing"
	"unicode"

	"muster/models/filter"
)

func TestPlainIsWhatAKeyboardWithoutTheLettersTypes(t *testing.T) {
	for text, want := range map[string]string{
		"Fernández": "fernandez", "Müller": "muller", "Øresund": "oresund", "Łódź": "lodz", "Straße": "strasse", "Đorđe": "dorde",
		"Þórðarson": "thordarson", "Ægir": "aegir", "Œuvre": "oeuvre", "İstanbul ılgaz": "istanbul ilgaz", "Ħamrun": "hamrun", "Ŋgala": "ngala",
		"Fe\u0301": "fe", "Ǿ": "o", "Ёлкин": "елкин", "Ωμέγα": "ωμεγα", "O’Brien": "o'brien", "Anna–Lena": "anna-lena",
		"が": "が", "한국": "한국", "plain": "plain", "": "", "a\xffé": "a\uFFFDe",
	} {
		if got := filter.Plain(filter.Fold(text)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"Łódź", "がe\u0301\u3099", "\u0344", "ſ\u0323\u0307", "\xff", "각\u0301", "Ada"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := filter.Fold(s)
		plain := filter.Plain(folded)
		if again := filter.Plain(plain); again != plain {
			t.Errorf("%q is %q and then %q", s, plain, again)
		}
		if filter.Fold(plain) != plain {
			t.Errorf("%q is %q, which folds to %q", s, plain, filter.Fold(plain))
		}
		if strings.IndexFunc(folded, func(r rune) bool { return r > unicode.MaxASCII }) < 0 && plain != folded {
			t.Errorf("%q of ASCII became %q", s, plain)
		}
	})
}
