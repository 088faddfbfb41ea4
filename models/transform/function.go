package transform

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	xtransform "golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Function is what an expression can call, with its help: the example gives what it
// says for the record of Ada in Example.
type Function struct {
	Name    string
	Form    string // how it is written
	Says    string // what it gives
	Example string
	Gives   string

	least, most int // arguments; most < 0 is any number
	fn          func(args []any) (any, error)
}

// call checks the number of arguments; what panics or fails is told by its name.
func (f Function) call(args ...any) (any, error) {
	if len(args) < f.least || f.most >= 0 && len(args) > f.most {
		return nil, fmt.Errorf("%s is written %s", f.Name, f.Form)
	}
	v, err := f.fn(args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return v, nil
}

// Functions lists what an expression can call, in the order the help shows them.
func Functions() []Function { return slices.Clone(functions) }

// functions is a table: the language, the help page and the tests read it.
var functions = []Function{
	{"firstOf", "firstOf(value, …)", "The first value that is not empty.", `firstOf(nickName, name.givenName)`, "Ada", 1, -1, firstOf},
	{"join", "join(separator, value, …)", "All values that are not empty, with the separator between them.", `join(" ", name.givenName, name.familyName)`, "Ada Lovelace", 2, -1, joined},
	{"lower", "lower(text)", "In small letters.", `lower(department)`, "research", 1, 1, onText(strings.ToLower)},
	{"upper", "upper(text)", "In capital letters.", `upper(left(name.familyName, 3))`, "LOV", 1, 1, onText(strings.ToUpper)},
	{"capitalize", "capitalize(text)", "Each word with a capital letter first.", `capitalize("head of research")`, "Head Of Research", 1, 1, onText(capitalized)},
	{"trim", "trim(text)", "Without spaces at both ends.", `trim("  Ada ")`, "Ada", 1, 1, onText(strings.TrimSpace)},
	{"replace", "replace(text, old, new)", "With every old replaced by new.", `replace(title, "Head of", "Lead,")`, "Lead, Analysis", 3, 3, replaced},
	{"split", "split(text, separator)", "The parts between the separators, as a list. Pick one with [0], [1], or [-1] for the last.", `split(userName, ".")[0]`, "ada", 2, 2, splitAt},
	{"left", "left(text, number)", "So many characters from the left.", `left(name.givenName, 1)`, "A", 2, 2, leftOf},
	{"right", "right(text, number)", "So many characters from the right.", `right(employeeNumber, 4)`, "0042", 2, 2, rightOf},
	{"mid", "mid(text, from, number)", "So many characters from a place, counted from 1.", `mid(employeeNumber, 1, 2)`, "AC", 3, 3, midOf},
	{"len", "len(value)", "The number of characters, or of values in a list.", `len(department)`, "8", 1, 1, length},
	{"domainOf", "domainOf(email)", "What stands behind the @.", `domainOf(workEmail)`, "example.com", 1, 1, domainOf},
	{"localPart", "localPart(email)", "What stands before the @.", `localPart(workEmail)`, "ada.lovelace", 1, 1, localPart},
	{"switch", "switch(value, default, case, result, …)", "The result of the case that the value is; the default if it is none.", `switch(department, "Other", "Research", "R&D", "Sales", "Revenue")`, "R&D", 2, -1, switched},
	{"formatDate", "formatDate(value, layout)", "A date in another form: yyyy, yy, MMMM, MMM, MM, M, dd, d, HH, mm, ss, EEEE, EEE.", `formatDate("2026-03-09T08:00:00Z", "dd.MM.yyyy")`, "09.03.2026", 2, 2, formatDate},
	{"digits", "digits(text)", "The digits alone.", `digits(employeeNumber)`, "0042", 1, 1, onText(digits)},
	{"withoutAccents", "withoutAccents(text)", "Letters without their marks.", `withoutAccents("Zoë Müller")`, "Zoe Muller", 1, 1, onText(withoutAccents)},
	{"unique", "unique(list)", "Each value once, in the order they come.", `join(", ", unique(emails.type))`, "work, home", 1, 1, unique},
	{"text", "text(value)", "A number or a yes or no as text.", `text(len(title))`, "16", 1, 1, onText(func(s string) string { return s })},
	{"number", "number(text)", "A text as a number.", `number(digits(employeeNumber)) + 1`, "43", 1, 1, number},
}

func functionNames() []string {
	list := make([]string, 0, len(functions)+len(predicates))
	for _, f := range functions {
		list = append(list, f.Name)
	}
	return append(list, predicates...)
}

func isFunction(name string) bool {
	return slices.Contains(predicates, name) || slices.ContainsFunc(functions, func(f Function) bool { return f.Name == name })
}

// onText makes a function of texts one of values; nothing stays nothing.
func onText(fn func(string) string) func([]any) (any, error) {
	return func(args []any) (any, error) {
		if args[0] == nil {
			return nil, nil
		}
		s, err := textOf(args[0])
		if err != nil {
			return nil, err
		}
		return bounded(fn(s))
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func firstOf(args []any) (any, error) {
	for _, v := range args {
		if !empty(v) {
			return v, nil
		}
	}
	return nil, nil
}

// joined takes lists apart, so that join(", ", roles.value) works.
func joined(args []any) (any, error) {
	sep, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	var all []string
	size := 0
	for _, v := range args[1:] {
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
		}
		for _, item := range items {
			s, err := textOf(item)
			if err != nil {
				return nil, err
			}
			if s == "" {
				continue
			}
			if size += len(s) + len(sep); size > 4*resultMost {
				return nil, fmt.Errorf("the text grows beyond %d characters", resultMost)
			}
			all = append(all, s)
		}
	}
	return bounded(strings.Join(all, sep))
}

func capitalized(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		defer func() { start = unicode.IsSpace(r) || r == '-' }()
		if start {
			return unicode.ToTitle(r)
		}
		return r
	}, s)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func withoutAccents(s string) string {
	out, _, err := xtransform.String(xtransform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		return s
	}
	return out
}

// texts reads arguments that must be texts.
func texts(args []any) ([]string, error) {
	out := make([]string, len(args))
	for i, v := range args {
		s, err := textOf(v)
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

func replaced(args []any) (any, error) {
	if args[0] == nil {
		return nil, nil
	}
	t, err := texts(args)
	if err != nil || t[1] == "" {
		return t[0], err
	}
	if grown := len(t[0]) + strings.Count(t[0], t[1])*(len(t[2])-len(t[1])); grown > 4*resultMost {
		return nil, fmt.Errorf("the text grows beyond %d characters", resultMost)
	}
	return bounded(strings.ReplaceAll(t[0], t[1], t[2]))
}

func splitAt(args []any) (any, error) {
	t, err := texts(args)
	if err != nil || t[0] == "" {
		return []any{}, err
	}
	if t[1] == "" {
		return []any{t[0]}, nil
	}
	items := strings.SplitN(t[0], t[1], valuesMost+1)
	if len(items) > valuesMost {
		return nil, fmt.Errorf("the text falls into more than %d parts", valuesMost)
	}
	out := make([]any, len(items))
	for i := range items {
		out[i] = items[i]
	}
	return out, nil
}
