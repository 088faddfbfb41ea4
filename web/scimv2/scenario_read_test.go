package scimv2_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// scenarios is a file of cases about one theme.
type scenarios struct {
	name  string
	cases []scenario
}

// scenario is one case.
type scenario struct {
	name  string
	lines []line
}

// line is one thing that somebody does, or that is expected.
type line struct {
	at     string   // file and number
	text   string   // as it is written
	words  []string // with their quotes taken off
	raw    []string // as they are written
	answer string   // behind "->"
}

func readScenarios(t *testing.T) []scenarios {
	t.Helper()
	paths, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	var out []scenarios
	names := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := scenarios{name: strings.TrimSuffix(filepath.Base(path), ".txt")}
		if f.cases, err = readCases(filepath.Base(path), string(text)); err != nil {
			t.Fatal(err)
		}
		for _, c := range f.cases {
			if names[c.name] != "" {
				t.Errorf("%s and %s both have a case %q", names[c.name], f.name, c.name)
			}
			names[c.name] = f.name
		}
		out = append(out, f)
	}
	return out
}

func readCases(file, text string) ([]scenario, error) {
	var cases []scenario
	for i, l := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(l)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case strings.HasPrefix(l, "case "):
			cases = append(cases, scenario{name: strings.TrimSpace(strings.TrimPrefix(l, "case "))})
		case len(cases) == 0 || !strings.HasPrefix(l, "  "):
			return nil, fmt.Errorf("%s:%d stands outside of a case: %s", file, i+1, l)
		default:
			read, err := readLine(file, i+1, trimmed)
			if err != nil {
				return nil, err
			}
			last := &cases[len(cases)-1]
			last.lines = append(last.lines, read)
		}
	}
	for _, c := range cases {
		if len(c.lines) < 2 {
			return nil, fmt.Errorf("%s: the case %q does nothing, or expects nothing", file, c.name)
		}
	}
	return cases, nil
}

func readLine(file string, number int, text string) (line, error) {
	l := line{at: fmt.Sprintf("%s:%d", file, number), text: text}
	said, answer, answered := strings.Cut(text, "->")
	l.answer = strings.TrimSpace(answer)
	if answered && l.answer == "" {
		return l, fmt.Errorf("%s: nothing stands behind the arrow: %s", l.at, text)
	}
	for rest := strings.TrimSpace(said); rest != ""; rest = strings.TrimLeft(rest, " ") {
		n, err := wordEnd(rest)
		if err != nil {
			return l, fmt.Errorf("%s: %w: %s", l.at, err, text)
		}
		l.raw = append(l.raw, rest[:n])
		plain, err := unquoted(rest[:n])
		if err != nil {
			return l, fmt.Errorf("%s: %w: %s", l.at, err, text)
		}
		l.words = append(l.words, plain)
		rest = rest[n:]
	}
	return l, nil
}

// wordEnd tells where the first word of a text ends; spaces within quotes do not end
// it.
func wordEnd(s string) (int, error) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
			if !quoted && i+1 < len(s) && !strings.ContainsRune(" )]", rune(s[i+1])) {
				return 0, fmt.Errorf("a word goes on behind its quotes")
			}
		case s[i] == ' ' && !quoted:
			return i, nil
		}
	}
	if quoted {
		return 0, fmt.Errorf("a quote is not closed")
	}
	return len(s), nil
}

// unquoted takes the quotes off "word" and key="value".
func unquoted(word string) (string, error) {
	key, value, ok := strings.Cut(word, `"`)
	if !ok || key != "" && !strings.HasSuffix(key, "=") || !strings.HasSuffix(word, `"`) {
		return word, nil
	}
	plain, err := strconv.Unquote(`"` + value)
	if err != nil {
		return "", fmt.Errorf("%s cannot be read: %w", word, err)
	}
	return key + plain, nil
}
