package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"muster/models"
)

// scanMost bounds how many rows a filter that no index answers may read.
const scanMost = 100_000

// UsersSelected lists the users that SCIM shows, in the order they came, with the
// total that match.
func (r Reader) UsersSelected(ctx context.Context, organization int64, s models.Selection[models.User]) ([]models.User, int64, error) {
	db := r.q(ctx).Model(&models.User{}).Where("organization_id = ? AND "+r.shown(), organization)
	if s.Filter == nil {
		rows, err := r.tallied(ctx, organization, shownTally, 0, 0)
		if err != nil {
			return nil, 0, err
		}
		var total int64
		for _, row := range rows {
			total += row.Value
		}
		users, err := offset(db, s)
		return users, total, err
	}
	return selected(db, compileFilter(s.Filter, s.Types, userColumns(organization)), s, func(u models.User) int64 { return u.Key })
}

func (r Reader) shown() string {
	if r.engine == postgresEngine {
		return "NOT hidden"
	}
	return "hidden = 0"
}

// GroupsSelected lists groups in the order they came, with the total that match.
func (r Reader) GroupsSelected(ctx context.Context, organization int64, s models.Selection[models.Group]) ([]models.Group, int64, error) {
	db := r.q(ctx).Model(&models.Group{}).Where("organization_id = ?", organization)
	if s.Filter == nil {
		counts, err := r.GroupCounts(ctx, organization)
		if err != nil {
			return nil, 0, err
		}
		groups, err := offset(db, s)
		return groups, counts[""], err
	}
	return selected(db, compileFilter(s.Filter, s.Types, groupColumns), s, func(g models.Group) int64 { return g.Key })
}

func offset[T any](db *gorm.DB, s models.Selection[T]) ([]T, error) {
	var list []T
	if s.Count == 0 {
		return nil, nil
	}
	if err := db.Order("id").Offset(s.Start - 1).Limit(s.Count).Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list resources: %w", classify(err))
	}
	return list, nil
}

func selected[T any](db *gorm.DB, w where, s models.Selection[T], key func(T) int64) ([]T, int64, error) {
	db = db.Where(w.sql, w.args...).Session(&gorm.Session{})
	if w.exact {
		list, err := offset(db, s)
		if err != nil {
			return nil, 0, err
		}
		// A page that is not full tells the total; only a full one has to count.
		if n := len(list); s.Count > 0 && n < s.Count && (n > 0 || s.Start == 1) {
			return list, int64(s.Start - 1 + n), nil
		}
		var total int64
		if err := db.Count(&total).Error; err != nil {
			return nil, 0, fmt.Errorf("count resources: %w", classify(err))
		}
		return list, total, nil
	}
	return scanned(db, s, key)
}

// scanned reads what SQL narrowed and lets the matcher decide.
func scanned[T any](db *gorm.DB, s models.Selection[T], key func(T) int64) ([]T, int64, error) {
	var out []T
	total, last, read := int64(0), int64(0), 0
	for {
		var rows []T
		if err := db.Where("id > ?", last).Order("id").Limit(1000).Find(&rows).Error; err != nil {
			return nil, 0, fmt.Errorf("read resources: %w", classify(err))
		}
		for i := range rows {
			ok, err := s.Match(&rows[i])
			if err != nil {
				return nil, 0, err
			}
			if !ok {
				continue
			}
			total++
			if total >= int64(s.Start) && len(out) < s.Count {
				out = append(out, rows[i])
			}
		}
		if len(rows) < 1000 {
			return out, total, nil
		}
		if read += len(rows); read >= scanMost {
			return nil, 0, models.Errorf(models.TooManyFound, "filter", "The filter would read more than %d resources, because no index answers it.", scanMost).
				WithAdvice("Filter by userName, externalId, id, emails, displayName, members or active, alone or joined with and.").WithCode("filterTooWide")
		}
		last = key(rows[len(rows)-1])
	}
}
