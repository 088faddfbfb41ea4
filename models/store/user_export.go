package store

import (
	"context"
	"fmt"
	"slices"

	"muster/models"
)

// exportPage is how many users of an export are in memory at once.
const exportPage = 500

// exportColumns is what an export tells of a user.
var exportColumns = "id, public_id, organization_id, user_name, manager_id, external_id, status, status_note, note, document, version, created, updated, users.mode, " + modeOf("users") + " AS method"

// ExportUsers reads the users of a query that searches for nothing, in the order of their
// keys, a page at a time, with what an export tells of them; fn gets every page and ends
// the walk by an error.
func (r Reader) ExportUsers(ctx context.Context, organization int64, q models.UserQuery, fn func([]models.User) error) error {
	if !special(q) && q.Group == 0 {
		return r.eachUser(ctx, organization, q, exportColumns, fn)
	}
	keys, err := r.exportKeys(ctx, organization, q)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(keys, exportPage) {
		among, list := r.among("id", some)
		users, err := scan[models.User](ctx, r, "SELECT "+exportColumns+" FROM users WHERE "+among+" ORDER BY id", list)
		if err != nil {
			return gone(ctx, fmt.Errorf("read users: %w", err))
		}
		if err := fn(users); err != nil {
			return err
		}
	}
	return nil
}

// exportKeys finds whom an index of their own tells, who are mostly few: of a million it
// holds eight megabytes, where a page after the other would sort them all for each.
func (r Reader) exportKeys(ctx context.Context, organization int64, q models.UserQuery) ([]int64, error) {
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
	var keys []int64
	if err := r.q(ctx).Raw("SELECT users.id FROM users WHERE "+c.sql+" ORDER BY users.id", c.args...).Scan(&keys).Error; err != nil {
		return nil, gone(ctx, fmt.Errorf("find users: %w", err))
	}
	return keys, nil
}
