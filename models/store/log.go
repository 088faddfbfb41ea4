package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"muster/models"
	"muster/models/filter"
)

const logTally = "log|"

// appendLog writes log entries and counts them per hour, action, status and
// initiator, for charts and totals that never scan.
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
		tx.tally(e.OrganizationID, logTally+string(e.Action)+"|"+string(e.Status)+"|"+e.InitiatorID, e.At.Hour(), 1)
	}
	if err := tx.q(tx.ctx).CreateInBatches(&entries, 200).Error; err != nil {
		return fmt.Errorf("write the provisioning log: %w", classify(err))
	}
	return nil
}

const logColumns = `id, public_id, organization_id, at, action, status, source, cycle_id, request_id, initiator_kind,
	initiator_id, initiator_name, target_type, target_id, target_name, duration_micros, code, summary`

// LogEntries lists log entries, newest first, without their details. Total is
// known when only action, status, initiator and time select.
func (r Reader) LogEntries(ctx context.Context, organization int64, q models.LogQuery) (models.Slice[models.LogEntry], error) {
	db, err := r.logWhere(ctx, organization, q)
	if err != nil {
		return models.Slice[models.LogEntry]{}, err
	}
	slice, err := page(db.Select(logColumns), q.Page, q.Page.Size(50, 500), order{descending: true},
		func(e models.LogEntry) cursor { return cursor{Key: e.Key} })
	if err != nil {
		return slice, err
	}
	if countable(q) {
		slice.Total, err = r.logTotal(ctx, organization, q)
	}
	return slice, err
}

// LogEntry gives an entry by change id, whole.
func (r Reader) LogEntry(ctx context.Context, organization int64, id string) (models.LogEntry, error) {
	var e models.LogEntry
	err := r.q(ctx).Where("public_id = ? AND organization_id = ?", id, organization).Take(&e).Error
	return e, found(err, models.Errorf(models.NotFound, "id", "There is no log entry %s.", id).
		WithAdvice("Entries are kept for the number of days set under Settings; it may have been removed since."))
}

// EachLogEntry reads entries newest first, a page at a time, for exports.
func (r Reader) EachLogEntry(ctx context.Context, organization int64, q models.LogQuery, fn func([]models.LogEntry) error) error {
	last := int64(0)
	for {
		db, err := r.logWhere(ctx, organization, q)
		if err != nil {
			return err
		}
		if last != 0 {
			db = db.Where("id < ?", last)
		}
		var entries []models.LogEntry
		if err := db.Order("id DESC").Limit(500).Find(&entries).Error; err != nil {
			return fmt.Errorf("read the provisioning log: %w", err)
		}
		if len(entries) == 0 {
			return nil
		}
		if err := fn(entries); err != nil {
			return err
		}
		last = entries[len(entries)-1].Key
	}
}

// LogSince lists entries after a key, oldest first, for the live tail.
func (r Reader) LogSince(ctx context.Context, organization int64, q models.LogQuery, after int64, most int) ([]models.LogEntry, error) {
	db, err := r.logWhere(ctx, organization, q)
	if err != nil {
		return nil, err
	}
	var entries []models.LogEntry
	if err := db.Select(logColumns).Where("id > ?", after).Order("id").Limit(most).Find(&entries).Error; err != nil {
		return nil, fmt.Errorf("follow the provisioning log: %w", err)
	}
	return entries, nil
}

// LastLogKey is the key of an organization's newest entry: a stamp that moves
// with every change of its users and groups.
func (r Reader) LastLogKey(ctx context.Context, organization int64) (int64, error) {
	var key int64
	err := r.q(ctx).Raw("SELECT coalesce(max(id), 0) FROM log_entries WHERE organization_id = ?", organization).Scan(&key).Error
	if err != nil {
		return 0, fmt.Errorf("read the newest log entry: %w", err)
	}
	return key, nil
}

func (r Reader) logWhere(ctx context.Context, organization int64, q models.LogQuery) (*gorm.DB, error) {
	db := r.q(ctx).Model(&models.LogEntry{}).Where("organization_id = ?", organization)
	switch len(q.Actions) {
	case 0:
	case 1:
		db = db.Where("action = ?", q.Actions[0])
	default:
		db = db.Where("action IN ?", q.Actions)
	}
	switch len(q.Statuses) {
	case 0:
	case 1:
		db = db.Where("status = ?", q.Statuses[0])
	default:
		db = db.Where("status IN ?", q.Statuses)
	}
	for column, value := range map[string]string{"initiator_id": q.InitiatorID, "target_id": q.TargetID, "request_id": q.RequestID} {
		if value != "" {
			db = db.Where(column+" = ?", value)
		}
	}
	if q.CycleID != 0 {
		db = db.Where("cycle_id = ?", q.CycleID)
	}
	db, err := r.logBetween(ctx, db, organization, q)
	if err != nil {
		return nil, err
	}
	return r.logSearch(ctx, db, organization, strings.TrimSpace(q.Search))
}

// logBetween turns a range of time into a range of keys as well, because the
// lists walk the keys: both grow together but for some seconds of skew between
// instances.
func (r Reader) logBetween(ctx context.Context, db *gorm.DB, organization int64, q models.LogQuery) (*gorm.DB, error) {
	if q.From != 0 {
		var key int64
		if err := r.q(ctx).Raw("SELECT coalesce(min(id), 0) FROM (SELECT id FROM log_entries WHERE organization_id = ? AND at >= ? ORDER BY at LIMIT 100) f",
			organization, q.From).Scan(&key).Error; err != nil {
			return nil, fmt.Errorf("find the start of a time range: %w", err)
		}
		db = db.Where("at >= ? AND id >= ?", q.From, key-skew)
	}
	if q.To != 0 {
		var key int64
		if err := r.q(ctx).Raw("SELECT coalesce(max(id), 0) FROM (SELECT id FROM log_entries WHERE organization_id = ? AND at < ? ORDER BY at DESC LIMIT 100) t",
			organization, q.To).Scan(&key).Error; err != nil {
			return nil, fmt.Errorf("find the end of a time range: %w", err)
		}
		db = db.Where("at < ? AND id <= ?", q.To, key+skew)
	}
	return db, nil
}

const skew = 2000

// searchWindow is where a search by name changes its way: up to so many entries
// it takes them all from the name index, above it walks the newest.
const searchWindow = 4000

func (r Reader) logSearch(ctx context.Context, db *gorm.DB, organization int64, search string) (*gorm.DB, error) {
	if search == "" {
		return db, nil
	}
	if _, err := uuid.Parse(search); err == nil {
		return db.Where("(public_id = ? OR request_id = ? OR target_id = ?)", search, search, search), nil
	}
	key := filter.Fold(search)
	var n int64
	err := r.q(ctx).Raw(`SELECT count(*) FROM (SELECT 1 FROM log_entries WHERE organization_id = ? AND target_key >= ? AND target_key < ? LIMIT ?) f`,
		organization, key, after(key), searchWindow).Scan(&n).Error
	if err != nil {
		return nil, fmt.Errorf("search the provisioning log: %w", err)
	}
	if n < searchWindow {
		return db.Where("id IN (SELECT id FROM log_entries WHERE organization_id = ? AND target_key >= ? AND target_key < ?)",
			organization, key, after(key)), nil
	}
	// The concatenation keeps the planner off the name index, which would sort.
	return db.Where("(target_key || '') >= ? AND (target_key || '') < ?", key, after(key)), nil
}
