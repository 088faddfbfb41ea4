package store

import (
	"context"
	"fmt"

	"muster/models"
)

// MethodChanges lists an organization's method changes, newest first.
func (r Reader) MethodChanges(ctx context.Context, organization int64, most int) ([]models.MethodChange, error) {
	var list []models.MethodChange
	err := r.q(ctx).Where("organization_id = ?", organization).Order("id DESC").Limit(most).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list method changes: %w", err)
	}
	return list, nil
}

// MethodChange gives a method change by public id.
func (r Reader) MethodChange(ctx context.Context, organization int64, id string) (models.MethodChange, error) {
	var c models.MethodChange
	err := r.q(ctx).Where("public_id = ? AND organization_id = ?", id, organization).Take(&c).Error
	return c, found(err, models.Errorf(models.NotFound, "change", "There is no method change %s.", id).
		WithAdvice("The Deployment page lists all changes.").WithCode("changeNotFound"))
}

// InsertMethodChange records a method change.
func (tx *Tx) InsertMethodChange(c *models.MethodChange) error {
	return classify(tx.q(tx.ctx).Create(c).Error)
}

// MarkUndone notes which change took another one back; what that one kept for it is
// not needed any more.
func (tx *Tx) MarkUndone(c *models.MethodChange, by string) error {
	c.UndoneBy = by
	c.Record.Mappings, c.Record.Attributes, c.Record.Connector = nil, nil, nil
	return tx.saveChange(c)
}

func (tx *Tx) saveChange(c *models.MethodChange) error {
	return classify(tx.q(tx.ctx).Model(c).Where("id = ?", c.Key).Select("undone_by", "record").Updates(c).Error)
}

// ForgetDeletedRules drops what changes kept of deleted mappings once they cannot be
// taken back any more: from then on deleted means deleted.
func (tx *Tx) ForgetDeletedRules() (int64, error) {
	var list []models.MethodChange
	err := tx.q(tx.ctx).Where("undone_by = '' AND undo_until <> 0 AND undo_until < ? AND (record LIKE '%appings\":%' OR record LIKE '%\"connector\":%')", tx.now).Limit(100).Find(&list).Error
	if err != nil {
		return 0, fmt.Errorf("look for old changes: %w", err)
	}
	for i := range list {
		list[i].Record.Mappings, list[i].Record.Attributes, list[i].Record.Connector = nil, nil, nil
		if err := tx.saveChange(&list[i]); err != nil {
			return 0, err
		}
	}
	return int64(len(list)), nil
}

// touched selects the users or groups that held a term when it ended at an instant and
// were written since. One that an undo resumed ends more than once: whoever was written
// between two of its ends, and not since the last, was manual already.
const touched = "organization_id = ? AND released = ? AND released <> '' AND updated >= ?"

// Touched counts the users and groups that held a term when it ended at an instant and
// were written since.
func (r Reader) Touched(ctx context.Context, organization int64, name string, since models.Time) (Held, error) {
	var h Held
	if name == "" {
		return h, nil
	}
	err := r.q(ctx).Raw("SELECT count(*) FROM users WHERE "+touched, organization, name, since).Scan(&h.Users).Error
	if err == nil {
		err = r.q(ctx).Raw("SELECT count(*) FROM groups WHERE "+touched, organization, name, since).Scan(&h.Groups).Error
	}
	if err != nil {
		return h, fmt.Errorf("count who was changed since: %w", err)
	}
	return h, nil
}

// Returning lists the users who hold an ended term still, by name.
func (r Reader) Returning(ctx context.Context, organization int64, name string, p models.Page) (models.Slice[models.User], error) {
	by, size := order{column: "sort_key"}, p.Size(50, 200)
	var cells []condition
	for _, status := range models.Statuses() {
		var c condition
		c.and("organization_id = ? AND status = ? AND mode = ?", organization, status, name)
		cells = append(cells, c)
	}
	where, err := merged("users", by, p, size, cells)
	if err != nil {
		return models.Slice[models.User]{}, err
	}
	return page(r.q(ctx).Model(&models.User{}).Select(listColumns).Where(where.sql, where.args...), p, size, by, sorted)
}

// TouchedUsers lists the users that held a term when it ended and were written since.
func (r Reader) TouchedUsers(ctx context.Context, organization int64, name string, since models.Time, p models.Page) (models.Slice[models.User], error) {
	return page(r.q(ctx).Model(&models.User{}).Select(listColumns).Where(touched, organization, name, since),
		p, p.Size(50, 200), order{column: "sort_key"}, sorted)
}

func sorted(u models.User) cursor { return cursor{Sort: u.SortKey, Key: u.Key} }
