package store

import (
	"context"
	"fmt"
)

// places let so many changes at a time have a transaction of their own. Each keeps a
// connection while it waits for what others have locked: were there no bound, a single lock
// would take all connections, and with them the reads that wait for no lock.
type places chan struct{}

// newPlaces leaves half of the connections to reads, sign-ins and bookkeeping.
func newPlaces(connections int) places { return make(places, connections/2) }

// provisionApart carries a change out by itself once there is a place.
func (s *Store) provisionApart(ctx context.Context, jobs []attempt) error {
	select {
	case s.apart <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("before the write began: %w", ctx.Err())
	}
	defer func() { <-s.apart }()
	return s.alone(ctx, jobs)
}
