package store

import (
	"context"
	"fmt"
	"time"

	"muster/models"
)

// SeatsTaken tells how many users hold a seat, and how many wait for one.
func (r Reader) SeatsTaken(ctx context.Context, organization int64) (used, waiting int64, err error) {
	rows, err := r.tallied(ctx, organization, seatTally, 0, 0)
	if err != nil {
		return 0, 0, err
	}
	for _, row := range rows {
		used += row.Value
	}
	parked, _, err := r.Waiting(ctx, organization)
	return used, parked[models.WaitsForSeat], err
}

// SeatsUsed counts the seats that are taken, with what this transaction changed so
// far.
func (tx *Tx) SeatsUsed(organization int64) (int64, error) {
	return tx.counted(organization, seatTally, 0)
}

// RemovedSince counts what a method's directory removed, or tried to, since an
// instant, with what this transaction changed so far.
func (tx *Tx) RemovedSince(organization int64, method models.Method, since models.Time) (int64, error) {
	return tx.counted(organization, goneTally+string(method), minute(since))
}

// CountRemoval notes that a method's directory removed somebody, or tried to; -1 that
// it took one back.
func (tx *Tx) CountRemoval(organization int64, method models.Method, n int64) {
	tx.tally(organization, goneTally+string(method), minute(tx.now), n)
}

func minute(t models.Time) models.Time { return t - t%models.Time(time.Minute.Milliseconds()) }

// counterText asks for one counter by its whole name, so that no bucket from before is
// read: there is one for every minute in which somebody was removed.
const counterText = "SELECT CAST(coalesce(sum(value), 0) AS BIGINT) FROM tallies WHERE organization_id = ? AND name = ? AND bucket >= ?"

// counted sums one counter from a bucket on, stored or not yet.
func (tx *Tx) counted(organization int64, name string, from models.Time) (int64, error) {
	n, err := tx.returned(counterText, organization, name, int64(from))
	if err != nil {
		return 0, fmt.Errorf("read counter %s: %w", name, classify(err))
	}
	all := append([]pending{tx.pending}, tx.outer...)
	if tx.batch != nil {
		all = append(all, *tx.batch)
	}
	for _, p := range all {
		for k, v := range p.tallies {
			if k.organization == organization && k.name == name && k.bucket >= int64(from) {
				n += v
			}
		}
	}
	return n, nil
}

// ActiveOf counts the active users of a method, with what this transaction changed
// so far.
func (tx *Tx) ActiveOf(organization int64, method models.Method) (int64, error) {
	term, err := tx.term(organization, method)
	if err != nil {
		return 0, err
	}
	return tx.counted(organization, userTally+string(models.Active)+"|"+term, 0)
}

// FirstWaiting gives the public id of who waits longest.
func (r Reader) FirstWaiting(ctx context.Context, organization int64, why models.Parking) (string, bool, error) {
	rows, err := read[idRow](ctx, r, "SELECT public_id AS id FROM users WHERE organization_id = ? AND parked = ? AND parked <> '' ORDER BY status_since, id"+limited(1), organization, why)
	if err != nil {
		return "", false, fmt.Errorf("find who waits longest: %w", err)
	}
	if len(rows) == 0 {
		return "", false, nil
	}
	return rows[0].ID, true, nil
}

// GroupName gives the display name of a group by its key.
func (r Reader) GroupName(ctx context.Context, key int64) (string, error) {
	rows, err := read[nameRow](ctx, r, "SELECT display_name AS name FROM groups WHERE id = ?", key)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].Name, nil
}
