package secret

import (
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	secretWords = []string{
		"passw", "passphrase", "pwd", "secret", "token", "authorization", "credential",
		"apikey", "api_key", "api-key", "privatekey", "private_key", "assertion",
	}
	// secretNames are in the names of what is secret.
	secretNames = wordsOf(secretWords)
	// nearSecrets are in every text that RedactText changes.
	nearSecrets = wordsOf(append(slices.Clone(secretWords), "mst", "bearer", "basic"))
)

// words are looked for in all that is logged, in any case. They are kept by their
// first letter, with a bit for each second letter: most places of a text begin none.
type words struct {
	second [256]uint32
	from   [256][]string
}

func wordsOf(list []string) *words {
	w := &words{}
	for _, word := range list {
		for _, first := range []byte{word[0], word[0] - 'a' + 'A'} {
			w.second[first] |= letter(word[1])
			w.from[first] = append(w.from[first], word)
		}
	}
	return w
}

// letter is the bit of a letter in either case; other bytes share them.
func letter(c byte) uint32 { return 1 << (c & 31) }

// in tells what strings.Contains(strings.ToLower(text), word) tells of any word.
func (w *words) in(text string) bool {
	for i := range max(len(text)-1, 0) {
		c := text[i]
		if c >= utf8.RuneSelf && lowersToASCII(text[i:]) {
			return w.in(strings.ToLower(text))
		}
		if w.second[c]&letter(text[i+1]) != 0 && w.begins(text[i:]) {
			return true
		}
	}
	return false
}

func (w *words) begins(text string) bool {
	return slices.ContainsFunc(w.from[text[0]], func(word string) bool { return beginsWith(text, word) })
}

// lowersToASCII tells whether the first character is one of the two beyond ASCII
// whose lower case is a letter of ASCII: the Kelvin sign and the dotted capital I.
func lowersToASCII(text string) bool {
	return strings.HasPrefix(text, "\u212a") || strings.HasPrefix(text, "\u0130")
}

// beginsWith compares with a word in lower case, whose first letter has been compared.
func beginsWith(text, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := 1; i < len(word); i++ {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
