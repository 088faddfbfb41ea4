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
	Rules        int64 // mappings and attribute mappings of the method in charge
	At           time.Time
}

// Blocker stands in the way of a change; Link leads to where it is solved.
type Blocker struct {
	Text   string
	Advice string
	Link   string
}

// Impact is what a change would do, counted. Version stamps the data it was
// counted on: a change confirmed on another version is refused.
type Impact struct {
	From     models.Method
	To       models.Method
	First    bool // the first choice: nothing is in charge yet
	Keep     bool
	Counts   models.ChangeCounts
	Blockers []Blocker
	Version  string
}

// Supported tells whether this version can put a method in charge.
func Supported(m models.Method) bool { return m == models.Manual || m == models.SCIM }

// Plan decides what changing to a target would do. It is pure: the preview shows
// it and the change carries it out.
func Plan(have Snapshot, target models.Method, keep bool) Impact {
	o := have.Organization
	i := Impact{From: o.Method, To: target, First: !o.MethodSet, Keep: keep, Version: have.version()}
	i.Blockers = blockers(have, target)
	if o.Method != target && o.Method != models.Manual {
		i.Counts.UsersToManual = have.Users.ByMode[o.Method]
		i.Counts.GroupsToManual = have.Groups[o.Method]
	}
	i.Counts.UsersUnchanged = have.Users.Total - i.Counts.UsersToManual
	i.Counts.Preserved = have.Users.ByStatus[models.Preserved]
	i.Counts.Inactive = have.Users.ByStatus[models.Inactive]
	if o.Method != target {
		if keep {
			i.Counts.RulesParked = have.Rules
		} else {
			i.Counts.RulesDeleted = have.Rules
		}
	}
	for _, t := range have.Tokens {
		switch {
		case o.Method != models.SCIM || target == models.SCIM || !t.Live(have.At) || t.Parked:
		case keep:
			i.Counts.TokensParked++
		default:
			i.Counts.TokensRevoked++
		}
	}
	return i
}

func blockers(have Snapshot, target models.Method) []Blocker {
	var out []Blocker
	o := have.Organization
	switch {
	case !target.Valid():
		out = append(out, Blocker{Text: fmt.Sprintf("%q is no deployment method.", target), Advice: "Choose manual, scim, entra or ldap.", Link: "/deployment/change"})
	case !Supported(target):
		out = append(out, Blocker{Text: target.Label() + " cannot be put in charge by this version of Muster.", Advice: "Choose SCIM or manual.", Link: "/deployment/change"})
	case o.MethodSet && o.Method == target:
		out = append(out, Blocker{Text: target.Label() + " is already in charge.", Advice: "Choose another method, or leave it as it is.", Link: "/deployment"})
	}
	return out
}

// version is the same exactly while a preview of this data would count the same.
func (s Snapshot) version() string {
	o := s.Organization
	h := sha256.New()
	fmt.Fprint(h, o.Key, o.Method, o.MethodSince, o.MethodSet, s.Groups[o.Method], "|", s.Rules, o.Settings.RulesVersion)
	for _, status := range models.Statuses() {
		for _, m := range models.Methods() {
			fmt.Fprint(h, "|", s.Users.Cells[status][m])
		}
	}
	for _, t := range s.Tokens {
		fmt.Fprint(h, "|", t.ID, t.Live(s.At), t.Parked)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func (d *Deployments) snapshot(ctx context.Context, r store.Reader, organization int64) (Snapshot, error) {
	s := Snapshot{At: d.Now()}
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
	mappings, attributes, err := r.RuleCounts(ctx, organization, s.Organization.Method)
	if err != nil {
		return s, err
	}
	s.Rules = mappings + attributes
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
