package filter

import (
	"strings"
	"time"
)

// Instant reads a dateTime as comparisons do, for those who prepare stored values
// for comparing them elsewhere.
func Instant(s string) (time.Time, bool) { return instant(s) }

// Asked reads the time that a filter compares with. What is stored is written as RFC 7643
// section 2.3.5 has it; what is asked for comes through URLs and by hand, so this also
// takes a "+" that a URL made a space, an offset without its colon or its minutes, a space
// for the T, a time without seconds, and small letters.
func Asked(s string) (time.Time, bool) {
	if t, ok := instant(s); ok {
		return t, true
	}
	s = strings.ToUpper(strings.TrimSpace(s))
	if day := len(time.DateOnly); len(s) > day && s[day] == ' ' {
		s = s[:day] + "T" + s[day+1:]
	}
	if at := strings.LastIndexByte(s, ' '); at >= 0 {
		offset := s[at+1:]
		if !strings.HasPrefix(offset, "+") && !strings.HasPrefix(offset, "-") && offset != "Z" {
			offset = "+" + offset
		}
		s = s[:at] + offset
	}
	for _, layout := range [...]string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05",
		"2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04Z07", "2006-01-02T15:04",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
