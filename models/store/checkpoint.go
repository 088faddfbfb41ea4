package store

import (
	"context"
	"sync"
	"sync/atomic"

	"gorm.io/gorm"
)

// checkpointer copies SQLite's log of writes to its place in the database file while
// the writer goes on. SQLite would do so in the midst of a commit, and one change in a
// hundred would wait for all of it. The log begins anew only when nothing of it is
// left to copy, which beside a busy writer never happens: so the last bit, which is
// short, is the writer's between two batches.
//
// https://www.sqlite.org/wal.html#ckpt
type checkpointer struct {
	store *Store
	wake  chan struct{}
	close sync.Once
	done  sync.WaitGroup

	batches int         // the writer's, since it last woke the checkpointer
	last    atomic.Bool // only the last bit is left
}

// In pages of the log.
const (
	// A log shorter than this, 40 MB, is left: many changes share a page, and a commit that
	// meets the sync of the copied pages waits for them: at 3,000 one in a hundred did.
	copyFrom = 10000
	copyLast = 300   // what the writer may copy itself
	copyMost = 40000 // SQLite copies at a commit after all, for a change that is itself so long

	copyAsk    = 16 // batches after which the length of the log is asked for
	copyPasses = 4  // while the writer adds to the log, before it has to wait for another time
)

func newCheckpointer(s *Store) *checkpointer {
	c := &checkpointer{store: s, wake: make(chan struct{}, 1)}
	c.done.Go(func() {
		for range c.wake {
			c.copy()
		}
	})
	return c
}

// committed is the writer's, after each batch.
func (c *checkpointer) committed() {
	if c.last.CompareAndSwap(true, false) {
		_, _, err := c.pragma(c.store.shared.Statement.ConnPool, "PASSIVE")
		c.failed(err)
	}
	if c.batches++; c.batches < copyAsk {
		return
	}
	c.batches = 0
	select {
	case c.wake <- struct{}{}:
	default: // it is at work
	}
}

// copy copies what the log holds, again and again until hardly anything came to it
// meanwhile. What a reader still needs stays, for another time.
func (c *checkpointer) copy() {
	how := "NOOP" // only tells
	for range copyPasses {
		length, copied, err := c.pragma(c.store.reads.Statement.ConnPool, how)
		switch {
		case err != nil:
			c.failed(err)
			return
		case length < copyFrom:
			return
		case length-copied <= copyLast:
			c.last.Store(true)
			return
		}
		how = "PASSIVE"
	}
}

// failed notes that a copy did not succeed. Nothing is lost: the log has it all, and
// the next one begins where this one ended.
func (c *checkpointer) failed(err error) {
	if err != nil && !busy(err) {
		c.store.log.Warn("the database's log was not copied", "error", err)
	}
}

func (c *checkpointer) pragma(pool gorm.ConnPool, how string) (length, copied int, err error) {
	var blocked int
	row := pool.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+how+")")
	err = row.Scan(&blocked, &length, &copied)
	return length, copied, err //nolint:wrapcheck // only noted
}

func (c *checkpointer) stop() {
	c.close.Do(func() { close(c.wake) })
	c.done.Wait()
}
