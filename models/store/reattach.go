package store

import (
	"context"
	"fmt"
	"slices"

	"muster/models"
)

// Sifted is a page of what was picked from a list, and how many were looked at for
// it. Next leads on even where the bound came before the page was full.
type Sifted struct {
	models.Slice[models.User]
	Looked int64
}

const siftBatch = 200

// SiftUsers reads a list of users and keeps those that pick takes, until a page is
// full or so many were looked at: what no index leads to costs the same with any
// number of users.
func (r Reader) SiftUsers(ctx context.Context, organization int64, q models.UserQuery, most int64, pick func([]models.User) ([]bool, error)) (Sifted, error) {
	s := sieve{size: q.Page.Size(50, siftBatch), back: q.Page.Before != "" && q.Page.After == "", pick: pick}
	begun := q.Page
	q.Page.Limit = siftBatch
	for s.out.Looked < most && !s.full() {
		found, err := r.Users(ctx, organization, q)
		if err != nil {
			return s.out, err
		}
		s.out.Capped = found.Capped
		if err := s.sift(found.Items); err != nil {
			return s.out, err
		}
		on := found.Next
		if s.back {
			on = found.Prev
		}
		if s.more = on != ""; !s.more {
			break
		}
		if q.Page.After = on; s.back {
			q.Page.After, q.Page.Before = "", on
		}
	}
	return s.done(begun), nil
}

// sieve is a walk through a list under way.
type sieve struct {
	size int
	back bool
	pick func([]models.User) ([]bool, error)
	more bool         // the list goes on behind what was read
	cut  bool         // the page became full within what was read
	last *models.User // looked at last
	out  Sifted
}

func (s *sieve) full() bool { return len(s.out.Items) >= s.size }

func (s *sieve) sift(users []models.User) error {
	taken, err := s.pick(users)
	if err != nil {
		return err
	}
	if s.back { // the nearest first
		users, taken = slices.Clone(users), slices.Clone(taken)
		slices.Reverse(users)
		slices.Reverse(taken)
	}
	for i := range users {
		if s.full() {
			s.cut = true
			return nil
		}
		s.last, s.out.Looked = &users[i], s.out.Looked+1
		if taken[i] {
			s.out.Items = append(s.out.Items, users[i])
		}
	}
	return nil
}

// done gives the page its ways on: behind who was looked at last, and back to where
// the page began.
func (s *sieve) done(begun models.Page) Sifted {
	s.out.Total = -1
	far, near := "", ""
	if s.last != nil && (s.more || s.cut) {
		far = cursor{Sort: s.last.SortKey, Key: s.last.Key}.String()
	}
	if s.back {
		slices.Reverse(s.out.Items)
		if n := len(s.out.Items); n > 0 {
			near = cursor{Sort: s.out.Items[n-1].SortKey, Key: s.out.Items[n-1].Key}.String()
		} else {
			near = begun.Before
		}
		s.out.Prev, s.out.Next = far, near
		return s.out
	}
	s.out.Next = far
	if s.out.Prev = begun.After; len(s.out.Items) > 0 && begun.After != "" {
		s.out.Prev = cursor{Sort: s.out.Items[0].SortKey, Key: s.out.Items[0].Key}.String()
	}
	return s.out
}

// UsersAfter gives the users of a mode among the next of all users after a key, and
// where these end. Those deleted at the source are not among them.
func (r Reader) UsersAfter(ctx context.Context, organization int64, mode models.Method, after int64, size int) (Window, []models.User, error) {
	stretch, err := read[stretchRow](ctx, r, "SELECT coalesce(max(f.id), 0) AS last, count(*) AS users FROM (SELECT users.id FROM users WHERE users.organization_id = ? AND "+
		r.shown()+" AND users.id > ? ORDER BY users.id"+limited(size)+") AS f", organization, after)
	if err != nil {
		return Window{}, nil, fmt.Errorf("look for users of a mode: %w", err)
	}
	w := Window{Last: stretch[0].Last, Users: stretch[0].Users}
	if w.Users == 0 {
		return w, nil, nil
	}
	users, err := read[models.User](ctx, r, "SELECT "+listColumns+" FROM users WHERE users.id > ? AND users.id <= ? AND users.organization_id + 0 = ? AND (users.mode || '') IN "+termsOf+" AND "+r.shown()+" ORDER BY users.id",
		after, w.Last, organization, organization, string(mode))
	if err != nil {
		return w, nil, fmt.Errorf("read users of a mode: %w", err)
	}
	return w, users, nil
}
