package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/filter"
)

const (
	// searchFew is up to how many users a search may find to be read by their
	// keys; above it the list's index, walked in order, meets one soon enough.
	searchFew = 3000
	// searchTried is how many users of the rarest of several frequent words are
	// tried for the other words.
	searchTried = 12000
	// groupFew is up to how many members a group may have to be read as a set.
	groupFew = 5000
)

// userSearch is how a search is run: by the keys that were found, or by testing
// each user for the words while the list is walked.
type userSearch struct {
	words  []string
	few    bool
	keys   []int64 // few: the users found
	capped bool    // few: there may be more
}

// searchWords splits a search into folded words.
func searchWords(search string) []string {
	words := strings.Fields(filter.Fold(search))
	return words[:min(len(words), 6)]
}

// after is the end of the range of strings that begin with a prefix.
func after(prefix string) string { return prefix + "\U0010FFFF" }

const wordRange = "organization_id = ? AND path = '" + wordPath + "' AND value_key >= ? AND value_key < ?"

// searchUsers finds the users that have, for each word, a word beginning with it,
// or decides that they are too many to be collected. The rarest word leads.
func (r Reader) searchUsers(ctx context.Context, organization int64, words []string) (userSearch, error) {
	s := userSearch{words: words}
	if len(words) == 0 {
		return s, nil
	}
	tried := searchFew
	if len(words) > 1 {
		tried = searchTried
	}
	rarest, least := 0, int64(tried+1)
	for i, w := range words {
		n, err := r.bounded(ctx, tried, "user_values WHERE "+wordRange, organization, w, after(w))
		if err != nil {
			return s, fmt.Errorf("search users: %w", err)
		}
		if n < least {
			rarest, least = i, n
		}
	}
	if len(words) == 1 && least >= searchFew {
		return s, nil
	}
	keys, err := r.usersOf(ctx, organization, words, rarest, tried)
	if err != nil || len(keys) > searchFew {
		return s, err
	}
	s.few, s.keys, s.capped = true, keys, least >= searchTried
	return s, nil
}

func (r Reader) usersOf(ctx context.Context, organization int64, words []string, lead, tried int) ([]int64, error) {
	var c condition
	c.and(fmt.Sprintf("SELECT DISTINCT user_id FROM (SELECT user_id FROM user_values WHERE "+wordRange+" LIMIT %d) AS hits WHERE 1 = 1", tried),
		organization, words[lead], after(words[lead]))
	for i, w := range words {
		if i != lead {
			c.and(hasWord("hits.user_id"), organization, w, after(w))
		}
	}
	var keys []int64
	if err := r.q(ctx).Raw(c.sql+" LIMIT ?", append(c.args, searchFew+1)...).Scan(&keys).Error; err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return keys, nil
}

// among selects by many keys with one parameter, which keeps the statement the
// same for any number.
func (r Reader) among(keys []int64) (string, string) {
	list := strings.ReplaceAll(strings.Trim(fmt.Sprint(keys), "[]"), " ", ",")
	if r.engine == postgresEngine {
		return "id = ANY (string_to_array(?, ',')::bigint[])", list
	}
	return "id IN (SELECT value FROM json_each(?))", "[" + list + "]"
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
func (r Reader) userWhere(organization int64, q models.UserQuery, search userSearch, largeGroup bool) (string, []any) {
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
		c.and(r.among(search.keys))
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
