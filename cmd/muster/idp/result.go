package idp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Event is one attempt of one request.
type Event struct {
	Cycle     int
	Kind      string // "create user", "add members" …
	Method    string
	Path      string
	Status    int // 0: no answer came
	Attempt   int
	RequestID string // X-Request-Id of the answer
	Mistake   string // set when the request is wrong on purpose
	Took      time.Duration
	Err       error
}

// Problem is an answer that the story did not plan, or one in a form that the
// identity provider could not use.
type Problem struct {
	Cycle                int
	Kind, Method, Path   string
	Status               int
	Why, Mistake, Answer string
	RequestID            string
}

func (p Problem) String() string {
	return fmt.Sprintf("cycle %d, %s: %s %s: %s (request %s): %s", p.Cycle, p.Kind, p.Method, p.Path, p.Why, p.RequestID, p.Answer)
}

// Result is what was sent and how it was answered.
type Result struct {
	Dialect    Dialect
	Seed       uint64
	Cycles     int
	Users      int // present in the directory now
	Groups     int
	Requests   []Event
	Unexpected []Problem
	Took       time.Duration
}

// Count returns the answers to one kind of request by status.
func (r Result) Count(kind string) map[int]int {
	n := map[int]int{}
	for _, e := range r.Requests {
		if e.Kind == kind {
			n[e.Status]++
		}
	}
	return n
}

// Retries counts the attempts after the first.
func (r Result) Retries() int {
	n := 0
	for _, e := range r.Requests {
		if e.Attempt > 1 {
			n++
		}
	}
	return n
}

// Quantile returns the time within which the share q (0 to 1) of the answers
// came.
func (r Result) Quantile(q float64) time.Duration {
	var took []time.Duration
	for _, e := range r.Requests {
		if e.Status != 0 {
			took = append(took, e.Took)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[int(q*float64(len(took)-1))]
}

// P50 is the median time of an answer.
func (r Result) P50() time.Duration { return r.Quantile(0.50) }

// P99 is the time within which 99 of 100 answers came.
func (r Result) P99() time.Duration { return r.Quantile(0.99) }

// String is the report that the command line prints.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, seed %d: %d users and %d groups after %s\n", r.Dialect.Title(), r.Seed, r.Users, r.Groups, plural(r.Cycles, "cycle"))
	fmt.Fprintf(&b, "  %s in %s (%.0f per second), half within %s, 99 of 100 within %s, %s\n", plural(len(r.Requests), "request"),
		short(r.Took), float64(len(r.Requests))/max(r.Took.Seconds(), 0.001), short(r.P50()), short(r.P99()), plural(r.Retries(), "repetition"))
	kinds := map[string]bool{}
	mistakes := 0
	for _, e := range r.Requests {
		kinds[e.Kind] = true
		if e.Mistake != "" && e.Attempt == 1 {
			mistakes++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		fmt.Fprintf(&b, "  %-34s %s\n", kind, byStatus(r.Count(kind)))
	}
	fmt.Fprintf(&b, "  %s made on purpose\n", plural(mistakes, "mistake"))
	if len(r.Unexpected) == 0 {
		b.WriteString("  no unexpected answer\n")
		return b.String()
	}
	fmt.Fprintf(&b, "  %s:\n", plural(len(r.Unexpected), "unexpected answer"))
	for _, p := range r.Unexpected[:min(10, len(r.Unexpected))] {
		fmt.Fprintf(&b, "    %s\n", p)
	}
	if more := len(r.Unexpected) - 10; more > 0 {
		fmt.Fprintf(&b, "    and %d more\n", more)
	}
	return b.String()
}

func byStatus(n map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(n)) {
		label := fmt.Sprint(status)
		if status == 0 {
			label = "no answer"
		}
		parts = append(parts, fmt.Sprintf("%s × %d", label, n[status]))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func short(d time.Duration) string {
	if d > time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(100 * time.Microsecond).String()
}
