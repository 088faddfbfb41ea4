package store

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"muster/models"
	"muster/models/filter"
)

// searchMost bounds how many users a search collects before it sorts them; more
// is shown as "narrow the search".
const searchMost = 1000

const listColumns = `id, public_id, organization_id, user_name, user_name_key, display_name, sort_key, given_name,
	family_name, email, email_key, employee_number, title, department, manager_id, external_id, mode, status, preserved_by,
	status_note, status_since, hidden, version, created, updated`

// Users lists users by display name. Total comes from maintained counters, or
// from the bounded search.
func (r Reader) Users(ctx context.Context, organization int64, q models.UserQuery) (models.Slice[models.User], error) {
	db := r.q(ctx).Model(&models.User{}).Select(listColumns).Where("organization_id = ?", organization)
	if q.Status != "" {
		db = db.Where("status = ?", q.Status)
	}
	if q.Mode != "" {
		db = db.Where("mode = ?", q.Mode)
	}
	if q.Group != 0 {
		db = db.Where("id IN (SELECT member_id FROM members WHERE group_id = ? AND kind = ?)", q.Group, models.UserMember)
	}
	total, capped := int64(-1), false
	if words := searchWords(q.Search); len(words) > 0 {
		keys, err := r.searchUsers(ctx, organization, words)
		if err != nil {
			return models.Slice[models.User]{}, err
		}
		capped = len(keys) > searchMost
		keys = keys[:min(len(keys), searchMost)]
		db = db.Where("id IN ?", keys)
		if err := db.Session(&gorm.Session{}).Select("count(*)").Scan(&total).Error; err != nil {
			return models.Slice[models.User]{}, fmt.Errorf("count found users: %w", err)
		}
	}
	slice, err := page(db, q.Page, q.Page.Size(50, 200), order{column: "sort_key"},
		func(u models.User) cursor { return cursor{u.SortKey, u.Key} })
	if err != nil {
		return slice, err
	}
	slice.Total, slice.Capped = total, capped
	if q.Search == "" && q.Group == 0 {
		counts, err := r.UserCounts(ctx, organization)
		if err != nil {
			return slice, err
		}
		slice.Total = counts.Of(q.Status, q.Mode)
	}
	return slice, nil
}

// searchWords splits a search into folded words, the longest first because it
// narrows most.
func searchWords(search string) []string {
	words := strings.Fields(filter.Fold(search))
	if len(words) > 6 {
		words = words[:6]
	}
	for i := 1; i < len(words); i++ {
		if len(words[i]) > len(words[0]) {
			words[0], words[i] = words[i], words[0]
		}
	}
	return words
}

// searchUsers finds keys of users that have, for each word, a word beginning with
// it: a range of the index, never a scan of the users.
func (r Reader) searchUsers(ctx context.Context, organization int64, words []string) ([]int64, error) {
	sql := `SELECT DISTINCT v.user_id FROM user_values v
		WHERE v.organization_id = ? AND v.path = ? AND v.value_key >= ? AND v.value_key < ?`
	args := []any{organization, wordPath, words[0], after(words[0])}
	for _, w := range words[1:] {
		sql += ` AND EXISTS (SELECT 1 FROM user_values w WHERE w.user_id = v.user_id AND w.path = ?
			AND w.value_key >= ? AND w.value_key < ?)`
		args = append(args, wordPath, w, after(w))
	}
	var keys []int64
	err := r.q(ctx).Raw(sql+" LIMIT ?", append(args, searchMost+1)...).Scan(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return keys, nil
}

// after is the end of the range of strings that begin with a prefix.
func after(prefix string) string { return prefix + "\U0010FFFF" }

// UserCounts gives how many users are in each status and mode, from counters.
func (r Reader) UserCounts(ctx context.Context, organization int64) (models.UserCounts, error) {
	rows, err := r.tallied(ctx, organization, userTally, 0, 0)
	if err != nil {
		return models.UserCounts{}, err
	}
	counts := models.UserCounts{ByStatus: map[models.Status]int64{}, ByMode: map[models.Method]int64{},
		Cells: map[models.Status]map[models.Method]int64{}}
	for _, row := range rows {
		status, mode, _ := strings.Cut(strings.TrimPrefix(row.Name, userTally), "|")
		s, m := models.Status(status), models.Method(mode)
		counts.Total += row.Value
		counts.ByStatus[s] += row.Value
		counts.ByMode[m] += row.Value
		if counts.Cells[s] == nil {
			counts.Cells[s] = map[models.Method]int64{}
		}
		counts.Cells[s][m] += row.Value
	}
	return counts, nil
}

// EachUser reads all users in order of their keys, a page at a time, for exports
// and indexes; fn gets every page and ends the walk by an error.
func (r Reader) EachUser(ctx context.Context, organization int64, q models.UserQuery, fn func([]models.User) error) error {
	last := int64(0)
	for {
		db := r.q(ctx).Where("organization_id = ? AND id > ?", organization, last)
		if q.Status != "" {
			db = db.Where("status = ?", q.Status)
		}
		if q.Mode != "" {
			db = db.Where("mode = ?", q.Mode)
		}
		var users []models.User
		if err := db.Order("id").Limit(500).Find(&users).Error; err != nil {
			return fmt.Errorf("read users: %w", err)
		}
		if len(users) == 0 {
			return nil
		}
		if err := fn(users); err != nil {
			return err
		}
		last = users[len(users)-1].Key
	}
}

// Reports lists the users whose manager is this one.
func (r Reader) Reports(ctx context.Context, organization int64, managerID string, most int) ([]models.User, error) {
	var users []models.User
	err := r.q(ctx).Select(listColumns).Where("organization_id = ? AND manager_id = ? AND manager_id <> ''", organization, managerID).
		Order("sort_key").Limit(most).Find(&users).Error
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	return users, nil
}
