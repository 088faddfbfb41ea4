package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"muster/models"
)

// Matches are the users whom one rule's own condition holds for.
type Matches struct {
	Counts []MatchCount
	First  []models.User // the first by name whom no rule before it would win
}

// MatchCount is how many of them are at a rule now and would be won by one of the
// rules before, 0 for none.
type MatchCount struct{ Now, Before, Users int64 }

// Matching counts whom a rule's own condition matches, by where they are and by which
// of the rules before it would win them, and lists the first whom the rule would hold.
// It looks once: by the rule's index where it has one, else at everybody.
func (r Reader) Matching(ctx context.Context, organization int64, method models.Method, rule Rule, before []Rule, most int) (Matches, error) {
	d, out := dialect{r.engine}, Matches{}
	n := rule.node(d, organization, false)
	if n.is.sql == never {
		return out, nil
	}
	// Kept aside, so that the condition is asked once.
	text := say(`WITH found AS MATERIALIZED (SELECT users.id, users.sort_key, users.mapping_id AS now, # AS other FROM #)
		SELECT f.now, f.other AS before, count(*) AS users, 0 AS "key" FROM found f GROUP BY f.now, f.other
		UNION ALL SELECT 0, 0, 0, g.id FROM (SELECT f.id FROM found f WHERE f.other = 0 ORDER BY f.sort_key, f.id`+limited(most)+`) AS g`,
		winner(d, organization, before, len(before) > 0 && before[0].Settled), r.led(d, organization, method, n))
	type row struct{ Now, Before, Users, Key int64 }
	rows, err := scan[row](ctx, r, text.sql, text.args...)
	if err != nil {
		return out, gone(ctx, fmt.Errorf("count who matches a mapping: %w", err))
	}
	var keys []int64
	for _, row := range rows {
		if row.Key != 0 {
			keys = append(keys, row.Key)
			continue
		}
		out.Counts = append(out.Counts, MatchCount{row.Now, row.Before, row.Users})
	}
	out.First, err = r.usersByKey(ctx, keys)
	return out, err
}

// usersByKey reads some users, by name.
func (r Reader) usersByKey(ctx context.Context, keys []int64) ([]models.User, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	among, list := r.among("users.id", keys)
	users, err := scan[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE "+among, list)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("read the first who match a mapping: %w", err))
	}
	slices.SortFunc(users, func(a, b models.User) int {
		return cmp.Or(cmp.Compare(a.SortKey, b.SortKey), cmp.Compare(a.Key, b.Key))
	})
	return users, nil
}
