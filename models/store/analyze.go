package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// analyst has PostgreSQL look at what tables hold while a new database fills. A
// statement is planned once for each connection. Planned while the tables are empty, a
// look-up reads every user of the organization, and goes on to do so until PostgreSQL
// looks by itself, which takes it a minute or more: most of a first cycle.
//
// https://www.postgresql.org/docs/current/sql-analyze.html
type analyst struct {
	store   *Store
	changes atomic.Int64
	wake    chan struct{}
	quit    context.CancelFunc
	done    sync.WaitGroup
}

// lookAfter are the changes since the program began after which it looks: seldom, and
// no more when PostgreSQL has had the time for it.
var lookAfter = map[int64]bool{50: true, 500: true, 5_000: true, 50_000: true}

// largeTable is the number of rows beyond which a table has been looked at already,
// and is left to PostgreSQL.
const largeTable = 100_000

func newAnalyst(s *Store) *analyst {
	ctx, quit := context.WithCancel(context.Background())
	a := &analyst{store: s, wake: make(chan struct{}, 1), quit: quit}
	a.done.Go(func() { a.run(ctx) })
	return a
}

func (a *analyst) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		}
		if err := a.look(ctx); err != nil && ctx.Err() == nil {
			a.store.log.Warn("PostgreSQL could not look at the tables; it will do so by itself", "error", err)
		}
	}
}

// changed counts a change.
func (a *analyst) changed() {
	if a == nil || !lookAfter[a.changes.Add(1)] {
		return
	}
	select {
	case a.wake <- struct{}{}:
	default: // it is at work
	}
}

func (a *analyst) look(ctx context.Context) error {
	var tables []string
	err := a.store.reads.WithContext(ctx).Raw(`SELECT quote_ident(relname) FROM pg_class
		WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind = 'r' AND reltuples < ? AND pg_relation_size(oid) > 0
		ORDER BY oid`, largeTable).Scan(&tables).Error
	if err != nil || len(tables) == 0 {
		return err //nolint:wrapcheck // only noted
	}
	err = a.store.reads.WithContext(ctx).Exec("ANALYZE (SKIP_LOCKED) " + strings.Join(tables, ", ")).Error
	if err != nil {
		return fmt.Errorf("analyze %d tables: %w", len(tables), err)
	}
	return nil
}

// stop ends a look under way.
func (a *analyst) stop() {
	a.quit()
	a.done.Wait()
}
