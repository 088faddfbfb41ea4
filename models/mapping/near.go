package mapping

import (
	"strings"
	"unicode"

	"muster/models/filter"
)

// nearText compares a text that fails with what was wanted.
func nearText(op filter.Op, have, want string, exact bool) string {
	test := holds(op)
	switch {
	case test == nil:
		return ""
	case exact && test(filter.Fold(have), filter.Fold(want)):
		return "Only upper and lower case differ, and this rule tells them apart."
	case test(tight(have), tight(want)):
		hint := spaces(have, want)
		if exact && !test(squeezed(have), squeezed(want)) {
			hint += " Upper and lower case differ too, and this rule tells them apart."
		}
		return hint
	case op == filter.Eq && strings.Contains(filter.Fold(have), filter.Fold(want)):
		return "It contains the wanted text and more; “contains” or “begins with” would match."
	case op != filter.Eq && op != filter.Co && strings.Contains(filter.Fold(have), filter.Fold(want)):
		return "It has the wanted text, but in another place; “contains” would match."
	case op == filter.Eq && distance(tight(have), tight(want)) <= slips(want):
		return "It is spelled a little differently."
	}
	return ""
}

func holds(op filter.Op) func(have, want string) bool {
	switch op {
	case filter.Eq:
		return func(a, b string) bool { return a == b }
	case filter.Co:
		return strings.Contains
	case filter.Sw:
		return strings.HasPrefix
	case filter.Ew:
		return strings.HasSuffix
	case filter.Ne, filter.Gt, filter.Ge, filter.Lt, filter.Le:
	}
	return nil
}

// spaces says where two texts differ that are the same but for spaces.
func spaces(have, want string) string {
	side := func(s, whose string) string {
		switch {
		case strings.ContainsFunc(s, invisible):
			return whose + " has a character that cannot be seen."
		case strings.TrimRightFunc(s, unicode.IsSpace) != s:
			return whose + " has a space at the end."
		case strings.TrimLeftFunc(s, unicode.IsSpace) != s:
			return whose + " has a space at the beginning."
		case strings.Join(strings.Fields(s), " ") != s:
			return whose + " has a space too many in the middle."
		}
		return ""
	}
	if hint := side(have, "The user’s value"); hint != "" {
		return hint
	}
	return side(want, "The rule’s value")
}

func invisible(r rune) bool { return unicode.Is(unicode.Cf, r) }

// tight folds a text and takes out the spaces and marks that nobody sees.
func tight(s string) string { return squeezed(filter.Fold(s)) }

func squeezed(s string) string {
	s = strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// alike tells whether two names could be taken for each other.
func alike(a, b string) bool {
	a, b = tight(a), tight(b)
	return a == b || strings.Contains(a, b) || strings.Contains(b, a) || distance(a, b) <= slips(a)
}

// slips is how many letters may differ in a text before it is another one.
func slips(s string) int {
	switch n := len([]rune(s)); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// distance counts the letters to change, add or take out; texts whose lengths are
// far apart are not compared.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if gap := len(x) - len(y); gap > 2 || gap < -2 || len(x) > 200 {
		return 3
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			cost := before
			if x[i] != y[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, before+1, row[j]+1)
		}
	}
	return row[len(y)]
}
