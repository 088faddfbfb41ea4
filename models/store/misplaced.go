package store

import (
	"context"
	"fmt"

	"muster/models"
)

// Placement is what a method's rules come to: the rules, the profile of whom none
// gives one, and what happens to whom none matches.
type Placement struct {
	Method    models.Method
	Rules     []Rule
	Default   int64 // key of the default profile, 0 for none
	Unmatched models.Unmatched
	Whole     bool // whoever the method manages, in their place or not
}

// Window is a stretch of an organization's users in the order of their keys.
type Window struct {
	Last      int64    // key of its last user; 0 when there are no more
	Users     int64    // how many it holds
	Misplaced []string // public ids of those who are not where the rules would have them
}

type (
	idRow      struct{ ID string }
	nameRow    struct{ Name string }
	stretchRow struct{ Last, Users int64 }
)

// Misplaced looks through the next users after a key for those whom the rules, as
// they are now, would have elsewhere. It finds them all, and perhaps some who are in
// their place.
func (r Reader) Misplaced(ctx context.Context, organization int64, p Placement, after int64, size int) (Window, error) {
	d := dialect{r.engine}
	shown := r.shown()
	stretch, err := read[stretchRow](ctx, r, "SELECT coalesce(max(f.id), 0) AS last, count(*) AS users FROM (SELECT users.id FROM users WHERE users.organization_id = ? AND "+
		shown+" AND users.id > ? ORDER BY users.id"+limited(size)+") AS f", organization, after)
	if err != nil {
		return Window{}, fmt.Errorf("look for users to evaluate: %w", err)
	}
	w := Window{Last: stretch[0].Last, Users: stretch[0].Users}
	if w.Users == 0 {
		return w, nil
	}
	// Kept aside: put into each place that looks at it, f.next would be found anew there.
	text := say(`WITH f AS MATERIALIZED (SELECT users.id, users.public_id, users.mapping_id, users.profile_id, users.profile_by, users.parked, users.status, # AS next
		FROM users WHERE users.id > # AND users.id <= # AND users.organization_id + 0 = # AND (users.mode || '') IN `+termsSaid+` AND `+d.shown("users")+`)
		SELECT f.public_id AS id FROM f WHERE # ORDER BY f.id`,
		winner(d, organization, p.Rules, true), after, w.Last, organization, organization, p.Method, p.elsewhere())
	rows, err := scan[idRow](ctx, r, text.sql, text.args...)
	if err != nil {
		return w, gone(ctx, fmt.Errorf("look for misplaced users: %w", err))
	}
	for _, row := range rows {
		w.Misplaced = append(w.Misplaced, row.ID)
	}
	return w, nil
}

// elsewhere tells that a user, of whom f.next is the rule that would win them, has
// something else than it gives.
func (p Placement) elsewhere() said {
	if p.Whole {
		return yes()
	}
	out := said{sql: "f.mapping_id <> f.next"}
	profile := "CASE f.next"
	for _, r := range p.Rules {
		if r.Profile != 0 {
			profile += fmt.Sprintf(" WHEN %d THEN %d", r.key(), r.Profile)
		}
	}
	profile += fmt.Sprintf(" ELSE %d END", p.Default)
	if profile == fmt.Sprintf("CASE f.next ELSE %d END", p.Default) {
		profile = fmt.Sprint(p.Default)
	}
	out = or(out, said{sql: "(f.profile_by <> 'admin' AND f.profile_id <> " + profile + ")"})
	out = or(out, said{sql: "(f.next <> 0 AND f.parked = 'mapping')"})
	if len(p.Rules) > 0 && (p.Unmatched == models.UnmatchedPark || p.Unmatched == models.UnmatchedRefuse) {
		out = or(out, said{sql: "(f.next = 0 AND f.profile_by <> 'admin' AND (f.status = 'active' OR f.parked = 'seat'))"})
	} else {
		out = or(out, said{sql: "f.parked = 'mapping'"})
	}
	return or(out, p.ungrouped())
}

// ungrouped tells that the groups that rules gave a user are not those of the rule
// they are at.
func (p Placement) ungrouped() said {
	const memberships = "(SELECT count(*) FROM members m WHERE m.kind = 'user' AND m.member_id = f.id AND "
	out := said{sql: memberships + "m.mapping_id <> 0 AND m.mapping_id <> f.next) > 0"}
	var none []int64
	for _, r := range p.Rules {
		if r.Key == 0 {
			continue
		}
		keys := keyList(r.Locals)
		if keys == "" {
			none = append(none, r.Key)
			continue
		}
		out = or(out, said{sql: fmt.Sprintf("(f.next = %d AND "+memberships+"m.group_id IN (%s)) < %d)", r.Key, keys, len(r.Locals))})
		out = or(out, said{sql: fmt.Sprintf("(f.next = %d AND "+memberships+"m.mapping_id = %d AND m.group_id NOT IN (%s)) > 0)", r.Key, r.Key, keys)})
	}
	if len(none) > 0 {
		out = or(out, said{sql: "(f.next IN (" + keyList(none) + ") AND " + memberships + "m.mapping_id = f.next) > 0)"})
	}
	return out
}
