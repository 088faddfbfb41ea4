package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

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
	orgs    *orgs // what the writer remembers of organizations; nil on PostgreSQL
	depth   int
}

// Now is the instant of the transaction, the same for everything it writes.
func (tx *Tx) Now() models.Time { return tx.now }

// Context is the transaction's own: it carries the caller's values but not its
// cancellation.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Provision runs a change in a write transaction and stores the log entries it
// returns with what it wrote: both or neither. When the database gave way to
// another writer it is run again, so it must only assign to what it captures.
//
// A change that is refused can be followed by another, which is told the refusal
// and finds everything as it was before: to log the refusal, or to try with more
// care. The first that is not refused stands.
func (s *Store) Provision(ctx context.Context, try func(*Tx) ([]models.LogEntry, error), otherwise ...func(*Tx, error) ([]models.LogEntry, error)) error {
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
	return s.write(ctx, jobs...)
}

// Administer runs fn in a write transaction and appends the audit entry it
// returns to the chain: both or neither.
func (s *Store) Administer(ctx context.Context, fn func(*Tx) (models.AuditEntry, error)) error {
	return s.write(ctx, func(tx *Tx, _ error) error {
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
	return s.write(ctx, func(tx *Tx, _ error) error {
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
	return s.write(ctx, func(tx *Tx, _ error) error { return fn(tx) })
}

// errDryRun rolls a rehearsal back.
var errDryRun = errors.New("dry run")

// Rehearse runs fn as Provision would and takes everything back, so that a dry
// run meets exactly what the change itself will meet.
func (s *Store) Rehearse(ctx context.Context, fn func(*Tx) error) error {
	err := s.write(ctx, func(tx *Tx, _ error) error {
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

func (s *Store) write(ctx context.Context, jobs ...attempt) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("before the write began: %w", err)
	}
	err := s.carryOut(ctx, jobs)
	s.starved.Store(full(err))
	return s.ended(classify(err))
}

func (s *Store) carryOut(ctx context.Context, jobs []attempt) error {
	if s.writer != nil {
		return s.writer.do(ctx, jobs)
	}
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

// writeAlone is PostgreSQL's way: a transaction per change, row locks between.
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
		Reader: Reader{db: db, engine: s.engine, inTx: true},
		ctx:    ctx,
		now:    models.TimeOf(s.now()),
	}
}

// guarded turns a panic inside a change into an error, so that one request can
// not take the changes of others with it.
func guarded(tx *Tx, try attempt, refused error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", r, debug.Stack())
		}
	}()
	return try(tx, refused)
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
	var err error
	for _, try := range tries {
		tx.pending = pending{}
		if err = guarded(tx, try, err); err == nil {
			before.add(tx.pending)
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
	tx.pending = before
	if rel := tx.plain("RELEASE SAVEPOINT " + name); rel != nil {
		return errors.Join(errBatch, err, rel)
	}
	return err
}

// plain runs a statement of the transaction itself, which has neither model nor
// argument.
func (tx *Tx) plain(statement string) error {
	_, err := tx.db.Statement.ConnPool.ExecContext(tx.ctx, statement)
	return err //nolint:wrapcheck // the caller says what it was for
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
	orgs    orgs
}

type job struct {
	ctx   context.Context
	tries []attempt
	err   error
	end   chan struct{}
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

func (w *writer) do(ctx context.Context, tries []attempt) error {
	j := &job{ctx: ctx, tries: tries, end: make(chan struct{})}
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
		if err != nil {
			w.orgs.forget()
		}
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
		if err := w.look(db); err != nil {
			return err
		}
		var total pending
		for {
			if err := w.one(db, (*jobs)[len(*jobs)-1], &total); err != nil {
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
		return w.store.newTx(context.Background(), db).flush(total)
	})
}

// look tells whether another program wrote since the last batch: SQLite keeps a
// number that only the commits of others move. What is remembered of the data is
// old then, and others get a turn after each batch for a while.
func (w *writer) look(db *gorm.DB) error {
	var version int64
	row := db.Statement.ConnPool.QueryRowContext(context.Background(), "PRAGMA data_version")
	if err := row.Scan(&version); err != nil {
		return fmt.Errorf("read the version of the data: %w", err)
	}
	if version == w.version {
		return nil
	}
	if w.version != 0 {
		w.polite = 200
	}
	w.version = version
	w.orgs.forget()
	return nil
}

// makeRoom lets another program have its turn when one wrote lately.
func (w *writer) makeRoom() {
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
func (w *writer) one(db *gorm.DB, j *job, total *pending) error {
	if err := j.ctx.Err(); err != nil {
		j.err = fmt.Errorf("before the write began: %w", err)
		return nil
	}
	tx := w.store.newTx(j.ctx, db)
	tx.orgs = &w.orgs
	j.err = tx.savepoint("change", j.tries)
	if errors.Is(j.err, errBatch) || full(j.err) {
		return j.err
	}
	if j.err == nil {
		total.add(tx.pending)
	}
	return nil
}
