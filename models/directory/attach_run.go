package directory

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/store"
)

// AttachSafe has everybody attached who is safe to attach, in the background, a
// window of users at a time. A run that is under way or stopped goes on and looks at
// everybody once more; one of a method that is in charge no more has ended.
func (d *Directory) AttachSafe(ctx context.Context, by models.Actor) error {
	if err := allowed(by); err != nil {
		return err
	}
	err := d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if org.Method == models.Manual {
			return models.AuditEntry{}, models.Errorf(models.Conflict, "method", "No directory is in charge, so there is nothing to attach users to.").
				WithAdvice("Change the deployment method first.").WithCode("methodNotInCharge")
		}
		if err := d.clearAttachRun(tx, org); err != nil {
			return models.AuditEntry{}, err
		}
		text := "Began to attach all users to " + org.Method.Label() + " who are safe to attach."
		return audited(by, deed{action: "attach.start", target: "organization", id: org.Slug, name: org.Name, summary: text}),
			d.schedule(tx, org, models.AttachRun, by.Name, "All who are safe to attach to "+org.Method.Label()+".")
	})
	if err == nil {
		d.rouse()
	}
	return err
}

// clearAttachRun ends a run of a method that is in charge no more, and lets a stopped
// one go on.
func (d *Directory) clearAttachRun(tx *store.Tx, org models.Organization) error {
	if err := tx.ClaimEvaluation(org.Key, models.AttachRun); err != nil {
		return err
	}
	e, under, err := tx.Unfinished(tx.Context(), org.Key, models.AttachRun)
	switch {
	case err != nil || !under:
		return err
	case outlived(org, e):
		return tx.EndEvaluation(&e)
	case e.State == models.EvaluationStopped:
		e.State, e.Updated = models.EvaluationRunning, tx.Now()
		return tx.SaveEvaluation(&e)
	}
	return nil
}

// outlived tells whether the method changed since a run began.
func outlived(org models.Organization, e models.Evaluation) bool {
	return org.Method == models.Manual || org.MethodSince > e.Started
}

// AttachRun gives the latest run; false when there was none, or only one of a method
// that is in charge no more.
func (d *Directory) AttachRun(ctx context.Context, organization int64) (models.Evaluation, bool, error) {
	org, err := d.Store.Organization(ctx, organization)
	if err != nil {
		return models.Evaluation{}, false, err
	}
	e, ok, err := d.Store.LastEvaluation(ctx, organization, models.AttachRun)
	return e, ok && !outlived(org, e), err
}

// StopAttaching stops a run where it is: who was attached stays so.
func (d *Directory) StopAttaching(ctx context.Context, by models.Actor, id string) error {
	return d.decideEvaluation(ctx, by, id, "attach.stop", "Stopped attaching users.", models.EvaluationRunning, models.EvaluationStopped)
}

// ResumeAttaching goes on with a stopped run where it was.
func (d *Directory) ResumeAttaching(ctx context.Context, by models.Actor, id string) error {
	defer d.rouse()
	return d.decideEvaluation(ctx, by, id, "attach.resume", "Resumed attaching users.", models.EvaluationStopped, models.EvaluationRunning)
}

// attachWindow looks through the next users for those who are safe to attach. It is
// empty, which ends the run, when the method changed.
func (d *Directory) attachWindow(ctx context.Context, org models.Organization, e models.Evaluation) (store.Window, error) {
	if outlived(org, e) {
		return store.Window{}, nil
	}
	a, err := d.attacher(ctx, d.Store.Reader, org)
	if err != nil {
		return store.Window{}, err
	}
	w, users, err := d.Store.UsersAfter(ctx, org.Key, models.Manual, e.Cursor, evaluateWindow)
	if err != nil {
		return w, err
	}
	proposals, err := a.propose(ctx, users)
	if err != nil {
		return w, err
	}
	for i, p := range proposals {
		if p.Standing == Safe {
			w.Misplaced = append(w.Misplaced, users[i].ID)
		}
	}
	return w, nil
}

// attachNext attaches a user of a run, unless it is no longer safe.
func (d *Directory) attachNext(tx *store.Tx, org models.Organization, e models.Evaluation, id string) ([]models.LogEntry, error) {
	if outlived(org, e) {
		return nil, nil
	}
	by := models.System(org.Key, "Attach users")
	by.RequestID = e.ID
	rules, err := d.rulesFor(tx.Context(), speaker(org.Method, org.Key))
	if err != nil {
		return nil, err
	}
	_, made, err := d.attachOne(tx, attaching{
		by: by, org: org, rules: rules,
		how: fmt.Sprintf("Attached with all who are safe to attach, as %s asked.", e.StartedBy),
	}, id)
	if refused, ok := models.AsError(err); ok && passed[refused.Code] {
		return nil, nil
	}
	return made, err
}

// passed are the refusals of users who changed since the run looked at them.
var passed = map[string]bool{"attachedAlready": true, "noRecord": true, "decideInQueue": true, "needsDecision": true, "userNotFound": true}
