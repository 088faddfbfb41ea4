package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const day = 24 * time.Hour

// Count groups thousands: 1,234,567.
func Count[N ~int | ~int32 | ~int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "−", s[1:]
	}
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// Plural is the grouped count with the noun that fits: "1 user", "1,204 users".
func Plural[N ~int | ~int32 | ~int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Relative tells t from now in words: "5 min ago", "in 9 days". A moment more
// than 60 days past is a date, because nobody counts back that far; a future
// one stays relative, because expiry is a countdown, and is rounded, because a
// token made for 30 days ends in 30 days. Zero is "Never".
func Relative(t, now time.Time) string {
	if t.IsZero() {
		return "Never"
	}
	d := now.Sub(t)
	switch {
	case d > 60*day:
		return t.UTC().Format("2 Jan 2006")
	case d >= time.Minute:
		return span(d) + " ago"
	case d >= 0:
		return "just now"
	case d > -time.Minute:
		return "in a moment"
	}
	return "in " + span(rounded(-d))
}

// rounded is a span to its nearest minute, hour or day, whichever it is told in.
func rounded(d time.Duration) time.Duration {
	switch {
	case d < time.Hour:
		return d.Round(time.Minute)
	case d < day:
		return d.Round(time.Hour)
	}
	return d.Round(day)
}

func span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < day:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return Plural(int(d/day), "day", "days")
}

// Exact is the moment to the second in UTC: "22 Nov 2026, 14:02:11 UTC".
func Exact(t time.Time) string {
	if t.IsZero() {
		return "Never"
	}
	return t.UTC().Format("2 Jan 2006, 15:04:05 UTC")
}

// Duration rounds to what a reader compares: "840 µs", "45 ms", "1.2 s", "3 min 20 s", "2 h 5 min".
func Duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + " µs"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + " s"
	case d < time.Hour:
		return pair(int(d/time.Minute), "min", int(d%time.Minute/time.Second), "s")
	case d < day:
		return pair(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	}
	return pair(int(d/day), "d", int(d%day/time.Hour), "h")
}

func pair(a int, unit string, b int, sub string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unit)
	}
	return fmt.Sprintf("%d %s %d %s", a, unit, b, sub)
}

// Bytes uses binary steps with the usual letters: "512 B", "1.5 KB", "48 MB".
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n), 0
	for v >= 1023.5 && unit < 5 {
		v /= 1024
		unit++
	}
	digits := 0
	if v < 9.95 {
		digits = 1
	}
	s := strings.TrimSuffix(strconv.FormatFloat(v, 'f', digits, 64), ".0")
	return s + " " + []string{"B", "KB", "MB", "GB", "TB", "PB"}[unit]
}

// Percent of part in whole: "0%", "<1%", "37%"; never "100%" before all is done.
func Percent(part, whole int64) string {
	switch {
	case whole <= 0 || part <= 0:
		return "0%"
	case part >= whole:
		return "100%"
	case part*100 < whole:
		return "<1%"
	}
	return strconv.FormatInt(part*100/whole, 10) + "%"
}

// Initials of a person or, without a name, the first letter of what is there.
func Initials(name string) string {
	if before, _, ok := strings.Cut(name, "@"); ok {
		name = strings.NewReplacer(".", " ", "_", " ", "-", " ").Replace(before)
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return upperFirst(words[0])
	}
	return upperFirst(words[0]) + upperFirst(words[len(words)-1])
}

func upperFirst(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r))
}

func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("02 Jan 15:04:05")
}
