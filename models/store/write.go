package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"gorm.io/gorm"

	"muster/models"
)

// Tx is a change under way. It reads its own writes; what it adds to a tally is
// written once, just before the commit.
type Tx struct {
	Reader
	ctx     context.Context
	now     models.Time
	tallies map[tallyKey]int64
	depth   int
}

// Now is the instant of the transaction, the same for everything it writes.
func (tx *Tx) Now() models.Time { return tx.now }

// Context is the transaction's own: it carries the caller's values but not its
// cancellation.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Provision runs fn in a write transaction and stores the log entries it returns
// with what it wrote: both or neither. fn may be run again when the database gave
// way to another writer, so it must only assign to what it captures.
func (s *Store) Provision(ctx context.Context, fn func(*Tx) ([]models.LogEntry, error)) error {
	return s.write(ctx, func(tx *Tx) error {
		entries, err := fn(tx)
		if err != nil {
			return err
		}
		return tx.appendLog(entries)
	})
}

// Administer runs fn in a write transaction and appends the audit entry it
// returns to the chain: both or neither.
func (s *Store) Administer(ctx context.Context, fn func(*Tx) (models.AuditEntry, error)) error {
	return s.write(ctx, func(tx *Tx) error {
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
	return s.write(ctx, func(tx *Tx) error {
		entries, audit, err := fn(tx)
		if err != nil {
			return err
		}
		if err := tx.appendLog(entries); err != nil {
			return err
		}
		return tx.appendAudit(audit)
	})
}

// Keep runs fn in a write transaction for bookkeeping that is no change to any
// user, group or setting: sessions, throttles, last-used times, purging.
func (s *Store) Keep(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, fn)
}

// errDryRun rolls a rehearsal back.
var errDryRun = errors.New("dry run")

// Rehearse runs fn as Provision would and takes everything back, so that a dry
// run meets exactly what the change itself will meet.
func (s *Store) Rehearse(ctx context.Context, fn func(*Tx) error) error {
	err := s.write(ctx, func(tx *Tx) error {
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

func (s *Store) write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("before the write began: %w", err)
	}
	err := s.carryOut(ctx, fn)
	s.starved.Store(full(err))
	return s.ended(classify(err))
}

func (s *Store) carryOut(ctx context.Context, fn func(*Tx) error) error {
	if s.writer != nil {
		return s.writer.do(ctx, fn)
	}
	var err error
	for range 5 {
		if err = s.writeAlone(ctx, fn); !again(err) {
			break
		}
	}
	return err
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

// writeAlone is PostgreSQL's way: a transaction per change, row locks between.
func (s *Store) writeAlone(ctx context.Context, fn func(*Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	return s.writes.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		tx := s.newTx(ctx, db)
		if err := guarded(fn, tx); err != nil {
			return err
		}
		return tx.flushTallies(tx.tallies)
	})
}

func (s *Store) newTx(ctx context.Context, db *gorm.DB) *Tx {
	ctx = context.WithoutCancel(ctx)
	return &Tx{
		Reader:  Reader{db: db, engine: s.engine, inTx: true},
		ctx:     ctx,
		now:     models.TimeOf(s.now()),
		tallies: map[tallyKey]int64{},
	}
}

// guarded turns a panic inside a change into an error, so that one request can
// not take the changes of others with it.
func guarded(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", r, debug.Stack())
		}
	}()
	return fn(tx)
}

// Attempt runs fn inside the transaction so that its failure takes back only
// what fn wrote: the refusal can then be logged in the same transaction.
func (tx *Tx) Attempt(fn func(*Tx) error) error {
	tx.depth++
	name := fmt.Sprintf("attempt%d", tx.depth)
	defer func() { tx.depth-- }()
	return tx.savepoint(name, func() error { return guarded(fn, tx) })
}

func (tx *Tx) savepoint(name string, fn func() error) error {
	db := tx.db.WithContext(tx.ctx)
	if err := db.Exec("SAVEPOINT " + name).Error; err != nil {
		return fmt.Errorf("set savepoint: %w", err)
	}
	before := make(map[tallyKey]int64, len(tx.tallies))
	maps.Copy(before, tx.tallies)
	err := fn()
	if err != nil {
		tx.tallies = before
		if back := db.Exec("ROLLBACK TO SAVEPOINT " + name).Error; back != nil {
			return errors.Join(errBatch, err, back)
		}
	}
	if rel := db.Exec("RELEASE SAVEPOINT " + name).Error; rel != nil {
		return errors.Join(errBatch, err, rel)
	}
	return err
}

// errBatch marks a failure that leaves the shared transaction unusable.
var errBatch = errors.New("the write transaction was lost")

// writer is SQLite's group commit: one goroutine owns the write connection, runs
// the changes that wait, each behind a savepoint, commits once, and only then
// answers them. A lone client waits for nobody.
type writer struct {
	store *Store
	jobs  chan *job
	done  chan struct{}
	close sync.Once
	gate  sync.RWMutex
	shut  bool

	version int64 // of the data, as the commits of other programs count
	polite  int   // batches after which others get a turn
}

type job struct {
	ctx context.Context
	fn  func(*Tx) error
	err error
	end chan struct{}
}

const (
	batchMost = 128
	batchTime = 15 * time.Millisecond
	busyMost  = 30 * time.Second
)

func newWriter(s *Store) *writer {
	w := &writer{store: s, jobs: make(chan *job, batchMost), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *writer) do(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, end: make(chan struct{})}
	if err := w.enqueue(ctx, j); err != nil {
		return err
	}
	// Once queued the outcome must be known to the caller: no leaving early.
	<-j.end
	return j.err
}

func (w *writer) enqueue(ctx context.Context, j *job) error {
	w.gate.RLock()
	defer w.gate.RUnlock()
	if w.shut {
		return models.Errorf(models.Unavailable, "", "The server is shutting down, nothing was written.").
			WithAdvice("Send the request again in a moment.")
	}
	select {
	case w.jobs <- j:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("before the write began: %w", ctx.Err())
	}
}

func (w *writer) stop() {
	w.close.Do(func() {
		w.gate.Lock()
		w.shut = true
		close(w.jobs)
		w.gate.Unlock()
	})
	<-w.done
}

// run serves jobs until the store closes. A change that ends its goroutine
// (runtime.Goexit, as a test's FailNow does) must not end the writer: what it
// took with it is answered, and another goroutine goes on.
func (w *writer) run() {
	closed := false
	defer func() {
		if closed {
			close(w.done)
		} else {
			go w.run()
		}
	}()
	for first := range w.jobs {
		w.batch(first)
	}
	closed = true
}

// batch runs what waits in one transaction and answers after its commit.
func (w *writer) batch(first *job) {
	jobs := []*job{first}
	err := errors.Join(errBatch, errors.New("a change ended the writer's goroutine"))
	defer func() {
		for _, j := range jobs {
			j.answer(err)
		}
	}()
	err = w.commit(&jobs)
}

// commit runs the batch. While another program writes, it asks again after less
// than a millisecond: SQLite's own waiting grows to a tenth of a second and then loses
// to a program that has the next batch ready.
func (w *writer) commit(jobs *[]*job) error {
	for patience := time.Duration(0); ; {
		began := false
		err := w.attempt(jobs, &began)
		if began || !busy(err) || patience >= busyMost {
			w.makeRoom()
			return err
		}
		pause := 200*time.Microsecond + rand.N(600*time.Microsecond) //nolint:gosec // keeps two programs out of step
		time.Sleep(pause)
		patience += pause
	}
}

func (w *writer) attempt(jobs *[]*job, began *bool) error {
	started := time.Now() //nolint:forbidigo // measures the batch, decides nothing that is stored
	return w.store.writes.Transaction(func(db *gorm.DB) error {
		*began = true
		total := map[tallyKey]int64{}
		for {
			if err := w.one(db, (*jobs)[len(*jobs)-1], total); err != nil {
				return err
			}
			if len(*jobs) >= batchMost || time.Since(started) > batchTime {
				break
			}
			next, ok := w.next()
			if !ok {
				break
			}
			*jobs = append(*jobs, next)
		}
		return w.store.newTx(context.Background(), db).flushTallies(total)
	})
}

// makeRoom lets another program have its turn when one wrote lately: SQLite tells
// by a number that only the commits of others move.
func (w *writer) makeRoom() {
	var version int64
	if w.store.writes.Raw("PRAGMA data_version").Scan(&version).Error != nil {
		return
	}
	if version != w.version {
		w.version, w.polite = version, 200
	}
	if w.polite > 0 {
		w.polite--
		time.Sleep(2 * time.Millisecond)
	}
}

// answer tells the caller how its change ended. When the transaction was lost, a
// refusal keeps its own words; what seemed to succeed did not.
func (j *job) answer(lost error) {
	if _, refused := models.AsError(j.err); lost != nil && (!refused || errors.Is(j.err, errBatch)) {
		j.err = lost
	}
	close(j.end)
}

func (w *writer) next() (*job, bool) {
	select {
	case j, ok := <-w.jobs:
		return j, ok
	default:
		return nil, false
	}
}

// one runs a job behind a savepoint; its error is its own. Only a lost
// transaction is returned, and ends the batch.
func (w *writer) one(db *gorm.DB, j *job, total map[tallyKey]int64) error {
	if err := j.ctx.Err(); err != nil {
		j.err = fmt.Errorf("before the write began: %w", err)
		return nil
	}
	tx := w.store.newTx(j.ctx, db)
	j.err = tx.savepoint("change", func() error { return guarded(j.fn, tx) })
	if errors.Is(j.err, errBatch) || full(j.err) {
		return j.err
	}
	if j.err == nil {
		for k, v := range tx.tallies {
			total[k] += v
		}
	}
	return nil
}
