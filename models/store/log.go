package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/filter"
)

// Entries are counted per hour under four names, each ending in the status, so
// that every filter charts know reads a few counters and not all.
const (
	byStatus    = "logs|"
	byAction    = "loga|"
	byInitiator = "logi|"
	byBoth      = "logb|"
)

func logTallies(e models.LogEntry) []string {
	action, status := string(e.Action)+"|", string(e.Status)
	return []string{
		byStatus + status, byAction + action + status, byInitiator + e.InitiatorID + "|" + status,
		byBoth + action + e.InitiatorID + "|" + status,
	}
}

// logPrefixes are the beginnings of the names that count what a query selects,
// but for its statuses.
func logPrefixes(q models.LogQuery) []string {
	initiator := q.InitiatorID + "|"
	switch {
	case len(q.Actions) == 0 && q.InitiatorID == "":
		return []string{byStatus}
	case len(q.Actions) == 0:
		return []string{byInitiator + initiator}
	}
	var list []string
	for _, action := range either(q.Actions, nil) {
		if q.InitiatorID == "" {
			list = append(list, byAction+string(action)+"|")
		} else {
			list = append(list, byBoth+string(action)+"|"+initiator)
		}
	}
	return list
}

// appendLog takes log entries, which are written when the transaction ends, and
// counts them per hour, action, status and initiator, for charts and totals that
// never scan.
func (tx *Tx) appendLog(entries []models.LogEntry) error {
	if len(entries) == 0 {
		return nil
	}
	for i := range entries {
		e := &entries[i]
		if e.At == 0 {
			e.At = tx.now
		}
		if e.ID == "" {
			id, err := uuid.NewV7()
			if err != nil {
				return fmt.Errorf("make a change id: %w", err)
			}
			e.ID = id.String()
		}
		e.TargetKey = filter.Fold(e.TargetName)
		for _, name := range logTallies(*e) {
			tx.tally(e.OrganizationID, name, e.At.Hour(), 1)
		}
	}
	tx.pending.entries = append(tx.pending.entries, entries...)
	if tx.witness == nil {
		return nil
	}
	return tx.witness(tx, entries)
}

const logColumns = `id, public_id, organization_id, at, action, status, source, cycle_id, request_id, initiator_kind,
	initiator_id, initiator_name, target_type, target_id, target_name, duration_micros, code, summary`

// LogEntries lists log entries, newest first, without their details. Total is
// known when action, status, initiator and time select; it is -1 otherwise.
// Capped tells that a search by a frequent name looked through its bound of
// entries; Next then leads to the older ones. Partial tells that it named more users or
// groups than it shows the entries of.
func (r Reader) LogEntries(ctx context.Context, organization int64, q models.LogQuery) (models.Slice[models.LogEntry], error) {
	size := q.Page.Size(50, 500)
	back := q.Page.Before != "" && q.Page.After == ""
	from, err := logPlace(q.Page)
	if err != nil {
		return models.Slice[models.LogEntry]{}, err
	}
	asked, err := r.logSearch(ctx, organization, q)
	if err != nil {
		return models.Slice[models.LogEntry]{}, err
	}
	rows, floor, err := r.findLog(ctx, organization, asked, logSeek{from, back}, size+1, logColumns)
	if err != nil {
		return models.Slice[models.LogEntry]{}, err
	}
	slice := trim(rows, size, q.Page, back, func(e models.LogEntry) cursor { return cursor{Key: e.Key, At: e.At} })
	if floor != 0 && len(rows) <= size && !back {
		slice.Capped, slice.Next = true, cursor{At: floor}.String()
	}
	slice.Partial = asked.more
	if countable(q) {
		slice.Total, err = r.logTotal(ctx, organization, q)
	}
	return slice, err
}

func logPlace(p models.Page) (cursor, error) {
	switch {
	case p.After != "":
		return parseCursor(p.After)
	case p.Before != "":
		return parseCursor(p.Before)
	}
	return cursor{}, nil
}

// LogEntry gives an entry by change id, whole. The organization stands as an
// expression, or SQLite would look through all of its entries for the id.
func (r Reader) LogEntry(ctx context.Context, organization int64, id string) (models.LogEntry, error) {
	var e models.LogEntry
	err := r.q(ctx).Where("public_id = ? AND organization_id + 0 = ?", id, organization).Take(&e).Error
	return e, found(err, models.Errorf(models.NotFound, "id", "There is no log entry %s.", id).
		WithAdvice("Entries are kept for the number of days set under Settings; it may have been removed since."))
}

// EachLogEntry reads entries newest first, a page at a time, for exports.
func (r Reader) EachLogEntry(ctx context.Context, organization int64, q models.LogQuery, fn func([]models.LogEntry) error) error {
	asked, err := r.logSearch(ctx, organization, q)
	if err != nil {
		return err
	}
	var last cursor
	for {
		entries, floor, err := r.findLog(ctx, organization, asked, logSeek{at: last}, 500, "*")
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			if err := fn(entries); err != nil {
				return err
			}
			end := entries[len(entries)-1]
			last = cursor{Key: end.Key, At: end.At}
		}
		if len(entries) < 500 {
			if floor == 0 {
				return nil
			}
			last = cursor{At: floor}
		}
	}
}

// LogSince lists entries after a key, oldest first, for the live tail. A search
// by name is not narrowed by an index here: the tail is short.
func (r Reader) LogSince(ctx context.Context, organization int64, q models.LogQuery, after int64, most int) ([]models.LogEntry, error) {
	var where logRange
	where.and("organization_id + 0 = ? AND id > ?", organization, after)
	where.filter(q, true)
	where.loose = true
	where.between(q)
	if strings.TrimSpace(q.Search) != "" {
		n, err := r.bounded(ctx, 1, "log_entries WHERE organization_id + 0 = ? AND id > ?", organization, after)
		if err != nil {
			return nil, fmt.Errorf("follow the provisioning log: %w", err)
		}
		if n == 0 { // as it is nearly always
			return nil, nil
		}
		asked, err := r.logSearch(ctx, organization, q)
		if err != nil {
			return nil, err
		}
		if err := asked.narrow(r, &where); err != nil {
			return nil, err
		}
	}
	var entries []models.LogEntry
	err := r.q(ctx).Raw("SELECT "+logColumns+" FROM log_entries WHERE "+where.sql+" ORDER BY id"+limited(most), where.args...).Scan(&entries).Error
	if err != nil {
		return nil, fmt.Errorf("follow the provisioning log: %w", err)
	}
	return entries, nil
}
