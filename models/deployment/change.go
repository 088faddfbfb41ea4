package deployment

import (
	"context"
	"math"

	"muster/models"
	"muster/models/store"
)

// Order is a confirmed change: what was previewed, and why it is wanted. An empty
// Version skips the comparison (the command line, which previews and applies in
// one go).
type Order struct {
	Target  models.Method
	Keep    bool
	Version string
	Reason  string
}

// Change puts another method in charge, in one transaction which takes as long for a
// million users as for ten: the term of the old method ends, so that its users and
// groups are manual and keep everything else; its tokens and mappings are parked or
// deleted, and both logs tell. It refuses when a blocker stands or when the data is
// not what the preview was counted on.
func (d *Deployments) Change(ctx context.Context, by models.Actor, o Order) (models.MethodChange, error) {
	var done models.MethodChange
	id := d.NewID()
	err := d.Store.Both(ctx, func(tx *store.Tx) ([]models.LogEntry, models.AuditEntry, error) {
		org, have, err := d.locked(ctx, tx, by.OrganizationID)
		if err != nil {
			return nil, models.AuditEntry{}, err
		}
		plan := Plan(have, o.Target, o.Keep)
		if err := allows(plan.Blockers, o.Version, plan.Version); err != nil {
			return nil, models.AuditEntry{}, err
		}
		done = models.MethodChange{
			ID: id, OrganizationID: org.Key, From: plan.From, To: plan.To,
			At: tx.Now(), By: by.Name, Reason: o.Reason, KeptMappings: o.Keep, Counts: plan.Counts,
			Record: models.ChangeRecord{Before: inCharge(org), Tokens: plan.Tokens},
		}
		if !plan.First {
			done.UndoUntil = tx.Now() + models.Time(org.Settings.UndoTime().Milliseconds())
		}
		if err := d.apply(tx, by, &org, have, plan, &done); err != nil {
			return nil, models.AuditEntry{}, err
		}
		if err := tx.InsertMethodChange(&done); err != nil {
			return nil, models.AuditEntry{}, err
		}
		text := summary(org, plan)
		return []models.LogEntry{logEntry(by, org, done, text)}, auditEntry(by, org, "deployment.change", text, done, plan.First), nil
	})
	return done, err
}

// locked reads all that a change is decided on, so that it stays so until the end.
func (d *Deployments) locked(ctx context.Context, tx *store.Tx, organization int64) (models.Organization, Snapshot, error) {
	org, err := tx.LockOrganization(organization)
	if err != nil {
		return org, Snapshot{}, err
	}
	have, err := d.snapshot(ctx, tx.Reader, organization)
	return org, have, err
}

// allows refuses what is blocked and what was previewed on other data.
func allows(blockers []Blocker, asked, version string) error {
	if len(blockers) > 0 {
		b := blockers[0]
		return models.Errorf(models.Conflict, "method", "%s", b.Text).WithAdvice("%s", b.Advice).WithCode("methodBlocked")
	}
	if asked != "" && asked != version {
		return models.Errorf(models.Stale, "version", "The users or tokens have changed since this preview was counted. Nothing was changed.").
			WithAdvice("Look at the new figures and confirm again.").WithCode("previewStale")
	}
	return nil
}

func inCharge(o models.Organization) models.InCharge {
	return models.InCharge{Method: o.Method, Since: o.MethodSince, By: o.MethodBy, Set: o.MethodSet}
}

func (d *Deployments) apply(tx *store.Tx, by models.Actor, org *models.Organization, have Snapshot, plan Impact, done *models.MethodChange) error {
	if plan.From != plan.To {
		if err := d.leave(tx, by, org, plan.From, done, "The deployment method changed to "+plan.To.Label()+"."); err != nil {
			return err
		}
		if !plan.Keep {
			var err error
			if done.Record.Mappings, done.Record.Attributes, err = tx.DropRules(org.Key, plan.From); err != nil {
				return err
			}
			if c, known, err := tx.DropConnector(org.Key, plan.From); err != nil {
				return err
			} else if known {
				done.Record.Connector = &c
			}
		} else if err := tx.ParkRules(org.Key, plan.From, true); err != nil {
			return err
		}
		if err := enter(tx, org, plan.To, done); err != nil {
			return err
		}
		if err := tx.WakeConnector(org.Key, plan.To); err != nil {
			return err
		}
	}
	if err := moveTokens(tx, have.Tokens, plan.Tokens, by.Name); err != nil {
		return err
	}
	return govern(tx, org, by, plan.To, true)
}

// leave ends what a method does here: its term, its open decisions, its evaluations.
func (d *Deployments) leave(tx *store.Tx, by models.Actor, org *models.Organization, from models.Method, done *models.MethodChange, why string) error {
	if from == models.Manual {
		return nil
	}
	name, err := tx.TermOf(tx.Context(), org.Key, from)
	if err != nil {
		return err
	}
	held, err := tx.Holders(tx.Context(), org.Key, name)
	if err != nil {
		return err
	}
	if held.Users+held.Groups > 0 { // a term that nobody holds goes on when the method comes back
		done.Record.Ended, done.Record.Users, done.Record.Groups = name, held.Users, held.Groups
		if err := tx.EndTerm(org.Key, name); err != nil {
			return err
		}
	}
	if _, err := tx.SettleQueue(org.Key, from, why, done.ID); err != nil {
		return err
	}
	if err := tx.ParkConnector(org.Key, from); err != nil {
		return err
	}
	return tx.EndEvaluations(org.Key, from, by.Name)
}

// enter wakes what was kept of a method that comes in charge.
func enter(tx *store.Tx, org *models.Organization, to models.Method, done *models.MethodChange) error {
	if to == models.Manual {
		return nil
	}
	var err error
	if done.Record.Began, err = tx.TermOf(tx.Context(), org.Key, to); err != nil {
		return err
	}
	done.Record.Woken = to
	return tx.ParkRules(org.Key, to, false)
}

// moveTokens carries out what a plan decided about tokens.
func moveTokens(tx *store.Tx, tokens []models.Token, moves []models.TokenMove, by string) error {
	fates := map[string]models.TokenFate{}
	for _, m := range moves {
		fates[m.ID] = m.Is
	}
	for _, t := range tokens {
		switch fates[t.ID] {
		case models.TokenSleeps:
			t.Parked = true
		case models.TokenWakes:
			t.Parked, t.Revoked, t.RevokedBy = false, 0, ""
		case models.TokenOpens:
			t.Shadow = false
		case models.TokenRehearses:
			t.Shadow = true
		case models.TokenDies:
			t.Revoked, t.RevokedBy = tx.Now(), by
		default:
			continue
		}
		if err := tx.SaveToken(&t); err != nil {
			return err
		}
	}
	return nil
}

// govern writes who is in charge from now on.
func govern(tx *store.Tx, org *models.Organization, by models.Actor, to models.Method, set bool) error {
	if org.Settings.RulesVersion != 0 {
		org.Settings.MoveRules()
	}
	if org.Method == models.SCIM && to != models.SCIM { // no silence ends a cycle that nothing can go on with
		if _, err := tx.EndCycles(org.Key, math.MaxInt64); err != nil {
			return err
		}
	}
	org.Method, org.MethodSince, org.MethodBy, org.MethodSet = to, tx.Now(), by.Name, set
	return tx.SaveOrganization(org)
}
