package storetest

import (
	"sync"
	"time"
)

// Clock is a test's time: it starts at nine on a Monday and moves a millisecond
// with each reading, so that what happens later is later, and by Advance.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock that stands at 2026-01-05 09:00 UTC.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)}
}

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

// Advance moves the clock, also backwards.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set puts the clock to an instant.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}
