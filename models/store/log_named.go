package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
)

// namedMost bounds of how many users, and of how many groups, a search of the log takes
// the entries: those of which the words fit best.
const namedMost = 50

// logSearch is a query of the log with the users and groups that its search finds in
// their lists. Who is gone is found by the beginning of the name that an entry keeps.
type logSearch struct {
	models.LogQuery
	named []string
	more  bool // there may be others whom it names
}

// logSearch finds whom a query names. It does so once for whatever is read in several
// steps, because a rename in between must not make it go on with others.
func (r Reader) logSearch(ctx context.Context, organization int64, q models.LogQuery) (logSearch, error) {
	out := logSearch{LogQuery: q}
	if _, id := searchedID(q.Search); id || strings.TrimSpace(q.Search) == "" {
		return out, nil
	}
	err := r.name(ctx, organization, userWords, searchWords(q.Search), &out)
	if err == nil {
		err = r.name(ctx, organization, groupWords, groupSearch(q.Search), &out)
	}
	return out, err
}

// name adds the records of which a word begins with each of these.
func (r Reader) name(ctx context.Context, organization int64, in wordIndex, words []string, to *logSearch) error {
	if len(words) == 0 {
		return nil
	}
	l, err := r.lead(ctx, organization, in, words)
	if err != nil {
		return err
	}
	c := l.hits(organization, false)
	l.others(r, &c)
	text := fmt.Sprintf(`SELECT t.public_id FROM (SELECT hits.%[1]s AS id, min(hits.%[2]s) AS word FROM %[3]s GROUP BY hits.%[1]s ORDER BY 2, 1%[4]s) AS f
		CROSS JOIN %[5]s t WHERE t.id = f.id ORDER BY f.word, f.id`, in.key, in.word, c.sql, limited(namedMost+1), in.table)
	var ids []string
	if err := r.q(ctx).Raw(text, c.args...).Scan(&ids).Error; err != nil {
		return fmt.Errorf("search %s for the log: %w", in.table, err)
	}
	to.more = to.more || l.capped || len(ids) > namedMost
	to.named = append(to.named, ids[:min(len(ids), namedMost)]...)
	return nil
}

// ranges are those of the entries of whom the search names, under the other filters.
func (s logSearch) ranges(organization int64, q models.LogQuery) []logRange {
	var out []logRange
	for _, id := range s.named {
		out = append(out, logOfTarget(organization, q, id))
	}
	return out
}

// narrow selects what ranges do without an index, for a part of the log that is short.
func (s logSearch) narrow(r Reader, c *logRange) error {
	if id, ok := searchedID(s.Search); ok {
		c.and("(public_id = ? OR request_id = ? OR target_id = ?)", id, id, id)
		return nil
	}
	var name condition
	name.begins(strings.TrimSpace(s.Search))
	if len(s.named) == 0 {
		c.and(name.sql, name.args...)
		return nil
	}
	in, list, err := r.amongTexts(s.named)
	if err != nil {
		return err
	}
	c.and("("+name.sql+" OR (target_id || '') "+in+")", append(name.args, list)...)
	return nil
}
