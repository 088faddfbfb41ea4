package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"muster/models"
)

// special tells whether a query asks for what few users have, each with an index of
// its own.
func special(q models.UserQuery) bool {
	return q.Profile != 0 || q.Mapping != 0 || q.Parked != "" || q.Staged
}

// specially adds those conditions. The first of them leads; behind a search all
// stand as expressions, so that none does.
func specially(c *condition, q models.UserQuery, leads bool) {
	add := func(column, set string, value any) {
		if leads {
			c.and("users."+column+" = ? AND users."+column+set, value)
		} else {
			c.and("users."+column+" = ?", value)
		}
		leads = false
	}
	if q.Parked != "" {
		add("parked", " <> ''", q.Parked)
	}
	if q.Staged {
		c.and("users.staged <> '' AND NOT " + userReleased)
		leads = false
	}
	if q.Mapping != 0 {
		add("mapping_id", " <> 0", q.Mapping)
		c.and("NOT " + userReleased)
	}
	if q.Profile != 0 {
		add("profile_id", " <> 0", q.Profile)
	}
}

// specialUsers lists users by what few have: those who wait in the order of their
// waiting, others by name.
func (r Reader) specialUsers(ctx context.Context, organization int64, q models.UserQuery) (models.Slice[models.User], error) {
	var c condition
	c.and("users.organization_id = ?", organization)
	specially(&c, q, true)
	if q.Group != 0 {
		c.and(inGroup, q.Group)
	}
	if q.Status != "" {
		c.and("(users.status || '') = ?", q.Status)
	}
	if q.Mode != "" {
		c.and("(users.mode || '') IN "+termsOf, organization, q.Mode)
	}
	by := order{column: "sort_key"}
	place := func(u models.User) cursor { return cursor{Sort: u.SortKey, Key: u.Key} }
	switch {
	case q.Parked != "":
		by = order{column: "status_since", at: true}
		place = func(u models.User) cursor { return cursor{At: u.StatusSince, Key: u.Key} }
	case q.Staged:
		by = order{column: "staged_at", at: true}
		place = func(u models.User) cursor { return cursor{At: u.StagedAt, Key: u.Key} }
	}
	slice, err := page(r.q(ctx).Model(&models.User{}).Select(listColumns).Where(c.sql, c.args...), q.Page, q.Page.Size(50, 200), by, place)
	if err != nil {
		return slice, err
	}
	err = r.q(ctx).Raw("SELECT count(*) FROM users WHERE "+c.sql, c.args...).Scan(&slice.Total).Error
	if err != nil {
		return slice, fmt.Errorf("count users: %w", err)
	}
	return slice, nil
}

// Waiting counts who is parked, by what they wait for, and whose removal is held
// back.
func (r Reader) Waiting(ctx context.Context, organization int64) (parked map[models.Parking]int64, staged int64, err error) {
	type row struct {
		Parked models.Parking
		Users  int64
	}
	rows, err := read[row](ctx, r, "SELECT parked, count(*) AS users FROM users WHERE organization_id = ? AND parked <> '' GROUP BY parked", organization)
	if err != nil {
		return nil, 0, fmt.Errorf("count who waits: %w", err)
	}
	parked = map[models.Parking]int64{}
	for _, r := range rows {
		parked[r.Parked] = r.Users
	}
	staged, err = r.Held(ctx, organization, math.MaxInt32)
	return parked, staged, err
}

// Held counts the users whose removal is held back, up to a number.
func (r Reader) Held(ctx context.Context, organization int64, most int) (int64, error) {
	held, err := r.unreleased(ctx, organization)
	if err != nil {
		return 0, err
	}
	n, err := r.bounded(ctx, most, "users WHERE organization_id = ? AND staged <> ''"+held, organization)
	if err != nil {
		return 0, fmt.Errorf("count who is held back: %w", err)
	}
	return n, nil
}

// UnmatchedUsers counts the active users of a method at none of its rules who have no
// profile by hand; nobody while there is no rule.
func (r Reader) UnmatchedUsers(ctx context.Context, organization int64, method models.Method) (int64, error) {
	list, err := r.Mappings(ctx, organization, method)
	if err != nil || !slices.ContainsFunc(list, models.Mapping.Asked) {
		return 0, err
	}
	var n int64
	err = r.q(ctx).Raw("SELECT count(*) FROM users WHERE organization_id = ? AND status = ? AND mode IN "+termsOf+" AND mapping_id = 0 AND profile_by <> ? AND "+r.shown(),
		organization, models.Active, organization, method, models.ByHand).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count who is at no mapping: %w", err)
	}
	return n, nil
}
