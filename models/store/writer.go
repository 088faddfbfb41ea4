package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"gorm.io/gorm"

	"muster/models"
)

// writer is the group commit: one goroutine owns a connection, runs the changes
// that wait, commits once, and only then answers them. A lone client waits for
// nobody.
//
// A savepoint around each change costs as much as a third of the change, and hardly
// any change fails after it began to write. So a batch runs without them; when one
// does fail, all is taken back and the same changes run again with care, each behind
// a savepoint, so that the failure takes back nothing but its own.
//
// On SQLite it is the only one that writes. On PostgreSQL others do too: a change
// that meets their locks leaves the batch and goes on alone.
type writer struct {
	store *Store
	jobs  chan *job
	done  chan struct{}
	close sync.Once
	gate  sync.RWMutex
	shut  bool
	solo  sync.WaitGroup // changes that left their batch

	version int64 // of the data, as the commits of other programs count
	polite  int   // batches after which others get a turn
	orgs    orgs
	keys    userKeys
}

type job struct {
	ctx   context.Context
	tries []attempt
	err   error
	alone bool // left the batch for a transaction of its own
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
		<-w.done
		w.solo.Wait()
	})
	<-w.done
}

// run serves jobs until the store closes. A change that ends its goroutine
// (runtime.Goexit, as a test's FailNow does) must not end the writer: what it
// took with it is answered, and another goroutine goes on.
//
// It has a thread of its own: a commit takes long enough for Go to give its place to
// another goroutine, and a batch that then goes on elsewhere waits for a thread to wake.
func (w *writer) run() {
	runtime.LockOSThread()
	closed := false
	defer func() {
		runtime.UnlockOSThread()
		if closed {
			close(w.done)
		} else {
			go w.run()
		}
	}()
	for first := range w.jobs {
		w.batch(first)
		if w.store.copies != nil {
			w.store.copies.committed()
		}
	}
	closed = true
}

// batch runs what waits in one transaction and answers after its commit.
func (w *writer) batch(first *job) {
	jobs := []*job{first}
	err := errors.Join(errBatch, errors.New("a change ended the writer's goroutine"))
	defer func() {
		for _, j := range jobs {
			if j.alone {
				w.solo.Go(func() {
					defer close(j.end)
					j.err = w.store.provisionApart(j.ctx, j.tries)
				})
			} else {
				j.answer(err)
			}
		}
	}()
	err = w.commit(&jobs)
}

// commit runs the batch. While another program writes, it asks again after less
// than a millisecond: SQLite's own waiting grows to a tenth of a second and then loses
// to a program that has the next batch ready.
func (w *writer) commit(jobs *[]*job) error {
	careful := false
	for patience := time.Duration(0); ; {
		began := false
		err := w.attempt(jobs, careful, &began)
		if err != nil {
			w.orgs.forget()
		}
		if errors.Is(err, errCareless) {
			careful = true
			continue
		}
		if began && again(err) { // PostgreSQL gave way to another writer
			for _, j := range *jobs {
				j.alone = true
			}
			return err
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

// errCareless ends a batch in which a change failed after it had written.
var errCareless = errors.New("a change failed in the midst of others")

func (w *writer) attempt(jobs *[]*job, careful bool, began *bool) error {
	if err := w.store.present(); err != nil {
		return err
	}
	started := time.Now() //nolint:forbidigo // measures the batch, decides nothing that is stored
	return w.transaction(careful, func(db *gorm.DB) error {
		*began = true
		if err := w.look(db); err != nil {
			return err
		}
		var total pending
		for i := 0; i < len(*jobs); i++ {
			if j := (*jobs)[i]; !j.alone {
				if err := w.one(db, j, careful, &total); err != nil {
					return err
				}
			}
			if careful || i+1 < len(*jobs) || len(*jobs) >= batchMost || time.Since(started) > batchTime {
				continue
			}
			if next, ok := w.next(); ok {
				*jobs = append(*jobs, next)
			}
		}
		return w.store.newTx(context.Background(), db).flush(total)
	})
}

func (w *writer) transaction(careful bool, run func(*gorm.DB) error) error {
	if w.store.engine == postgresEngine {
		return w.piped(careful, run)
	}
	return w.store.shared.Transaction(run) //nolint:wrapcheck // classed by who asked for the write
}

// look tells whether another program wrote since the last batch: SQLite keeps a
// number that only the commits of others move. What is remembered of the data is
// old then, and others get a turn after each batch for a while.
func (w *writer) look(db *gorm.DB) error {
	if w.store.engine == postgresEngine { // each batch locks the organizations that it changes
		w.orgs.assume()
		return nil
	}
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
	if _, refused := models.AsError(j.err); lost != nil && (!refused || errors.Is(j.err, errBatch) || errors.Is(j.err, errCareless)) {
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

// one runs a job; its error is its own. What is returned ends the batch: a lost
// transaction, or a failure that took place without care.
func (w *writer) one(db *gorm.DB, j *job, careful bool, total *pending) error {
	if err := j.ctx.Err(); err != nil {
		j.err = fmt.Errorf("before the write began: %w", err)
		return nil
	}
	db, watch := w.watching(db)
	tx := w.store.newTx(j.ctx, db)
	tx.orgs, tx.batch, tx.shared = &w.orgs, total, true
	if careful {
		j.err = tx.savepoint("change", j.tries)
	} else {
		j.err = tx.bare(j.tries, watch)
	}
	j.alone = again(j.err)
	switch {
	case errors.Is(j.err, errCareless), errors.Is(j.err, errBatch), full(j.err):
		return j.err
	case j.err == nil:
		total.add(tx.pending)
	}
	return nil
}

// bare runs the attempts until one is not refused. A refusal that comes before
// anything was written leaves nothing to take back; whatever else goes wrong is for
// the pass with care.
func (tx *Tx) bare(tries []attempt, watch *watched) error {
	var err error
	for _, try := range tries {
		tx.pending = pending{}
		if err = guarded(tx, try, err); err == nil && !watch.broke {
			return nil
		}
		if watch.wrote > 0 || watch.broke || !isRefusal(err) {
			return errors.Join(errCareless, err)
		}
	}
	return err
}
