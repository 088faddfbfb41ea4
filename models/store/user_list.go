package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
)

var listColumns = `id, public_id, organization_id, user_name, user_name_key, display_name, sort_key, given_name,
	family_name, email, email_key, employee_number, title, department, manager_id, external_id, entra_id, ldap_id, status, preserved_by,
	status_note, status_since, hidden, profile_id, profile_by, parked, protected, legal_hold, version, created, updated, ` + userTerm

// Users lists users by display name. Total comes from maintained counters or is
// what a search found; it is -1 for the members of a group. Capped tells that a
// search stopped at its bound.
func (r Reader) Users(ctx context.Context, organization int64, q models.UserQuery) (models.Slice[models.User], error) {
	search, err := r.searchUsers(ctx, organization, q)
	if err != nil {
		return models.Slice[models.User]{}, err
	}
	if special(q) && !search.on {
		return r.specialUsers(ctx, organization, q)
	}
	large, err := r.largeGroup(ctx, q.Group)
	if err != nil {
		return models.Slice[models.User]{}, err
	}
	by, size := order{column: "sort_key"}, q.Page.Size(50, 200)
	where := r.userWhere(organization, q, search, large)
	if !search.on && (q.Group == 0 || large) && (q.Status != "" || q.Mode != "") {
		cells, err := r.userCells(ctx, organization, q)
		if err != nil {
			return models.Slice[models.User]{}, err
		}
		if where, err = merged("users", by, q.Page, size, cells); err != nil {
			return models.Slice[models.User]{}, err
		}
	}
	slice, err := page(r.q(ctx).Model(&models.User{}).Select(listColumns).Where(where.sql, where.args...), q.Page, size,
		by, func(u models.User) cursor { return cursor{Sort: u.SortKey, Key: u.Key} })
	if err != nil {
		return slice, err
	}
	if search.on {
		slice.Total, slice.Capped = int64(len(search.keys)), search.capped
	} else if q.Group == 0 {
		counts, err := r.UserCounts(ctx, organization)
		if err != nil {
			return slice, err
		}
		slice.Total = counts.Of(q.Status, q.Mode)
	}
	return slice, nil
}

// UserCounts gives how many users are in each status and mode, from counters.
func (r Reader) UserCounts(ctx context.Context, organization int64) (models.UserCounts, error) {
	rows, err := r.tallied(ctx, organization, userTally, 0, 0)
	if err != nil {
		return models.UserCounts{}, err
	}
	terms, err := r.terms(ctx, organization)
	if err != nil {
		return models.UserCounts{}, err
	}
	counts := models.UserCounts{
		ByStatus: map[models.Status]int64{}, ByMode: map[models.Method]int64{},
		Cells: map[models.Status]map[models.Method]int64{},
	}
	for _, row := range rows {
		status, term, _ := strings.Cut(strings.TrimPrefix(row.Name, userTally), "|")
		s, m := models.Status(status), terms.stands(term)
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

// EachUser reads all users in order of their keys, a page at a time; fn gets every page
// and ends the walk by an error.
func (r Reader) EachUser(ctx context.Context, organization int64, q models.UserQuery, fn func([]models.User) error) error {
	return r.eachUser(ctx, organization, q, userColumns, fn)
}

func (r Reader) eachUser(ctx context.Context, organization int64, q models.UserQuery, columns string, fn func([]models.User) error) error {
	last := int64(0)
	for {
		var ranges []condition // of one index, which lies in the order of keys for each
		for _, hidden := range []bool{false, true} {
			var c condition
			c.and("organization_id = ? AND hidden = ? AND id > ?", organization, hidden, last)
			// As expressions: an index by them would sort all that is left for each page.
			if q.Status != "" {
				c.and("(status || '') = ?", q.Status)
			}
			if q.Mode != "" {
				c.and("(mode || '') IN "+termsOf, organization, q.Mode)
			}
			ranges = append(ranges, c)
		}
		where, err := merged("users", order{}, models.Page{}, exportPage-1, ranges)
		if err != nil {
			return err
		}
		users, err := scan[models.User](ctx, r, "SELECT "+columns+" FROM users WHERE "+where.sql+" ORDER BY id", where.args...)
		if err != nil {
			return gone(ctx, fmt.Errorf("read users: %w", err))
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
