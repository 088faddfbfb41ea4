package deployment

import (
	"context"
	"fmt"

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

// Change puts another method in charge, in one transaction: the users and groups
// of the old method become manual and keep everything else, its tokens are parked
// or revoked, and both logs tell. It refuses when a blocker stands or when the
// data is not what the preview was counted on.
func (d *Deployments) Change(ctx context.Context, by models.Actor, o Order) (models.MethodChange, error) {
	var done models.MethodChange
	err := d.Store.Both(ctx, func(tx *store.Tx) ([]models.LogEntry, models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return nil, models.AuditEntry{}, err
		}
		have, err := d.snapshot(ctx, tx.Reader, by.OrganizationID)
		if err != nil {
			return nil, models.AuditEntry{}, err
		}
		plan := Plan(have, o.Target, o.Keep)
		if err := plan.allows(o); err != nil {
			return nil, models.AuditEntry{}, err
		}
		if err := d.apply(tx, by, &org, have, plan); err != nil {
			return nil, models.AuditEntry{}, err
		}
		done = models.MethodChange{
			ID: d.NewID(), OrganizationID: org.Key, From: plan.From, To: plan.To,
			At: tx.Now(), By: by.Name, Reason: o.Reason, KeptMappings: o.Keep, Counts: plan.Counts,
		}
		if err := tx.InsertMethodChange(&done); err != nil {
			return nil, models.AuditEntry{}, err
		}
		return []models.LogEntry{d.logEntry(by, org, plan, done)}, auditEntry(by, org, plan, o.Reason), nil
	})
	return done, err
}

func (i Impact) allows(o Order) error {
	if len(i.Blockers) > 0 {
		b := i.Blockers[0]
		return models.Errorf(models.Conflict, "method", "%s", b.Text).WithAdvice("%s", b.Advice).WithCode("methodBlocked")
	}
	if o.Version != "" && o.Version != i.Version {
		return models.Errorf(models.Stale, "version", "The users or tokens have changed since this preview was counted. Nothing was changed.").
			WithAdvice("Look at the new figures and confirm again.").WithCode("previewStale")
	}
	return nil
}

func (d *Deployments) apply(tx *store.Tx, by models.Actor, org *models.Organization, have Snapshot, plan Impact) error {
	if plan.From != models.Manual && plan.From != plan.To {
		if _, _, err := tx.ReleaseUsers(org.Key, plan.From); err != nil {
			return err
		}
		if _, err := tx.SettleQueue(org.Key, plan.From, "The deployment method changed to "+plan.To.Label()+"."); err != nil {
			return err
		}
	}
	for _, t := range have.Tokens {
		if changed := d.moveToken(&t, by, plan); changed {
			if err := tx.SaveToken(&t); err != nil {
				return err
			}
		}
	}
	if err := moveRules(tx, org, plan); err != nil {
		return err
	}
	org.Method, org.MethodSince, org.MethodBy, org.MethodSet = plan.To, tx.Now(), by.Name, true
	return tx.SaveOrganization(org)
}

// moveRules parks or deletes the mappings of the method that leaves, and wakes those of
// the one that comes.
func moveRules(tx *store.Tx, org *models.Organization, plan Impact) error {
	if org.Settings.RulesVersion == 0 && plan.Counts.RulesParked+plan.Counts.RulesDeleted == 0 && plan.To == models.Manual {
		return nil
	}
	if plan.From != models.Manual && plan.From != plan.To {
		var err error
		if plan.Keep {
			err = tx.ParkRules(org.Key, plan.From, true)
		} else {
			err = tx.DropRules(org.Key, plan.From)
		}
		if err != nil {
			return err
		}
	}
	if plan.To != models.Manual {
		if err := tx.ParkRules(org.Key, plan.To, false); err != nil {
			return err
		}
	}
	if org.Settings.RulesVersion != 0 {
		org.Settings.MoveRules()
	}
	return nil
}

// moveToken parks or revokes a token when SCIM leaves, and wakes it on return.
func (d *Deployments) moveToken(t *models.Token, by models.Actor, plan Impact) bool {
	switch {
	case plan.To == models.SCIM && t.Parked:
		t.Parked = false
	case plan.From != models.SCIM || plan.To == models.SCIM || !t.Live(d.Now()) || t.Parked:
		return false
	case plan.Keep:
		t.Parked = true
	default:
		t.Revoked, t.RevokedBy = models.TimeOf(d.Now()), by.Name
	}
	return true
}

func (d *Deployments) logEntry(by models.Actor, org models.Organization, plan Impact, done models.MethodChange) models.LogEntry {
	text := summary(org, plan)
	return models.LogEntry{
		ID: done.ID, OrganizationID: org.Key, Action: models.ActionOther, Status: models.Success, Source: plan.To,
		RequestID: by.RequestID, InitiatorKind: by.Kind, InitiatorID: by.ID, InitiatorName: by.Name,
		TargetType: models.OrganizationTarget, TargetID: org.Slug, TargetName: org.Name, Summary: text,
		Details: models.LogDetails{
			Steps:    []models.Step{{Name: models.StepAction, Status: models.Success, Text: text}},
			Modified: changes(plan),
		},
	}
}

func auditEntry(by models.Actor, org models.Organization, plan Impact, reason string) models.AuditEntry {
	list := changes(plan)
	if reason != "" {
		list = append(list, models.Change{Path: "reason", New: reason})
	}
	return models.AuditEntry{
		OrganizationID: org.Key, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, Address: by.Address, RequestID: by.RequestID,
		Action: "deployment.change", TargetType: "organization", TargetID: org.Slug, TargetName: org.Name,
		Summary: summary(org, plan), Changes: list,
	}
}

func summary(org models.Organization, plan Impact) string {
	if plan.First {
		return fmt.Sprintf("Chose %s as the first deployment method of %s.", plan.To.Label(), org.Name)
	}
	return fmt.Sprintf("Changed the deployment method of %s from %s to %s; %d users and %d groups became manual, nobody was deleted.",
		org.Name, plan.From.Label(), plan.To.Label(), plan.Counts.UsersToManual, plan.Counts.GroupsToManual)
}

func changes(plan Impact) []models.Change {
	from := string(plan.From)
	if plan.First {
		from = ""
	}
	out := []models.Change{{Path: "deployment method", Old: from, New: string(plan.To)}}
	c := plan.Counts
	for _, n := range []struct {
		path  string
		count int64
	}{{"users to manual", c.UsersToManual}, {"groups to manual", c.GroupsToManual}, {"tokens parked", c.TokensParked}, {"tokens revoked", c.TokensRevoked}, {"mappings parked", c.RulesParked}, {"mappings deleted", c.RulesDeleted}} {
		if n.count > 0 {
			out = append(out, models.Change{Path: n.path, New: fmt.Sprint(n.count)})
		}
	}
	return out
}
