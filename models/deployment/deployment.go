// Package deployment is the one door for an organization's deployment method:
// summary, preview, change. What a preview counts is what the change does, because
// both come from the same Plan over the same Snapshot.
package deployment

import (
	"context"
	"fmt"
	"time"

	"muster/models"
	"muster/models/store"
)

// Options are what Deployments work with; all fields but Forecasters are required.
type Options struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string

	Forecasters []Forecaster // who may know what a method's first run would do
}

// Deployments reads and changes deployment methods.
type Deployments struct{ Options }

// New makes the door.
func New(o Options) *Deployments { return &Deployments{o} }

// Summary answers what is in charge, since when and by whom, how it is doing, and
// how many it governs.
type Summary struct {
	Organization models.Organization
	Users        models.UserCounts
	Groups       map[models.Method]int64 // "" holds the total
	LiveTokens   int
	Held         int64         // removals that the guard holds back until somebody decides
	LastCycle    *models.Cycle // nil: not started
	LastUsed     models.Time   // last SCIM request by any token
	Health       Health
	History      []models.MethodChange
	Fetching     *Fetching // nil unless users are fetched by a connector
}

// Level is how well provisioning is doing.
type Level string

// The levels, from calm to alarming.
const (
	Idle    Level = "idle"    // nothing to be healthy yet
	Healthy Level = "healthy" //
	Watch   Level = "watch"   // works, but something needs attention
	Broken  Level = "broken"  // does not work
)

// Health is a level with the reason and the next step, and where to take it.
type Health struct {
	Level  Level
	Text   string
	Advice string
	Link   string
}

// Summary reads an organization's summary.
func (d *Deployments) Summary(ctx context.Context, organization int64) (Summary, error) {
	var s Summary
	have, err := d.snapshot(ctx, d.Store.Reader, organization)
	if err != nil {
		return s, err
	}
	s.Organization, s.Users, s.Groups, s.Held = have.Organization, have.Users, have.Groups, have.Held
	for _, t := range have.Tokens {
		if end(t, d.Now()) == nil {
			s.LiveTokens++
		}
		s.LastUsed = max(s.LastUsed, t.LastUsed)
	}
	last, found, err := d.Store.LastCycle(ctx, organization, s.Organization.Method)
	if err != nil {
		return s, err
	}
	if found {
		s.LastCycle = &last
	}
	if s.History, err = d.Store.MethodChanges(ctx, organization, 50); err != nil {
		return s, err
	}
	if s.Fetching, err = d.fetching(ctx, s.Organization); err != nil {
		return s, err
	}
	away, err := d.turnedAway(ctx, organization, have.Tokens)
	if err != nil {
		return s, err
	}
	s.Health = health(s, have.Tokens, away, d.Now())
	return s, nil
}

// health judges a summary; the first rule that applies wins.
func health(s Summary, tokens []models.Token, away *locked, now time.Time) Health {
	o := s.Organization
	switch {
	case !o.MethodSet:
		return Health{Idle, "No deployment method has been chosen yet.", "Choose how users get here.", "/deployment"}
	case o.Method == models.Manual:
		return Health{Healthy, "Users are managed by hand.", "", ""}
	case s.Fetching != nil && s.Fetching.SetUp:
		return s.Fetching.health(s.LastCycle, now)
	case o.Method != models.SCIM:
		return idle(o.Method)
	case s.LiveTokens == 0 && len(tokens) == 0:
		return Health{Idle, "There is no SCIM token yet.", "Create a token and paste it into the identity provider.", "/scim/tokens/new"}
	case s.LiveTokens == 0:
		return Health{Broken, "No SCIM token is usable, so the identity provider is locked out.", "Create a token or enable one.", "/scim/tokens"}
	case away != nil:
		return away.health(tokens, now)
	case s.Held == 1:
		return Health{Watch, "The guard holds back one removal: that user still has access.", "Approve or reject it.", "/queue/held"}
	case s.Held > 1:
		return Health{Watch, fmt.Sprintf("The guard holds back %d removals: these users still have access.", s.Held), "Approve or reject them.", "/queue/held"}
	case s.LastUsed == 0:
		return Health{Idle, "Waiting for the first request of the identity provider.", "Paste the endpoint and the token into it and start provisioning there.", "/scim/tokens"}
	case s.LastCycle != nil && s.LastCycle.Failed > 0:
		return Health{Watch, fmt.Sprintf("%d of the changes in the last cycle failed.", s.LastCycle.Failed), "Look at what failed and why.", fmt.Sprintf("/logs?status=failure&cycle=%d", s.LastCycle.Key)}
	}
	if t, left, soon := expiring(tokens, now); soon {
		return Health{Watch, fmt.Sprintf("Token %q expires in %d days.", t.Description, left), "Rotate it before the identity provider is locked out.", "/scim/tokens/" + t.ID}
	}
	return Health{Healthy, "The identity provider reaches this organization and its changes are applied.", "", ""}
}

func expiring(tokens []models.Token, now time.Time) (models.Token, int, bool) {
	for _, t := range tokens {
		if t.State(now) != models.TokenActive || t.Expires == 0 {
			continue
		}
		if left := int(t.Expires.Time().Sub(now).Hours() / 24); left <= models.ReminderDays()[1] {
			return t, left, true
		}
	}
	return models.Token{}, 0, false
}
