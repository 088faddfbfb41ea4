package store

import (
	"context"

	"muster/models"
)

// CyclesOf lists the cycles of a method, newest first.
func (r Reader) CyclesOf(ctx context.Context, organization int64, m models.Method, p models.Page) (models.Slice[models.Cycle], error) {
	return page(r.q(ctx).Model(&models.Cycle{}).Where("organization_id = ? AND method = ?", organization, m), p, p.Size(20, 100),
		order{descending: true}, func(c models.Cycle) cursor { return cursor{Key: c.Key} })
}

// EndedCycle gives the latest cycle of a method that ended, or that brought what is here
// in line with the directory, which one user on demand and an undo do not; nil when there
// was none.
func (r Reader) EndedCycle(ctx context.Context, organization int64, m models.Method, well bool) (*models.Cycle, error) {
	var c models.Cycle
	q := r.q(ctx).Where("organization_id = ? AND method = ? AND ended <> 0", organization, m)
	if well {
		q = q.Where("state = ? AND kind NOT IN (?, ?)", models.CycleDone, models.OnDemandCycle, models.UndoCycle)
	}
	err := q.Order("id DESC").Limit(1).Take(&c).Error
	if nothing(err) {
		return nil, nil
	}
	return &c, classify(err)
}

// SaveCycle writes all of a cycle but its figures, which CountCycle adds to.
func (tx *Tx) SaveCycle(c *models.Cycle) error {
	err := tx.q(tx.ctx).Model(c).Where("id = ?", c.Key).
		Omit("id", "organization_id", "method", "requests", "created", "updated", "removed", "skipped", "failed").Select("*").Updates(c).Error
	return classify(err)
}

// Interrupt ends the cycle of a locked connector, under way or waiting: whoever runs it
// ends with their next transaction, which fails.
func (tx *Tx) Interrupt(c *models.Connector, code, text string) error {
	if err := tx.endCycleOf(*c, code, text); err != nil {
		return err
	}
	c.CycleID = 0
	return tx.expel(c.Key)
}

// AddCycleChanges keeps what a cycle changed, so that it can be taken back.
func (tx *Tx) AddCycleChanges(list []models.CycleChange) error {
	if len(list) == 0 {
		return nil
	}
	return insertAll(tx, list, "keep what the cycle changed")
}

// ForgetCycleChanges drops what was kept of cycles that cannot be taken back any more.
func (tx *Tx) ForgetCycleChanges(most int) (int64, error) {
	done, err := tx.exec("DELETE FROM cycle_changes WHERE id IN (SELECT k.id FROM cycle_changes k JOIN cycles c ON c.id = k.cycle_id WHERE c.undo_until < ? AND c.ended <> 0"+
		limited(most)+")", tx.now)
	if err != nil {
		return 0, classify(err)
	}
	return done.RowsAffected() //nolint:wrapcheck // classified by the driver alone
}
