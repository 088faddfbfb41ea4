package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/filter"
)

const (
	// searchFew is up to how many users a word may find to be read as a set.
	searchFew = 3000
	// searchTried is how many users of the rarest of several frequent words are
	// tried for the other words.
	searchTried = 20000
	// groupFew is up to how many members a group may have to be read as a set.
	groupFew = 5000
)

// userSearch is how a search is run: few users are read by their keys and sorted;
// what is frequent is tested while the list's index is walked in order.
type userSearch struct {
	words  []string
	few    bool
	set    condition // few: a subquery that gives the keys
	capped bool      // the set does not hold all
}

// searchWords splits a search into folded words.
func searchWords(search string) []string {
	words := strings.Fields(filter.Fold(search))
	return words[:min(len(words), 6)]
}

// after is the end of the range of strings that begin with a prefix.
func after(prefix string) string { return prefix + "\U0010FFFF" }

const wordRange = "organization_id = ? AND path = '" + wordPath + "' AND value_key >= ? AND value_key < ?"

// searchUsers decides how to find the users that have, for each word, a word
// beginning with it. The rarest word leads.
func (r Reader) searchUsers(ctx context.Context, organization int64, words []string) (userSearch, error) {
	s := userSearch{words: words}
	rarest, least := 0, int64(searchTried+1)
	for i, w := range words {
		n, err := r.bounded(ctx, searchTried, "user_values WHERE "+wordRange, organization, w, after(w))
		if err != nil {
			return s, fmt.Errorf("search users: %w", err)
		}
		if n < least {
			rarest, least = i, n
		}
	}
	if len(words) == 0 || len(words) == 1 && least >= searchFew {
		return s, nil
	}
	s.few, s.capped = true, least >= searchTried
	lead := words[rarest]
	s.set.and(fmt.Sprintf("SELECT tried.user_id FROM (SELECT DISTINCT user_id FROM (SELECT user_id FROM user_values WHERE "+wordRange+
		" LIMIT %d) AS hits) AS tried WHERE 1 = 1", searchTried), organization, lead, after(lead))
	for i, w := range words {
		if i != rarest {
			s.set.and(hasWord("tried.user_id"), organization, w, after(w))
		}
	}
	return s, nil
}

func hasWord(key string) string {
	return "EXISTS (SELECT 1 FROM user_values w WHERE w.user_id = " + key + " AND w." +
		strings.ReplaceAll(wordRange, " AND ", " AND w.") + ")"
}

func (r Reader) largeGroup(ctx context.Context, group int64) (bool, error) {
	if group == 0 {
		return false, nil
	}
	n, err := r.bounded(ctx, groupFew, "members WHERE group_id = ? AND kind = 'user'", group)
	if err != nil {
		return false, fmt.Errorf("measure a group: %w", err)
	}
	return n >= groupFew, nil
}

// bounded counts rows up to a bound.
func (r Reader) bounded(ctx context.Context, most int, from string, args ...any) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM (SELECT 1 AS one FROM "+from+" LIMIT ?) AS f", append(args, most)...).Scan(&n).Error
	return n, err
}

// userWhere selects the rows of a list. Behind a set the other columns stand as
// expressions, which keeps the planner from walking an index instead.
func userWhere(organization int64, q models.UserQuery, search userSearch, largeGroup bool) (string, []any) {
	var c condition
	byMember := q.Group != 0 && !largeGroup && !search.few
	column := "%s = ?"
	if search.few || byMember {
		column = "(%s || '') = ?"
		c.and("organization_id + 0 = ?", organization)
	} else {
		c.and("organization_id = ?", organization)
	}
	if search.few {
		c.and("id IN ("+search.set.sql+")", search.set.args...)
	}
	if byMember {
		c.and("id IN (SELECT member_id FROM members WHERE group_id = ? AND kind = 'user')", q.Group)
	}
	if q.Status != "" {
		c.and(fmt.Sprintf(column, "status"), q.Status)
	}
	if q.Mode != "" {
		c.and(fmt.Sprintf(column, "mode"), q.Mode)
	}
	if q.Group != 0 && !byMember {
		c.and("EXISTS (SELECT 1 FROM members m WHERE m.group_id = ? AND m.kind = 'user' AND m.member_id = users.id)", q.Group)
	}
	if !search.few {
		for _, w := range search.words {
			c.and(hasWord("users.id"), organization, w, after(w))
		}
	}
	return c.sql, c.args
}
