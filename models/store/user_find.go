package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/filter"
)

const (
	// searchMost bounds how many users a search finds; more is shown as "narrow
	// the search".
	searchMost = 2000
	// searchTried bounds how many users of the rarest word are tried for the
	// other words and the filters.
	searchTried = 5000
	// groupFew is up to how many members a group may have to be read as a set;
	// above it the list's index, walked in order, meets one soon enough.
	groupFew = 5000
)

// userSearch is what a search found.
type userSearch struct {
	on     bool
	keys   []int64
	capped bool // there may be more
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
// and pass the filters. The rarest word leads: its users are tried, those first
// whose word is the shortest. Order is the list's business, so a frequent name
// costs no more than the bound.
func (r Reader) searchUsers(ctx context.Context, organization int64, q models.UserQuery) (userSearch, error) {
	words := searchWords(q.Search)
	if len(words) == 0 {
		return userSearch{}, nil
	}
	lead, least, err := r.rarest(ctx, organization, words)
	if err != nil {
		return userSearch{}, err
	}
	filtered := " WHERE 1 = 1"
	if len(words) > 1 || q.Status != "" || q.Mode != "" || q.Group != 0 || special(q) {
		filtered = " CROSS JOIN users WHERE users.id = hits.user_id"
	}
	var c condition
	c.and(fmt.Sprintf("SELECT DISTINCT hits.user_id FROM (SELECT user_id FROM user_values WHERE "+wordRange+
		" ORDER BY value_key, user_id LIMIT %d) AS hits%s", searchTried, filtered), organization, words[lead], after(words[lead]))
	for i, w := range words {
		if i != lead {
			c.and(r.hasWord(), models.WordMark+w)
		}
	}
	if q.Status != "" {
		c.and("(users.status || '') = ?", q.Status)
	}
	if q.Mode != "" {
		c.and("(users.mode || '') IN "+termsOf, organization, q.Mode)
	}
	if q.Group != 0 {
		c.and(inGroup, q.Group)
	}
	specially(&c, q, false)
	s := userSearch{on: true}
	if r.engine == postgresEngine { // which finds them in any order, and another one for the next page
		c.sql += " ORDER BY hits.user_id"
	}
	if err := r.q(ctx).Raw(c.sql+limited(searchMost+1), c.args...).Scan(&s.keys).Error; err != nil {
		return s, fmt.Errorf("search users: %w", err)
	}
	s.capped = least >= searchTried || len(s.keys) > searchMost
	s.keys = s.keys[:min(len(s.keys), searchMost)]
	return s, nil
}

// rarest tells which word the fewest users have, counted up to the bound.
func (r Reader) rarest(ctx context.Context, organization int64, words []string) (at int, least int64, err error) {
	least = searchTried + 1
	for i, w := range words {
		n, err := r.bounded(ctx, searchTried, "user_values WHERE "+wordRange, organization, w, after(w))
		if err != nil {
			return 0, 0, fmt.Errorf("search users: %w", err)
		}
		if n < least {
			at, least = i, n
		}
	}
	return at, least, nil
}

// among selects by many keys with one parameter, which keeps the statement the
// same for any number. SQLite opens a list as a table of its own, which for a single
// key, as in most requests, costs more than finding the row.
func (r Reader) among(column string, keys []int64) (string, string) {
	list := strings.ReplaceAll(strings.Trim(fmt.Sprint(keys), "[]"), " ", ",")
	if r.engine == postgresEngine {
		return column + " = ANY (string_to_array(?, ',')::bigint[])", list
	}
	if len(keys) == 1 {
		return column + " = CAST(? AS INTEGER)", list
	}
	return column + " IN (SELECT value FROM json_each(?))", "[" + list + "]"
}

// amongTexts is among for texts.
func (r Reader) amongTexts(texts []string) (condition, list string, err error) {
	if len(texts) == 1 && r.engine == sqliteEngine {
		return "= ?", texts[0], nil
	}
	encoded, err := json.Marshal(texts)
	if err != nil {
		return "", "", fmt.Errorf("list texts: %w", err)
	}
	if r.engine == postgresEngine {
		return "= ANY (ARRAY(SELECT jsonb_array_elements_text(?::jsonb)))", string(encoded), nil
	}
	return "IN (SELECT value FROM json_each(?))", string(encoded), nil
}

// hasWord tells that a user has a word which begins with another.
func (r Reader) hasWord() string {
	if r.engine == postgresEngine {
		return "strpos(users.words, ?) > 0"
	}
	return "instr(users.words, ?) > 0"
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
	err := r.q(ctx).Raw("SELECT count(*) FROM (SELECT 1 AS one FROM "+from+limited(int(most))+") AS f", args...).Scan(&n).Error
	return n, err
}

const inGroup = "EXISTS (SELECT 1 FROM members m WHERE m.group_id = ? AND m.kind = 'user' AND m.member_id = users.id)"

// userWhere selects the rows of a list. Behind a set of keys the other columns
// stand as expressions, which keeps the planner from walking an index instead.
func (r Reader) userWhere(organization int64, q models.UserQuery, search userSearch, largeGroup bool) condition {
	var c condition
	if search.on {
		c.and(r.among("id", search.keys))
		c.and("organization_id + 0 = ?", organization)
		return c
	}
	column := "%s = ?"
	switch {
	case q.Group != 0 && !largeGroup:
		column = "(%s || '') = ?"
		c.and("organization_id + 0 = ?", organization)
		c.and("id IN (SELECT member_id FROM members WHERE group_id = ? AND kind = 'user')", q.Group)
	case q.Group != 0:
		c.and("organization_id = ? AND "+inGroup, organization, q.Group)
	default:
		c.and("organization_id = ?", organization)
	}
	if q.Status != "" {
		c.and(fmt.Sprintf(column, "status"), q.Status)
	}
	if q.Mode != "" {
		c.and("(mode || '') IN "+termsOf, organization, q.Mode)
	}
	return c
}

// userCells are the ranges of the index by status and mode that together hold what
// a filter by one of the two selects, each in the list's order.
func (r Reader) userCells(ctx context.Context, organization int64, q models.UserQuery) ([]condition, error) {
	terms, err := r.terms(ctx, organization)
	if err != nil {
		return nil, err
	}
	var cells []condition
	for _, status := range models.Statuses() {
		for _, t := range terms {
			if q.Status != "" && q.Status != status || q.Mode != "" && q.Mode != t.Method {
				continue
			}
			cell := q
			cell.Status, cell.Mode = status, ""
			c := r.userWhere(organization, cell, userSearch{}, true)
			c.and("mode = ?", t.Term)
			cells = append(cells, c)
		}
	}
	return cells, nil
}
