package store

import (
	"context"
	"fmt"
	"time"

	"muster/models"
)

// purgeMost is how many rows one transaction removes: each takes a dozen index
// entries with it, somewhere in a large file.
const purgeMost = 100

// PurgeLog removes an organization's log entries, SCIM requests and counters from
// before the hour of an instant, a small transaction at a time and at most half of
// the time, so that traffic goes on.
func (s *Store) PurgeLog(ctx context.Context, organization int64, before models.Time) (int64, error) {
	before = before.Hour()
	var total int64
	for _, table := range []string{"log_entries", "exchanges"} {
		for {
			var n int64
			began := time.Now() //nolint:forbidigo // measures the pause, decides nothing that is stored
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
			if err := pause(ctx, time.Since(began)); err != nil {
				return total, err
			}
		}
	}
	err := s.Keep(ctx, func(tx *Tx) error {
		for _, prefix := range []string{byStatus, byAction, byInitiator, byBoth, goneTally} {
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

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("purge: %w", ctx.Err())
	}
}
