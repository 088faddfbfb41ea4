package cycle

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// plan decides what to do with whatever is not carried out, and writes the decisions
// down. A plan that must be accepted or approved first leaves the cycle waiting.
func (r *run) plan(ctx context.Context) error {
	if err := r.rescope(ctx); err != nil {
		return err
	}
	n, err := r.c.Store.CountDirty(ctx, r.conn.Key, models.UserTarget)
	if err != nil {
		return err
	}
	if err := r.step(ctx, func(s *moving) error { s.enter(models.PlanPhase, n); return nil }); err != nil {
		return err
	}
	p := planning{run: r, sum: sha256.New(), rivals: newRivals(), plan: models.CyclePlan{Users: map[models.Planned]int64{}, Groups: map[models.Planned]int64{}}}
	if err := p.all(ctx); err != nil {
		return err
	}
	if err := p.settleRivals(ctx); err != nil {
		return err
	}
	if err := p.whole(ctx); err != nil {
		return err
	}
	return r.conclude(ctx, p.plan)
}

// planning is a plan that grows.
type planning struct {
	*run
	sum    hash.Hash
	rivals rivals
	plan   models.CyclePlan
}

// all decides about every record in turn.
func (p *planning) all(ctx context.Context) error {
	var at store.RecordPlace
	const some = 500
	for {
		list, err := p.c.Store.DirtyRecords(ctx, p.conn.Key, at, some)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		fates := make([]store.RecordFate, 0, len(list))
		var users int64
		var linked []string // who became known here without us
		for _, rec := range list {
			d, err := p.decide(ctx, p.c.Store.Reader, rec, nil)
			if err != nil {
				return err
			}
			p.note(rec, d)
			p.rivals.claim(rec, d, p.org.Settings)
			if f, news := fate(rec, d); news {
				fates = append(fates, f)
				if f.Plan == models.PlanNothing && f.TargetID != rec.TargetID {
					linked = append(linked, rec.Anchor)
				}
			}
			if rec.Kind == models.UserTarget {
				users++
			}
		}
		last := list[len(list)-1]
		at = store.RecordPlace{Kind: last.Kind, Anchor: last.Anchor}
		if len(fates) == 0 && len(list) < some {
			return nil
		}
		err = p.step(ctx, func(s *moving) error {
			s.cy.Progress += users
			for _, anchor := range linked {
				if err := s.LinkedRecord(s.conn.Key, anchor); err != nil {
					return err
				}
			}
			return s.FateRecords(s.conn.Key, fates)
		})
		if err != nil {
			return err
		}
	}
}

// fate is how a decision is written down; false when it stands already. Nothing to do
// means that the record is carried out.
func fate(rec models.SourceRecord, d Decision) (store.RecordFate, bool) {
	f := store.RecordFate{
		Kind: rec.Kind, Anchor: rec.Anchor, Dirty: d.Plan != models.PlanNothing, Plan: d.Plan, How: d.How, Note: d.Note, Told: rec.Told, TargetID: rec.TargetID,
	}
	if d.TargetID != "" {
		f.TargetID = d.TargetID
	}
	if d.Plan == models.PlanNothing {
		f.Told = ""
	}
	have := store.RecordFate{
		Kind: rec.Kind, Anchor: rec.Anchor, Dirty: rec.Dirty, Plan: rec.Plan, How: rec.How, Note: rec.Note, Told: rec.Told, TargetID: rec.TargetID,
	}
	return f, f != have
}

// decide gathers what there is to know about a record and decides. done is what the plan
// does before; nil for nothing.
func (r *run) decide(ctx context.Context, from store.Reader, rec models.SourceRecord, done *before) (Decision, error) {
	c := Case{Record: rec, Method: r.conn.Method}
	var err error
	switch {
	case Unseen(rec):
	case rec.Kind == models.GroupTarget:
		if c.Group, err = r.groupOf(ctx, from, rec.Anchor); err == nil && Wanted(rec) {
			c.Foreseen, err = r.foreseeGroup(ctx, from, rec, c.Group, done)
		}
	case Wanted(rec):
		var edit func(*models.User) error
		if edit, err = r.editOf(ctx, from, rec); err == nil {
			c.Foreseen, err = r.c.Directory.Foresee(ctx, from, r.org, r.by(), rec.Anchor, edit, done.ahead())
		}
	default:
		c.Known, err = userOf(ctx, from, r.conn, rec.Anchor)
	}
	d := Decide(c)
	if err == nil && d.Plan != models.PlanNothing && !d.Plan.Removes() && rec.Told != "" && rec.Told == r.toldToday(rec) {
		d = Decision{Plan: models.PlanConflict, How: d.How, Note: rec.Note, Told: rec.Told}
	}
	return d, err
}

func userOf(ctx context.Context, from store.Reader, conn models.Connector, anchor string) (*models.User, error) {
	u, err := from.UserByAnchor(ctx, conn.OrganizationID, conn.Method, anchor)
	switch {
	case err == nil:
		return &u, nil
	case models.KindOf(err) == models.NotFound:
		return nil, nil
	}
	return nil, err
}

func (r *run) groupOf(ctx context.Context, from store.Reader, anchor string) (*models.Group, error) {
	g, err := from.GroupByAnchor(ctx, r.conn.OrganizationID, r.conn.Method, anchor)
	switch {
	case err == nil:
		return &g, nil
	case models.KindOf(err) == models.NotFound:
		return nil, nil
	}
	return nil, err
}

// foreseeGroup tells what delivering a group would do.
func (r *run) foreseeGroup(ctx context.Context, from store.Reader, rec models.SourceRecord, known *models.Group, done *before) (directory.Foresight, error) {
	f := directory.Foresight{Action: models.ActionCreate}
	edit, err := r.editGroupOf(rec)
	if err != nil {
		return f, err
	}
	g := models.Group{OrganizationID: r.conn.OrganizationID, Attributes: models.Attributes{}}
	if known != nil {
		g = *known
		f.How = "anchor"
		if err := g.Load(); err != nil {
			return f, err
		}
	}
	before := g.Document
	if err := edit(&g); err != nil {
		return f, err
	}
	if err := g.Extract(); err != nil {
		return f, err
	}
	if known == nil || g.Document != before {
		if err := directory.CheckGroup(&g); err != nil {
			f.Refusal = refused(err)
			return f, nil
		}
	}
	switch {
	case done.named(g.DisplayName) && (known == nil || g.Document != before):
		f.Refusal = nameGiven(g.DisplayName)
		return f, nil
	case known != nil && known.Mode != r.conn.Method:
		f.Action = models.ActionAdopt
		return f, nil
	case known != nil && g.Document == before:
		f.Action = ""
		return f, nil
	case known != nil:
		f.Action = models.ActionUpdate
		return f, nil
	}
	holder, err := from.GroupByName(ctx, r.conn.OrganizationID, g.DisplayName)
	switch {
	case err != nil && models.KindOf(err) == models.NotFound:
		return f, nil
	case err != nil:
		return f, err
	}
	f.How = "displayName"
	if holder.Managed() || r.org.Settings.Adoption != models.AdoptAutomatic {
		f.Refusal = models.Errorf(models.Uniqueness, "displayName", "displayName %q is already taken by a group (id %s, managed by %s).", g.DisplayName, holder.ID, holder.Mode.Label()).
			WithCode("groupNameTaken")
		return f, nil
	}
	f.Action = models.ActionAdopt
	return f, nil
}

// note counts a decision, and mixes it into the plan's version.
func (p *planning) note(rec models.SourceRecord, d Decision) {
	p.count(rec, d, 1)
	if d.Plan != models.PlanNothing {
		fmt.Fprintf(p.sum, "%s\x00%s\x00%s\x00%s\x00%s\x00", rec.Kind, rec.Anchor, d.Plan, d.How, d.TargetID)
	}
}

// count adds a decision to the figures, or takes it out again.
func (p *planning) count(rec models.SourceRecord, d Decision, by int64) {
	counts := p.plan.Users
	if rec.Kind == models.GroupTarget {
		counts = p.plan.Groups
	}
	if d.Plan == models.PlanNothing {
		if rec.Kind == models.UserTarget && Wanted(rec) {
			p.plan.Unchanged += by
		}
		return
	}
	counts[d.Plan] += by
	if counts[d.Plan] == 0 {
		delete(counts, d.Plan)
	}
	if d.Removes {
		p.plan.Removals += by
	}
	if rec.Kind == models.UserTarget && (d.Plan == models.PlanAdopt || d.Plan == models.PlanRestore) {
		switch d.How {
		case "anchor":
			p.plan.ByAnchor += by
		case "userName":
			p.plan.ByName += by
		default:
			p.plan.ByAttr += by
		}
	}
}

// whole adds what is told of the plan as a whole.
func (p *planning) whole(ctx context.Context) error {
	// Reading and deciding take time in which somebody may change what is decided under.
	if err := p.current(ctx); err != nil {
		return err
	}
	edges, err := p.c.Store.CountEdges(ctx, p.conn.Key)
	if err != nil {
		return err
	}
	p.plan.Joins, p.plan.Parts, p.plan.Edges = edges.Joins, edges.Parts, edges.Applied
	if p.plan.InScope, err = p.c.Store.CountInScope(ctx, p.conn.Key); err != nil {
		return err
	}
	fmt.Fprintf(p.sum, "%d\x00%d\x00%s", edges.Joins, edges.Parts, p.under)
	p.plan.Version = base64.RawURLEncoding.EncodeToString(p.sum.Sum(nil)[:12])
	return nil
}

// conclude lets a plan be carried out, or leaves it to an administrator.
func (r *run) conclude(ctx context.Context, plan models.CyclePlan) error {
	return r.step(ctx, func(s *moving) error {
		var err error
		if plan.Managed, err = s.ActiveOf(s.conn.OrganizationID, s.conn.Method); err != nil {
			return err
		}
		if plan.Recent, err = s.RemovedSince(s.conn.OrganizationID, s.conn.Method, s.Now().Add(-guardTime)); err != nil {
			return err
		}
		s.cy.Previews = s.cy.Previews || !r.under.accepted(s.conn.Accepted)
		same := s.cy.Plan.Version == plan.Version
		decided := s.cy.Decided != 0
		s.cy.Plan = plan
		switch hold := Hold(plan, r.org.Settings); {
		case decided && same:
			s.conn.Accepted = r.under.String()
		case decided:
			s.cy.Decided, s.cy.DecidedBy = 0, ""
			state := models.CyclePreviewed
			if !s.cy.Previews {
				state = models.CycleHeld
			}
			s.wait(state, "planMoved", "The users or the directory have moved since the plan was shown, so it is another one now. Nothing was carried out.",
				"Look at the new plan and decide again.")
			return nil
		case s.cy.Previews:
			s.wait(models.CyclePreviewed, "previewWaiting", r.waitsWhy(s.conn),
				"Look at what it would do, and accept it.")
			if hold != nil {
				s.cy.Text = hold.Msg + " " + s.cy.Text
			}
			return nil
		case hold != nil:
			s.wait(models.CycleHeld, hold.Code, hold.Msg, hold.Advice)
			s.conn.NextRun = s.Now().Add(daily)
			return nil
		}
		total := plan.Changes() - total(plan.Groups)
		s.cy.Code, s.cy.Text, s.cy.Advice = "", "", ""
		s.cy.UndoUntil = s.Now().Add(undoTime) // however it ends, what it changes can be taken back
		s.enter(models.UsersPhase, total)
		return nil
	})
}

func total(counts map[models.Planned]int64) int64 {
	var n int64
	for what, some := range counts {
		if what != models.PlanConflict {
			n += some
		}
	}
	return n
}

// wait leaves the cycle to an administrator.
func (s *moving) wait(state models.CycleState, code, text, advice string) {
	s.cy.State, s.cy.Phase, s.cy.Code, s.cy.Text, s.cy.Advice = state, "", code, text, advice
	s.conn.SetState(models.ConnectorHeld, code, text, advice, s.Now())
	s.conn.NextRun, s.conn.Failures = 0, 0
}
