package store

import (
	"context"
	"fmt"
	"math/rand/v2"
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
		tx.pending.tally(tallyKey{organization, name, int64(bucket)}, n)
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
	shard := tx.shard()
	for chunk := range slices.Chunk(keys, tallyChunk) {
		args := make([]any, 0, 5*len(chunk))
		for _, k := range chunk {
			args = append(args, k.organization, k.name, k.bucket, shard, sums[k])
		}
		err := tx.along(whatever("count"), "INSERT INTO tallies (organization_id, name, bucket, shard, value) VALUES (?, ?, ?, ?, ?)"+
			strings.Repeat(", (?, ?, ?, ?, ?)", len(chunk)-1)+
			" ON CONFLICT (organization_id, name, bucket, shard) DO UPDATE SET value = tallies.value + excluded.value", args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// tallyChunk bounds how many counters one statement moves, and so how many
// statements there are to prepare.
const tallyChunk = 16

const tallyShards = 8

// shard spreads a counter over rows on PostgreSQL: a row that every transaction
// updates would make them commit one after the other.
func (tx *Tx) shard() int {
	if tx.engine != postgresEngine {
		return 0
	}
	return rand.IntN(tallyShards) //nolint:gosec // spreads load, hides nothing
}

type tallyRow struct {
	Name  string
	Slot  int64
	Value int64
}

// tallied reads the counters whose name begins with a prefix, within a range of
// buckets (to is exclusive; 0 is open), summed by name.
func (r Reader) tallied(ctx context.Context, organization int64, prefix string, from, to models.Time) ([]tallyRow, error) {
	return r.talliedBy(ctx, organization, prefix, from, to, slot{})
}

// talliedBy sums by name and by slot of the bucket.
func (r Reader) talliedBy(ctx context.Context, organization int64, prefix string, from, to models.Time, by slot) ([]tallyRow, error) {
	var c condition
	c.and("organization_id = ? AND name >= ? AND name < ?", organization, prefix, after(prefix))
	if from != 0 {
		c.and("bucket >= ?", from)
	}
	if to != 0 {
		c.and("bucket < ?", to)
	}
	rows, err := read[tallyRow](ctx, r, "SELECT name, "+by.of("bucket")+" AS slot, CAST(sum(value) AS BIGINT) AS value FROM tallies WHERE "+c.sql+" GROUP BY name, 2", c.args...)
	if err != nil {
		return nil, fmt.Errorf("read counters %s: %w", prefix, err)
	}
	return rows, nil
}

// Moves is a number that grows when a user or group leaves the lists that
// directories read, or returns to them: the places of all later ones have moved
// then. A new one comes last and moves none.
func (r Reader) Moves(ctx context.Context, organization int64) (int64, error) {
	rows, err := r.tallied(ctx, organization, movedTally, 0, 0)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, row := range rows {
		n += row.Value
	}
	return n, nil
}
