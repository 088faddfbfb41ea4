package directory

import (
	"context"
	"fmt"
	"time"

	"muster/models"
	"muster/models/mapping"
	"muster/models/store"
)

const (
	evaluateWindow = 2000 // users looked at with one question
	evaluateChunk  = 20   // users changed in one transaction
	evaluateEvery  = 5 * time.Second
)

// schedule has all users of a method evaluated anew in the background: by a new
// evaluation, or by another pass of the one under way.
func (d *Directory) schedule(ctx context.Context, tx *store.Tx, org models.Organization, method models.Method, by, reason string) error {
	if err := tx.ClaimValue(org.Key, "evaluation", string(method)); err != nil {
		return err
	}
	e, under, err := tx.Unfinished(ctx, org.Key, method)
	if err != nil {
		return err
	}
	if under {
		e.Again, e.Reason, e.Updated = true, reason, tx.Now()
		return tx.SaveEvaluation(&e)
	}
	return tx.StartEvaluation(&models.Evaluation{
		ID: d.NewID(), OrganizationID: org.Key, Method: method, State: models.EvaluationRunning,
		Reason: reason, StartedBy: by, Started: tx.Now(), Updated: tx.Now(),
	})
}

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

// Evaluate runs all evaluations that are under way to their end.
func (d *Directory) Evaluate(ctx context.Context) error {
	list, err := d.Store.UnderWay(ctx)
	if err != nil {
		return err
	}
	for _, e := range list {
		for {
			more, err := d.evaluateStep(ctx, e.OrganizationID, e.ID)
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	return nil
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
	p, err := d.placement(ctx, org, e.Method)
	if err != nil {
		return false, err
	}
	w, err := d.Store.Misplaced(ctx, organization, p, e.Cursor, evaluateWindow)
	if err != nil {
		return false, err
	}
	if e.Cursor == 0 {
		counts, err := d.Store.UserCounts(ctx, organization)
		if err != nil {
			return false, err
		}
		e.Total, e.Seen = counts.Total, 0
	}
	changed, failed, last := d.evaluateUsers(ctx, org, e, w.Misplaced)
	from := e.Cursor
	e.Seen, e.Changed, e.Failed = e.Seen+w.Users, e.Changed+changed, e.Failed+failed
	if last != nil {
		e.LastError = sentenceMost(last.Error())
	}
	return d.moveOn(ctx, e, w, from)
}

// moveOn writes how far the evaluation came; at the end of a pass it ends, or begins
// another one when something changed meanwhile.
func (d *Directory) moveOn(ctx context.Context, e models.Evaluation, w store.Window, from int64) (bool, error) {
	moved := false
	err := d.Store.Keep(ctx, func(tx *store.Tx) error {
		now, err := tx.Evaluation(ctx, e.OrganizationID, e.ID)
		if err != nil {
			return err
		}
		e.Again, e.Cursor, e.Updated = now.Again, w.Last, tx.Now()
		switch {
		case w.Users > 0:
		case e.Again:
			e.Again, e.Cursor = false, 0
		default:
			e.Ended, e.State = tx.Now(), models.EvaluationDone
		}
		moved, err = tx.MoveEvaluation(e, from)
		return err
	})
	return moved && e.Ended == 0, err
}

// evaluateUsers brings users in line, a few in each transaction. One that cannot be
// changed does not hold up the others.
func (d *Directory) evaluateUsers(ctx context.Context, org models.Organization, e models.Evaluation, ids []string) (changed, failed int64, last error) {
	for from := 0; from < len(ids); from += evaluateChunk {
		chunk := ids[from:min(from+evaluateChunk, len(ids))]
		n, err := d.follow(ctx, org, e, chunk)
		if err == nil {
			changed += n
			continue
		}
		for _, id := range chunk {
			n, err := d.follow(ctx, org, e, []string{id})
			if err != nil {
				failed++
				last = err
				d.Log.Warn("a user could not be evaluated anew", "organization", org.Slug, "user", id, "error", err)
			}
			changed += n
		}
	}
	return changed, failed, last
}

// follow brings some users in line with the rules in one transaction, each with a log
// entry of its own.
func (d *Directory) follow(ctx context.Context, org models.Organization, e models.Evaluation, ids []string) (int64, error) {
	by := models.System(org.Key, "Mappings")
	by.RequestID = e.ID
	changed := int64(0)
	err := d.Store.Provision(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
		changed = 0
		org, err := tx.ShareOrganization(org.Key)
		if err != nil {
			return nil, err
		}
		var entries []models.LogEntry
		for _, id := range ids {
			made, err := d.followOne(tx, by, org, e.Method, id, e.Reason)
			if err != nil {
				return nil, err
			}
			if len(made) > 0 {
				changed++
			}
			entries = append(entries, made...)
		}
		return entries, nil
	})
	if err != nil {
		return 0, fmt.Errorf("evaluate users anew: %w", err)
	}
	return changed, nil
}

// followOne brings one user in line; nothing differs, no entry.
func (d *Directory) followOne(tx *store.Tx, by models.Actor, org models.Organization, method models.Method, id, reason string) ([]models.LogEntry, error) {
	w := &work{tx: tx, by: by, org: org, follows: true, entry: d.blank(tx, by, models.UserTarget, id)}
	w.entry.Source, w.entry.Action = method, models.ActionUpdate
	w.entry.Details.Steps[0].Text = "Evaluated anew: " + reason
	old, err := w.user(id)
	if err != nil {
		return nil, err
	}
	if old.Mode != method || old.Hidden {
		return nil, nil
	}
	u := old
	u.Attributes = models.CopyAttributes(old.Attributes)
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
	return keys, nil
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
