package cycle

import (
	"context"
	"sync"
	"time"
)

// news tells who watches an organization that something moved.
type news struct {
	mu       sync.Mutex
	watchers map[int64]map[chan struct{}]bool
}

// Watch gives a channel that receives when a cycle of the organization moved in this
// process, and a function that ends it. Other processes are seen by asking Status again
// from time to time: see Heartbeat.
func (c *Cycles) Watch(organization int64) (<-chan struct{}, func()) {
	n := &c.news
	ch := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.watchers == nil {
		n.watchers = map[int64]map[chan struct{}]bool{}
	}
	if n.watchers[organization] == nil {
		n.watchers[organization] = map[chan struct{}]bool{}
	}
	n.watchers[organization][ch] = true
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.watchers[organization], ch)
		if len(n.watchers[organization]) == 0 {
			delete(n.watchers, organization)
		}
	}
}

// tell lets watchers know; one that has not looked yet is not told twice.
func (n *news) tell(organization int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.watchers[organization] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Heartbeat is how often a page that shows progress asks anew without having been told,
// because the cycle may run in another process.
const Heartbeat = 3 * time.Second

// Follow calls show now and whenever something moved, here or in another process, until
// the context ends or show fails.
func (c *Cycles) Follow(ctx context.Context, organization int64, show func() error) error {
	moved, end := c.Watch(organization)
	defer end()
	tick := time.NewTicker(Heartbeat)
	defer tick.Stop()
	for {
		if err := show(); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
