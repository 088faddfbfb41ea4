package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"

	"gorm.io/gorm"

	"muster/models"
)

// Tx is a change under way. It reads its own writes; log entries and sums are
// written once, just before the commit.
type Tx struct {
	Reader
	ctx     context.Context
	now     models.Time
	pending pending
	batch   *pending  // of the changes before it in the same transaction; nil for none
	outer   []pending // of what surrounds an Attempt
	texts   *insertTexts
	witness func(*Tx, []models.LogEntry) error
	orgs    *orgs // what is remembered of organizations, by the writer or for this transaction
	shared  bool  // with the changes of others
	depth   int
	ran     int
}

// Ran is how many statements the transaction ran so far, but for those that only find
// records: what a change of a hundred thousand members must not have more of than one of a
// hundred.
func (tx *Tx) Ran() int { return tx.ran }

// Now is the instant of the transaction, the same for everything it writes.
func (tx *Tx) Now() models.Time { return tx.now }

// Context is the transaction's own: it carries the caller's values but not its
// cancellation.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Provision runs a change in a write transaction and stores the log entries it
// returns with what it wrote: both or neither. Others may share the transaction, so
// the change must be short, and it can run more than once: it must only assign to
// what it captures.
//
// A change that is refused can be followed by another, which is told the refusal
// and finds everything as it was before: to log the refusal, or to try with more
// care. The first that is not refused stands.
func (s *Store) Provision(ctx context.Context, try func(*Tx) ([]models.LogEntry, error), otherwise ...func(*Tx, error) ([]models.LogEntry, error)) error {
	return s.write(ctx, s.writer.do, provisioning(try, otherwise)...)
}

// ProvisionLong is Provision for a change that may take seconds, such as an import
// or a group of thousands: it holds up nobody on PostgreSQL.
func (s *Store) ProvisionLong(ctx context.Context, try func(*Tx) ([]models.LogEntry, error), otherwise ...func(*Tx, error) ([]models.LogEntry, error)) error {
	return s.write(ctx, s.provisionApart, provisioning(try, otherwise)...)
}

func provisioning(try func(*Tx) ([]models.LogEntry, error), otherwise []func(*Tx, error) ([]models.LogEntry, error)) []attempt {
	jobs := []attempt{func(tx *Tx, _ error) error {
		entries, err := try(tx)
		return tx.logged(entries, err)
	}}
	for _, next := range otherwise {
		jobs = append(jobs, func(tx *Tx, refused error) error {
			entries, err := next(tx, refused)
			return tx.logged(entries, err)
		})
	}
	return jobs
}

// Administer runs fn in a write transaction and appends the audit entry it
// returns to the chain: both or neither.
func (s *Store) Administer(ctx context.Context, fn func(*Tx) (models.AuditEntry, error)) error {
	return s.write(ctx, s.alone, func(tx *Tx, _ error) error {
		entry, err := fn(tx)
		if err != nil {
			return err
		}
		return tx.appendAudit(entry)
	})
}

// Both is for the few changes that belong in both logs, such as a change of the
// deployment method.
func (s *Store) Both(ctx context.Context, fn func(*Tx) ([]models.LogEntry, models.AuditEntry, error)) error {
	return s.write(ctx, s.alone, func(tx *Tx, _ error) error {
		entries, audit, err := fn(tx)
		if err := tx.logged(entries, err); err != nil {
			return err
		}
		return tx.appendAudit(audit)
	})
}

// Keep runs fn in a write transaction for bookkeeping that is no change to any
// user, group or setting: sessions, throttles, last-used times, purging.
func (s *Store) Keep(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, s.alone, func(tx *Tx, _ error) error { return fn(tx) })
}

// errDryRun rolls a rehearsal back.
var errDryRun = errors.New("dry run")

// Rehearse runs fn as Provision would and takes everything back, so that a dry
// run meets exactly what the change itself will meet.
func (s *Store) Rehearse(ctx context.Context, fn func(*Tx) error) error {
	err := s.write(ctx, s.alone, func(tx *Tx, _ error) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errDryRun
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// attempt is one way to carry a change out; refused is why the one before it was
// not taken.
type attempt func(tx *Tx, refused error) error

// write carries a change out in a way of PostgreSQL: short ones go through the writer, as
// all do on SQLite, and the others have a transaction of their own.
func (s *Store) write(ctx context.Context, way func(context.Context, []attempt) error, jobs ...attempt) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("before the write began: %w", err)
	}
	if err := s.current(); err != nil {
		return err
	}
	if s.engine == sqliteEngine {
		way = s.writer.do
	}
	err := way(ctx, jobs)
	s.starved.Store(full(err) || readOnly(err) || corrupt(err))
	if again(err) {
		return locked()
	}
	if err == nil {
		s.analyst.changed()
	}
	return s.ended(classify(err))
}

// alone is PostgreSQL's way for a change by itself: row locks keep it apart from
// others, and it runs again when the database gave way to one of them.
func (s *Store) alone(ctx context.Context, jobs []attempt) error {
	var err error
	for _, try := range jobs {
		refused := err
		for range 5 {
			if err = s.writeAlone(ctx, try, refused); !again(err) {
				break
			}
		}
		if !isRefusal(err) {
			return err
		}
	}
	return err
}

// isRefusal tells whether the next attempt may have its turn: not after a success,
// nor after a failure that nobody foresaw or that the database itself is the
// reason for.
func isRefusal(err error) bool {
	e, classed := models.AsError(err)
	return classed && e.Kind != models.Unavailable && !errors.Is(err, errBatch)
}

// ended strips what the caller of a lost transaction need not know; the log keeps
// it.
func (s *Store) ended(err error) error {
	if e, ok := models.AsError(err); ok && errors.Is(err, errBatch) {
		s.log.Error("a write transaction was lost", "error", err)
		return e
	}
	return err
}

func (s *Store) writeAlone(ctx context.Context, try attempt, refused error) error {
	ctx = context.WithoutCancel(ctx)
	return s.writes.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		tx := s.newTx(ctx, db)
		if err := guarded(tx, try, refused); err != nil {
			return err
		}
		return tx.flush(tx.pending)
	})
}

func (s *Store) newTx(ctx context.Context, db *gorm.DB) *Tx {
	ctx = context.WithoutCancel(ctx)
	return &Tx{
		Reader:  Reader{db: db, engine: s.engine, inTx: true},
		ctx:     ctx,
		now:     models.TimeOf(s.now()),
		texts:   &s.texts,
		orgs:    &orgs{},
		witness: s.options.Witness,
	}
}

// guarded turns a panic inside a change into an error, so that one request can
// not take the changes of others with it.
func guarded(tx *Tx, try attempt, refused error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", r, debug.Stack())
			if p, ok := tx.db.Statement.ConnPool.(interface{ closeRows() }); ok {
				p.closeRows()
			}
		}
	}()
	return try(tx, refused)
}

// Provision is Store.Provision inside a transaction: the change stands or falls by
// itself, its log entries with it.
func (tx *Tx) Provision(_ context.Context, try func(*Tx) ([]models.LogEntry, error), otherwise ...func(*Tx, error) ([]models.LogEntry, error)) error {
	tx.depth++
	defer func() { tx.depth-- }()
	return tx.savepoint("change"+strconv.Itoa(tx.depth), provisioning(try, otherwise))
}

// Attempt runs fn inside the transaction so that its failure takes back only
// what fn wrote.
func (tx *Tx) Attempt(fn func(*Tx) error) error {
	tx.depth++
	name := "attempt" + strconv.Itoa(tx.depth)
	defer func() { tx.depth-- }()
	return tx.savepoint(name, []attempt{func(tx *Tx, _ error) error { return fn(tx) }})
}

// savepoint runs the attempts until one is not refused, each on what was there
// before.
func (tx *Tx) savepoint(name string, tries []attempt) error {
	if err := tx.plain("SAVEPOINT " + name); err != nil {
		return fmt.Errorf("set savepoint: %w", err)
	}
	before := tx.pending
	tx.outer = append(tx.outer, before)
	var err error
	for _, try := range tries {
		tx.pending = pending{}
		if err = guarded(tx, try, err); err == nil {
			break
		}
		if back := tx.plain("ROLLBACK TO SAVEPOINT " + name); back != nil {
			return errors.Join(errBatch, err, back)
		}
		tx.orgs.forget()
		if !isRefusal(err) {
			break
		}
	}
	made := tx.pending
	tx.pending, tx.outer = before, tx.outer[:len(tx.outer)-1]
	rel := tx.plain("RELEASE SAVEPOINT " + name)
	switch {
	case rel != nil:
		return tx.unnoticed(name, err, rel)
	case err == nil:
		tx.pending.add(made)
	}
	return err
}

// unnoticed takes back a change that swallowed the failure of a statement, which on
// PostgreSQL ended the transaction; what others wrote stays.
func (tx *Tx) unnoticed(name string, err, rel error) error {
	if back := tx.plain("ROLLBACK TO SAVEPOINT " + name); back != nil || err != nil {
		return errors.Join(errBatch, err, rel, back)
	}
	tx.orgs.forget()
	return fmt.Errorf("a statement of the change failed unnoticed: %w", rel)
}

// plain runs a statement of the transaction itself, which has neither model nor
// argument.
func (tx *Tx) plain(statement string) error {
	_, err := tx.db.Statement.ConnPool.ExecContext(tx.ctx, statement)
	return err //nolint:wrapcheck // the caller says what it was for
}

// errBatch marks a failure that leaves the shared transaction unusable.
var errBatch = errors.New("the write transaction was lost")

// Reading is a transaction that only reads, outside of any: for decisions that are made
// ahead with the same code that makes them for good. Writing with it fails.
func Reading(ctx context.Context, r Reader) *Tx {
	return &Tx{Reader: r, ctx: ctx, orgs: &orgs{}, texts: &insertTexts{}}
}
