package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/models"
	"muster/models/mapping"
	"muster/models/store"
)

const (
	evaluateWindow = 1000                  // users looked at with one question
	evaluateChunk  = 20                    // users changed in one transaction
	evaluateMost   = 15 * time.Millisecond // after which it ends with fewer
	evaluateEvery  = 5 * time.Second
)

// schedule has all users of a method evaluated anew in the background: by a new
// evaluation, or by another pass of the one under way.
func (d *Directory) schedule(tx *store.Tx, org models.Organization, method models.Method, by, reason string, how ...func(*models.Evaluation)) error {
	e := models.Evaluation{ID: d.NewID(), OrganizationID: org.Key, Method: method, Reason: reason, StartedBy: by}
	for _, set := range how {
		set(&e)
	}
	return tx.ScheduleEvaluation(e)
}

// whole is for what shows in no place that a user is at.
func whole(e *models.Evaluation) { e.Whole = true }

// Rouse has the loop look at once for users to evaluate anew and for free seats, which
// it would find by itself some seconds later.
func (d *Directory) Rouse() { d.rouse() }

// rouse tells the loop that there is an evaluation to run.
func (d *Directory) rouse() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// RunEvaluations evaluates users anew wherever that was scheduled, and gives free
// seats to who waits, until the context ends. Several instances may run it: each step is made by one of them.
func (d *Directory) RunEvaluations(ctx context.Context) error {
	tick := time.NewTicker(evaluateEvery)
	defer tick.Stop()
	for {
		if err := d.Evaluate(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("evaluate users anew", "error", err)
		}
		if err := d.SeatAll(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("seat waiting users", "error", err)
		}
		select {
		case <-d.wake:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Evaluate runs all evaluations that are under way to their end. What fails in one
// organization holds up no other.
func (d *Directory) Evaluate(ctx context.Context) error {
	list, err := d.Store.UnderWay(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, e := range list {
		if err := d.evaluateAll(ctx, e); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (d *Directory) evaluateAll(ctx context.Context, e models.Evaluation) error {
	for {
		more, err := d.evaluateStep(ctx, e.OrganizationID, e.ID)
		if err != nil || !more {
			return err
		}
	}
}

// evaluateStep looks at the next window of users and changes those who are not where
// the rules would have them. It tells whether there is more to do.
func (d *Directory) evaluateStep(ctx context.Context, organization int64, id string) (bool, error) {
	e, err := d.Store.Evaluation(ctx, organization, id)
	if err != nil || e.State != models.EvaluationRunning || e.Ended != 0 {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("evaluate users anew: %w", err)
	}
	org, err := d.Store.Organization(ctx, organization)
	if err != nil {
		return false, err
	}
	w, err := d.window(ctx, org, e)
	if err != nil {
		return false, err
	}
	if e.Cursor == 0 {
		counts, err := d.Store.UserCounts(ctx, organization)
		if err != nil {
			return false, err
		}
		e.Total = counts.Total
	}
	sum, err := d.evaluateUsers(ctx, org, e, w.Misplaced)
	more, moveErr := d.moveOn(ctx, e, w, sum, err == nil)
	return more, errors.Join(err, moveErr)
}

// window gives the next users to look at, and who of them is to be changed.
func (d *Directory) window(ctx context.Context, org models.Organization, e models.Evaluation) (store.Window, error) {
	if e.Attaches() {
		return d.attachWindow(ctx, org, e)
	}
	p, err := d.placement(ctx, org, e.Method)
	if err != nil {
		return store.Window{}, err
	}
	p.Whole = e.Whole
	return d.Store.Misplaced(ctx, org.Key, p, e.Cursor, evaluateWindow)
}

// evaluated is what became of the users of a window.
type evaluated struct {
	changed, failed int64
	last            error // of those who failed
}

// moveOn writes what became of a window and, when it is done with, how far the
// evaluation came. At the end of a pass it ends, or begins another one when something
// changed meanwhile. What was counted counts, even when an administrator stopped the
// evaluation; a window during which another instance was quicker, or rules changed, is
// looked at once more.
func (d *Directory) moveOn(ctx context.Context, e models.Evaluation, w store.Window, sum evaluated, done bool) (bool, error) {
	more := false
	err := d.Store.Keep(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := tx.ClaimEvaluation(e.OrganizationID, e.Method); err != nil {
			return err
		}
		now, err := tx.Evaluation(tx.Context(), e.OrganizationID, e.ID)
		if err != nil {
			return err
		}
		fresh := now.Cursor == e.Cursor && now.Seen == e.Seen && now.Updated == e.Updated
		now.Changed, now.Failed, now.Updated = now.Changed+sum.changed, now.Failed+sum.failed, tx.Now()
		if sum.last != nil {
			now.LastError = sentenceMost(sum.last.Error())
		}
		if done && fresh && now.State == models.EvaluationRunning {
			advance(&now, w, e.Total)
		}
		more = now.State == models.EvaluationRunning && now.Ended == 0
		return tx.MoveEvaluation(now)
	})
	return more, err
}

// advance puts an evaluation behind a window.
func advance(e *models.Evaluation, w store.Window, total int64) {
	if e.Cursor == 0 {
		e.Total, e.Seen = total, 0
	}
	e.Cursor, e.Seen = w.Last, e.Seen+w.Users
	switch {
	case w.Users > 0:
	case e.Again: // the next pass finds whom this one left behind
		e.Again, e.Failed, e.LastError = false, 0, ""
	default:
		e.Ended, e.State = e.Updated, models.EvaluationDone
	}
}

// evaluateUsers brings users in line, a few in each transaction. One that cannot be
// changed does not hold up the others; a database that is away ends it, and what is
// left is done when it is back.
func (d *Directory) evaluateUsers(ctx context.Context, org models.Organization, e models.Evaluation, ids []string) (evaluated, error) {
	var sum evaluated
	for len(ids) > 0 {
		chunk := ids[:min(evaluateChunk, len(ids))]
		n, changed, err := d.follow(ctx, org, e, chunk)
		if err == nil {
			sum.changed += changed
			ids = ids[n:]
			continue
		}
		if err := d.followEach(ctx, org, e, chunk, &sum); err != nil {
			return sum, err
		}
		ids = ids[len(chunk):]
	}
	return sum, nil
}

// followEach brings users in line one by one, so that the one who fails is known.
func (d *Directory) followEach(ctx context.Context, org models.Organization, e models.Evaluation, ids []string, sum *evaluated) error {
	for _, id := range ids {
		_, changed, err := d.follow(ctx, org, e, []string{id})
		if err != nil && (ctx.Err() != nil || models.KindOf(err) == models.Unavailable) {
			return err
		}
		if err != nil {
			sum.failed++
			sum.last = err
			d.Log.Warn("a user could not be evaluated anew", "organization", org.Slug, "user", id, "error", err)
		}
		sum.changed += changed
	}
	return nil
}

// follow brings the first of some users in line with the rules in one transaction, each
// with a log entry of their own: as many as others can wait for. It tells how many it
// looked at.
func (d *Directory) follow(ctx context.Context, org models.Organization, e models.Evaluation, ids []string) (looked int, changed int64, err error) {
	by := models.System(org.Key, "Mappings")
	by.RequestID = e.ID
	err = d.Store.Provision(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
		looked, changed = 0, 0
		began := d.Now()
		org, err := tx.ShareOrganization(org.Key)
		if err != nil {
			return nil, err
		}
		var entries []models.LogEntry
		for _, id := range ids {
			made, err := d.followOne(tx, by, org, e, id)
			if err != nil {
				return nil, err
			}
			if len(made) > 0 {
				changed++
			}
			entries = append(entries, made...)
			if looked++; d.Now().Sub(began) > evaluateMost {
				break
			}
		}
		return entries, nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("evaluate users anew: %w", err)
	}
	return looked, changed, nil
}

// followOne brings one user in line; nothing differs, no entry.
func (d *Directory) followOne(tx *store.Tx, by models.Actor, org models.Organization, e models.Evaluation, id string) ([]models.LogEntry, error) {
	if e.Attaches() {
		return d.attachNext(tx, org, e, id)
	}
	w := &work{tx: tx, by: by, org: org, follows: true, minds: e.Guarded, entry: d.blank(tx, by, models.UserTarget, id)}
	w.entry.Source, w.entry.Action = e.Method, models.ActionUpdate
	w.entry.Details.Steps[0].Text = "Evaluated anew: " + e.Reason
	old, err := w.user(id)
	if err != nil {
		return nil, err
	}
	if old.Mode != e.Method || old.Hidden {
		return nil, nil
	}
	u := old
	u.Attributes = models.CopyAttributes(old.Attributes)
	if e.Whole {
		if err := d.computeAnew(w, &old, &u); err != nil {
			return nil, err
		}
	}
	if _, err := d.save(w, &old, &u, models.ActionUpdate); err != nil || w.quiet {
		return nil, err
	}
	return w.entries(), nil
}

// placement is what a method's rules come to now, as the database is asked it.
func (d *Directory) placement(ctx context.Context, org models.Organization, method models.Method) (store.Placement, error) {
	list, err := d.Store.Mappings(ctx, org.Key, method)
	if err != nil {
		return store.Placement{}, err
	}
	rules := askedRules(list, mapping.Types(org.Settings))
	at := 0
	for _, m := range list {
		if !m.Asked() {
			continue
		}
		if rules[at].Locals, err = d.localKeys(ctx, org.Key, m.LocalGroups); err != nil {
			return store.Placement{}, err
		}
		at++
	}
	r, err := d.rulings.of(ctx, d.Store.Reader, org)
	if err != nil {
		return store.Placement{}, err
	}
	p := store.Placement{Method: method, Rules: rules, Unmatched: org.Settings.Unmatched}
	if r != nil {
		p.Default = r.fallback
	}
	return p, nil
}

func (d *Directory) localKeys(ctx context.Context, organization int64, ids []string) ([]int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	refs, err := d.Store.Resolve(ctx, organization, ids)
	if err != nil {
		return nil, err
	}
	var keys []int64
	for _, id := range ids {
		if ref, ok := refs[id]; ok && ref.Kind == models.GroupMember {
			keys = append(keys, ref.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// StopEvaluation stops a re-evaluation where it is.
func (d *Directory) StopEvaluation(ctx context.Context, by models.Actor, id string) error {
	return d.decideEvaluation(ctx, by, id, "evaluation.stop", "Stopped the re-evaluation of users.", models.EvaluationRunning, models.EvaluationStopped)
}

// ResumeEvaluation goes on with a stopped re-evaluation where it was.
func (d *Directory) ResumeEvaluation(ctx context.Context, by models.Actor, id string) error {
	defer d.rouse()
	return d.decideEvaluation(ctx, by, id, "evaluation.resume", "Resumed the re-evaluation of users.", models.EvaluationStopped, models.EvaluationRunning)
}

func (d *Directory) decideEvaluation(ctx context.Context, by models.Actor, id, action, text string, from, to models.EvaluationState) error {
	if err := allowed(by); err != nil {
		return err
	}
	return d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		e, err := tx.Evaluation(ctx, org.Key, id)
		if err == nil {
			err = tx.ClaimEvaluation(org.Key, e.Method)
		}
		if err == nil { // as it is now that nobody else moves it
			e, err = tx.Evaluation(ctx, org.Key, id)
		}
		if err != nil {
			return models.AuditEntry{}, err
		}
		if e.State != from || e.Ended != 0 {
			return models.AuditEntry{}, models.Errorf(models.Conflict, "", "The re-evaluation is %s.", e.State).WithAdvice("Load the page again to see how far it is.")
		}
		e.State, e.Updated, e.StoppedBy = to, tx.Now(), by.Name
		return audited(by, deed{action: action, target: "organization", id: org.Slug, name: org.Name, summary: text}), tx.SaveEvaluation(&e)
	})
}
