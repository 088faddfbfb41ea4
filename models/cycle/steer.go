package cycle

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/store"
)

// steer changes a connector by word of an administrator, with the audit entry that the
// edit's sentence makes.
func (c *Cycles) steer(ctx context.Context, by models.Actor, m models.Method, action string, edit func(*store.Tx, *models.Connector) (string, error)) (models.Connector, error) {
	var out models.Connector
	if err := mayChange(by); err != nil {
		return out, err
	}
	err := c.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		conn, known, err := tx.LockConnector(by.OrganizationID, m)
		if err == nil && !known {
			err = notSetUp(m)
		}
		if err != nil {
			return models.AuditEntry{}, err
		}
		text, err := edit(tx, &conn)
		if err != nil {
			return models.AuditEntry{}, err
		}
		conn.Updated, conn.UpdatedBy = tx.Now(), by.Name
		if err := tx.SaveConnector(&conn); err != nil {
			return models.AuditEntry{}, err
		}
		out = conn
		return audit(by, conn, action, text, nil), nil
	})
	if err == nil {
		c.nudge()
		c.news.tell(by.OrganizationID)
	}
	return out, err
}

// awake refuses to steer a connector whose method is not in charge, or that takes a cycle
// back.
func awake(conn models.Connector) error {
	if !conn.Parked {
		return undoing(conn)
	}
	return models.Errorf(models.Conflict, "", "%s is not in charge, so its connector sleeps.", conn.Method.Label()).
		WithAdvice("Change the deployment method to %s first.", conn.Method.Label()).WithCode("methodNotInCharge")
}

// Start lets a connector read by its schedule, beginning now. The first cycle, and the
// first after a change of scope, selection or mappings, ends as a preview.
func (c *Cycles) Start(ctx context.Context, by models.Actor, m models.Method) (models.Connector, error) {
	return c.steer(ctx, by, m, "connector.start", func(tx *store.Tx, conn *models.Connector) (string, error) {
		if err := awake(*conn); err != nil {
			return "", err
		}
		if conn.Works() && conn.State != models.ConnectorQuarantined {
			return "", models.Errorf(models.Conflict, "", "The connector for %s is started already.", m.Label()).
				WithAdvice("Press Sync now for a cycle out of the schedule.").WithCode("alreadyStarted")
		}
		conn.SetState(models.ConnectorRunning, "", "", "", tx.Now())
		conn.Failures, conn.Asked, conn.AskedBy = 0, models.SyncRequest, by.Name
		return "Started the connector for " + m.Label() + ".", nil
	})
}

// Stop ends what is under way at the end of its page and starts nothing more. What was
// read and done stays; Start goes on there. An undo is stopped by StopUndo.
func (c *Cycles) Stop(ctx context.Context, by models.Actor, m models.Method) (models.Connector, error) {
	return c.steer(ctx, by, m, "connector.stop", func(tx *store.Tx, conn *models.Connector) (string, error) {
		if err := undoing(*conn); err != nil {
			return "", err
		}
		if err := tx.Interrupt(conn, "stoppedByAdmin", "Stopped by "+by.Name+"."); err != nil {
			return "", err
		}
		conn.SetState(models.ConnectorStopped, "stoppedByAdmin", "Stopped by "+by.Name+".", "Start it to go on.", tx.Now())
		conn.Asked, conn.AskedBy, conn.NextRun = models.NoRequest, "", 0
		return "Stopped the connector for " + m.Label() + ".", nil
	})
}

// Restart drops the watermark and keeps all links: the whole directory is read again, and
// every record delivered anew.
func (c *Cycles) Restart(ctx context.Context, by models.Actor, m models.Method) (models.Connector, error) {
	return c.ask(ctx, by, m, models.RestartRequest, "connector.restart", "Restarted the connector for "+m.Label()+".")
}

// SyncNow starts a cycle out of the schedule.
func (c *Cycles) SyncNow(ctx context.Context, by models.Actor, m models.Method) (models.Connector, error) {
	return c.ask(ctx, by, m, models.SyncRequest, "connector.sync", "Asked the connector for "+m.Label()+" for a cycle now.")
}

// FullSync starts a cycle that reads the whole directory and compares.
func (c *Cycles) FullSync(ctx context.Context, by models.Actor, m models.Method) (models.Connector, error) {
	return c.ask(ctx, by, m, models.FullRequest, "connector.full", "Asked the connector for "+m.Label()+" for a full read now.")
}

func (c *Cycles) ask(ctx context.Context, by models.Actor, m models.Method, what models.Request, action, text string) (models.Connector, error) {
	return c.steer(ctx, by, m, action, func(tx *store.Tx, conn *models.Connector) (string, error) {
		if err := awake(*conn); err != nil {
			return "", err
		}
		if what == models.SyncRequest {
			if err := underWay(tx, *conn); err != nil {
				return "", err
			}
		}
		if err := tx.Interrupt(conn, "superseded", "Another cycle was asked for by "+by.Name+"."); err != nil {
			return "", err
		}
		if !conn.Works() || conn.State == models.ConnectorQuarantined || conn.State == models.ConnectorHeld {
			conn.SetState(models.ConnectorRunning, "", "", "", tx.Now())
		}
		conn.Asked, conn.AskedBy = what, by.Name
		return text, nil
	})
}

// underWay refuses a cycle out of the schedule while one runs, or waits as long as the
// directory asked it to: whoever asks earlier waits longer.
func underWay(tx *store.Tx, conn models.Connector) error {
	if conn.CycleID == 0 {
		return nil
	}
	cy, err := tx.Cycle(tx.Context(), conn.OrganizationID, conn.CycleID)
	switch {
	case models.KindOf(err) == models.NotFound:
		return nil
	case err != nil:
		return err
	case cy.State == models.CycleRunning:
		return models.Errorf(models.Conflict, "", "A cycle is under way already.").
			WithAdvice("Wait until it ends; its progress is shown here.").WithCode("cycleRunning")
	case cy.State == models.CycleParked && conn.NextRun > tx.Now():
		return models.Errorf(models.Conflict, "", "The directory asked the cycle under way to wait until %s UTC.", conn.NextRun.Time().UTC().Format("January 2, 15:04")).
			WithAdvice("It goes on by itself then, where it was. Asked earlier, the directory would only make it wait longer.").WithCode("cycleParked")
	}
	return nil
}

// Accept carries the previewed plan out. version is that of the plan that was shown:
// another one is refused. Should users or the directory have moved since, nothing is
// done and the new plan is shown.
func (c *Cycles) Accept(ctx context.Context, by models.Actor, m models.Method, version string) (models.Connector, error) {
	return c.decide(ctx, by, m, models.CyclePreviewed, version, "connector.accept", "Accepted the plan of the connector for %s: %d changes.")
}

// Approve carries a plan out, once, that a guard held back because it removes too much.
func (c *Cycles) Approve(ctx context.Context, by models.Actor, m models.Method, version string) (models.Connector, error) {
	return c.decide(ctx, by, m, models.CycleHeld, version, "connector.approve", "Approved the plan that the guard held back of the connector for %s: %d changes.")
}

func (c *Cycles) decide(ctx context.Context, by models.Actor, m models.Method, in models.CycleState, version, action, text string) (models.Connector, error) {
	return c.steer(ctx, by, m, action, func(tx *store.Tx, conn *models.Connector) (string, error) {
		if err := awake(*conn); err != nil {
			return "", err
		}
		cy, err := waiting(tx, *conn, in, version)
		if err != nil {
			return "", err
		}
		if conn.Asked == models.ApplyRequest {
			return "", models.Errorf(models.Conflict, "", "%s decided so already. The plan is carried out in a moment.", cy.DecidedBy).
				WithAdvice("Follow it on the connector’s page. Until it begins, it can still be rejected.").WithCode("alreadyDecided")
		}
		cy.Decided, cy.DecidedBy = tx.Now(), by.Name
		if err := tx.SaveCycle(&cy); err != nil {
			return "", err
		}
		conn.Asked, conn.AskedBy = models.ApplyRequest, by.Name
		return fmt.Sprintf(text, m.Label(), cy.Plan.Changes()), nil
	})
}

// waiting gives the cycle whose plan waits, or refuses when it is not the one that was
// shown.
func waiting(tx *store.Tx, conn models.Connector, in models.CycleState, version string) (models.Cycle, error) {
	var cy models.Cycle
	var err error
	if conn.CycleID != 0 {
		cy, err = tx.Cycle(tx.Context(), conn.OrganizationID, conn.CycleID)
	}
	switch {
	case err != nil:
		return cy, err
	case cy.State != in || conn.State != models.ConnectorHeld:
		return cy, models.Errorf(models.Conflict, "", "No plan waits for this decision any more.").
			WithAdvice("Look at the connector’s page for what it does now.").WithCode("nothingWaits")
	case cy.Plan.Version != version:
		return cy, models.Errorf(models.Stale, "version", "The plan is not the one that was shown. Nothing was changed.").
			WithAdvice("Look at the new plan and decide again.").WithCode("planStale")
	}
	return cy, nil
}

// Reject keeps everybody whom a held plan would remove: those removals are dropped until
// the directory asks for them again. The rest of the plan is carried out by the next
// cycle. Of a preview, nothing is carried out and the connector stops.
func (c *Cycles) Reject(ctx context.Context, by models.Actor, m models.Method, version string) (models.Connector, error) {
	return c.steer(ctx, by, m, "connector.reject", func(tx *store.Tx, conn *models.Connector) (string, error) {
		state := models.CycleHeld
		if preview, err := previews(tx, *conn); err != nil {
			return "", err
		} else if preview {
			state = models.CyclePreviewed
		}
		cy, err := waiting(tx, *conn, state, version)
		if err != nil {
			return "", err
		}
		cy.State, cy.Decided, cy.DecidedBy, cy.Ended = models.CycleRejected, tx.Now(), by.Name, tx.Now()
		cy.Text = "Rejected by " + by.Name + "."
		if err := tx.SaveCycle(&cy); err != nil {
			return "", err
		}
		// Whoever was about to carry it out, because it was accepted a moment ago, must not.
		if err := tx.Interrupt(conn, "rejected", cy.Text); err != nil {
			return "", err
		}
		if state == models.CyclePreviewed {
			conn.SetState(models.ConnectorStopped, "previewRejected", by.Name+" did not accept what the first cycle would do.",
				"Change scope or mappings, then start the connector: it shows a new plan.", tx.Now())
			conn.NextRun, conn.Asked, conn.AskedBy = 0, models.NoRequest, ""
			return "Rejected the preview of the connector for " + m.Label() + "; it is stopped.", nil
		}
		if err := tx.DropRemovals(conn.Key); err != nil {
			return "", err
		}
		conn.SetState(models.ConnectorRunning, "", "", "", tx.Now())
		conn.Asked, conn.AskedBy = models.SyncRequest, by.Name
		return fmt.Sprintf("Rejected %d removals of the connector for %s; the users stay as they are.", cy.Plan.Removals, m.Label()), nil
	})
}

func previews(tx *store.Tx, conn models.Connector) (bool, error) {
	if conn.CycleID == 0 {
		return false, nil
	}
	cy, err := tx.Cycle(tx.Context(), conn.OrganizationID, conn.CycleID)
	return err == nil && cy.State == models.CyclePreviewed, err
}
