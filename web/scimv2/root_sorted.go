package scimv2

import (
	"cmp"
	"strings"

	"muster/models"
	"muster/models/scim"
)

// skipMost is how far into a merged list startIndex may lead: what lies before has to be
// read. A cursor leads anywhere.
const skipMost = 10_000

// findAllSorted answers a query over all resource types in one order (RFC 7644
// §3.4.2.3). Each type is read in that order by its own index, from where the page before
// left it, and both are merged: a page costs as much as two.
func (s *Server) findAllSorted(c *call, in scim.Search) (page, error) {
	if _, known := sortPath(in.SortBy, c.groups); !known {
		if _, err := sortBy(in, c.users); err != nil {
			return page{}, err
		}
	}
	m := merge{descending: in.Descending, lists: [2]sorted{
		{in: softened(in, c.users), find: s.pageOfUsers}, {in: softened(in, c.groups), find: s.pageOfGroups},
	}}
	size, skip := s.Limits.DefaultPage, 0
	if in.Count != nil {
		size = min(max(*in.Count, 0), s.Limits.Page)
	}
	switch {
	case in.Cursor != nil:
		if size < 1 {
			return page{}, badCount("0")
		}
		if err := m.from(*in.Cursor); err != nil {
			return page{}, err
		}
	case in.Start != nil:
		if skip = max(*in.Start-1, 0); skip > skipMost {
			return page{}, tooFar()
		}
	}
	for left := skip; left > 0; left -= s.Limits.Page {
		if _, err := m.next(c, min(left, s.Limits.Page), true); err != nil {
			return page{}, err
		}
	}
	p, err := m.next(c, size, false)
	p.start, p.byCursor = skip+1, in.Cursor != nil
	return p, err
}

func tooFar() error {
	return models.Errorf(models.Invalid, "startIndex", "A list of users and groups in one order can begin at startIndex %d at most.", skipMost+1).
		WithAdvice("Walk it by cursor, or ask /Users and /Groups each by itself.")
}

// softened leaves out an order that a type does not have: all of its resources are
// without what the query sorts by then.
func softened(in scim.Search, t *scim.Type) scim.Search {
	if _, ok := sortPath(in.SortBy, t); !ok {
		in.SortBy, in.Descending = "", false
	}
	return in
}

// merge is a walk over the users and the groups in one order.
type merge struct {
	lists      [2]sorted
	descending bool
}

// sorted is one type's part of it.
type sorted struct {
	in    scim.Search
	find  func(c *call, in scim.Search, placed bool) (page, error)
	after string // the cursor to go on from; "" at the beginning
	ended bool
}

// In the cursor of a merge stand the places in both types, each followed by a dot.
const (
	inBoth  = "m."
	atItEnd = "-"
)

func (m *merge) from(cursor string) error {
	if cursor == "" {
		return nil
	}
	rest, ok := strings.CutPrefix(cursor, inBoth)
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != len(m.lists) {
		return badCursor()
	}
	for i, part := range parts {
		m.lists[i].after, m.lists[i].ended = part, part == atItEnd
	}
	return nil
}

func (m *merge) cursor() string {
	var parts []string
	over := true
	for _, l := range m.lists {
		if l.ended {
			l.after = atItEnd
		}
		over = over && l.ended
		parts = append(parts, l.after)
	}
	if over {
		return ""
	}
	return inBoth + strings.Join(parts, ".")
}

// next gives the next resources of both, count at most; those to be passed over are not
// read whole.
func (m *merge) next(c *call, count int, pass bool) (page, error) {
	var parts [2]page
	var out page
	for i := range m.lists {
		var err error
		if parts[i], err = m.lists[i].read(c, count, pass); err != nil {
			return out, err
		}
		out.total += parts[i].total
	}
	type entry struct{ list, at int }
	var order []entry
	var taken [2]int
	for len(order) < count {
		i := m.first(parts, taken)
		if i < 0 {
			break
		}
		order = append(order, entry{i, taken[i]})
		taken[i]++
	}
	for i := range m.lists {
		l := &m.lists[i]
		if taken[i] > 0 {
			l.after = parts[i].places[taken[i]-1].Cursor
		}
		l.ended = l.ended || taken[i] == parts[i].count && parts[i].next == ""
	}
	if count > 0 {
		out.next = m.cursor()
	}
	out.count = len(order)
	out.write = func(f *flow, i int) error { return parts[order[i].list].write(f, order[i].at) }
	return out, nil
}

// first is the list whose next resource comes first, the users' where both are alike; -1
// when nothing is left of either.
func (m *merge) first(parts [2]page, taken [2]int) int {
	switch users, groups := parts[0].places[taken[0]:], parts[1].places[taken[1]:]; {
	case len(users) == 0 && len(groups) == 0:
		return -1
	case len(users) == 0:
		return 1
	case len(groups) == 0:
		return 0
	default:
		order := cmp.Or(cmp.Compare(users[0].Number, groups[0].Number), strings.Compare(users[0].Text, groups[0].Text))
		if order == 0 || order < 0 != m.descending {
			return 0
		}
		return 1
	}
}

// read reads on in a list; at its end it tells how many there are.
func (l *sorted) read(c *call, count int, pass bool) (page, error) {
	in := l.in
	in.Start, in.Cursor, in.Count = nil, &l.after, &count
	if l.ended || count == 0 {
		in.Cursor, in.Count = nil, new(0)
	}
	if pass {
		in.Attributes, in.Excluded = []string{"id"}, nil
	}
	return l.find(c, in, true)
}
