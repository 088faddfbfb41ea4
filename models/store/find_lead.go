package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// fewest lets the index lead that finds the fewest, where several would do: the filter
// alone does not tell. Of the few that it finds the rest is asked one by one.
func (s *search[T]) fewest(ctx context.Context, what node, e filter.Expr) (node, error) {
	if len(what.by.others) == 0 {
		return what, nil
	}
	least := int64(searchTried)
	lead := what.by
	for _, n := range append([]narrow{what.by}, what.by.others...) {
		from := say("(#) AS k", n.keys)
		if n.keys.none() {
			from = say(s.table+" WHERE "+s.table+".organization_id = # AND #", s.organization, n.own)
		}
		found, err := s.reader.bounded(ctx, searchTried, from.sql, from.args...)
		if err != nil {
			return what, gone(ctx, fmt.Errorf("choose an index of %s: %w", s.table, err))
		}
		if found < least {
			least, lead = found, n
		}
	}
	if what.by = lead; least < searchTried {
		each := s.compiler
		each.rowwise = true
		what.is = each.compile(e).is
	}
	return what, nil
}

// inLine plans a page of what an index holds in the order of keys: it is read on from
// where the page begins, and no further than the page goes.
func (s *search[T]) inLine(what node) {
	s.id = said{sql: s.by.at}
	s.from = say("# AND "+s.by.at+" = "+s.table+".id", s.by.line)
	s.from.sql = strings.Replace(s.from.sql, " WHERE ", " CROSS JOIN "+s.table+" WHERE ", 1)
	s.where = and(s.shown, say("# + 0 = #", s.column("organization_id"), s.organization))
	if rest := what.is.behind(s.belongs(s.by)); rest.sql != always {
		s.where = say("# AND #", s.where, rest)
	}
}

// farFrom is the startIndex from which what lies before is passed over in the index of
// the order alone, without a look at the users themselves.
const farFrom = 1000

// far tells whether a page begins far into an order whose index holds all that passing
// over asks for. PostgreSQL looks at the rows behind an index anyway.
func (s search[T]) far(q models.Query) bool {
	return s.engine == sqliteEngine && s.table == "users" && q.Filter == nil && q.Start > farFrom &&
		s.order.indexed && !s.order.global && (s.order.bare || s.order.number)
}

// aside tells whether what a filter chooses, and in which order, stands in one index: of a
// range that many are in, none is looked at but those on the page. One that finds few is
// left as it is. PostgreSQL looks at the rows behind an index anyway.
func (s search[T]) aside() bool {
	return s.engine == sqliteEngine && s.table == "users" && s.exact && !s.by.own.none() && s.by.rank >= rankValue && s.order.key.none()
}

// inIndex selects the keys of a page of such a range.
func (s search[T]) inIndex(q models.Query, at seek, seeking bool) said {
	text := say("SELECT users.id FROM users WHERE #", s.shownInIndex())
	if seeking {
		text = say("# AND #", text, s.order.after(s.id, at.Back, at))
	}
	text = say("# ORDER BY #"+limited(q.Count+1), text, s.order.by(s.id, seeking && at.Back))
	if !q.ByCursor && q.Start > 1 {
		text = say("# OFFSET #", text, q.Start-1)
	}
	return text
}

// shownInIndex is the range less those whom SCIM does not show, who are told by another
// index.
func (s search[T]) shownInIndex() said {
	return say("users.organization_id = # AND # AND users.id NOT IN (SELECT h.id FROM users h WHERE h.organization_id = # AND h.hidden = 1)", s.organization, s.by.own, s.organization)
}

// skipped selects the keys of such a page. Who is not shown is told by another index.
func (s search[T]) skipped(q models.Query) said {
	return say("SELECT users.id FROM users WHERE users.organization_id = # AND users.id NOT IN (SELECT h.id FROM users h WHERE h.organization_id = # AND h.hidden = 1) ORDER BY #"+
		limited(q.Count+1)+" OFFSET #", s.organization, s.organization, s.order.by(s.id, false), q.Start-1)
}
