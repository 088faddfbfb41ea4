package cycle

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/models"
	"muster/models/source"
	"muster/models/store"
)

// How failures are met.
const (
	guardTime  = time.Hour        // removals of so long ago count for the guard
	daily      = 24 * time.Hour   // how often a quarantined connector tries
	firstRetry = 2 * time.Minute  // after the first failure, and twice as long after each
	lastRetry  = 60 * time.Minute // at most
	failsMost  = 5                // failures in a row that put a connector into quarantine
)

// settle records how a run ended. A run that lost its connector, or whose process ends,
// records nothing: whoever has the connector next goes on.
func (r *run) settle(ctx, working context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, errNothing), lost(err), lost(context.Cause(working)):
		return nil
	case ctx.Err() != nil:
		return ctx.Err() //nolint:wrapcheck // the context’s own word
	}
	err = store.Unreachable(err)
	if e, ok := models.AsError(err); ok && e.Kind == models.Unavailable && source.CodeOf(err) == "" {
		return err // the database is away: the lease ends by itself, and the cycle goes on later
	}
	failed := r.step(ctx, func(s *moving) error { s.fail(err); return nil })
	if failed != nil && !lost(failed) {
		return errors.Join(err, failed)
	}
	if _, classed := models.AsError(err); !classed {
		return err
	}
	return nil
}

// fail writes down why a cycle failed, and when it is tried again. What was read stays.
func (s *moving) fail(err error) {
	now := s.Now()
	code, text, advice := "internal", "The cycle failed because of a fault in Muster.", "Look at the server’s log. It is tried again by itself."
	if e, ok := models.AsError(err); ok {
		code, text, advice = e.Code, e.Msg, e.Advice
	}
	if s.conn.Undoes() {
		s.failUndo(code, strings.Replace(text, "The cycle failed", "It failed", 1))
		return
	}
	if s.cy.Key == 0 && s.conn.CycleID != 0 { // it failed before it came to its cycle
		if cy, err := s.Cycle(s.Context(), s.conn.OrganizationID, s.conn.CycleID); err == nil {
			s.cy = cy
		}
	}
	s.cy.Code, s.cy.Text, s.cy.Advice = code, text, advice
	if f, ok := source.AsFailure(err); ok && f.Code == source.Throttled && f.Until.After(now.Time()) {
		s.park(models.TimeOf(f.Until))
		return
	}
	s.conn.Failures++
	s.conn.Asked, s.conn.AskedBy = models.NoRequest, ""
	if !passes(err) || s.conn.Failures >= failsMost {
		s.conn.SetState(models.ConnectorQuarantined, code, text, advice, now)
		s.conn.NextRun = now.Add(daily)
	} else {
		s.conn.SetState(models.ConnectorRunning, code, text, advice, now)
		s.conn.NextRun = now.Add(backoff(s.conn.Failures))
	}
	if s.cy.Key != 0 {
		s.cy.State, s.cy.Ended = models.CycleFailed, now
		if s.cy.UndoUntil == 0 && s.cy.Phase != models.ReadPhase && s.cy.Phase != models.PlanPhase {
			s.cy.UndoUntil = now.Add(undoTime)
		}
		s.conn.CycleID = 0
	}
}

// park lets a cycle go on later, where it is: the directory said until when it will not
// answer.
func (s *moving) park(until models.Time) {
	s.cy.State = models.CycleParked
	s.conn.SetState(models.ConnectorRunning, s.cy.Code, s.cy.Text, s.cy.Advice, s.Now())
	s.conn.NextRun, s.conn.Asked = until, models.NoRequest
}

// passes tells whether a failure may pass by itself.
func passes(err error) bool {
	if code := source.CodeOf(err); code != "" {
		return code.Passes()
	}
	e, ok := models.AsError(err)
	return !ok || e.Kind == models.Unavailable || e.Kind == models.Stale
}

// backoff is how long to wait after so many failures.
func backoff(failures int) time.Duration {
	d := firstRetry
	for range failures - 1 {
		if d *= 2; d >= lastRetry {
			return lastRetry
		}
	}
	return d
}
