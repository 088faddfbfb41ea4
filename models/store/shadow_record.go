package store

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/filter"
)

// ShadowRecord gives a record of the rehearsal, and whether there is one.
func (r Reader) ShadowRecord(ctx context.Context, organization int64, target models.TargetType, record string) (models.ShadowRecord, bool, error) {
	rec, err := one[models.ShadowRecord](ctx, r, "SELECT * FROM shadow_records WHERE organization_id = ? AND target = ? AND record = ?",
		organization, string(target), record)
	if nothing(err) {
		return rec, false, nil
	}
	return rec, err == nil, classify(err)
}

// ShadowRecords lists records by name.
func (r Reader) ShadowRecords(ctx context.Context, organization int64, q models.ShadowQuery) (models.Slice[models.ShadowRecord], error) {
	target := q.Target
	if target == "" {
		target = models.UserTarget
	}
	db := r.q(ctx).Model(&models.ShadowRecord{}).Where("organization_id = ? AND target = ?", organization, target)
	if q.Outcome != "" {
		db = db.Where("outcome = ?", q.Outcome)
	}
	if key := filter.Fold(q.Search); key != "" {
		db = db.Where("(name_key >= ? AND name_key < ? OR target_id = ? OR anchor = ?)", key, after(key), q.Search, q.Search)
	}
	slice, err := page(db, q.Page, q.Page.Size(50, 1000), order{column: "name_key"},
		func(rec models.ShadowRecord) cursor { return cursor{Sort: rec.NameKey, Key: rec.Key} })
	if err != nil || q.Search != "" {
		return slice, err
	}
	counts, err := r.ShadowCounts(ctx, organization, target)
	slice.Total = 0
	for outcome, n := range counts {
		if q.Outcome == "" || q.Outcome == outcome {
			slice.Total += n
		}
	}
	return slice, err
}

type shadowCount struct {
	Word    string
	Records int64
}

// ShadowCounts counts the records of users or groups by outcome.
func (r Reader) ShadowCounts(ctx context.Context, organization int64, target models.TargetType) (map[models.ShadowOutcome]int64, error) {
	rows, err := read[shadowCount](ctx, r, "SELECT outcome AS word, count(*) AS records FROM shadow_records WHERE organization_id = ? AND target = ? GROUP BY outcome",
		organization, string(target))
	if err != nil {
		return nil, fmt.Errorf("count the records of a rehearsal: %w", err)
	}
	out := map[models.ShadowOutcome]int64{}
	for _, row := range rows {
		out[models.ShadowOutcome(row.Word)] = row.Records
	}
	return out, nil
}

// ShadowWays counts by what the matched users were known.
func (r Reader) ShadowWays(ctx context.Context, organization int64) (map[models.ShadowHow]int64, error) {
	rows, err := read[shadowCount](ctx, r, "SELECT how AS word, count(*) AS records FROM shadow_records WHERE organization_id = ? AND target = ? AND outcome = ? GROUP BY how",
		organization, string(models.UserTarget), string(models.ShadowMatched))
	if err != nil {
		return nil, fmt.Errorf("count the records of a rehearsal: %w", err)
	}
	out := map[models.ShadowHow]int64{}
	for _, row := range rows {
		out[models.ShadowHow(row.Word)] = row.Records
	}
	return out, nil
}

// KnownRecords counts the records that the organization itself has.
func (r Reader) KnownRecords(ctx context.Context, organization int64, target models.TargetType) (int64, error) {
	rows, err := read[shadowCount](ctx, r, "SELECT '' AS word, count(*) AS records FROM shadow_records WHERE organization_id = ? AND target = ? AND known = ?",
		organization, string(target), true)
	if err != nil {
		return 0, fmt.Errorf("count the records of a rehearsal: %w", err)
	}
	return rows[0].Records, nil
}

// KnownRecordsAfter lists some of them in the order of their keys.
func (r Reader) KnownRecordsAfter(ctx context.Context, organization int64, target models.TargetType, key int64, most int) ([]models.ShadowRecord, error) {
	list, err := read[models.ShadowRecord](ctx, r, "SELECT * FROM shadow_records WHERE organization_id = ? AND target = ? AND known = ? AND id > ? ORDER BY id"+limited(most),
		organization, string(target), true, key)
	if err != nil {
		return nil, fmt.Errorf("list the records of a rehearsal: %w", err)
	}
	return list, nil
}

// PutShadowRecord writes a record over the one that was read, or as a new one where its
// key is 0.
func (tx *Tx) PutShadowRecord(rec *models.ShadowRecord) error {
	rec.NameKey = filter.Fold(rec.Name)
	var err error
	if rec.Key == 0 {
		err = insert(tx, rec)
	} else {
		_, err = update(tx, rec, shadowColumns, "id = ?", rec.Key)
	}
	if err != nil {
		return fmt.Errorf("keep what becomes of %s: %w", rec.Name, classify(err))
	}
	return nil
}

var shadowColumns = []string{
	"record", "target_id", "known", "stamp", "outcome", "how", "name", "name_key", "display", "anchor", "status",
	"mapping_id", "profile_id", "why", "code", "entry_id", "at",
}

// MarkBrought notes that the organization was given records from here.
func (tx *Tx) MarkBrought(organization int64, target models.TargetType, records ...string) error {
	for _, record := range records {
		_, err := tx.exec("UPDATE shadow_records SET brought = ? WHERE organization_id = ? AND target = ? AND record = ?", int64(tx.now), organization, string(target), record)
		if err != nil {
			return fmt.Errorf("note what was taken in: %w", classify(err))
		}
	}
	return nil
}

// DropShadowRecords forgets records.
func (tx *Tx) DropShadowRecords(organization int64, target models.TargetType, records ...string) error {
	for _, record := range records {
		_, err := tx.exec("DELETE FROM shadow_records WHERE organization_id = ? AND target = ? AND record = ?", organization, string(target), record)
		if err != nil {
			return fmt.Errorf("forget a record of a rehearsal: %w", classify(err))
		}
	}
	return nil
}

// ShadowRecordsOf gives many records of the rehearsal at once, by what they are known by.
func (r Reader) ShadowRecordsOf(ctx context.Context, organization int64, target models.TargetType, records []string) (map[string]models.ShadowRecord, error) {
	out := map[string]models.ShadowRecord{}
	for chunk := range chunks(records, 500) {
		among, list, err := r.amongTexts(chunk)
		if err != nil {
			return nil, err
		}
		rows, err := read[models.ShadowRecord](ctx, r, "SELECT * FROM shadow_records WHERE organization_id = ? AND target = ? AND record "+among,
			organization, string(target), list)
		if err != nil {
			return nil, fmt.Errorf("read records of a rehearsal: %w", err)
		}
		for _, row := range rows {
			out[row.Record] = row
		}
	}
	return out, nil
}

// ShadowRecordsAfter lists records in the order of their keys.
func (r Reader) ShadowRecordsAfter(ctx context.Context, organization, key int64, most int) ([]models.ShadowRecord, error) {
	list, err := read[models.ShadowRecord](ctx, r, "SELECT * FROM shadow_records WHERE organization_id + 0 = ? AND id > ? ORDER BY id"+limited(most), organization, key)
	if err != nil {
		return nil, fmt.Errorf("list the records of a rehearsal: %w", err)
	}
	return list, nil
}
