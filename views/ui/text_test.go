package ui_test

import (
	"testing"
	"time"

	"muster/views/ui"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1: "−1", -12345: "−12,345", -9223372036854775808: "−9,223,372,036,854,775,808"} {
		if got := ui.Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 users", 1: "1 user", 2: "2 users", 1204: "1,204 users"} {
		if got := ui.Plural(n, "user", "users"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestRelative(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 2, 11, 0, time.UTC)
	day := 24 * time.Hour
	for _, c := range []struct {
		shift time.Duration
		want  string
	}{
		{0, "just now"},
		{-59 * time.Second, "just now"},
		{-time.Minute, "1 min ago"},
		{-59 * time.Minute, "59 min ago"},
		{-time.Hour, "1 h ago"},
		{-23 * time.Hour, "23 h ago"},
		{-day, "1 day ago"},
		{-60 * day, "60 days ago"},
		{-61 * day, "22 Sep 2026"},
		{30 * time.Second, "in a moment"},
		{5 * time.Minute, "in 5 min"},
		{9*day + time.Hour, "in 9 days"},
		{365 * day, "in 365 days"},
	} {
		if got := ui.Relative(now.Add(c.shift), now); got != c.want {
			t.Errorf("Relative(%v) = %q, want %q", c.shift, got, c.want)
		}
	}
	if got := ui.Relative(time.Time{}, now); got != "Never" {
		t.Errorf("Relative(zero) = %q, want Never", got)
	}
	if got := ui.Exact(now.In(time.FixedZone("CET", 3600))); got != "22 Nov 2026, 14:02:11 UTC" {
		t.Errorf("Exact = %q", got)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 µs", 840 * time.Microsecond: "840 µs", 45 * time.Millisecond: "45 ms", 1240 * time.Millisecond: "1.2 s",
		2 * time.Second: "2 s", 200 * time.Second: "3 min 20 s", 3 * time.Minute: "3 min", 125 * time.Minute: "2 h 5 min", 50 * time.Hour: "2 d 2 h",
	} {
		if got := ui.Duration(d); got != want {
			t.Errorf("Duration(%d ns) = %q, want %q", d, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1 KB", 1536: "1.5 KB", 48 << 20: "48 MB", 1<<20 - 1: "1 MB", 3 << 40: "3 TB"} {
		if got := ui.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        string
	}{{0, 0, "0%"}, {0, 9, "0%"}, {1, 1000, "<1%"}, {370, 1000, "37%"}, {999, 1000, "99%"}, {1000, 1000, "100%"}} {
		if got := ui.Percent(c.part, c.whole); got != c.want {
			t.Errorf("Percent(%d, %d) = %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"": "?", "Ada": "A", "Maya Fernández": "MF", "Jean-Luc von der Berg": "JB", "ada.lindqvist@northwind.example": "AL", "émile": "É", "林 小明": "林小", "…": "?",
	} {
		if got := ui.Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPagerSummary(t *testing.T) {
	for want, m := range map[string]ui.PagerModel{
		"1–50 of 1,234 users": {From: 1, To: 50, Total: 1234, Noun: "users"},
		"10,000+ entries":     {Total: 10000, More: true, Noun: "entries"},
		"1–1 of 1 mapping":    {From: 1, To: 1, Total: 1, Noun: "mappings"},
		"1–1 of 1 decision":   {From: 1, To: 1, TotalUnknown: true, Noun: "decisions"},
		"1–50 decisions":      {From: 1, To: 50, TotalUnknown: true, Noun: "decisions", Next: "/queue?after=x"},
		"1 entry":             {Total: 1, Noun: "entries"},
		"1+ entries":          {Total: 1, More: true, Noun: "entries"},
		"51–100":              {From: 51, To: 100, TotalUnknown: true},
		"":                    {TotalUnknown: true, Noun: "users"},
	} {
		if got := m.Summary(); got != want {
			t.Errorf("Summary = %q, want %q", got, want)
		}
	}
}
