package directory

import (
	"context"
	"fmt"
	"slices"

	"muster/models"
	"muster/models/store"
)

// Attach gives users whom nobody manages to the method in charge, each with the
// record that is theirs: they are at the mapping that matches and have its profile,
// and their data waits for the directory's next delivery. Only who is safe to attach
// is, unless an administrator decided. What cannot be done stays and is reported.
func (d *Directory) Attach(ctx context.Context, by models.Actor, ids []string, decided bool) (Batch, error) {
	var out Batch
	if err := allowed(by); err != nil {
		return out, err
	}
	for chunk := range slices.Chunk(ids, queueChunk) {
		done, err := d.attachChunk(ctx, by, chunk, decided)
		if err != nil {
			return out, err
		}
		out.Done += done.Done
		out.Failed = append(out.Failed, done.Failed...)
	}
	return out, nil
}

func (d *Directory) attachChunk(ctx context.Context, by models.Actor, ids []string, decided bool) (Batch, error) {
	out, err := inChunk(ctx, d, by, ids, attachedAudit, func(tx *store.Tx, org models.Organization, r rules, id string) (models.User, string, []models.LogEntry, error) {
		u, made, err := d.attachOne(tx, attaching{by: by, org: org, rules: r, decided: decided}, id)
		return u, u.UserName, made, err
	})
	if err != nil {
		return Batch{}, fmt.Errorf("attach users: %w", err)
	}
	return out, nil
}

func attachedAudit(by models.Actor, org models.Organization, users []models.User) models.AuditEntry {
	did := deed{
		action: "attach.accept", target: "organization", id: org.Slug, name: org.Name,
		summary: fmt.Sprintf("Attached %d users to %s.", len(users), org.Method.Label()),
	}
	if len(users) == 1 {
		did.target, did.id, did.name = "user", users[0].ID, users[0].UserName
		did.summary = fmt.Sprintf("Attached user %s to %s.", users[0].UserName, org.Method.Label())
	}
	for _, u := range users {
		did.changes = append(did.changes, models.Change{Path: u.UserName, Old: string(models.Manual), New: string(org.Method)})
	}
	return audited(by, did)
}

// attaching is who has users attached, and how.
type attaching struct {
	by      models.Actor
	org     models.Organization
	rules   rules
	decided bool   // an administrator looked, so doubts do not stand in the way
	how     string // where it comes from, a sentence; "" is by hand
}

// attachOne attaches one user behind a savepoint: a refusal leaves no trace.
func (d *Directory) attachOne(tx *store.Tx, how attaching, id string) (u models.User, entries []models.LogEntry, err error) {
	started := d.Now()
	err = tx.Attempt(func(inner *store.Tx) error {
		w := &work{tx: inner, by: how.by, org: how.org, follows: true, minds: true, rules: how.rules, entry: d.blank(inner, how.by, models.UserTarget, id)}
		if u, err = w.user(id); err != nil {
			return err
		}
		p, err := d.proposal(w, u)
		if err != nil {
			return err
		}
		if err := permits(how, &u, p); err != nil {
			return err
		}
		if w, err = d.attach(w, how, &u, p); err != nil {
			return err
		}
		w.entry.DurationMicros = d.Now().Sub(started).Microseconds()
		entries = append(slices.Clip(w.also), w.entry)
		return nil
	})
	return u, entries, err
}

// proposal decides on a user as they are in the transaction.
func (d *Directory) proposal(w *work, u models.User) (Proposal, error) {
	a, err := d.attacher(w.tx.Context(), w.tx.Reader, w.org)
	if err != nil {
		return Proposal{}, err
	}
	list, err := a.propose(w.tx.Context(), []models.User{u})
	if err != nil {
		return Proposal{}, err
	}
	return list[0], nil
}

// permits refuses what may not be attached, or not without a decision.
func permits(how attaching, u *models.User, p Proposal) error {
	switch {
	case how.org.Method == models.Manual:
		return models.Errorf(models.Conflict, "method", "No directory is in charge, so user %s cannot be attached to one.", u.UserName).
			WithAdvice("Change the deployment method first.").WithCode("methodNotInCharge")
	case u.Managed():
		return models.Errorf(models.Conflict, "", "User %s is managed by %s already.", u.UserName, u.Mode.Label()).
			WithAdvice("There is nothing left to do.").WithCode("attachedAlready")
	case p.Standing == Unknown:
		return models.Errorf(models.Conflict, "", "User %s cannot be attached. %s", u.UserName, p.Why).WithAdvice("%s", p.Advice).WithCode("noRecord")
	case p.Queue != "":
		return models.Errorf(models.Conflict, "", "User %s waits for a decision in the queue. %s", u.UserName, p.Why).WithAdvice("%s", p.Advice).WithCode("decideInQueue")
	case p.Standing != Safe && !how.decided:
		return models.Errorf(models.Conflict, "", "User %s needs a decision. %s", u.UserName, p.Why).WithAdvice("%s", p.Advice).WithCode("needsDecision")
	}
	return nil
}

// attach gives the user to the method: by the adoption that waits, where there is one,
// else as the rules have it and with the data that is here.
func (d *Directory) attach(w *work, how attaching, old *models.User, p Proposal) (*work, error) {
	if p.Item != "" {
		item, err := w.tx.LockQueueItem(w.org.Key, p.Item)
		if err != nil {
			return w, err
		}
		w = d.deciding(w.tx, how.by, w.org, how.rules, &item)
		return w, d.accept(w, how.by, &item)
	}
	w.entry.Source, w.entry.Action = w.org.Method, models.ActionAdopt
	if how.how != "" {
		w.entry.Details.Steps[0].Text = how.how
	} else {
		w.entry.Details.Steps[0].Text = fmt.Sprintf("Attached in the assistant by %s.", how.by.Name)
	}
	w.step(models.StepMatch, models.Success, "Known by %s%s. %s", claimWord(p.Claim), matchedRecord(p), p.Why)
	u := *old
	u.Attributes = models.CopyAttributes(old.Attributes)
	u.Mode = w.org.Method
	if err := w.anchor(&u, p.Anchor); err != nil {
		return w, err
	}
	saved, err := d.save(w, old, &u, models.ActionAdopt)
	if err != nil {
		return w, err
	}
	if old.Anchor(w.org.Method) != p.Anchor && w.org.Method != models.SCIM {
		w.entry.Details.Modified = append(w.entry.Details.Modified, models.Change{Path: "source anchor", Old: old.Anchor(w.org.Method), New: p.Anchor})
	}
	w.entry.Details.Anchor = p.Anchor
	w.resay(fmt.Sprintf("Attached user %s%s to %s; the data stays until the directory delivers it.", saved.UserName, statusTail(&saved), w.org.Method.Label()))
	return w, nil
}

func matchedRecord(p Proposal) string {
	if p.Record == "" {
		return ""
	}
	return ", with the record " + p.Record
}

// anchor gives the user the source anchor of their record, unless somebody else has
// it.
func (w *work) anchor(u *models.User, anchor string) error {
	if anchor == "" || anchor == u.Anchor(w.org.Method) {
		return nil
	}
	holder, err := w.tx.UserByAnchor(w.tx.Context(), u.OrganizationID, w.org.Method, anchor)
	switch {
	case err == nil && holder.Key != u.Key:
		return models.Errorf(models.Uniqueness, "externalId", "User %s cannot be attached: user %s (id %s) has the record’s source anchor.", u.UserName, holder.UserName, holder.ID).
			WithAdvice("If both are the same person, preserve one of them and attach the other.").WithCode("anchorTaken")
	case err != nil && models.KindOf(err) != models.NotFound:
		return err
	}
	switch w.org.Method {
	case models.Entra:
		u.EntraID = anchor
	case models.LDAP:
		u.LDAPID = anchor
	case models.SCIM, models.Manual:
		u.Attributes["externalId"] = anchor
	}
	return nil
}
