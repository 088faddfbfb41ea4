package store

import (
	"context"

	"muster/models"
)

// LastCycle gives the newest cycle of a method; false when there was none.
func (r Reader) LastCycle(ctx context.Context, organization int64, m models.Method) (models.Cycle, bool, error) {
	var c models.Cycle
	err := r.q(ctx).Where("organization_id = ? AND method = ?", organization, m).Order("started DESC, id DESC").Limit(1).Take(&c).Error
	if nothing(err) {
		return c, false, nil
	}
	return c, err == nil, classify(err)
}

// Cycle gives a cycle by its key.
func (r Reader) Cycle(ctx context.Context, organization, key int64) (models.Cycle, error) {
	var c models.Cycle
	err := r.q(ctx).Where("id = ? AND organization_id = ?", key, organization).Take(&c).Error
	return c, found(err, models.Errorf(models.NotFound, "cycle", "There is no cycle %d.", key))
}

// Cycles lists cycles, newest first.
func (r Reader) Cycles(ctx context.Context, organization int64, p models.Page) (models.Slice[models.Cycle], error) {
	return page(r.q(ctx).Model(&models.Cycle{}).Where("organization_id = ?", organization), p, p.Size(20, 100),
		order{descending: true}, func(c models.Cycle) cursor { return cursor{Key: c.Key} })
}

// StartCycle writes a new cycle.
func (tx *Tx) StartCycle(c *models.Cycle) error {
	return classify(tx.q(tx.ctx).Create(c).Error)
}

// CountCycle adds figures to a running cycle and moves its last sign of life when
// the transaction ends.
func (tx *Tx) CountCycle(key int64, seen models.Time, by models.Cycle) {
	tx.pending.cycle(key, cycleSum{seen, by})
}

// addToCycle lets the database make the sums, so that parallel requests all count.
func (tx *Tx) addToCycle(key int64, c cycleSum) error {
	by := c.sum
	return tx.along(whatever("count in a cycle"), `UPDATE cycles SET last_seen = CASE WHEN last_seen < ? THEN ? ELSE last_seen END,
		requests = requests + ?, created = created + ?, updated = updated + ?, removed = removed + ?,
		skipped = skipped + ?, failed = failed + ? WHERE id = ?`,
		c.seen, c.seen, by.Requests, by.Created, by.Updated, by.Removed, by.Skipped, by.Failed, key)
}

// EndCycles ends the running bursts of SCIM traffic of an organization that were last
// seen before an instant: their end is when they were last seen. A connector's cycles end
// by the word of whoever runs them.
func (tx *Tx) EndCycles(organization int64, silentSince models.Time) (int64, error) {
	done := tx.q(tx.ctx).Exec("UPDATE cycles SET ended = last_seen WHERE organization_id = ? AND ended = 0 AND last_seen < ? AND method = ?",
		organization, silentSince, models.SCIM)
	return done.RowsAffected, classify(done.Error)
}
