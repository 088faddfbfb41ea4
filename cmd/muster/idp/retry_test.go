package idp_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"muster/cmd/muster/idp"
)

func hangUp(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// Connections that break before or after the server did its work, and passing
// refusals, change nothing in the end.
func TestBrokenConnections(t *testing.T) {
	for name, o := range variants() {
		for _, workers := range []int{1, 4} {
			t.Run(name, func(t *testing.T) {
				f, url := newFake(t)
				o.Users = 50
				o := options(o, url)
				o.Concurrency = workers
				o.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
				rng := rand.New(rand.NewPCG(7, 7))
				f.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
					switch rng.IntN(20) {
					case 0:
						hangUp(w)
						return true
					case 1:
						w.WriteHeader(http.StatusBadGateway)
						return true
					}
					return false
				}
				f.after = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
					if rng.IntN(10) == 0 {
						hangUp(w)
						return true
					}
					return false
				}
				s, r := run(t, o)
				if r.Retries() < 20 {
					t.Errorf("only %d repetitions", r.Retries())
				}
				f.before, f.after = nil, nil
				if list := verify(t, o, s.Expected()); len(list) > 0 {
					t.Errorf("%d mismatches, first %v", len(list), list[0])
				}
			})
		}
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	f, url := newFake(t)
	o := options(idp.Options{Dialect: idp.Entra, Users: 10}, url)
	c := &clock{}
	o.Sleep = c.sleep
	f.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		switch n {
		case 5:
			w.Header().Set("Retry-After", "17")
			w.WriteHeader(http.StatusTooManyRequests)
		case 9:
			w.Header().Set("Retry-After", time.Now().Add(30*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		case 30, 31, 32:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			return false
		}
		return true
	}
	s, _ := run(t, o)
	if !slices.Contains(c.slept, 17*time.Second) {
		t.Errorf("never waited 17 s: %v", c.slept)
	}
	if !slices.ContainsFunc(c.slept, func(d time.Duration) bool { return d > 25*time.Second && d <= 30*time.Second }) {
		t.Errorf("never waited until the given time: %v", c.slept)
	}
	grown := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond}
	if got := c.slept[len(c.slept)-3:]; !slices.Equal(got, grown) {
		t.Errorf("waited %v, want %v", got, grown)
	}
	if list := verify(t, o, s.Expected()); len(list) > 0 {
		t.Errorf("mismatches: %v", list)
	}
}

// A run that is given up is caught up by the next cycle.
func TestServerAwayAndBack(t *testing.T) {
	f, url := newFake(t)
	o := options(idp.Options{Dialect: idp.Okta, Users: 60, MaxWait: time.Millisecond}, url)
	away := false
	f.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n == 70 {
			away = true
		}
		if away {
			hangUp(w)
		}
		return away
	}
	s := idp.New(o)
	if err := s.Cycle(t.Context()); err == nil {
		t.Fatal("the server was away and nobody said so")
	}
	part := len(s.Expected().Users)
	if part == 0 || part >= 60 {
		t.Fatalf("%d users were delivered", part)
	}
	f.mu.Lock()
	f.before = nil
	f.mu.Unlock()
	if err := s.Cycle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(s.Expected().Users); got < 59 {
		t.Errorf("%d users after the catch-up", got)
	}
	if list := verify(t, o, s.Expected()); len(list) > 0 {
		t.Errorf("mismatches: %v", list)
	}
}

// A new client with the same seed finds what an earlier one has left. Entra
// matches by externalId too, so that the whole story can be told again; Okta
// knows names alone, and finds those that were not changed.
func TestClientStartsAgain(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			_, url := newFake(t)
			o := options(o, url)
			if o.Dialect == idp.Okta {
				o.Cycles = 1
			}
			first, _ := run(t, o)
			second, r := run(t, o)
			// Only those whom the first run deleted are made anew.
			gone := 0
			for _, u := range first.Expected().Users {
				gone += one(u.Deleted)
			}
			if n := r.Count("create user"); n[http.StatusCreated] != gone {
				t.Errorf("users were created again: %v", n)
			}
			if list := verify(t, o, second.Expected()); len(list) > 0 {
				t.Errorf("mismatches: %v", list[0])
			}
			if a, b := first.Expected(), second.Expected(); len(a.Users) != len(b.Users) || a.Users[1].ID != b.Users[1].ID {
				t.Error("the second client expects other records")
			}
		})
	}
}

func TestRateAndCancel(t *testing.T) {
	_, url := newFake(t)
	o := options(idp.Options{Dialect: idp.Okta, Users: 10, Rate: 50}, url)
	var slept time.Duration
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	o.Now = func() time.Time { return now }
	o.Sleep = func(_ context.Context, d time.Duration) error {
		slept += d
		now = now.Add(d)
		return nil
	}
	_, r := run(t, o)
	if want := time.Duration(len(r.Requests)-1) * 20 * time.Millisecond; slept != want {
		t.Errorf("waited %v for %d requests, want %v", slept, len(r.Requests), want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := idp.New(o).Cycle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled cycle says %v", err)
	}
}
