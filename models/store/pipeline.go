package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// pipeline is the transaction of a batch on PostgreSQL. Over a wire each statement is a
// way there and back, and of most that a change writes nobody asks how they ended. Such
// a statement waits here, from the one that begins the transaction to the one that ends
// it; all that wait go together, before the next one that somebody does ask about. A
// batch that asks nothing is a single way.
//
// When one of them fails, PostgreSQL skips the rest, the commit too: the transaction is
// lost for all changes in it, and whose fault it was need not be known. They run again
// with care, each statement by itself.
type pipeline struct {
	*sql.Conn
	careful bool
	keys    *userKeys // of users to come
	given   []*int64  // keys of users that the batch made
	waiting []statement
	lost    error
	done    bool      // committed
	rows    *sql.Rows // of the last query; there can be no other while they are open
}

// statement waits to be sent. told makes of its failure the error that ends the batch.
type statement struct {
	text  string
	args  []any
	told  func(rows int64, err error) error
	reads bool // writes nothing
}

// piped runs a batch on the connection of the writer.
func (w *writer) piped(careful bool, run func(*gorm.DB) error) error {
	ctx := context.Background()
	pool, err := w.store.shared.DB()
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err //nolint:wrapcheck // classed by who asked for the write
	}
	p := &pipeline{Conn: conn, careful: careful, keys: &w.keys}
	defer p.end(ctx)
	if err := p.begin(ctx); err != nil {
		return err
	}
	db := w.store.shared.Session(&gorm.Session{NewDB: true, Context: ctx})
	db.Statement.ConnPool = p
	if err := run(db); err != nil {
		return err
	}
	return p.commit(ctx)
}

func (p *pipeline) begin(ctx context.Context) error {
	if p.along(statement{text: "BEGIN", told: passed}) {
		return nil
	}
	_, err := p.Conn.ExecContext(ctx, "BEGIN")
	return err //nolint:wrapcheck // classed by who asked for the write
}

// commit ends the transaction for good, with what still waits.
func (p *pipeline) commit(ctx context.Context) error {
	if p.lost != nil {
		return p.lost
	}
	if len(p.waiting) == 1 && p.waiting[0].text == "BEGIN" {
		return nil // nothing was asked and nothing written
	}
	err := p.deliver(ctx, true)
	p.done = err == nil
	return err
}

// end takes back what was not committed and gives the connection back. One that does not
// answer is closed, and one that is in a transaction after all is not used again: then
// PostgreSQL takes back by itself what was under way.
func (p *pipeline) end(ctx context.Context) {
	if !p.done && len(p.given) > 0 {
		*p.keys = userKeys{}
		for _, key := range p.given { // whoever runs again takes another: somebody may have this one
			*key = 0
		}
	}
	p.closeRows()
	_ = p.Raw(func(driver any) error {
		if c, ok := driver.(*stdlib.Conn); ok && !c.Conn().IsClosed() && c.Conn().PgConn().TxStatus() != idle {
			_, _ = c.Conn().Exec(ctx, "ROLLBACK")
		}
		return nil
	})
	_ = p.Close()
}

// closeRows closes what a change has left open that ended in the midst of reading: the
// connection waits for it.
func (p *pipeline) closeRows() {
	if p.rows != nil {
		_ = p.rows.Close()
	}
}

// idle is what PostgreSQL says of a connection without a transaction (ReadyForQuery,
// https://www.postgresql.org/docs/current/protocol-message-formats.html).
const idle = 'I'

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
	return p.deliver(ctx, false)
}

func (p *pipeline) deliver(ctx context.Context, last bool) error {
	list := p.waiting
	p.waiting = nil
	if last {
		list = append(list, statement{text: "COMMIT", told: passed})
	}
	err := p.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("a connection to PostgreSQL is a %T", driver)
		}
		return deliver(ctx, c.Conn(), list)
	})
	switch {
	case err == nil:
	case p.careful, last && !refusedByServer(err):
		p.lost = err // of a commit that was not answered nobody knows what became of it
	default:
		p.lost = errors.Join(errCareless, err)
	}
	return p.lost
}

// refusedByServer tells whether PostgreSQL refused a statement and lives on, so that a
// commit behind it was skipped.
func refusedByServer(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && cmp.Or(pg.SeverityUnlocalized, pg.Severity) == "ERROR"
}

func deliver(ctx context.Context, c *pgx.Conn, list []statement) (err error) {
	var all pgx.Batch
	for _, s := range list {
		all.Queue(s.text, s.args...)
	}
	answers := c.SendBatch(ctx, &all)
	heard := 0
	defer func() {
		// What the last statement did is known when it was heard, however the rest ends.
		if broke := answers.Close(); heard < len(list) {
			err = errors.Join(err, broke)
		}
	}()
	for _, s := range list {
		tag, err := answers.Exec()
		if err == nil && s.text == "COMMIT" && tag.String() != "COMMIT" {
			err = fmt.Errorf("the commit was answered with %s", tag)
		}
		if err := s.told(tag.RowsAffected(), err); err != nil {
			return err
		}
		heard++
	}
	return nil
}

// passed is for a statement of the transaction itself.
func passed(_ int64, err error) error { return err }

// exactlyOne makes a statement fail that does not change exactly one row, by a division
// by zero, so that what comes behind it is skipped.
func exactlyOne(text string) string {
	return "WITH done AS (" + text + " RETURNING 1) SELECT 1 / (CASE WHEN count(*) = 1 THEN 1 ELSE 0 END) FROM done"
}

// userKeys are keys of users to come, which an instance has for itself. One that no user
// gets in the end is a gap.
type userKeys struct {
	free  []int64
	until time.Time
}

const (
	keysAhead = 32
	// Users are listed in the order of their keys, so that new ones come last and move
	// nobody who is listed on another page. Another instance must not find its keys between
	// those of this one for long.
	keysLast = 250 * time.Millisecond
)

// giveKey gives a new user a key, none where the row is to get it as it is written.
func (p *pipeline) giveKey(ctx context.Context, user *int64) error {
	if p.careful {
		return nil
	}
	if len(p.keys.free) == 0 || time.Now().After(p.keys.until) { //nolint:forbidigo // decides nothing that is stored
		if err := p.fetchKeys(ctx); err != nil {
			return err
		}
	}
	*user, p.keys.free = p.keys.free[0], p.keys.free[1:]
	p.given = append(p.given, user)
	return nil
}

func (p *pipeline) fetchKeys(ctx context.Context) error {
	*p.keys = userKeys{until: time.Now().Add(keysLast)} //nolint:forbidigo // as above
	rows, err := p.QueryContext(ctx, "SELECT nextval(pg_get_serial_sequence('users', 'id')) FROM generate_series(1, $1)", keysAhead)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var key int64
		if err := rows.Scan(&key); err != nil {
			return err //nolint:wrapcheck // the caller says what it was for
		}
		p.keys.free = append(p.keys.free, key)
	}
	if err := rows.Err(); err != nil {
		return err //nolint:wrapcheck // the caller says what it was for
	}
	if len(p.keys.free) == 0 {
		return errors.New("PostgreSQL gives no keys")
	}
	return nil
}

// ExecContext runs a statement after those that wait.
func (p *pipeline) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.Conn.ExecContext(ctx, text, args...) //nolint:wrapcheck // the statement's own
}

// QueryContext runs a query after those that wait.
func (p *pipeline) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	rows, err := p.Conn.QueryContext(ctx, text, args...)
	if err == nil {
		p.rows = rows
	}
	return rows, err //nolint:wrapcheck // the statement's own
}

// QueryRowContext runs a query after those that wait; when one of them failed it asks
// nothing, and the commit says why.
func (p *pipeline) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if p.send(ctx) != nil { // kept as lost
		over, cancel := context.WithCancel(ctx)
		cancel()
		ctx = over
	}
	return p.Conn.QueryRowContext(ctx, text, args...)
}

// PrepareContext prepares a statement after those that wait.
func (p *pipeline) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.Conn.PrepareContext(ctx, text) //nolint:wrapcheck // the statement's own
}

// along runs a statement of which only the failure is of interest: where it can travel
// with others, it does so later, but before anything that the transaction asks next.
func (tx *Tx) along(told func(rows int64, err error) error, text string, args ...any) error {
	if tx.travels(statement{text: tx.engine.bind(text), args: args, told: told}) {
		return nil
	}
	return tx.heard(told, text, args...)
}

// alongOne is along for a statement that must change one row; told hears how many it were.
func (tx *Tx) alongOne(told func(rows int64, err error) error, text string, args ...any) error {
	one := func(_ int64, err error) error { return told(1, err) }
	if tx.travels(statement{text: exactlyOne(tx.engine.bind(text)), args: args, told: one}) {
		return nil
	}
	return tx.heard(told, text, args...)
}

// travels tells whether a statement goes later, together with others.
func (tx *Tx) travels(s statement) bool {
	p, ok := tx.db.Statement.ConnPool.(interface{ along(statement) bool })
	return ok && p.along(s)
}

func (tx *Tx) heard(told func(rows int64, err error) error, text string, args ...any) error {
	done, err := tx.db.Statement.ConnPool.ExecContext(tx.ctx, tx.engine.bind(text), args...)
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
