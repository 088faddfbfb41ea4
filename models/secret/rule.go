package secret

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	minPassword      = 15 // NIST SP 800-63B-4 section 3.1.1.2, password as the only factor
	maxPassword      = 256
	maxPasswordBytes = maxPassword * utf8.UTFMax
	minOwnCharacters = 6
	minDistinct      = 5
)

var errTooLong = fmt.Errorf("use at most %d characters", maxPassword)

//go:embed common.txt
var commonList string

// CheckPassword holds a new password to the rule for accounts without a second
// factor: 15 to 256 characters, not a well-known password or a chain of them,
// no runs such as "aaaaaaa" or "12345678", and not the words in context
// (e-mail address, name, organization). Letters, digits and signs need not be
// mixed. The error says what to do and is fit to show.
func CheckPassword(password string, context ...string) error {
	if !utf8.ValidString(password) {
		return errors.New("the password holds bytes that are not text; type it again")
	}
	n := utf8.RuneCountInString(password)
	switch {
	case n == 0:
		return fmt.Errorf("enter a password of at least %d characters; four or five unrelated words are easy to remember", minPassword)
	case n < minPassword:
		return fmt.Errorf("this password has %s; use at least %d, for instance four or five unrelated words", characters(n), minPassword)
	case n > maxPassword:
		return fmt.Errorf("this password has %d characters; %w", n, errTooLong)
	}
	plain := strings.ToLower(password)
	if distinct(plain) < minDistinct {
		return errors.New("this password repeats very few characters; use four or five unrelated words instead")
	}
	if own(plain, contextWords(context)) < minOwnCharacters {
		return errors.New("apart from your e-mail address, your name or the product's name nearly nothing is left of this password; use words that have nothing to do with you")
	}
	if own(stripRuns(plain), slices.Concat(commonWords(), contextWords(context))) < minOwnCharacters {
		return errors.New("this password is made of well-known passwords or of runs such as 12345 or qwerty, which are tried first; use four or five unrelated words")
	}
	return nil
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}

// undisguise undoes the usual replacements (P@ssw0rd).
func undisguise(s string) string {
	return strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t").Replace(s)
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// own counts the letters and digits that stay when all words are taken out,
// as they are written and in disguise.
func own(s string, words []string) int {
	for _, w := range words {
		s = strings.ReplaceAll(s, w, " ")
	}
	s = undisguise(s)
	for _, w := range words {
		s = strings.ReplaceAll(s, undisguise(w), " ")
	}
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// stripRuns takes out runs of four and more that repeat or count up or down:
// aaaa, abcd, 9876.
func stripRuns(s string) string {
	rs := []rune(s)
	var b strings.Builder
	for i := 0; i < len(rs); {
		n := runLength(rs[i:])
		if n < 4 {
			b.WriteRune(rs[i])
			i++
			continue
		}
		b.WriteByte(' ')
		i += n
	}
	return b.String()
}

func runLength(rs []rune) int {
	if len(rs) < 2 {
		return len(rs)
	}
	step := rs[1] - rs[0]
	if step < -1 || step > 1 {
		return 1
	}
	n := 2
	for n < len(rs) && rs[n]-rs[n-1] == step {
		n++
	}
	return n
}

// commonWords are the embedded list's, longest first, so that "password" does
// not break up "mypassword".
func commonWords() []string {
	words := strings.Fields(commonList)
	byLength(words)
	return words
}

func contextWords(context []string) []string {
	words := []string{"muster"}
	for _, c := range context {
		parts := strings.FieldsFunc(strings.ToLower(c), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, p := range parts {
			if utf8.RuneCountInString(p) >= 3 {
				words = append(words, p)
			}
		}
	}
	byLength(words)
	return words
}

func byLength(words []string) {
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
}
