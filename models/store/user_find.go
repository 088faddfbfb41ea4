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
	// searchMost bounds how many users or groups a search finds; more is shown as
	// "narrow the search".
	searchMost = 2000
	// searchTried bounds how many of those with the rarest word are tried for the
	// other words and the filters.
	searchTried = 5000
	// groupFew is up to how many members a group may have to be read as a set;
	// above it the list's index, walked in order, meets one soon enough.
	groupFew = 5000
)

// searched is what a search found: keys of users or of groups.
type searched struct {
	on     bool
	keys   []int64
	capped bool // there may be more
}

// searchWordsMost bounds how many words of a search for users count.
const searchWordsMost = 6

// searchWords cuts a search for users to folded plain words, without the punctuation
// that is cut from the words of names: "Lovelace, Ada" is how directories write some.
func searchWords(search string) []string {
	fields := strings.Fields(filter.Plain(filter.Fold(search)))
	var words []string
	for _, w := range fields {
		if w = models.IndexKey(strings.Trim(w, models.WordTrim)); w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 0 { // a userName may begin with any sign
		words = fields
	}
	return words[:min(len(words), searchWordsMost)]
}

// after is the end of the range of strings that begin with a prefix.
func after(prefix string) string { return prefix + "\U0010FFFF" }

// wordIndex is an index of words: the range of those with a beginning, and what holds
// all words of a record.
type wordIndex struct{ from, word, key, table string }

var (
	userWords  = wordIndex{"user_values WHERE organization_id = ? AND path = '" + wordPath + "' AND value_key >= ? AND value_key < ?", "value_key", "user_id", "users"}
	groupWords = wordIndex{"group_words WHERE organization_id = ? AND word >= ? AND word < ?", "word", "group_id", "groups"}
)

// leading are the records, with the words, that the rarest word of a search leads to:
// those first whose word is the shortest. The others are tried for every word but that.
type leading struct {
	index  wordIndex
	words  []string
	at     int
	capped bool // there are more than are tried
}

// lead finds the word that the fewest records have, counted up to the bound.
func (r Reader) lead(ctx context.Context, organization int64, in wordIndex, words []string) (leading, error) {
	out, least := leading{index: in, words: words}, int64(searchTried+1)
	for i, w := range words {
		n, err := r.bounded(ctx, searchTried, in.from, organization, w, after(w))
		if err != nil {
			return out, fmt.Errorf("search %s: %w", in.table, err)
		}
		if n < least {
			out.at, least = i, n
		}
	}
	out.capped = least >= searchTried
	return out, nil
}

// hits is the FROM of a search. joined tells that more is asked of the records than the
// leading word.
func (l leading) hits(organization int64, joined bool) condition {
	in, w := l.index, l.words[l.at]
	c := condition{fmt.Sprintf("(SELECT %[1]s, %[2]s FROM %[3]s ORDER BY %[2]s, %[1]s LIMIT %[4]d) AS hits", in.key, in.word, in.from, searchTried), []any{organization, w, after(w)}}
	if joined || len(l.words) > 1 {
		c.sql += " CROSS JOIN " + in.table + " WHERE " + in.table + ".id = hits." + in.key
	} else {
		c.sql += " WHERE 1 = 1"
	}
	return c
}

// others asks for the other words.
func (l leading) others(r Reader, c *condition) {
	for i, w := range l.words {
		if i != l.at {
			c.and(r.hasWord(l.index.table), models.WordMark+w)
		}
	}
}

// chosen reads what a search found.
func (l leading) chosen(ctx context.Context, r Reader, c condition) (searched, error) {
	s, key := searched{on: true}, "hits."+l.index.key
	c.sql = "SELECT DISTINCT " + key + " FROM " + c.sql
	if r.engine == postgresEngine { // which finds them in any order, and another one for the next page
		c.sql += " ORDER BY " + key
	}
	if err := r.q(ctx).Raw(c.sql+limited(searchMost+1), c.args...).Scan(&s.keys).Error; err != nil {
		return s, fmt.Errorf("search %s: %w", l.index.table, err)
	}
	s.capped = l.capped || len(s.keys) > searchMost
	s.keys = s.keys[:min(len(s.keys), searchMost)]
	return s, nil
}

// searchUsers finds the users that have, for each word, a word beginning with it,
// and pass the filters. The rarest word leads: its users are tried, those first
// whose word is the shortest. Order is the list's business, so a frequent name
// costs no more than the bound.
func (r Reader) searchUsers(ctx context.Context, organization int64, q models.UserQuery) (searched, error) {
	words := searchWords(q.Search)
	if len(words) == 0 {
		return searched{}, nil
	}
	l, err := r.lead(ctx, organization, userWords, words)
	if err != nil {
		return searched{}, err
	}
	c := l.hits(organization, q.Status != "" || q.Mode != "" || q.Group != 0 || special(q))
	l.others(r, &c)
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
	return l.chosen(ctx, r, c)
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

// hasWord tells that a user or group has a word which begins with another.
func (r Reader) hasWord(table string) string {
	if r.engine == postgresEngine {
		return "strpos(" + table + ".words, ?) > 0"
	}
	return "instr(" + table + ".words, ?) > 0"
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
func (r Reader) userWhere(organization int64, q models.UserQuery, search searched, largeGroup bool) condition {
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
			c := r.userWhere(organization, cell, searched{}, true)
			c.and("mode = ?", t.Term)
			cells = append(cells, c)
		}
	}
	return cells, nil
}
