package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/models"
)

type tallyKey struct {
	organization int64
	name         string
	bucket       int64
}

// tally adds to a counter; it is written when the transaction ends.
func (tx *Tx) tally(organization int64, name string, bucket models.Time, n int64) {
	if n != 0 {
		tx.tallies[tallyKey{organization, name, int64(bucket)}] += n
	}
}

// flushTallies writes in key order, so that two PostgreSQL transactions never
// wait for each other crosswise.
func (tx *Tx) flushTallies(sums map[tallyKey]int64) error {
	keys := make([]tallyKey, 0, len(sums))
	for k, v := range sums {
		if v != 0 {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.SortFunc(keys, func(a, b tallyKey) int {
		if a.organization != b.organization {
			return int(a.organization - b.organization)
		}
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return int(a.bucket - b.bucket)
	})
	for _, k := range keys {
		err := tx.db.WithContext(tx.ctx).Exec(`INSERT INTO tallies (organization_id, name, bucket, value) VALUES (?, ?, ?, ?)
			ON CONFLICT (organization_id, name, bucket) DO UPDATE SET value = tallies.value + excluded.value`,
			k.organization, k.name, k.bucket, sums[k]).Error
		if err != nil {
			return fmt.Errorf("count %s: %w", k.name, err)
		}
	}
	return nil
}

type tallyRow struct {
	Name   string
	Bucket int64
	Value  int64
}

// tallied reads the counters whose name begins with a prefix, within a range of
// buckets (to is exclusive; 0 is open).
func (r Reader) tallied(ctx context.Context, organization int64, prefix string, from, to models.Time) ([]tallyRow, error) {
	q := r.q(ctx).Table("tallies").Select("name, bucket, value").
		Where("organization_id = ? AND name >= ? AND name < ?", organization, prefix, prefix+"\U0010FFFF")
	if from != 0 {
		q = q.Where("bucket >= ?", int64(from))
	}
	if to != 0 {
		q = q.Where("bucket < ?", int64(to))
	}
	var rows []tallyRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read counters %s: %w", prefix, err)
	}
	return rows, nil
}
