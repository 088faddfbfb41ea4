package scimv2

import (
	"strings"

	"muster/models/scim"
)

// findAll answers a query over all resource types (RFC 7644 §3.4.2.1): the users, then
// the groups, or all in the order that is asked for.
func (s *Server) findAll(c *call, in scim.Search) (page, error) {
	if strings.TrimSpace(in.SortBy) != "" {
		return s.findAllSorted(c, in)
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
	users, err := s.findUsers(c, first)
	if err != nil {
		return page{}, err
	}
	rest, from := size-users.count, max(start-int(users.total), 1)
	second := in
	second.Start, second.Count = &from, &rest
	groups, err := s.findGroups(c, second)
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

func joined(a, b page) page {
	return page{
		total: a.total + b.total, count: a.count + b.count,
		write: func(f *flow, i int) error {
			if i < a.count {
				return a.write(f, i)
			}
			return b.write(f, i-a.count)
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
		p, err := s.findUsers(c, users)
		if err != nil {
			return p, err
		}
		groups, err := s.findGroups(c, none)
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
	p, err := s.findGroups(c, in)
	if err != nil {
		return p, err
	}
	before, err := s.findUsers(c, none)
	if p.prev = ""; p.next != "" {
		p.next = inGroups + p.next
	}
	p.total += before.total
	return p, err
}
