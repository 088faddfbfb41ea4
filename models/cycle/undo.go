package cycle

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/store"
)

// UndoImpact is what taking a cycle back would do, counted, with names.
type UndoImpact struct {
	Cycle   models.Cycle
	Users   int64         // who get back what they had
	Created int64         // users whom the cycle made, who are preserved
	Groups  int64         // that get back name, attributes and members
	Touched int64         // records changed since, which stay as they are
	Blocked *models.Error // why it cannot be taken back
	Version string
}

// PreviewUndo counts what taking a cycle back would do now; of one that is taken back in
// part, what is left.
func (c *Cycles) PreviewUndo(ctx context.Context, organization, cycle int64) (UndoImpact, error) {
	var u UndoImpact
	var err error
	if u.Cycle, err = c.Store.Cycle(ctx, organization, cycle); err != nil {
		return u, err
	}
	if u.Blocked, err = c.undoBlocked(ctx, c.Store.Reader, u.Cycle); err != nil {
		return u, err
	}
	return u, u.count(ctx, c.Store.Reader)
}

// UndoRecords names the records that PreviewUndo counts; what the cycle did to each is its
// Action.
func (c *Cycles) UndoRecords(ctx context.Context, organization, cycle int64, q models.UndoQuery) (models.Slice[models.CycleChange], error) {
	return c.Store.UndoRecords(ctx, organization, cycle, q)
}

// count counts.
func (u *UndoImpact) count(ctx context.Context, r store.Reader) error {
	counts, err := r.CountUndo(ctx, u.Cycle.OrganizationID, u.Cycle.Key)
	if err != nil {
		return err
	}
	for _, n := range counts {
		switch {
		case n.Touched:
			u.Touched += n.N
		case n.Kind == models.GroupTarget:
			u.Groups += n.N
		case n.Made:
			u.Created += n.N
		default:
			u.Users += n.N
		}
	}
	u.Version = hashOf(fmt.Sprint(u.Cycle.Key, u.Users, u.Created, u.Groups, u.Touched, u.Cycle.UndoneBy, u.Blocked == nil))
	return nil
}

// undoBlocked tells why a cycle cannot be taken back; nil when it can.
func (c *Cycles) undoBlocked(ctx context.Context, r store.Reader, cy models.Cycle) (*models.Error, error) {
	org, err := r.Organization(ctx, cy.OrganizationID)
	if err != nil {
		return nil, err
	}
	conn, _, err := r.Connector(ctx, cy.OrganizationID, cy.Method)
	if err != nil {
		return nil, err
	}
	if conn.Undoes() {
		return models.Errorf(models.Conflict, "", "A cycle is being undone at the moment.").
			WithAdvice("Wait until that ends, or stop it.").WithCode("undoRunning"), nil
	}
	return undoBlocked(cy, org, c.now()), nil
}

func undoBlocked(cy models.Cycle, org models.Organization, now models.Time) *models.Error {
	block := func(msg, advice string) *models.Error {
		return models.Errorf(models.Conflict, "", "%s", msg).WithAdvice("%s", advice).WithCode("undoBlocked")
	}
	switch {
	case cy.State == "" || cy.Kind == models.UndoCycle:
		return block("This cycle cannot be undone.", "Only cycles of a connector can be.")
	case cy.Ended == 0:
		return block("The cycle has not ended.", "Wait until it ends, or stop the connector.")
	case cy.UndoneBy != 0:
		return block("This cycle was undone already.", "Start the connector to let it deliver again.")
	case cy.UndoUntil == 0:
		return block("The cycle changed nothing.", "There is nothing to undo.")
	case now > cy.UndoUntil:
		return block("The time to undo this cycle ended "+cy.UndoUntil.Time().Format("on January 2, 2006")+".", "Change the users by hand, or in the directory.")
	case org.Method != cy.Method:
		return block(cy.Method.Label()+" is not in charge any more.", "Undo the change of the deployment method first.")
	}
	return nil
}

// Undo begins to take a cycle back, or goes on with it where that was stopped, and gives
// the cycle that the undo is: the runner does it. Whom the cycle changed becomes as before,
// whom it made is preserved, and who was changed since stays as they are. The connector
// stops, so that it does not do the same again; started once more, it shows what it would
// do.
func (c *Cycles) Undo(ctx context.Context, by models.Actor, cycle int64, version string) (models.Cycle, error) {
	if err := mayChange(by); err != nil {
		return models.Cycle{}, err
	}
	plan := UndoImpact{}
	var err error
	if plan.Cycle, err = c.Store.Cycle(ctx, by.OrganizationID, cycle); err != nil {
		return models.Cycle{}, err
	}
	if plan.Blocked, err = c.undoBlocked(ctx, c.Store.Reader, plan.Cycle); err != nil {
		return models.Cycle{}, err
	}
	if plan.Blocked != nil {
		return models.Cycle{}, plan.Blocked
	}
	if err := plan.count(ctx, c.Store.Reader); err != nil {
		return models.Cycle{}, err
	}
	if plan.Version != version {
		return models.Cycle{}, models.Errorf(models.Stale, "version", "Users have changed since this preview was counted. Nothing was changed.").
			WithAdvice("Look at the new figures and confirm again.").WithCode("previewStale")
	}
	return c.beginUndo(ctx, by, plan.Cycle)
}

// beginUndo makes the undo a task of the runner, unless somebody was quicker.
func (c *Cycles) beginUndo(ctx context.Context, by models.Actor, of models.Cycle) (models.Cycle, error) {
	var undo models.Cycle
	_, err := c.steer(ctx, by, of.Method, "connector.undo", func(tx *store.Tx, conn *models.Connector) (string, error) {
		now, err := tx.Cycle(tx.Context(), of.OrganizationID, of.Key)
		if err != nil {
			return "", err
		}
		blocked, err := c.undoBlocked(tx.Context(), tx.Reader, now)
		if err != nil {
			return "", err
		}
		if blocked != nil {
			return "", blocked
		}
		undo, err = undoTask(tx, by, conn, now)
		return fmt.Sprintf("Began to undo a cycle of the connector for %s, which had begun %s.", of.Method.Label(), of.Started.Time().Format("on January 2, 2006 at 15:04 MST")), err
	})
	return undo, err
}

// undoTask stops the connector and leaves the undo to the runner: a new one, or the rest
// of one that was interrupted.
func undoTask(tx *store.Tx, by models.Actor, conn *models.Connector, of models.Cycle) (models.Cycle, error) {
	if err := tx.Interrupt(conn, "cycleUndone", "A cycle was undone by "+by.Name+"."); err != nil {
		return models.Cycle{}, err
	}
	// What it changed must be known until it is taken back.
	of.UndoUntil = max(of.UndoUntil, tx.Now().Add(daily))
	if err := tx.SaveCycle(&of); err != nil {
		return models.Cycle{}, err
	}
	undo, err := interruptedUndo(tx, of)
	if err != nil {
		return undo, err
	}
	if undo.Key == 0 {
		undo = models.Cycle{
			OrganizationID: of.OrganizationID, Method: of.Method, Kind: models.UndoCycle, InitiatorID: by.ID, InitiatorName: by.Name,
			Started: tx.Now(), Undoes: of.Key,
		}
		if err := tx.StartCycle(&undo); err != nil {
			return undo, err
		}
	}
	undo.State, undo.Ended, undo.LastSeen, undo.Phase, undo.PhaseAt = models.CycleRunning, 0, tx.Now(), models.UndoPhase, tx.Now()
	undo.Code, undo.Text, undo.Advice = "", "", ""
	conn.SetState(models.ConnectorStopped, "cycleUndone", by.Name+" undid a cycle, so the connector is stopped: it would do the same again.",
		"Correct scope, mappings or the directory, then start it: it shows what it would do before it does it.", tx.Now())
	conn.Accepted, conn.NextRun, conn.Failures = "", 0, 0
	conn.Asked, conn.AskedBy, conn.CycleID = models.UndoRequest, by.Name, undo.Key
	return undo, tx.SaveCycle(&undo)
}

// interruptedUndo is the undo of a cycle that did not come to its end.
func interruptedUndo(tx *store.Tx, of models.Cycle) (models.Cycle, error) {
	undo, err := tx.UndoOf(tx.Context(), of.OrganizationID, of.Key)
	if err != nil || undo == nil || undo.State == models.CycleDone {
		return models.Cycle{}, err
	}
	return *undo, nil
}

// UndoOf gives the undo of a cycle, under way, ended or stopped; nil for none.
func (c *Cycles) UndoOf(ctx context.Context, organization, cycle int64) (*models.Cycle, error) {
	return c.Store.UndoOf(ctx, organization, cycle)
}

// StopUndo ends an undo at the end of its page. What is put back stays so; Undo goes on
// with the rest.
func (c *Cycles) StopUndo(ctx context.Context, by models.Actor, m models.Method) (models.Connector, error) {
	return c.steer(ctx, by, m, "connector.undo.stop", func(tx *store.Tx, conn *models.Connector) (string, error) {
		if !conn.Undoes() {
			return "", models.Errorf(models.Conflict, "", "No cycle is being undone.").
				WithAdvice("Look at the list of cycles for what became of it.").WithCode("undoNotRunning")
		}
		if err := tx.Interrupt(conn, "stoppedByAdmin", "Stopped by "+by.Name+". What was put back until then stays so."); err != nil {
			return "", err
		}
		conn.Asked, conn.AskedBy = models.NoRequest, ""
		conn.SetState(models.ConnectorStopped, "undoStopped", by.Name+" stopped the undo of a cycle before it was whole.",
			"Go on with the undo on the page of that cycle, or start the connector: it shows what it would do before it does it.", tx.Now())
		return "Stopped the undo of a cycle of the connector for " + m.Label() + ".", nil
	})
}

// undoing refuses what must not happen beside an undo.
func undoing(conn models.Connector) error {
	if !conn.Undoes() {
		return nil
	}
	return models.Errorf(models.Conflict, "", "A cycle of the connector for %s is being undone.", conn.Method.Label()).
		WithAdvice("Wait until that ends, or stop it on its page.").WithCode("undoRunning")
}
