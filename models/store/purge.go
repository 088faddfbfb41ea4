package store

import (
	"context"
	"fmt"

	"muster/models"
)

const purgeMost = 2000

// PurgeLog removes an organization's log entries, SCIM requests and counters from
// before the hour of an instant, a small transaction at a time so that traffic goes on.
func (s *Store) PurgeLog(ctx context.Context, organization int64, before models.Time) (int64, error) {
	before = before.Hour()
	var total int64
	for _, table := range []string{"log_entries", "exchanges"} {
		for {
			var n int64
			err := s.Keep(ctx, func(tx *Tx) error {
				done := tx.q(ctx).Exec("DELETE FROM "+table+" WHERE id IN (SELECT id FROM "+table+
					" WHERE organization_id = ? AND at < ? ORDER BY at"+limited(purgeMost)+")", organization, before)
				n = done.RowsAffected
				return done.Error
			})
			if err != nil {
				return total, fmt.Errorf("purge %s: %w", table, err)
			}
			total += n
			if n < purgeMost {
				break
			}
		}
	}
	err := s.Keep(ctx, func(tx *Tx) error {
		for _, prefix := range []string{byStatus, byAction, byInitiator, byBoth} {
			err := tx.q(ctx).Exec("DELETE FROM tallies WHERE organization_id = ? AND name >= ? AND name < ? AND bucket < ?",
				organization, prefix, after(prefix), before).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return total, fmt.Errorf("purge counters: %w", err)
	}
	return total, nil
}
