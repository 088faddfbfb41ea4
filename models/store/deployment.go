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

// InsertMethodChange records a method change.
func (tx *Tx) InsertMethodChange(c *models.MethodChange) error {
	return classify(tx.q(tx.ctx).Create(c).Error)
}

// ReleaseUsers makes all users and groups that a method manages manual and keeps
// everything else about them. It returns how many of each.
func (tx *Tx) ReleaseUsers(organization int64, from models.Method) (users, groups int64, err error) {
	counts, err := tx.UserCounts(tx.ctx, organization)
	if err != nil {
		return 0, 0, err
	}
	done := tx.q(tx.ctx).Exec("UPDATE users SET mode = 'manual', mapping_id = 0, version = version + 1, updated = ? WHERE organization_id = ? AND mode = ?",
		tx.now, organization, from)
	if done.Error != nil {
		return 0, 0, fmt.Errorf("release users: %w", done.Error)
	}
	for status, modes := range counts.Cells {
		n := modes[from]
		tx.tally(organization, userTally+string(status)+"|"+string(from), 0, -n)
		tx.tally(organization, userTally+string(status)+"|"+string(models.Manual), 0, n)
	}
	gone := tx.q(tx.ctx).Exec("UPDATE groups SET mode = 'manual', version = version + 1, updated = ? WHERE organization_id = ? AND mode = ?",
		tx.now, organization, from)
	if gone.Error != nil {
		return 0, 0, fmt.Errorf("release groups: %w", gone.Error)
	}
	tx.tally(organization, groupTally+string(from), 0, -gone.RowsAffected)
	tx.tally(organization, groupTally+string(models.Manual), 0, gone.RowsAffected)
	err = tx.q(tx.ctx).Exec("UPDATE members SET mode = 'manual' WHERE organization_id = ? AND mode = ?", organization, from).Error
	if err != nil {
		return 0, 0, fmt.Errorf("release memberships: %w", err)
	}
	return done.RowsAffected, gone.RowsAffected, nil
}
