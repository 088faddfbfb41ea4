package cycle

import (
	"context"
	"time"

	"muster/models"
)

// Status is what a connector does now, for pages.
type Status struct {
	Connector models.Connector
	SetUp     bool
	Now       *models.Cycle // under way or waiting; nil for none
	Last      *models.Cycle // the latest that ended; nil for none
	Good      *models.Cycle // the latest that read the directory and ended well; nil for none
	Progress  Progress      // of Now
	NextRun   models.Time   // 0: not by itself
}

// Progress tells how far a cycle is.
type Progress struct {
	Percent int           // of the whole cycle, by users; -1 when it cannot be told yet
	Phase   string        // what it does now, in words
	Done    int64         // users, in this phase; of an undo, changes
	Total   int64         // the same; 0 when not known yet
	Left    time.Duration // expected; 0 when it cannot be told yet
}

// Status reads what a connector does now. The figures come from the database, so that
// every instance tells the same.
func (c *Cycles) Status(ctx context.Context, organization int64, m models.Method) (Status, error) {
	var s Status
	var err error
	if s.Connector, s.SetUp, err = c.Store.Connector(ctx, organization, m); err != nil || !s.SetUp {
		return s, err
	}
	if key := s.Connector.CycleID; key != 0 {
		now, err := c.Store.Cycle(ctx, organization, key)
		if err != nil && models.KindOf(err) != models.NotFound {
			return s, err
		}
		if err == nil {
			s.Now, s.Progress = &now, progress(now, c.now())
		}
	}
	if s.Last, err = c.Store.EndedCycle(ctx, organization, m, false); err != nil {
		return s, err
	}
	if s.Good, err = c.Store.EndedCycle(ctx, organization, m, true); err != nil {
		return s, err
	}
	if s.Connector.Works() {
		s.NextRun = s.Connector.NextRun
	}
	return s, nil
}

// phaseWords say what a cycle does, and how much of it lies behind when the phase begins
// and how long the phase is, in percent.
var phaseWords = map[models.CyclePhase]struct {
	words          string
	begins, length int
}{
	models.ReadPhase:     {"Reading the directory", 0, 30},
	models.PlanPhase:     {"Deciding what to do", 30, 15},
	models.UsersPhase:    {"Delivering users", 45, 40},
	models.ManagersPhase: {"Setting managers", 85, 5},
	models.GroupsPhase:   {"Delivering groups", 90, 2},
	models.MembersPhase:  {"Setting members of groups", 92, 8},
	models.UndoPhase:     {"Putting back what the cycle changed", 0, 100},
}

func progress(cy models.Cycle, now models.Time) Progress {
	p := Progress{Percent: -1, Done: cy.Progress, Total: cy.Total}
	phase, ok := phaseWords[cy.Phase]
	if !ok || cy.State != models.CycleRunning {
		return p
	}
	p.Phase = phase.words
	if cy.Total == 0 {
		if cy.Phase != models.ReadPhase {
			p.Percent = phase.begins
		}
		return p
	}
	done := min(cy.Progress, cy.Total)
	p.Percent = min(99, phase.begins+int(int64(phase.length)*done/cy.Total))
	if spent := now - cy.Started; p.Percent > 2 && spent > 0 {
		p.Left = (time.Duration(spent) * time.Millisecond * time.Duration(100-p.Percent) / time.Duration(p.Percent)).Round(time.Second)
	}
	return p
}

// Planned lists what the plan of a connector's cycle does, by decision and name; what is
// under way grows shorter as it is carried out.
func (c *Cycles) Planned(ctx context.Context, organization int64, m models.Method, q models.PlannedQuery) (models.Slice[models.SourceRecord], error) {
	conn, err := c.settled(ctx, organization, m)
	if err != nil {
		return models.Slice[models.SourceRecord]{}, err
	}
	return c.Store.PlannedRecords(ctx, conn.Key, q)
}

// Cycles lists the cycles of a method, newest first.
func (c *Cycles) Cycles(ctx context.Context, organization int64, m models.Method, p models.Page) (models.Slice[models.Cycle], error) {
	return c.Store.CyclesOf(ctx, organization, m, p)
}

// Cycle gives a cycle by its key.
func (c *Cycles) Cycle(ctx context.Context, organization, key int64) (models.Cycle, error) {
	return c.Store.Cycle(ctx, organization, key)
}
