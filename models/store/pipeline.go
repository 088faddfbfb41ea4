package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// pipeline is the transaction of a batch on PostgreSQL. Over a wire each statement is a
// way there and back, and of most that a change writes nobody asks how they ended. Such
// a statement waits here; all that wait go together, before the next one that somebody
// does ask about, or before the commit.
//
// When one of them fails, the transaction is lost for all changes in it, and whose fault
// it was need not be known: they run again with care, each statement by itself.
type pipeline struct {
	*sql.Tx
	conn    *sql.Conn
	careful bool
	jobs    int     // changes that the batch will have, as far as one can tell
	keys    []int64 // of users to come
	waiting []statement
	lost    error
}

// statement waits to be sent. told hears how many rows it changed, and makes of its
// failure, or of a number that must not be, the error that ends the batch.
type statement struct {
	text string
	args []any
	told func(rows int64, err error) error
}

// piped runs a batch on the connection of the writer.
func (s *Store) piped(careful bool, jobs int, run func(*gorm.DB) error) error {
	ctx := context.Background()
	pool, err := s.shared.DB()
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err //nolint:wrapcheck // classed by who asked for the write
	}
	defer func() { _ = conn.Close() }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err //nolint:wrapcheck // classed by who asked for the write
	}
	defer func() { _ = tx.Rollback() }() // nothing after a commit
	p := &pipeline{Tx: tx, conn: conn, careful: careful, jobs: jobs}
	db := s.shared.Session(&gorm.Session{NewDB: true, Context: ctx})
	db.Statement.ConnPool = p
	if err := run(db); err != nil {
		return err
	}
	if err := p.send(ctx); err != nil {
		return err
	}
	return tx.Commit() //nolint:wrapcheck // classed by who asked for the write
}

// along takes a statement that nobody waits for; false lets the caller run it.
func (p *pipeline) along(s statement) bool {
	if p.careful {
		return false
	}
	p.waiting = append(p.waiting, s)
	return true
}

// send sends what waits and hears how all of it ended.
func (p *pipeline) send(ctx context.Context) error {
	if p.lost != nil || len(p.waiting) == 0 {
		return p.lost
	}
	list := p.waiting
	p.waiting = nil
	err := p.conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("a connection to PostgreSQL is a %T", driver)
		}
		return deliver(ctx, c.Conn(), list)
	})
	if err != nil {
		p.lost = errors.Join(errCareless, err)
	}
	return p.lost
}

func deliver(ctx context.Context, c *pgx.Conn, list []statement) (err error) {
	var all pgx.Batch
	for _, s := range list {
		all.Queue(s.text, s.args...)
	}
	answers := c.SendBatch(ctx, &all)
	defer func() { err = errors.Join(err, answers.Close()) }()
	for _, s := range list {
		tag, err := answers.Exec()
		if err := s.told(tag.RowsAffected(), err); err != nil {
			return err
		}
	}
	return nil
}

// userKey gives the key of a new user, 0 where the row is to get it as it is written. A
// key that no user gets in the end is a gap.
func (p *pipeline) userKey(ctx context.Context) (int64, error) {
	if p.careful {
		return 0, nil
	}
	if len(p.keys) == 0 {
		rows, err := p.QueryContext(ctx, "SELECT nextval(pg_get_serial_sequence('users', 'id')) FROM generate_series(1, $1)", min(max(p.jobs, 1), batchMost))
		if err != nil {
			return 0, err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var key int64
			if err := rows.Scan(&key); err != nil {
				return 0, err //nolint:wrapcheck // the caller says what it was for
			}
			p.keys = append(p.keys, key)
		}
		if err := rows.Err(); err != nil {
			return 0, err //nolint:wrapcheck // the caller says what it was for
		}
	}
	key := p.keys[0]
	p.keys = p.keys[1:]
	return key, nil
}

// ExecContext runs a statement after those that wait.
func (p *pipeline) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.Tx.ExecContext(ctx, text, args...) //nolint:wrapcheck // the statement's own
}

// QueryContext runs a query after those that wait.
func (p *pipeline) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.Tx.QueryContext(ctx, text, args...) //nolint:wrapcheck // the statement's own
}

// QueryRowContext runs a query after those that wait; when one of them failed, the
// commit says so.
func (p *pipeline) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	_ = p.send(ctx) // kept as lost
	return p.Tx.QueryRowContext(ctx, text, args...)
}

// PrepareContext prepares a statement after those that wait.
func (p *pipeline) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.Tx.PrepareContext(ctx, text) //nolint:wrapcheck // the statement's own
}

// along runs a statement of which only the failure is of interest: where it can travel
// with others, it does so later, but before anything that the transaction asks next.
func (tx *Tx) along(told func(rows int64, err error) error, text string, args ...any) error {
	text = tx.engine.bind(text)
	if p, ok := tx.db.Statement.ConnPool.(interface{ along(statement) bool }); ok && p.along(statement{text, args, told}) {
		return nil
	}
	done, err := tx.db.Statement.ConnPool.ExecContext(tx.ctx, text, args...)
	if err != nil {
		return told(0, err)
	}
	n, err := done.RowsAffected()
	return told(n, err)
}

// whatever is for a statement that changes as many rows as it likes; what it was for
// goes before its failure.
func whatever(purpose string) func(int64, error) error {
	return func(_ int64, err error) error {
		if err == nil {
			return nil
		}
		return fmt.Errorf("%s: %w", purpose, classify(err))
	}
}
