package deployment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"muster/models"
	"muster/models/store"
)

// UndoSnapshot is all that taking a change back is decided on.
type UndoSnapshot struct {
	Snapshot
	Change   models.MethodChange
	Undoable string     // public id of the only change that can be taken back now; "" for none
	Returns  store.Held // who holds the term still that the change ended
	Touched  store.Held // who held it and was changed since
	Settled  int64      // decisions that the change closed

	Profiles   []models.Profile          // that are here now
	Attributes []models.AttributeMapping // of all methods, as they are now
}

// UndoImpact is what taking a change back would do, counted, and stamped like Impact.
type UndoImpact struct {
	Change   models.MethodChange `json:"-"`
	From     models.Method       `json:"from"`
	To       models.Method       `json:"to"`
	Counts   models.ChangeCounts `json:"counts"`
	Tokens   []models.TokenMove  `json:"tokens,omitempty"`
	Left     []string            `json:"left,omitempty"`      // tokens that stay as they are, each with the reason, a sentence
	Rules    []string            `json:"leftRules,omitempty"` // mappings that do not come back as they were, likewise
	Gone     int64               `json:"gone,omitempty"`      // users who held the term and were purged since, or changed more than once
	Blockers []Blocker           `json:"blockers,omitempty"`
	Version  string              `json:"version"`

	Mappings   []models.Mapping          `json:"-"` // deleted by the change, as they come back
	Attributes []models.AttributeMapping `json:"-"`
}

// PlanUndo decides what taking a change back would do. It is pure. Method, mappings,
// tokens, decisions and the provisioning mode of everybody whom nobody changed since
// return; whom somebody did stays as they are.
func PlanUndo(have UndoSnapshot) UndoImpact {
	c, o := have.Change, have.Organization
	u := UndoImpact{Change: c, From: o.Method, To: c.Record.Before.Method, Blockers: undoBlockers(have), Version: have.version()}
	n := &u.Counts
	n.UsersReturn, n.GroupsReturn = have.Returns.Users, have.Returns.Groups
	n.UsersTouched, n.GroupsTouched = have.Touched.Users, have.Touched.Groups
	u.Gone = max(0, c.Record.Users-n.UsersReturn-n.UsersTouched)
	if o.Method != models.Manual && o.Method != u.To {
		n.UsersToManual, n.GroupsToManual = have.Users.ByMode[o.Method], have.Groups[o.Method]
		n.RulesParked, n.QueueClosed, n.HeldDropped = have.Rules[o.Method], have.Queued, have.Held
		n.ConnectorKept = have.Connectors[o.Method]
	}
	n.UsersUnchanged = have.Users.Total - n.UsersReturn - n.UsersToManual
	n.Preserved, n.Inactive = have.Users.ByStatus[models.Preserved], have.Users.ByStatus[models.Inactive]
	back := restores(have)
	u.Mappings, u.Attributes, u.Rules = back.mappings, back.attributes, back.left
	n.RulesRestored = int64(len(u.Mappings) + len(u.Attributes))
	if u.To != models.Manual {
		n.RulesWoken, n.ConnectorBack = have.Rules[u.To], have.Connectors[u.To]
	}
	if c.Record.Connector != nil {
		n.ConnectorBack = 1
	}
	n.QueueReopened = have.Settled
	u.planTokens(have)
	return u
}

// planTokens gives each token back what the change took, unless somebody did something
// else with it since.
func (u *UndoImpact) planTokens(have UndoSnapshot) {
	fates := map[string]models.TokenFate{}
	for _, m := range u.Change.Record.Tokens {
		fates[m.ID] = m.Is
	}
	for _, t := range have.Tokens {
		fate, why := undoFate(t, fates[t.ID], u.Change, have)
		if why != "" {
			u.Left = append(u.Left, why)
		}
		if fate != "" {
			u.Tokens = append(u.Tokens, models.TokenMove{ID: t.ID, Is: fate})
			countToken(&u.Counts, fate)
		}
	}
}

func undoFate(t models.Token, was models.TokenFate, c models.MethodChange, have UndoSnapshot) (fate models.TokenFate, why string) {
	name := fmt.Sprintf("Token %q", t.Description)
	switch was {
	case models.TokenSleeps:
		switch {
		case t.Revoked != 0:
			return "", name + " was revoked since and stays so."
		case !t.Live(have.At):
			return "", name + " expired since; create another one."
		}
		return models.TokenWakes, ""
	case models.TokenDies:
		back := t
		back.Revoked, back.RevokedBy = 0, ""
		switch {
		case t.Revoked != c.At:
			return "", name + " stays as it is."
		case !back.Live(have.At):
			return "", name + " expired since; create another one."
		}
		return models.TokenWakes, ""
	case models.TokenOpens:
		if t.Live(have.At) {
			return models.TokenRehearses, ""
		}
		return "", ""
	case models.TokenWakes, models.TokenRehearses:
	}
	// One that rehearses since SCIM left, one that the change woke, or that was made since.
	if have.Organization.Method != models.SCIM && c.Record.Before.Method == models.SCIM && t.Live(have.At) && !t.Parked && t.Shadow {
		return models.TokenOpens, ""
	}
	if have.Organization.Method == models.SCIM && c.Record.Before.Method != models.SCIM && t.Live(have.At) && !t.Parked {
		return models.TokenSleeps, ""
	}
	return "", ""
}

func undoBlockers(have UndoSnapshot) []Blocker {
	c := have.Change
	block := func(text, advice string) []Blocker { return []Blocker{{text, advice, "/deployment"}} }
	switch {
	case c.Undoes != "":
		return block("This entry is itself the undo of a change.", "Change the deployment method again instead.")
	case c.UndoneBy != "":
		return block("This change was undone already.", "Change the deployment method again if that is what you want.")
	case c.UndoUntil == 0:
		return block("The first choice of a method cannot be undone: there was nothing before it.", "Choose another method instead.")
	case have.At.After(c.UndoUntil.Time()):
		return block("The time to undo this change ended "+c.UndoUntil.Time().Format("on January 2, 2006")+".",
			"Change the deployment method back instead: kept mappings and tokens wake, and users are managed again when they are delivered.")
	case have.Undoable != c.ID:
		return block("The deployment method was changed again since.", "Undo the later change first, then this one.")
	}
	return nil
}

func (s UndoSnapshot) version() string {
	h := sha256.New()
	fmt.Fprint(h, s.Snapshot.version(), "|", s.Change.ID, "|", s.Change.UndoneBy, "|", s.Undoable, "|", s.Returns, "|", s.Touched, "|", s.Settled, "|", s.At.After(s.Change.UndoUntil.Time()), "|", restores(s).left)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// Undoable gives the only change of a history, newest first, that can be taken back at
// an instant: the latest that was not, within its time.
func Undoable(history []models.MethodChange, at time.Time) (models.MethodChange, bool) {
	for _, c := range history {
		if c.Undoes == "" && c.UndoneBy == "" {
			return c, c.UndoUntil != 0 && !at.After(c.UndoUntil.Time())
		}
	}
	return models.MethodChange{}, false
}

func (d *Deployments) undoSnapshot(ctx context.Context, r store.Reader, organization int64, id string) (UndoSnapshot, error) {
	base, err := d.snapshot(ctx, r, organization)
	s := UndoSnapshot{Snapshot: base}
	if err != nil {
		return s, err
	}
	if s.Change, err = r.MethodChange(ctx, organization, id); err != nil {
		return s, err
	}
	history, err := r.MethodChanges(ctx, organization, historyMost)
	if err != nil {
		return s, err
	}
	if last, ok := Undoable(history, s.At); ok {
		s.Undoable = last.ID
	}
	if name := s.Change.Record.Ended; name != "" {
		if s.Returns, err = r.Holders(ctx, organization, name); err != nil {
			return s, err
		}
		if s.Touched, err = r.Touched(ctx, organization, name, s.Change.At); err != nil {
			return s, err
		}
	}
	if s.Profiles, err = r.Profiles(ctx, organization); err != nil {
		return s, err
	}
	if s.Attributes, err = r.AttributeMappings(ctx, organization, ""); err != nil {
		return s, err
	}
	s.Settled, err = r.SettledBy(ctx, organization, id)
	return s, err
}

// historyMost bounds how far back changes are looked through.
const historyMost = 200

// PreviewUndo counts what taking a change back would do now.
func (d *Deployments) PreviewUndo(ctx context.Context, organization int64, id string) (UndoImpact, error) {
	have, err := d.undoSnapshot(ctx, d.Store.Reader, organization, id)
	if err != nil {
		return UndoImpact{}, err
	}
	return PlanUndo(have), nil
}

// UndoOrder is a confirmed undo.
type UndoOrder struct {
	Change  string // public id
	Version string // of the preview; "" skips the comparison
	Reason  string
}

// Undo takes a change back, in one transaction of the same cost for any number of users.
func (d *Deployments) Undo(ctx context.Context, by models.Actor, o UndoOrder) (models.MethodChange, error) {
	var done models.MethodChange
	id := d.NewID()
	err := d.Store.Both(ctx, func(tx *store.Tx) ([]models.LogEntry, models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return nil, models.AuditEntry{}, err
		}
		have, err := d.undoSnapshot(ctx, tx.Reader, by.OrganizationID, o.Change)
		if err != nil {
			return nil, models.AuditEntry{}, err
		}
		plan := PlanUndo(have)
		if err := allows(plan.Blockers, o.Version, plan.Version); err != nil {
			return nil, models.AuditEntry{}, err
		}
		done = models.MethodChange{
			ID: id, OrganizationID: org.Key, From: plan.From, To: plan.To, At: tx.Now(), By: by.Name, Reason: o.Reason,
			KeptMappings: true, Counts: plan.Counts, Undoes: o.Change,
			Record: models.ChangeRecord{Before: inCharge(org), Tokens: plan.Tokens},
		}
		if err := d.applyUndo(tx, by, &org, have, plan, &done); err != nil {
			return nil, models.AuditEntry{}, err
		}
		if err := tx.InsertMethodChange(&done); err != nil {
			return nil, models.AuditEntry{}, err
		}
		text := undone(org, plan)
		return []models.LogEntry{logEntry(by, org, done, text)}, auditEntry(by, org, "deployment.undo", text, done, false), nil
	})
	return done, err
}

// resumeConnector lets the connector of a method that returns go on as if it had not
// been away, but for a deleted one, which begins with a full read and a preview.
func (d *Deployments) resumeConnector(tx *store.Tx, organization int64, to models.Method, deleted *models.Connector) error {
	if deleted != nil {
		return tx.RestoreConnector(*deleted, false)
	}
	if to == models.Manual {
		return nil
	}
	return tx.ResumeConnector(organization, to)
}

func undone(org models.Organization, plan UndoImpact) string {
	text := fmt.Sprintf("Undid the change of the deployment method of %s from %s to %s; ", org.Name, plan.Change.From.Label(), plan.Change.To.Label())
	if plan.To == models.Manual {
		return text + counted(plan.Counts.UsersToManual, "user", "users") + " and " + counted(plan.Counts.GroupsToManual, "group", "groups") + " became manual again."
	}
	return text + counted(plan.Counts.UsersReturn, "user", "users") + " and " + counted(plan.Counts.GroupsReturn, "group", "groups") + " are back under " + plan.To.Label() + "."
}

func (d *Deployments) applyUndo(tx *store.Tx, by models.Actor, org *models.Organization, have UndoSnapshot, plan UndoImpact, done *models.MethodChange) error {
	c := have.Change
	if plan.From != plan.To {
		if err := d.leave(tx, by, org, plan.From, done, "The change to "+plan.From.Label()+" was undone."); err != nil {
			return err
		}
		if err := tx.ParkRules(org.Key, plan.From, true); err != nil {
			return err
		}
		if err := enter(tx, org, plan.To, done); err != nil {
			return err
		}
	}
	if c.Record.Ended != "" {
		if err := tx.ResumeTerm(org.Key, c.Record.Ended); err != nil {
			return err
		}
		done.Record.Began = c.Record.Ended
	}
	if err := tx.RestoreRules(slices.Clone(plan.Mappings), slices.Clone(plan.Attributes)); err != nil {
		return err
	}
	if err := d.resumeConnector(tx, org.Key, plan.To, c.Record.Connector); err != nil {
		return err
	}
	if _, err := tx.ReopenQueue(org.Key, c.ID); err != nil {
		return err
	}
	if err := moveTokens(tx, have.Tokens, plan.Tokens, by.Name); err != nil {
		return err
	}
	if err := tx.MarkUndone(&c, done.ID); err != nil {
		return err
	}
	if plan.To != models.Manual && plan.Counts.RulesWoken+plan.Counts.RulesRestored > 0 {
		// Rules, groups and users may have changed while they slept.
		err := tx.ScheduleEvaluation(models.Evaluation{
			ID: d.NewID(), OrganizationID: org.Key, Method: plan.To, StartedBy: by.Name,
			Reason: "the change of the deployment method to " + plan.From.Label() + " was undone.",
		})
		if err != nil {
			return err
		}
	}
	return govern(tx, org, by, plan.To, c.Record.Before.Set)
}
