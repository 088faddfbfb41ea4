// Package load measures a SCIM server with the requests that identity providers
// send: look up, then create; capitalised PATCH; one member per PATCH; paging. It
// speaks over plain connections of its own, because a client that costs as much as
// the server would measure itself.
package load

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Target is the server under load.
type Target struct {
	Address string // host:port, plain HTTP
	Base    string // path before /Users, such as /scim/v2
	Token   string
}

// Step does one unit of an operation over a connection; n counts the units of the
// run from 0, each given out once.
type Step func(c *Conn, n int) error

// Options say how a run goes: Clients at a time until Units are done or Time is
// over, whichever comes first; 0 does not end it.
type Options struct {
	Clients int
	Units   int
	Time    time.Duration
}

// Result is what a run measured. Latencies are of single units.
type Result struct {
	Units     int
	PerSecond float64
	P50, P99  time.Duration
	Worst     time.Duration
	Took      time.Duration
}

// Run measures an operation. The first failure ends it.
func (t Target) Run(ctx context.Context, o Options, step Step) (Result, error) {
	if o.Time > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, o.Time)
		defer stop()
	}
	units := &counter{most: o.Units}
	took := make([][]time.Duration, o.Clients)
	errs := make([]error, o.Clients)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range o.Clients {
		wg.Go(func() { took[i], errs[i] = t.client(ctx, units, step) })
	}
	wg.Wait()
	all := slices.Concat(took...)
	for _, err := range errs {
		if err != nil {
			return Result{}, err
		}
	}
	return summary(all, time.Since(start)), nil
}

func (t Target) client(ctx context.Context, units *counter, step Step) ([]time.Duration, error) {
	c, err := Dial(ctx, t)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var took []time.Duration
	for ctx.Err() == nil {
		n, ok := units.next()
		if !ok {
			break
		}
		start := time.Now()
		if err := step(c, n); err != nil {
			return took, fmt.Errorf("unit %d: %w", n, err)
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

type counter struct {
	mu   sync.Mutex
	n    int
	most int
}

func (c *counter) next() (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.most > 0 && c.n >= c.most {
		return 0, false
	}
	c.n++
	return c.n - 1, true
}

func summary(all []time.Duration, took time.Duration) Result {
	r := Result{Units: len(all), Took: took}
	if len(all) == 0 {
		return r
	}
	slices.Sort(all)
	r.PerSecond = float64(len(all)) / took.Seconds()
	r.P50, r.P99, r.Worst = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	return r
}
