package cycle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"muster/models"
	"muster/models/source"
	"muster/models/store"
)

// atOnce bounds how many cycles one process runs at a time.
const atOnce = 4

// Run starts cycles that are due until the context ends, each in its own goroutine, one
// for each connector over all instances. It returns when all have ended at a page
// boundary.
func (c *Cycles) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	tick := time.NewTicker(c.Look)
	defer tick.Stop()
	for n := 0; ; n++ {
		if err := c.startDue(ctx, &running); err != nil && ctx.Err() == nil {
			c.Log.Error("look for connectors that are due", "error", err)
		}
		if n%100 == 1 {
			c.tidy(ctx)
		}
		select {
		case <-tick.C:
		case <-c.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *Cycles) startDue(ctx context.Context, running *sync.WaitGroup) error {
	due, err := c.Store.DueConnectors(ctx, c.now(), 4*atOnce)
	if err != nil {
		return err
	}
	for _, conn := range due {
		if !c.take(conn.Key) {
			continue
		}
		running.Go(func() {
			defer c.nudgeIf(conn.Key)
			if err := c.RunOne(ctx, conn.Key); err != nil && ctx.Err() == nil {
				c.Log.Error("run a connector", "connector", conn.ID, "method", conn.Method, "error", err)
			}
		})
	}
	return nil
}

// take notes that this process works on a connector; false when it does already, or works
// on as many as it may.
func (c *Cycles) take(key int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[key] || len(c.busy) >= atOnce {
		return false
	}
	c.busy[key] = true
	return true
}

func (c *Cycles) nudgeIf(key int64) {
	c.mu.Lock()
	delete(c.busy, key)
	c.mu.Unlock()
}

// tidy drops what was kept of deleted connectors and of cycles that cannot be undone any
// more, some at a time.
func (c *Cycles) tidy(ctx context.Context) {
	const most = 2000
	for _, forget := range []func(*store.Tx, int) (int64, error){(*store.Tx).ForgetRecords, (*store.Tx).ForgetCycleChanges} {
		err := c.Store.Keep(ctx, func(tx *store.Tx) error { _, err := forget(tx, most); return err })
		if err != nil && ctx.Err() == nil {
			c.Log.Error("tidy up behind connectors", "error", err)
		}
	}
}

// RunOne leases a connector and runs what it has to do: a new cycle, or the rest of the
// one that was interrupted. It does nothing while somebody else has the connector. Run
// calls it; tests do too.
func (c *Cycles) RunOne(ctx context.Context, key int64) error {
	var conn models.Connector
	var took bool
	err := c.Store.Keep(ctx, func(tx *store.Tx) (err error) {
		conn, took, err = tx.Lease(key, c.Owner, c.lease())
		return err
	})
	if err != nil || !took {
		return err
	}
	r := &run{c: c, conn: conn, epoch: conn.LeaseEpoch}
	working, end := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		r.beat(working, end)
	}()
	err = r.settle(ctx, working, r.guarded(working))
	end(nil)
	<-beating
	release := c.Store.Keep(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.Release(key, r.epoch) })
	c.news.tell(conn.OrganizationID)
	return errors.Join(err, release)
}

// beat prolongs the lease while pages are waited for, and ends the work once it is lost.
func (r *run) beat(ctx context.Context, end context.CancelCauseFunc) {
	tick := time.NewTicker(r.c.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := r.c.Store.Keep(ctx, func(tx *store.Tx) error {
			_, err := tx.Fence(r.conn0(), r.epoch, r.c.lease())
			return err
		})
		if lost(err) {
			end(err)
			return
		}
	}
}

// lost tells whether somebody else has the connector now.
func lost(err error) bool {
	e, ok := models.AsError(err)
	return ok && e.Code == store.LeaseLost
}

// run is one cycle under one lease.
type run struct {
	c     *Cycles
	epoch int64
	conn  models.Connector
	cy    models.Cycle
	org   models.Organization
	src   source.Connector
	scope source.Scope
	under under
}

func (r *run) conn0() int64 { return r.conn.Key }

// guarded turns a panic into a failure of this cycle alone.
func (r *run) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a cycle: %v", p)
		}
	}()
	return r.cycle(ctx)
}

// by is the connector as the door knows it.
func (r *run) by() models.Actor {
	return models.Actor{
		Kind: models.ConnectorActor, ID: r.conn.ID, Name: r.conn.Method.Label(), OrganizationID: r.conn.OrganizationID,
		Method: r.conn.Method, Cycle: r.cy.Key, Approved: r.cy.Decided != 0,
	}
}

// moving is a step of a cycle: what it changes of connector and cycle is written with it.
type moving struct {
	*store.Tx
	conn models.Connector
	cy   models.Cycle
}

// step runs one transaction of the cycle, under its lease.
func (r *run) step(ctx context.Context, fn func(*moving) error) error {
	var s moving
	err := r.c.Store.Keep(ctx, func(tx *store.Tx) error { return r.inside(tx, &s, fn) })
	return r.moved(s, err)
}

// inside begins a transaction with the fence and ends it with cycle and connector.
func (r *run) inside(tx *store.Tx, s *moving, fn func(*moving) error) error {
	conn, err := tx.Fence(r.conn.Key, r.epoch, r.c.lease())
	if err != nil {
		return err
	}
	*s = moving{Tx: tx, conn: conn, cy: r.cy}
	before := conn
	if err := fn(s); err != nil {
		return err
	}
	if s.cy.Key != 0 {
		s.cy.LastSeen = tx.Now()
		if err := tx.SaveCycle(&s.cy); err != nil {
			return err
		}
	}
	if s.conn == before {
		return nil
	}
	return tx.SaveConnector(&s.conn)
}

func (r *run) moved(s moving, err error) error {
	if err != nil {
		return err
	}
	r.conn, r.cy = s.conn, s.cy
	r.c.news.tell(r.conn.OrganizationID)
	return nil
}

// enter moves the cycle to a phase about so many users.
func (s *moving) enter(p models.CyclePhase, total int64) {
	s.cy.Phase, s.cy.PhaseAt, s.cy.Total, s.cy.Progress = p, s.Now(), total, 0
}
