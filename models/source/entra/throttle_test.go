package entra_test

import (
	"fmt"
	"testing"
	"time"

	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

// TestThrottledTenant reads 10,000 users and 200 groups while a fifth of all calls is
// answered 429: none leaves before its Retry-After, and hardly more are made than
// that takes.
func TestThrottledTenant(t *testing.T) {
	b := newBench(t, entratest.Options{Seed: 5, PageSize: 20})
	users := b.people(10_000)
	for i := range 200 {
		group := b.graph.AddGroup(entratest.Props{"displayName": fmt.Sprintf("Group %03d", i)})
		b.graph.AddMembers(group, users[i*50:i*50+50]...)
	}
	b.graph.Throttle(20, 3*time.Second)
	f := b.follow(t)
	f.sync()
	n := b.graph.Counts()
	t.Logf("%+v, %s waited", n, b.clock.slept)
	if n.Early > 0 {
		t.Errorf("%d calls came before their Retry-After", n.Early)
	}
	if n.Throttled*5 < n.Calls-5 {
		t.Errorf("only %d of %d calls were throttled", n.Throttled, n.Calls)
	}
	if float64(n.Calls) > 1.3*float64(n.Pages) {
		t.Errorf("%d calls for %d pages", n.Calls, n.Pages)
	}
	if n.Pages < 500 || n.Low != n.Calls {
		t.Errorf("%+v", n)
	}
}

// TestThrottledWithoutWord is the same where Graph does not say how long.
func TestThrottledWithoutWord(t *testing.T) {
	b := newBench(t, entratest.Options{Seed: 6, PageSize: 10})
	b.people(1000)
	b.graph.Throttle(20, 0)
	f := b.follow(t)
	f.sync()
	if n := b.graph.Counts(); float64(n.Calls) > 1.3*float64(n.Pages) || b.clock.slept < time.Duration(n.Throttled)*400*time.Millisecond {
		t.Errorf("%+v, %s waited", n, b.clock.slept)
	}
}

// TestBudget keeps within resource units of its own, since others use the tenant too.
func TestBudget(t *testing.T) {
	b := newBench(t, entratest.Options{PageSize: 10})
	b.people(400) // 40 pages and one of groups, two units each
	f := b.follow(t, func(o *entra.Options) { o.Limits.Budget = 20 })
	f.sync()
	if b.clock.slept < 35*time.Second || b.clock.slept > 45*time.Second {
		t.Errorf("it waited %s for 41 pages at ten in ten seconds", b.clock.slept)
	}
}
