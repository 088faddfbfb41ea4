package scimv2

import (
	"context"

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
	write      func(f *flow, i int) error
	places     []models.Place // where they stand, where that was asked for
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

func (s *Server) findUsers(c *call, in scim.Search) (page, error) { return s.pageOfUsers(c, in, false) }

func (s *Server) pageOfUsers(c *call, in scim.Search, placed bool) (page, error) {
	q, err := s.query(in, c.users)
	if err != nil {
		return page{}, err
	}
	q.Base, q.Placed, q.Filter = c.root, placed, bareVersions(q.Filter)
	noted(c, dialectOf(q.Filter, c.users))
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
	return paged(q, found, func(f *flow, i int) error {
		var err error
		f.bytes, err = s.appendUser(f.bytes, c, &found.Items[i], around, p)
		return err
	}), nil
}

func (s *Server) findGroups(c *call, in scim.Search) (page, error) {
	return s.pageOfGroups(c, in, false)
}

func (s *Server) pageOfGroups(c *call, in scim.Search, placed bool) (page, error) {
	q, err := s.query(in, c.groups)
	if err != nil {
		return page{}, err
	}
	q.Base, q.Placed = c.root, placed
	noted(c, dialectOf(q.Filter, c.groups))
	if err := s.bringFound(c, models.GroupTarget, q.Filter); err != nil {
		return page{}, err
	}
	found, err := find(c.Request().Context(), s, walkKey{c.by.OrganizationID, models.GroupTarget}, q, s.Read.FindGroups)
	if err != nil {
		return page{}, err
	}
	p := c.groups.Projection(in.Attributes, in.Excluded)
	return paged(q, found, func(f *flow, i int) error { return s.writeGroup(f, &found.Items[i], p) }), nil
}

func paged[T any](q models.Query, f models.Found[T], write func(*flow, int) error) page {
	return page{
		total: f.Total, start: q.Start, byCursor: q.ByCursor, next: f.Next, prev: f.Prev,
		count: len(f.Items), write: write, places: f.Places,
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
