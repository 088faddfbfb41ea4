package shadow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// world is one organization's rehearsal: its store, and the engine that works on it.
type world struct {
	real   *store.Store
	store  *store.Store
	dir    *directory.Directory
	rec    *directory.Recorder
	log    *slog.Logger
	now    func() time.Time
	newID  func() string
	org    int64
	runner string
	id     string // which rehearsal it is
	ready  func(context.Context) error

	state    atomic.Value // models.ShadowState
	busy     sync.WaitGroup
	single   atomic.Bool // something runs that runs once
	stop     context.CancelFunc
	loops    *errgroup.Group
	catching sync.Mutex   // one who follows at a time
	caught   atomic.Int64 // until when the real organization's changes are here
	asked    chan struct{}
}

// The notes that a store beside keeps about itself.
const (
	noteID       = "shadow id"
	noteCursor   = "shadow cursor"   // key of the last user copied
	noteSince    = "shadow since"    // from when on changes are to be followed
	noteSettings = "shadow settings" // which settings and rules were copied
	noteLease    = "shadow lease"    // which instance copies or follows, until when
)

// open gives an organization's world, which is made and copied in the background where
// that is not done yet; nil when nobody wants it any more.
func (s *Shadows) open(ctx context.Context, sh models.Shadow) (*world, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	// As it is now, where nobody else opens it: what the caller knows may be old.
	sh, _, err := s.Store.Shadow(ctx, sh.OrganizationID)
	if err != nil || !sh.Told() && sh.State != models.ShadowCopying {
		return nil, err
	}
	w := s.known(sh.OrganizationID)
	if w != nil && w.id == sh.ID && (w.is() != models.ShadowClosed || sh.State == models.ShadowClosed) {
		switch {
		case sh.State == models.ShadowClosed && w.is() != models.ShadowClosed:
			w.state.Store(models.ShadowClosed)
			w.rest()
		case sh.State == models.ShadowReady && w.is() == models.ShadowCopying: // by another instance
			w.state.Store(models.ShadowReady)
		}
		return w, nil
	}
	if w != nil { // another rehearsal, or one that goes on after an undo
		s.keep(sh.OrganizationID, nil)
		w.state.Store(models.ShadowStopped)
		if err := w.close(); err != nil {
			return nil, err
		}
	}
	if w, err = s.make(ctx, sh); err != nil {
		return nil, err
	}
	s.keep(sh.OrganizationID, w)
	return w, nil
}

// known gives the world of an organization that is open on this instance, nil for none.
func (s *Shadows) known(organization int64) *world {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.worlds[organization]
}

// keep makes a world the one that is open, nil for none.
func (s *Shadows) keep(organization int64, w *world) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.worlds[organization] = w; w == nil {
		delete(s.worlds, organization)
	}
}

// make opens the store of a rehearsal. One that belongs to another is removed first.
func (s *Shadows) make(ctx context.Context, sh models.Shadow) (*world, error) {
	name := storeName(sh.OrganizationID)
	beside, err := s.Store.Beside(ctx, name, witness)
	if err != nil {
		return nil, err
	}
	id, err := beside.Instance(ctx, noteID)
	if err == nil && id != "" && id != sh.ID {
		if err = errors.Join(beside.Close(), s.Store.DropBeside(ctx, name)); err != nil {
			return nil, err
		}
		id = ""
		if beside, err = s.Store.Beside(ctx, name, witness); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, errors.Join(err, beside.Close())
	}
	if id == "" && sh.Told() { // its store was lost: begin anew
		if sh, err = s.again(ctx, sh); err != nil {
			return nil, errors.Join(err, beside.Close())
		}
	}
	w := &world{
		real: s.Store, store: beside, log: s.Log, now: s.Now, newID: s.NewID, org: sh.OrganizationID, runner: s.runner, id: sh.ID,
		asked: make(chan struct{}, 1),
	}
	w.ready = func(ctx context.Context) error {
		now, err := s.move(ctx, sh, models.ShadowReady)
		if err == nil && now.ID == sh.ID && now.State == models.ShadowReady {
			w.state.Store(models.ShadowReady)
		}
		return err
	}
	w.dir = directory.New(directory.Options{Store: beside, Now: s.Now, NewID: s.NewID, Log: s.Log})
	w.rec = w.dir.NewRecorder()
	w.state.Store(sh.State)
	if sh.State != models.ShadowClosed {
		w.start(ctx)
	}
	return w, nil
}

// again has a rehearsal copied once more.
func (s *Shadows) again(ctx context.Context, sh models.Shadow) (models.Shadow, error) {
	err := s.Store.Keep(ctx, func(tx *store.Tx) error {
		sh.State, sh.Copied, sh.Ready, sh.Ended = models.ShadowCopying, 0, 0, 0
		return tx.SaveShadow(sh)
	})
	return sh, err
}

func (w *world) is() models.ShadowState {
	state, _ := w.state.Load().(models.ShadowState)
	return state
}

// start runs what goes on beside requests: copying first, then following.
func (w *world) start(ctx context.Context) {
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	w.loops, ctx = errgroup.WithContext(ctx)
	w.loops.Go(func() error { return w.rec.Run(ctx) })
	w.loops.Go(func() error { return w.dir.RunEvaluations(ctx) })
	w.loops.Go(func() error { return w.attend(ctx) })
}

// rest ends what runs; what clients sent before is written down first.
func (w *world) rest() {
	if w.stop == nil {
		return
	}
	w.stop()
	if err := w.loops.Wait(); err != nil {
		w.log.Error("a rehearsal ended with a failure", "error", err)
	}
	w.stop = nil
}

func (w *world) close() error {
	w.busy.Wait()
	w.rest()
	if err := w.store.Close(); err != nil {
		return fmt.Errorf("close a rehearsal: %w", err)
	}
	return nil
}

// close ends an organization's world on this instance; its store stays.
func (s *Shadows) close(organization int64) {
	s.opening.Lock()
	defer s.opening.Unlock()
	s.shut(organization)
}

// shut is close for who opens or closes.
func (s *Shadows) shut(organization int64) {
	w := s.known(organization)
	s.keep(organization, nil)
	if w == nil {
		return
	}
	w.state.Store(models.ShadowStopped)
	if err := w.close(); err != nil {
		s.Log.Error("close a rehearsal", "error", err)
	}
}

func (s *Shadows) closeAll() {
	s.mu.Lock()
	var open []int64
	for organization := range s.worlds {
		open = append(open, organization)
	}
	s.mu.Unlock()
	for _, organization := range open {
		s.close(organization)
	}
}

// drop removes a rehearsal that nobody wants any more, unless another one has begun.
func (s *Shadows) drop(ctx context.Context, organization int64) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	sh, found, err := s.Store.Shadow(ctx, organization)
	if err != nil || found && sh.State != models.ShadowDiscarded {
		return err
	}
	open := s.known(organization) != nil
	s.shut(organization)
	names, err := s.Store.AllBeside(ctx, prefix)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == storeName(organization) {
			if err := s.Store.DropBeside(ctx, name); err != nil {
				return err
			}
		}
	}
	if open {
		s.Log.Info("removed a rehearsal", "organization", organization)
	}
	return nil
}

const (
	attendEvery  = 2 * time.Second
	cyclesEvery  = 30 * time.Second
	purgeEvery   = time.Hour
	followEvery  = 5 * time.Second  // while clients are at work or somebody looks
	followAnyway = 10 * time.Minute // with nobody there
)

// attend copies, and then follows the real organization where somebody is interested.
func (w *world) attend(ctx context.Context) error {
	tick := time.NewTicker(attendEvery)
	defer tick.Stop()
	var cycles, purged time.Time
	for interest := false; ; {
		interest = w.step(ctx, interest)
		if now := time.Now(); now.Sub(cycles) > cyclesEvery { //nolint:forbidigo // measures a pause, decides nothing that is stored
			cycles = now
			w.tell(ctx, "end silent cycles of a rehearsal", w.dir.CloseCycles(ctx))
			if now.Sub(purged) > purgeEvery {
				purged = now
				w.tell(ctx, "purge the log of a rehearsal", w.purge(ctx))
			}
		}
		select {
		case <-w.asked:
			interest = true
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// step copies, or follows when it is time to. It tells whether somebody's interest is
// still to be met.
func (w *world) step(ctx context.Context, interest bool) bool {
	if w.is() == models.ShadowCopying {
		if err := w.copy(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("copy an organization for a rehearsal", "organization", w.org, "error", err)
			w.tell(ctx, "note a failure", w.note(ctx, err))
		}
		return false
	}
	every := followAnyway
	if interest {
		every = followEvery
	}
	if !w.behind(every) {
		return interest
	}
	w.tell(ctx, "follow an organization in its rehearsal", w.follow(ctx))
	return false
}

func (w *world) tell(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		w.log.Error("a rehearsal met a failure", "doing", what, "organization", w.org, "error", err)
	}
}

func (w *world) purge(ctx context.Context) error {
	o, err := w.store.Organization(ctx, w.org)
	if models.KindOf(err) == models.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = w.store.PurgeLog(ctx, w.org, models.TimeOf(w.now().AddDate(0, 0, -o.Settings.LogDays)))
	return err
}

// interest has the world follow soon: a client or an administrator is there.
func (w *world) interest() {
	select {
	case w.asked <- struct{}{}:
	default:
	}
}

// behind tells whether the copy is older than a while.
func (w *world) behind(than time.Duration) bool {
	return models.TimeOf(w.now())-models.Time(w.caught.Load()) >= models.Time(than.Milliseconds())
}

// once runs something beside requests unless it runs already. What it runs holds the world
// by itself.
func (w *world) once(fn func() error) {
	if !w.single.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer w.single.Store(false)
		w.tell(context.Background(), "take in what was delivered in shadow mode", fn())
	}()
}
