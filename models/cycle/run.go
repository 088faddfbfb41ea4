package cycle

import (
	"context"
	"fmt"
	"time"

	"muster/models"
)

// fullEvery is how old a full read may become: directories forget what a delta needs
// after seven days.
const fullEvery = 6 * 24 * time.Hour

// undoTime is how long a cycle can be taken back.
const undoTime = 30 * 24 * time.Hour

// errNothing ends a run that has nothing to do.
var errNothing = fmt.Errorf("nothing to do")

// cycle does what the connector has to do: begin or go on, read, plan, and carry out.
func (r *run) cycle(ctx context.Context) error {
	if r.conn.Undoes() {
		return r.undo(ctx)
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	defer func() { _ = r.src.Close() }()
	if err := r.begin(ctx); err != nil {
		return err
	}
	if r.cy.Phase == models.ReadPhase {
		if err := r.read(ctx); err != nil {
			return err
		}
	}
	if r.cy.Phase == models.PlanPhase {
		if err := r.plan(ctx); err != nil || r.cy.State.Waits() {
			return err
		}
	}
	if err := r.apply(ctx); err != nil {
		return err
	}
	return r.finish(ctx)
}

// prepare opens the connector. A method that is not in charge reads nothing.
func (r *run) prepare(ctx context.Context) error {
	var err error
	if r.org, err = r.c.Store.Organization(ctx, r.conn.OrganizationID); err != nil {
		return err
	}
	if r.org.Method != r.conn.Method {
		err := r.step(ctx, func(s *moving) error {
			s.conn.Parked, s.conn.Asked, s.conn.NextRun, s.conn.CycleID = true, models.NoRequest, 0, 0
			return nil
		})
		if err == nil {
			err = errNothing
		}
		return err
	}
	return r.open(ctx)
}

// current reads what decisions are made under.
func (r *run) current(ctx context.Context) error {
	org, err := r.c.Store.Organization(ctx, r.conn.OrganizationID)
	if err != nil {
		return err
	}
	r.org = org
	return r.readUnder(ctx)
}

// open makes the connector of its settings, and reads what decisions are made under.
func (r *run) open(ctx context.Context) error {
	kind, err := r.c.kind(r.conn.Method)
	if err != nil {
		return err
	}
	key, err := r.c.opened(r.conn)
	if err != nil {
		return err
	}
	checked, err := kind.Check([]byte(r.conn.Settings), key)
	if err != nil {
		return err
	}
	r.scope = checked.Scope
	if r.src, err = kind.Open([]byte(r.conn.Settings), key); err != nil {
		return err
	}
	return r.current(ctx)
}

// begin goes on with the cycle that was interrupted or decided, or begins one.
func (r *run) begin(ctx context.Context) error {
	if r.conn.CycleID != 0 {
		cy, err := r.c.Store.Cycle(ctx, r.conn.OrganizationID, r.conn.CycleID)
		if err != nil && models.KindOf(err) != models.NotFound {
			return err
		}
		if err == nil {
			r.cy = cy
		}
	}
	switch {
	case r.cy.Key != 0 && goesOn(r.cy) && r.conn.Asked != models.RestartRequest && r.conn.Asked != models.FullRequest:
		return r.resume(ctx)
	case r.cy.Key != 0 && r.cy.State.Waits() && r.conn.Asked == models.ApplyRequest:
		return r.decided(ctx)
	}
	return r.anew(ctx)
}

// resume goes on where another run, here or elsewhere, was interrupted.
func (r *run) resume(ctx context.Context) error {
	return r.step(ctx, func(s *moving) error {
		s.cy.Epoch, s.cy.State, s.cy.Code, s.cy.Text, s.cy.Advice = r.epoch, models.CycleRunning, "", "", ""
		s.conn.Asked = models.NoRequest
		return nil
	})
}

// goesOn tells whether a cycle was interrupted in the middle.
func goesOn(cy models.Cycle) bool {
	return cy.Kind != models.UndoCycle && (cy.State == models.CycleRunning || cy.State == models.CycleParked) && cy.Ended == 0
}

// decided carries on with a plan that was accepted or approved: it is made once more, and
// must come out the same.
func (r *run) decided(ctx context.Context) error {
	return r.step(ctx, func(s *moving) error {
		s.cy.Epoch, s.cy.State, s.cy.Ended = r.epoch, models.CycleRunning, 0
		s.enter(models.PlanPhase, 0)
		s.conn.Asked, s.conn.NextRun = models.NoRequest, s.Now()
		return nil
	})
}

func (r *run) anew(ctx context.Context) error {
	return r.step(ctx, func(s *moving) error {
		if s.cy.Key != 0 && s.cy.Ended == 0 {
			s.cy.State, s.cy.Ended, s.cy.Code, s.cy.Text = models.CycleStopped, s.Now(), "superseded", "A new cycle was begun."
			if err := s.SaveCycle(&s.cy); err != nil {
				return err
			}
		}
		// After a restart, and when the method comes back, everybody is delivered anew.
		if s.conn.Asked == models.RestartRequest || s.conn.Accepted == "" && s.conn.Cursor == "" {
			if err := s.SoilRecords(s.conn.Key); err != nil {
				return err
			}
		}
		s.choose(r)
		if err := s.StartCycle(&s.cy); err != nil {
			return err
		}
		s.conn.CycleID, s.conn.Asked, s.conn.AskedBy, s.conn.NextRun = s.cy.Key, models.NoRequest, "", s.Now()
		return nil
	})
}

// choose makes the cycle that is due.
func (s *moving) choose(r *run) {
	now := s.Now()
	asked := s.conn.Asked
	full := asked == models.FullRequest || asked == models.RestartRequest || s.conn.Cursor == "" && (s.conn.Reading == "" || s.conn.ReadFull) ||
		s.conn.FullReadAt.Add(fullEvery) <= now.Add(s.conn.Interval()*11/10) || s.conn.FullReadAt > now // by a clock that was ahead
	if full && (!s.conn.ReadFull || asked == models.FullRequest || asked == models.RestartRequest) {
		s.conn.Reading, s.conn.ReadFull = "", true // a delta in the middle is of no more use
	}
	if !full && s.conn.Reading == "" {
		s.conn.ReadFull = false
	}
	if s.conn.ReadFull && s.conn.Reading == "" {
		s.conn.ReadNumber++
	}
	s.cy = models.Cycle{
		OrganizationID: s.conn.OrganizationID, Method: s.conn.Method, Kind: models.IncrementalCycle, State: models.CycleRunning,
		InitiatorID: s.conn.ID, InitiatorName: s.conn.AskedBy, Started: now, LastSeen: now, Epoch: r.epoch, Full: s.conn.ReadFull,
		Previews: !r.under.accepted(s.conn.Accepted),
	}
	if !s.cy.Previews {
		s.conn.Accepted = r.under.String()
	}
	if s.cy.InitiatorName == "" {
		s.cy.InitiatorName = "Schedule"
	}
	switch {
	case s.conn.Accepted == "" && s.conn.Ticked == 0:
		s.cy.Kind = models.InitialCycle
	case s.cy.Previews:
		s.cy.Kind = models.PreviewCycle
	case s.cy.Full:
		s.cy.Kind = models.FullCycle
	}
	s.enter(models.ReadPhase, 0)
}

// finish ends a cycle well and sets the next.
func (r *run) finish(ctx context.Context) error {
	return r.step(ctx, func(s *moving) error {
		now := s.Now()
		s.cy.State, s.cy.Ended, s.cy.Phase, s.cy.Text = models.CycleDone, now, "", ""
		s.cy.UndoUntil = now.Add(undoTime)
		s.conn.CycleID, s.conn.Failures, s.conn.Ticked = 0, 0, now
		s.conn.NextRun = now.Add(r.jittered(s.conn.Interval()))
		s.conn.SetState(models.ConnectorRunning, "", "", "", now)
		return nil
	})
}

// jittered moves a time by up to a tenth, so that connectors do not all come at once.
func (r *run) jittered(d time.Duration) time.Duration {
	share := 0.5
	if r.c.Random != nil {
		share = r.c.Random()
	}
	return d + time.Duration((share-0.5)*0.2*float64(d))
}
