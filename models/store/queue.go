package store

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/filter"
)

func noItem(id string) *models.Error {
	return models.Errorf(models.NotFound, "id", "There is no decision %s in the queue.", id).
		WithAdvice("Look at the queue for what is open and what was decided.").WithCode("queueItemNotFound")
}

// queueTally counts the open items of a kind.
const queueTally = "queue|"

// Queue lists decisions. Total is known when no search selects; it is -1 otherwise,
// and for decided ones.
func (r Reader) Queue(ctx context.Context, organization int64, q models.QueueQuery) (models.Slice[models.QueueItem], error) {
	db := r.q(ctx).Model(&models.QueueItem{}).Where("organization_id = ?", organization)
	by := order{column: "last_seen", at: true, descending: true}
	if q.Decided {
		by.column = "decided"
		db = db.Where("decided <> 0")
	} else {
		db = db.Where("state = ?", models.QueueOpen)
	}
	if q.Kind != "" {
		db = db.Where("kind = ?", q.Kind)
	} else if !q.Decided {
		db = db.Where("kind IN ?", models.QueueKinds())
	}
	if key := filter.Fold(q.Search); key != "" {
		db = db.Where(`(name_key >= ? AND name_key < ? OR target = ? AND user_id IN
			(SELECT id FROM users WHERE organization_id = ? AND user_name_key >= ? AND user_name_key < ?))`,
			key, after(key), models.UserTarget, organization, key, after(key))
	}
	slice, err := page(db, q.Page, q.Page.Size(50, 200), by, func(i models.QueueItem) cursor {
		if q.Decided {
			return cursor{At: i.Decided, Key: i.Key}
		}
		return cursor{At: i.LastSeen, Key: i.Key}
	})
	if err != nil || q.Search != "" || q.Decided {
		return slice, err
	}
	counts, err := r.QueueCounts(ctx, organization)
	slice.Total = 0
	for kind, n := range counts {
		if q.Kind == "" || q.Kind == kind {
			slice.Total += n
		}
	}
	return slice, err
}

// QueueItem gives a decision by its public id.
func (r Reader) QueueItem(ctx context.Context, organization int64, id string) (models.QueueItem, error) {
	i, err := one[models.QueueItem](ctx, r, "SELECT * FROM queue_items WHERE public_id = ? AND organization_id = ?", id, organization)
	return i, found(err, noItem(id))
}

// QueueCounts gives how many decisions are open, from counters.
func (r Reader) QueueCounts(ctx context.Context, organization int64) (map[models.QueueKind]int64, error) {
	rows, err := r.tallied(ctx, organization, queueTally, 0, 0)
	if err != nil {
		return nil, err
	}
	counts := map[models.QueueKind]int64{}
	for _, row := range rows {
		counts[models.QueueKind(row.Name[len(queueTally):])] += row.Value
	}
	return counts, nil
}

// OpenItems counts the open decisions about records of a method.
func (r Reader) OpenItems(ctx context.Context, organization int64, m models.Method) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM queue_items WHERE organization_id = ? AND state = ? AND (method || '') = ?", organization, models.QueueOpen, m).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count open decisions: %w", err)
	}
	return n, nil
}

// SafeAdoptions lists, by id, the open adoptions that change no userName and that the
// directory does not have disabled: whoever is taken over signs in as before.
func (r Reader) SafeAdoptions(ctx context.Context, organization int64) ([]string, error) {
	items, err := read[models.QueueItem](ctx, r, `SELECT i.public_id, i.record FROM queue_items i JOIN users u ON u.id = i.user_id AND u.user_name_key = i.name_key
		WHERE i.organization_id = ? AND i.state = ? AND i.kind = ? AND i.target = ? ORDER BY i.last_seen, i.id`,
		organization, models.QueueOpen, models.AdoptionItem, models.UserTarget)
	if err != nil {
		return nil, fmt.Errorf("list adoptions: %w", err)
	}
	var ids []string
	for i := range items {
		d, err := items[i].Delivery()
		if err != nil {
			return nil, fmt.Errorf("list adoptions: %w", err)
		}
		if d.Enabled == nil || *d.Enabled {
			ids = append(ids, items[i].ID)
		}
	}
	return ids, nil
}

// UsersByKey gives users by their keys, for lists that refer to them.
func (r Reader) UsersByKey(ctx context.Context, organization int64, keys []int64) (map[int64]models.User, error) {
	where, list := r.among("id", keys)
	users, err := read[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE "+where+" AND organization_id + 0 = ?", list, organization)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	out := make(map[int64]models.User, len(users))
	for _, u := range users {
		out[u.Key] = u
	}
	return out, nil
}

// GroupsByKey gives groups by their keys.
func (r Reader) GroupsByKey(ctx context.Context, organization int64, keys []int64) (map[int64]models.Group, error) {
	where, list := r.among("id", keys)
	groups, err := read[models.Group](ctx, r, "SELECT "+groupColumns+" FROM groups WHERE "+where+" AND organization_id + 0 = ?", list, organization)
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	out := make(map[int64]models.Group, len(groups))
	for _, g := range groups {
		out[g.Key] = g
	}
	return out, nil
}
