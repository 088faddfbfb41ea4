package transform

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// dateWords are the words of a layout, longest first, with what Go calls them.
var dateWords = []struct{ word, layout string }{
	{"yyyy", "2006"},
	{"MMMM", "January"},
	{"EEEE", "Monday"},
	{"MMM", "Jan"},
	{"EEE", "Mon"},
	{"yy", "06"},
	{"MM", "01"},
	{"dd", "02"},
	{"HH", "15"},
	{"hh", "03"},
	{"mm", "04"},
	{"ss", "05"},
	{"M", "1"},
	{"d", "2"},
}

// readTime reads the forms in which directories send dates, among them the
// generalized time of AD and LDAP.
func readTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02",
		"20060102150405Z0700", "20060102150405.0Z0700", "20060102", "2006/01/02", "02.01.2006",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func formatDate(args []any) (any, error) {
	t, err := texts(args)
	if err != nil || t[0] == "" {
		return nil, err
	}
	at, ok := readTime(t[0])
	if !ok {
		return nil, fmt.Errorf("%s is not a date such as 2026-03-09", quoted(t[0]))
	}
	return written(at, t[1])
}

// written writes a date word by word: a layout of Go would take digits for words.
func written(at time.Time, layout string) (any, error) {
	if len(layout) > 100 {
		return nil, errors.New("the layout is longer than 100 characters")
	}
	var b strings.Builder
next:
	for layout != "" {
		if rest, ok := strings.CutPrefix(layout, "'"); ok {
			inside, after, closed := strings.Cut(rest, "'")
			if !closed {
				return nil, errors.New("a quote in the layout is not closed")
			}
			b.WriteString(inside)
			layout = after
			continue
		}
		for _, w := range dateWords {
			if rest, ok := strings.CutPrefix(layout, w.word); ok {
				b.WriteString(at.Format(w.layout))
				layout = rest
				continue next
			}
		}
		r := []rune(layout)[0]
		if unicode.IsLetter(r) {
			return nil, fmt.Errorf("%q is no word of a layout; put text in single quotes", r)
		}
		b.WriteRune(r)
		layout = layout[len(string(r)):]
	}
	return b.String(), nil
}
