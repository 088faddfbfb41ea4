package deployment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"muster/models"
	"muster/models/store"
)

// Snapshot is all that a change of method is decided on.
type Snapshot struct {
	Organization models.Organization
	Users        models.UserCounts
	Groups       map[models.Method]int64
	Tokens       []models.Token
	Rules        map[models.Method]int64 // mappings and attribute mappings, parked ones too
	Connectors   map[models.Method]int64 // 1 where settings and credentials are kept
	Queued       int64                   // open decisions about records of the method in charge
	Held         int64                   // removals that the guard holds back
	At           time.Time
}

// Impact is what a change would do, counted. Version stamps the data it was
// counted on: a change confirmed on another version is refused.
type Impact struct {
	From      models.Method       `json:"from"`
	To        models.Method       `json:"to"`
	First     bool                `json:"first,omitempty"` // the first choice: nothing is in charge yet
	Keep      bool                `json:"keepMappings"`
	Counts    models.ChangeCounts `json:"counts"`
	Tokens    []models.TokenMove  `json:"tokens,omitempty"`
	Blockers  []Blocker           `json:"blockers,omitempty"`
	Notes     []Note              `json:"notes,omitempty"`
	UndoUntil time.Time           `json:"undoUntil,omitzero"` // until when it can be taken back; zero for the first choice
	Version   string              `json:"version"`
}

// Connects tells whether this version can fetch from a method's directory, or be sent to.
// Others can be put in charge and configured; until they can, nobody is delivered.
func Connects(m models.Method) bool {
	return m == models.Manual || m == models.SCIM || m == models.Entra
}

// Plan decides what changing to a target would do. It is pure: the preview shows
// it and the change carries it out.
func Plan(have Snapshot, target models.Method, keep bool) Impact {
	o := have.Organization
	i := Impact{From: o.Method, To: target, First: !o.MethodSet, Keep: keep, Version: have.version()}
	i.Blockers, i.Notes = blockers(have, target), notes(have, target)
	leaves := o.Method != target && o.Method != models.Manual
	n := &i.Counts
	if leaves {
		n.UsersToManual, n.GroupsToManual = have.Users.ByMode[o.Method], have.Groups[o.Method]
		n.QueueClosed, n.HeldDropped = have.Queued, have.Held
		if keep {
			n.RulesParked, n.ConnectorKept = have.Rules[o.Method], have.Connectors[o.Method]
		} else {
			n.RulesDeleted, n.ConnectorGone = have.Rules[o.Method], have.Connectors[o.Method]
		}
	}
	if o.Method != target && target != models.Manual {
		n.RulesWoken, n.ConnectorBack = have.Rules[target], have.Connectors[target]
	}
	n.UsersUnchanged = have.Users.Total - n.UsersToManual
	n.Preserved, n.Inactive = have.Users.ByStatus[models.Preserved], have.Users.ByStatus[models.Inactive]
	for _, t := range have.Tokens {
		if fate, moves := fateOf(t, i, have.At); moves {
			i.Tokens = append(i.Tokens, models.TokenMove{ID: t.ID, Is: fate})
			countToken(n, fate)
		}
	}
	if !i.First {
		i.UndoUntil = have.At.Add(o.Settings.UndoTime())
	}
	return i
}

// fateOf tells what a change does to a token, if anything: those that are live sleep or
// die with SCIM, those that sleep wake with it.
func fateOf(t models.Token, i Impact, at time.Time) (models.TokenFate, bool) {
	switch {
	case i.From == i.To || !t.Live(at):
		return "", false
	case i.To == models.SCIM && t.Parked:
		return models.TokenWakes, true
	case i.To == models.SCIM:
		return models.TokenOpens, t.Shadow
	case i.From != models.SCIM || t.Parked:
		return "", false
	case i.Keep:
		return models.TokenSleeps, true
	}
	return models.TokenDies, true
}

func countToken(n *models.ChangeCounts, fate models.TokenFate) {
	switch fate {
	case models.TokenSleeps:
		n.TokensParked++
	case models.TokenDies:
		n.TokensRevoked++
	case models.TokenWakes:
		n.TokensWoken++
	case models.TokenOpens:
		n.TokensOpened++
	case models.TokenRehearses:
		n.TokensShadow++
	}
}

// version is the same exactly while a preview of this data would count the same.
func (s Snapshot) version() string {
	o := s.Organization
	h := sha256.New()
	fmt.Fprint(h, o.Key, "|", o.Method, "|", o.MethodSince, "|", o.MethodSet, "|", o.Settings.RulesVersion, "|", o.Settings.UndoDays, "|", s.Queued, "|", s.Held)
	for _, m := range models.Methods() {
		fmt.Fprint(h, "|", s.Rules[m], "|", s.Connectors[m], "|", s.Groups[m])
		for _, status := range models.Statuses() {
			fmt.Fprint(h, "|", s.Users.Cells[status][m])
		}
	}
	for _, t := range s.Tokens {
		fmt.Fprint(h, "|", t.ID, t.Live(s.At), t.Parked, t.Shadow)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func (d *Deployments) snapshot(ctx context.Context, r store.Reader, organization int64) (Snapshot, error) {
	s := Snapshot{At: d.Now(), Rules: map[models.Method]int64{}, Connectors: map[models.Method]int64{}}
	var err error
	if s.Organization, err = r.Organization(ctx, organization); err != nil {
		return s, err
	}
	if s.Users, err = r.UserCounts(ctx, organization); err != nil {
		return s, err
	}
	if s.Groups, err = r.GroupCounts(ctx, organization); err != nil {
		return s, err
	}
	for _, m := range models.Methods() {
		mappings, attributes, err := r.RuleCounts(ctx, organization, m)
		if err != nil {
			return s, err
		}
		s.Rules[m] = mappings + attributes
		if _, known, err := r.Connector(ctx, organization, m); err != nil {
			return s, err
		} else if known {
			s.Connectors[m] = 1
		}
	}
	if s.Queued, err = r.OpenItems(ctx, organization, s.Organization.Method); err != nil {
		return s, err
	}
	if _, s.Held, err = r.Waiting(ctx, organization); err != nil {
		return s, err
	}
	s.Tokens, err = r.Tokens(ctx, organization)
	return s, err
}

// Preview counts what changing to a target would do now.
func (d *Deployments) Preview(ctx context.Context, organization int64, target models.Method, keep bool) (Impact, error) {
	have, err := d.snapshot(ctx, d.Store.Reader, organization)
	if err != nil {
		return Impact{}, err
	}
	return Plan(have, target, keep), nil
}
