package entra_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

// clock is a clock that only sleeping moves, so that waiting costs nothing and can
// be proved. It begins at the machine's time, which tokens live by.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	slept time.Duration
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.slept = c.at.Add(d), c.slept+d
	return ctx.Err()
}

// bench is a connector on a fake Graph, with one clock for both.
type bench struct {
	*testing.T
	graph *entratest.Graph
	clock *clock
	log   *bytes.Buffer
}

func newBench(t *testing.T, o entratest.Options) *bench {
	t.Helper()
	b := &bench{T: t, clock: newClock(), log: &bytes.Buffer{}}
	o.Now = b.clock.Now
	b.graph = entratest.Start(o)
	t.Cleanup(b.graph.Close)
	return b
}

func (b *bench) options(change ...func(*entra.Options)) entra.Options {
	o := entra.Options{
		Settings: entra.Settings{
			Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Custom,
			Scope: source.Scope{Mode: source.Everyone},
		},
		Secret: entra.Secret{ClientSecret: entratest.ClientSecret},
		Now:    b.clock.Now, Sleep: b.clock.Sleep, Random: func() float64 { return 0.5 },
		Log:      slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Endpoint: &entra.Endpoint{SignIn: b.graph.URL(), Graph: b.graph.URL(), Roots: b.graph.Roots()},
	}
	for _, c := range change {
		c(&o)
	}
	return o
}

func (b *bench) connector(change ...func(*entra.Options)) *entra.Connector {
	b.Helper()
	c, err := entra.New(b.options(change...))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return c
}

// people adds so many users.
func (b *bench) people(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = b.graph.AddUser(entratest.Props{
			"userPrincipalName": fmt.Sprintf("user%05d@contoso.test", i), "displayName": fmt.Sprintf("User %05d", i),
			"mail": fmt.Sprintf("user%05d@contoso.test", i), "jobTitle": "Engineer",
		})
	}
	return ids
}

// read reads to the end, or to an error.
func read(t testing.TB, c source.Reader, from source.Cursor) ([]source.Page, error) {
	t.Helper()
	var pages []source.Page
	for page, err := range c.Read(t.Context(), from) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}
