package scimv2

import (
	"context"
	"strings"

	"muster/models"
	"muster/models/scim"
)

// page is what a query found, with how to write each resource.
type page struct {
	total      int64
	start      int
	byCursor   bool
	next, prev string
	count      int
	write      func(dst []byte, i int) ([]byte, error)
}

// finder answers a query over one resource type.
type finder func(s *Server, c *call, in scim.Search) (page, error)

func list(find finder) handler {
	return func(s *Server, c *call) error {
		in, err := asked(c.query)
		if err != nil {
			return err
		}
		return s.answer(c, in, find)
	}
}

// answer sends what a query finds. A request that names no method of paging, neither
// startIndex nor cursor, is answered by index; but it may as well be the first of a walk
// by cursor (RFC 9865 §2), so that the cursor of the next page stands in it too.
func (s *Server) answer(c *call, in scim.Search, find finder) error {
	p, err := find(s, c, in)
	if err != nil {
		return err
	}
	if !p.byCursor && in.Start != nil {
		p.next = ""
	}
	return s.sendPage(c, p)
}

// search is a query in a body (RFC 7644 §3.4.3), for clients whose filters do not
// belong in an access log.
func search(find finder) handler {
	return func(s *Server, c *call) error {
		in, err := s.searchBody(c)
		if err != nil {
			return err
		}
		return s.answer(c, in, find)
	}
}

func (s *Server) findUsers(c *call, in scim.Search) (page, error) {
	q, err := s.query(in, c.users)
	if err != nil {
		return page{}, err
	}
	q.Base = c.root
	noted(c, dialectOf(q.Filter))
	if err := s.bringFound(c, models.UserTarget, q.Filter); err != nil {
		return page{}, err
	}
	found, err := find(c.Request().Context(), s, walkKey{c.by.OrganizationID, models.UserTarget}, q, s.Read.FindUsers)
	if err != nil {
		return page{}, err
	}
	p := c.users.Projection(in.Attributes, in.Excluded)
	around, err := s.around(c, found.Items, p, false)
	if err != nil {
		return page{}, err
	}
	return paged(q, found, func(dst []byte, i int) ([]byte, error) { return s.appendUser(dst, c, &found.Items[i], around, p) }), nil
}

func (s *Server) findGroups(c *call, in scim.Search) (page, error) {
	q, err := s.query(in, c.groups)
	if err != nil {
		return page{}, err
	}
	q.Base = c.root
	noted(c, dialectOf(q.Filter))
	if err := s.bringFound(c, models.GroupTarget, q.Filter); err != nil {
		return page{}, err
	}
	found, err := find(c.Request().Context(), s, walkKey{c.by.OrganizationID, models.GroupTarget}, q, s.Read.FindGroups)
	if err != nil {
		return page{}, err
	}
	p := c.groups.Projection(in.Attributes, in.Excluded)
	return paged(q, found, func(dst []byte, i int) ([]byte, error) { return s.appendGroup(dst, c, &found.Items[i], p) }), nil
}

func paged[T any](q models.Query, f models.Found[T], write func([]byte, int) ([]byte, error)) page {
	return page{
		total: f.Total, start: q.Start, byCursor: q.ByCursor, next: f.Next, prev: f.Prev,
		count: len(f.Items), write: write,
	}
}

// find asks the store. A client that walks a list by startIndex, page after page,
// is led on from where its last page ended, so that a late page costs no more
// than the first.
func find[T any](ctx context.Context, s *Server, key walkKey, q models.Query, ask func(context.Context, int64, models.Query) (models.Found[T], error)) (models.Found[T], error) {
	if q.ByCursor || q.Filter != nil || q.Sort != (models.Sort{}) || q.Count == 0 {
		return ask(ctx, key.organization, q)
	}
	moves, err := s.Read.Moves(ctx, key.organization)
	if err != nil {
		return models.Found[T]{}, err
	}
	step := q
	if cursor, ok := s.walks.recall(key, moves, q.Start); ok {
		step.ByCursor, step.Cursor = true, cursor
	}
	found, err := ask(ctx, key.organization, step)
	if err == nil && found.Next != "" {
		s.walks.note(key, moves, q.Start+len(found.Items), found.Next)
	}
	return found, err
}

// findAll answers a query over all resource types: the users, then the groups,
// each in the order asked for (RFC 7644 §3.4.2.1).
func (s *Server) findAll(c *call, in scim.Search) (page, error) {
	if _, known := sortPath(in.SortBy, c.groups); !known {
		if _, err := sortBy(in, c.users); err != nil {
			return page{}, err
		}
	}
	if in.Cursor != nil {
		return s.findAllByCursor(c, in)
	}
	size := s.Limits.DefaultPage
	if in.Count != nil {
		size = min(max(*in.Count, 0), s.Limits.Page)
	}
	start := 1
	if in.Start != nil {
		start = max(*in.Start, 1)
	}
	first := in
	first.Start, first.Count = &start, &size
	users, err := s.findUsers(c, softened(first, c.users))
	if err != nil {
		return page{}, err
	}
	rest, from := size-users.count, max(start-int(users.total), 1)
	second := in
	second.Start, second.Count = &from, &rest
	groups, err := s.findGroups(c, softened(second, c.groups))
	if err != nil {
		return page{}, err
	}
	both := joined(users, groups)
	both.start, both.next = start, users.onward(groups)
	return both, nil
}

// onward is where a walk by cursor goes on from a page of users with groups behind them.
func (p page) onward(groups page) string {
	switch {
	case p.next != "":
		return inUsers + p.next
	case groups.next != "":
		return inGroups + groups.next
	case groups.count == 0 && groups.total > 0 && p.count > 0:
		return inGroups
	}
	return ""
}

// softened leaves out an order that a type does not have: at the root a query
// meets types that lack what it sorts by.
func softened(in scim.Search, t *scim.Type) scim.Search {
	if _, ok := sortPath(in.SortBy, t); !ok {
		in.SortBy = ""
	}
	return in
}

func joined(a, b page) page {
	return page{
		total: a.total + b.total, count: a.count + b.count,
		write: func(dst []byte, i int) ([]byte, error) {
			if i < a.count {
				return a.write(dst, i)
			}
			return b.write(dst, i-a.count)
		},
	}
}

// In a walk over all types a cursor begins with the type that it stands in.
const (
	inUsers  = "u."
	inGroups = "g."
)

// findAllByCursor walks the users to their end and then the groups; a page holds
// one type only, so that it is never longer than what was asked for.
func (s *Server) findAllByCursor(c *call, in scim.Search) (page, error) {
	at := *in.Cursor
	users, none := in, in
	none.Cursor, none.Count, none.Start = nil, new(0), nil
	if rest, ok := strings.CutPrefix(at, inUsers); ok || at == "" {
		users.Cursor = &rest
		p, err := s.findUsers(c, softened(users, c.users))
		if err != nil {
			return p, err
		}
		groups, err := s.findGroups(c, softened(none, c.groups))
		if err != nil {
			return p, err
		}
		p.total += groups.total
		switch p.prev = ""; {
		case p.next != "":
			p.next = inUsers + p.next
		case groups.total > 0:
			p.next = inGroups
		}
		if p.count > 0 || p.next == "" {
			return p, nil
		}
		at = p.next
	}
	rest, ok := strings.CutPrefix(at, inGroups)
	if !ok {
		return page{}, badCursor()
	}
	in.Cursor = &rest
	p, err := s.findGroups(c, softened(in, c.groups))
	if err != nil {
		return p, err
	}
	before, err := s.findUsers(c, softened(none, c.users))
	if p.prev = ""; p.next != "" {
		p.next = inGroups + p.next
	}
	p.total += before.total
	return p, err
}
