// Package shadow rehearses SCIM before it is in charge. What a shadow token sends is
// answered, recorded and evaluated in a store beside the organization's own, which holds
// a copy of the organization as it would be after the change: the same engine, the same
// rules, other data. So nothing real can change, and to throw a rehearsal away is to
// remove its store.
package shadow

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// Options are what Shadows work with; all fields are required.
type Options struct {
	Store     *store.Store         // the real one
	Directory *directory.Directory // the real one, through which records learned in a rehearsal come in
	Now       func() time.Time
	NewID     func() string
	Log       *slog.Logger
}

// Shadows are the rehearsals of all organizations. Run must be running for them to be
// copied, to follow, and to be removed when their time is over.
type Shadows struct {
	Options
	runner string // this process among those that share a database
	wake   chan struct{}
	looked atomic.Bool // the loop has opened all that there were when it began

	// Who opens, closes or removes a rehearsal waits for those who are at work in it. They
	// may look for a world meanwhile: nobody waits for anything with mu held.
	opening sync.Mutex
	mu      sync.Mutex
	worlds  map[int64]*world
}

// New makes them.
func New(o Options) *Shadows {
	return &Shadows{Options: o, runner: o.NewID(), wake: make(chan struct{}, 1), worlds: map[int64]*world{}}
}

// prefix begins the names of the stores.
const prefix = "shadow"

func storeName(organization int64) string { return prefix + "-" + strconv.FormatInt(organization, 10) }

// tickEvery is how soon a decision made elsewhere is seen: by another instance, or by a
// change of method.
const tickEvery = 2 * time.Second

// Run keeps rehearsals as their organizations want them until the context ends.
func (s *Shadows) Run(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	defer s.closeAll()
	for swept := false; ; {
		if err := s.settle(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("look after rehearsals", "error", err)
		} else if !swept && err == nil {
			swept = true
			s.looked.Store(true)
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("remove what is left of rehearsals", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-s.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *Shadows) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// settle brings each rehearsal to where its organization is.
func (s *Shadows) settle(ctx context.Context) error {
	list, err := s.Store.Shadows(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, sh := range list {
		failed = append(failed, s.settleOne(ctx, sh))
	}
	return errors.Join(failed...)
}

func (s *Shadows) settleOne(ctx context.Context, sh models.Shadow) error {
	org, err := s.Store.Organization(ctx, sh.OrganizationID)
	if err != nil {
		return err
	}
	if to := s.next(sh, org); to != sh.State {
		if sh, err = s.move(ctx, sh, to); err != nil {
			return err
		}
	}
	switch sh.State {
	case models.ShadowDiscarded:
		return s.drop(ctx, sh.OrganizationID)
	case models.ShadowStopped:
		s.close(sh.OrganizationID)
		return nil
	case models.ShadowCopying, models.ShadowReady, models.ShadowClosed:
	}
	w, err := s.open(ctx, sh)
	if w != nil && sh.State == models.ShadowClosed {
		w.once(func() error { return s.bringOn(context.WithoutCancel(ctx), sh.OrganizationID) })
	}
	return err
}

// next is the state that follows from who is in charge.
func (s *Shadows) next(sh models.Shadow, org models.Organization) models.ShadowState {
	inCharge := org.Method == sh.Method
	switch sh.State {
	case models.ShadowCopying, models.ShadowStopped:
		if inCharge {
			return models.ShadowDiscarded // nobody was answered from it
		}
	case models.ShadowReady:
		if inCharge {
			return models.ShadowClosed
		}
	case models.ShadowClosed:
		if !inCharge {
			return models.ShadowReady // the change was undone
		}
		if sh.Ended.Time().Add(org.Settings.UndoTime()).Before(s.Now()) { // nor can be any more
			return models.ShadowDiscarded
		}
	case models.ShadowDiscarded:
	}
	return sh.State
}

// move writes the next state, unless somebody else was quicker; then that one holds.
func (s *Shadows) move(ctx context.Context, sh models.Shadow, to models.ShadowState) (models.Shadow, error) {
	err := s.Store.Keep(ctx, func(tx *store.Tx) error {
		now, found, err := tx.LockShadow(sh.OrganizationID)
		if err != nil || !found || now.ID != sh.ID || now.State != sh.State {
			sh = now
			return err
		}
		sh = moved(now, to, tx.Now())
		return tx.SaveShadow(sh)
	})
	return sh, err
}

func moved(sh models.Shadow, to models.ShadowState, now models.Time) models.Shadow {
	switch to {
	case models.ShadowReady:
		if sh.State == models.ShadowCopying {
			sh.Ready, sh.LastError = now, ""
		}
		sh.Ended = 0
	case models.ShadowClosed, models.ShadowDiscarded:
		sh.Ended = now
	case models.ShadowCopying, models.ShadowStopped:
	}
	sh.State = to
	return sh
}

// sweep removes stores that no rehearsal is in, such as after a restored backup.
func (s *Shadows) sweep(ctx context.Context) error {
	names, err := s.Store.AllBeside(ctx, prefix)
	if err != nil {
		return err
	}
	list, err := s.Store.Shadows(ctx)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, sh := range list {
		wanted[storeName(sh.OrganizationID)] = sh.State != models.ShadowDiscarded
	}
	var failed []error
	for _, name := range names {
		if !wanted[name] && strings.HasPrefix(name, prefix) {
			failed = append(failed, s.Store.DropBeside(ctx, name))
		}
	}
	return errors.Join(failed...)
}
