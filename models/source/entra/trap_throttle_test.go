package entra_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

// waits throttles one call in a way and expects the read to wait so long.
func waits(least, most time.Duration, alter func(*http.Request, *entratest.Answer)) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		b.graph.Inject(entratest.Fault{After: 1, Alter: alter})
		f.sync()
		if b.clock.slept < least || b.clock.slept > most {
			t.Errorf("it waited %s; %s to %s are wanted", b.clock.slept, least, most)
		}
	}
}

// throttleTraps are about being asked to wait.
var throttleTraps = []trap{
	{"429 with Retry-After", waits(7*time.Second, 7*time.Second, entratest.Status(http.StatusTooManyRequests, "Retry-After", "7"))},
	{"429 without Retry-After", waits(500*time.Millisecond, time.Second, entratest.Status(http.StatusTooManyRequests))},
	{"429 with a Retry-After of zero", waits(500*time.Millisecond, time.Second, entratest.Status(http.StatusTooManyRequests, "Retry-After", "0"))},
	{"429 with a Retry-After that is no number", waits(500*time.Millisecond, time.Second, entratest.Status(http.StatusTooManyRequests, "Retry-After", "soon"))},
	{"429 with Retry-After as a date", waits(20*time.Second, 20*time.Second, entratest.Status(http.StatusTooManyRequests,
		"Date", "Sat, 28 Nov 2026 09:00:00 GMT", "Retry-After", "Sat, 28 Nov 2026 09:00:20 GMT"))},
	{"429 with a Retry-After of years", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		b.graph.Inject(entratest.Fault{Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "1e12")})
		if failure := f.fails(source.Throttled); failure.Until.Sub(b.clock.Now()) != 24*time.Hour {
			t.Errorf("until %s", failure.Until)
		}
	}},
	{"503 with Retry-After", waits(3*time.Second, 3*time.Second, entratest.Status(http.StatusServiceUnavailable, "Retry-After", "3"))},
	{"503 that passes", waits(200*time.Millisecond, 2*time.Second, entratest.Status(http.StatusServiceUnavailable))},
	{"the tenant comes close to its limit", waits(4900*time.Millisecond, 5*time.Second, entratest.Header("x-ms-throttle-limit-percentage", "1.0"))},
	{"the tenant is far from its limit", waits(0, 0, entratest.Header("x-ms-throttle-limit-percentage", "0.5"))},
	{"a long Retry-After parks the read", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		b.graph.EditUser(b.people(1)[0], entratest.Props{"jobTitle": "Chef"})
		b.graph.Inject(entratest.Fault{Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "120")})
		failure := f.fails(source.Throttled)
		if want := b.clock.Now().Add(120 * time.Second); !failure.Until.Equal(want) || b.clock.slept != 0 {
			t.Errorf("until %s, slept %s; %s is wanted", failure.Until, b.clock.slept, want)
		}
		// Nobody calls before that, whatever they ask for.
		calls := b.graph.Counts().Calls
		f.fails(source.Throttled)
		if _, err := f.c.Look(t.Context(), source.ByUserName, "a@b.test"); source.CodeOf(err) != source.Throttled {
			t.Error(err)
		}
		if b.graph.Counts().Calls != calls {
			t.Error("Graph was called while it wants to be left alone")
		}
		b.clock.at = b.clock.at.Add(2 * time.Minute)
		f.sync()
	}},
	{"429 for ever, without Retry-After", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		b.graph.Inject(entratest.Fault{Times: -1, Alter: entratest.Status(http.StatusTooManyRequests)})
		failure := f.fails(source.Throttled)
		if failure.Until.IsZero() || b.graph.Counts().Calls > 12 {
			t.Errorf("until %s after %d calls", failure.Until, b.graph.Counts().Calls)
		}
	}},
	{"503 for ever", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		b.graph.Inject(entratest.Fault{After: 2, Times: -1, Alter: entratest.Status(http.StatusServiceUnavailable)})
		f.fails(source.Unavailable)
		if n := b.graph.Counts().Calls; n > 6 {
			t.Errorf("%d calls", n)
		}
	}},
	{"a wait is cancelled", func(t *testing.T, b *bench) {
		b.village()
		c := b.connector(func(o *entra.Options) { o.Sleep = nil })
		b.graph.Inject(entratest.Fault{Times: -1, Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "50")})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		started := time.Now()
		for _, err := range c.Read(ctx, "") {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	}},
	{"background reads give way, questions of people do not", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		f.sync()
		if n := b.graph.Counts(); n.Low != n.Calls || n.Minimal == 0 {
			t.Errorf("%+v", n)
		}
		b.graph.ResetCounts()
		if _, err := f.c.Look(t.Context(), source.ByUserName, "user00001@contoso.test"); err != nil {
			t.Fatal(err)
		}
		if n := b.graph.Counts(); n.Low != 0 {
			t.Errorf("%+v", n)
		}
	}},
}
