package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// SQLite writes to a log beside the database and copies its pages to their place
// from time to time. Left to itself the writer does that in the midst of a commit,
// and everybody who waits for it waits for a few thousand pages more. So another
// connection copies them while writes go on; the writer only copies the last few,
// which lets the log begin anew.

const (
	// settleAfter is how many statements that wrote bring about a copy.
	settleAfter = 400
	// settleSize is how many pages of the log, of 4 KiB, are worth the writer's own
	// copy of the last settleRest.
	settleSize = 4000
	settleRest = 400
)

// settler copies the log's pages beside the writer.
type settler struct {
	pool *sql.DB
	log  *slog.Logger
	ask  chan struct{}
	done chan struct{}
	last atomic.Bool // the writer's turn has come
}

func newSettler(pool *sql.DB, log *slog.Logger) *settler {
	s := &settler{pool: pool, log: log, ask: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run()
	return s
}

// wanted asks for a copy; one that is under way is enough.
func (s *settler) wanted() {
	select {
	case s.ask <- struct{}{}:
	default:
	}
}

func (s *settler) run() {
	defer close(s.done)
	for range s.ask {
		size, copied, err := settle(context.Background(), s.pool)
		if err != nil {
			s.log.Warn("copy the database's log to its place", "error", err)
			continue
		}
		s.last.Store(size >= settleSize && size-copied <= settleRest)
	}
}

// stop ends the copies; wanted must not be called any more.
func (s *settler) stop() {
	close(s.ask)
	<-s.done
}

// settle copies what no reader still needs of the log, in pages: how many it has
// and how many of them are in their place.
func settle(ctx context.Context, pool interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
},
) (size, copied int, err error) {
	var busy int
	if err := pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &size, &copied); err != nil {
		return 0, 0, fmt.Errorf("checkpoint: %w", err)
	}
	return size, copied, nil
}
