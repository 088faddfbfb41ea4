package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// SourceRecords reads records by their anchors, by anchor.
func (r Reader) SourceRecords(ctx context.Context, connector int64, kind models.TargetType, anchors []string) (map[string]models.SourceRecord, error) {
	out := make(map[string]models.SourceRecord, len(anchors))
	for chunk := range chunks(anchors, 500) {
		among, list, err := r.amongTexts(chunk)
		if err != nil {
			return nil, err
		}
		rows, err := read[models.SourceRecord](ctx, r, "SELECT * FROM source_records WHERE connector_id = ? AND kind = ? AND anchor "+among, connector, kind, list)
		if err != nil {
			return nil, fmt.Errorf("read what is known of the directory: %w", err)
		}
		for _, row := range rows {
			out[row.Anchor] = row
		}
	}
	return out, nil
}

// RecordPlace is a place in the order of records.
type RecordPlace struct {
	Kind   models.TargetType
	Anchor string
}

// DirtyRecords lists records with something that is not carried out, after a place.
func (r Reader) DirtyRecords(ctx context.Context, connector int64, after RecordPlace, most int) ([]models.SourceRecord, error) {
	list, err := read[models.SourceRecord](ctx, r, "SELECT * FROM source_records"+r.engine.led("source_records_dirty")+" WHERE connector_id = ? AND "+r.engine.is("dirty")+
		" AND (kind, anchor) > (?, ?) ORDER BY kind, anchor"+limited(most), connector, after.Kind, after.Anchor)
	if err != nil {
		return nil, fmt.Errorf("look for what is not carried out: %w", err)
	}
	return list, nil
}

// is is the condition of the partial indexes on a flag, in the words in which each engine
// knows them again.
func (e engine) is(flag string) string {
	if e == postgresEngine {
		return flag
	}
	return flag + " = 1"
}

// led names the index to SQLite, which would rather read through the whole table.
func (e engine) led(index string) string {
	if e == postgresEngine {
		return ""
	}
	return " INDEXED BY " + index
}

// DueManagers lists users whose manager is to be written, by anchor.
func (r Reader) DueManagers(ctx context.Context, connector int64, most int) ([]models.SourceRecord, error) {
	list, err := read[models.SourceRecord](ctx, r, "SELECT * FROM source_records WHERE connector_id = ? AND "+r.engine.is("manager_due")+" ORDER BY anchor"+limited(most), connector)
	if err != nil {
		return nil, fmt.Errorf("look for managers: %w", err)
	}
	return list, nil
}

// NextPlanned lists records for which a decision stands, in the order of their names.
func (r Reader) NextPlanned(ctx context.Context, connector int64, kind models.TargetType, what models.Planned, after models.SourceRecord, most int) ([]models.SourceRecord, error) {
	list, err := read[models.SourceRecord](ctx, r, "SELECT * FROM source_records WHERE connector_id = ? AND kind = ? AND plan = ? AND plan <> ''"+
		" AND (name_key, anchor) > (?, ?) ORDER BY name_key, anchor"+limited(most), connector, kind, what, after.NameKey, after.Anchor)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return list, nil
}

// PlannedRecords lists records for which a decision stands, for pages: those whose names
// begin with what is searched for, or the one with that anchor. The cursors are records'
// places among them.
func (r Reader) PlannedRecords(ctx context.Context, connector int64, q models.PlannedQuery) (models.Slice[models.SourceRecord], error) {
	where, args := "connector_id = ? AND kind = ? AND plan = ? AND plan <> ''", []any{connector, q.Kind, q.What}
	if search := strings.TrimSpace(q.Search); search != "" {
		key := filter.Fold(search)
		begins := "name_key >= ?"
		args = append(args, key)
		if end, ok := prefixEnd(key); ok {
			begins, args = begins+" AND name_key < ?", append(args, end)
		}
		where, args = where+" AND (("+begins+") OR anchor = ?)", append(args, search)
	}
	back := q.Page.After == "" && q.Page.Before != ""
	sign, order, from := ">", "ORDER BY name_key, anchor", q.Page.After
	if back {
		sign, order, from = "<", "ORDER BY name_key DESC, anchor DESC", q.Page.Before
	}
	if from != "" {
		at, err := parseCursor(from)
		if err != nil {
			return models.Slice[models.SourceRecord]{}, err
		}
		where, args = where+" AND (name_key, anchor) "+sign+" (?, ?)", append(args, at.Sort, at.Anchor)
	}
	size := q.Page.Size(50, 200)
	list, err := read[models.SourceRecord](ctx, r, "SELECT * FROM source_records WHERE "+where+" "+order+limited(size+1), args...)
	if err != nil {
		return models.Slice[models.SourceRecord]{}, fmt.Errorf("list the plan: %w", err)
	}
	return trim(list, size, q.Page, back, func(r models.SourceRecord) cursor { return cursor{Sort: r.NameKey, Anchor: r.Anchor} }), nil
}

// RecordScope is what a pass over all records sees of each.
type RecordScope struct {
	Kind    models.TargetType
	Anchor  string
	Absent  models.Absence
	InScope bool
	Half    bool
	Veiled  bool
}

// TableName is where it is read from.
func (RecordScope) TableName() string { return "source_records" }

// RecordScopes lists who is in scope and who is there, after a place.
func (r Reader) RecordScopes(ctx context.Context, connector int64, after RecordPlace, most int) ([]RecordScope, error) {
	list, err := read[RecordScope](ctx, r, "SELECT kind, anchor, absent, in_scope, half, veiled FROM source_records WHERE connector_id = ? AND (kind, anchor) > (?, ?) ORDER BY kind, anchor"+
		limited(most), connector, after.Kind, after.Anchor)
	if err != nil {
		return nil, fmt.Errorf("read who is in scope: %w", err)
	}
	return list, nil
}

// PutRecords writes records as they are, new or known.
func (tx *Tx) PutRecords(list []models.SourceRecord) error {
	for chunk := range chunks(list, 40) {
		text, args, err := manyRows(tx, chunk)
		if err != nil {
			return err
		}
		_, err = tx.exec(text+` ON CONFLICT (connector_id, kind, anchor) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, document = excluded.document,
			manager = excluded.manager, half = excluded.half, veiled = excluded.veiled, seen = excluded.seen, absent = excluded.absent, in_scope = excluded.in_scope,
			dirty = excluded.dirty, manager_due = excluded.manager_due, target_id = excluded.target_id, plan = excluded.plan, how = excluded.how, note = excluded.note, told = excluded.told`, args...)
		if err != nil {
			return fmt.Errorf("keep what was read: %w", classify(err))
		}
	}
	return nil
}

// SawRecords notes that records came in a full read, and nothing else about them.
func (tx *Tx) SawRecords(connector int64, kind models.TargetType, anchors []string, read int64) error {
	for chunk := range chunks(anchors, 500) {
		among, list, err := tx.amongTexts(chunk)
		if err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE source_records SET seen = ? WHERE connector_id = ? AND kind = ? AND anchor "+among, read, connector, kind, list); err != nil {
			return fmt.Errorf("note what was read: %w", classify(err))
		}
	}
	return nil
}

// MissRecords marks what a complete full read did not bring, and tells how many that were.
func (tx *Tx) MissRecords(connector, read int64) (int64, error) {
	done, err := tx.exec("UPDATE source_records SET absent = ?, dirty = ? WHERE connector_id = ? AND seen < ? AND absent = ''", models.Missing, true, connector, read)
	if err != nil {
		return 0, fmt.Errorf("mark what is missing: %w", classify(err))
	}
	return done.RowsAffected() //nolint:wrapcheck // classified by the driver alone
}

// ScopeRecords takes records into scope or out of it; what they may differ in by that is
// open again.
func (tx *Tx) ScopeRecords(connector int64, kind models.TargetType, anchors []string, in bool) error {
	for chunk := range chunks(anchors, 500) {
		among, list, err := tx.amongTexts(chunk)
		if err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE source_records SET in_scope = ?, dirty = ? WHERE connector_id = ? AND kind = ? AND anchor "+among, in, true, connector, kind, list); err != nil {
			return fmt.Errorf("change who is in scope: %w", classify(err))
		}
		if err := tx.openEdges(connector, among, list); err != nil {
			return err
		}
	}
	return nil
}

// SoilRecords marks everything as not carried out: it is delivered anew.
func (tx *Tx) SoilRecords(connector int64) error {
	for _, text := range []string{
		"UPDATE source_records SET dirty = ?, told = '' WHERE connector_id = ? AND absent = ''",
		"UPDATE source_records SET dirty = ?, told = '' WHERE connector_id = ? AND absent <> ''",
		"UPDATE source_edges SET open = ? WHERE connector_id = ?",
	} {
		if _, err := tx.exec(text, true, connector); err != nil {
			return fmt.Errorf("mark what is delivered anew: %w", classify(err))
		}
	}
	return nil
}

// RecordFate is what became of a record in a plan or its execution.
type RecordFate struct {
	Kind     models.TargetType
	Anchor   string
	Dirty    bool
	Plan     models.Planned
	How      string
	Note     string
	Told     string
	TargetID string
}

// FateRecords writes what became of records.
func (tx *Tx) FateRecords(connector int64, list []RecordFate) error {
	for _, f := range list {
		_, err := tx.exec("UPDATE source_records SET dirty = ?, plan = ?, how = ?, note = ?, told = ?, target_id = ? WHERE connector_id = ? AND kind = ? AND anchor = ?",
			f.Dirty, f.Plan, f.How, f.Note, f.Told, f.TargetID, connector, f.Kind, f.Anchor)
		if err != nil {
			return fmt.Errorf("note what became of a record: %w", classify(err))
		}
	}
	return nil
}

// LinkedRecord notes that a record became known here: what waited for it is open.
func (tx *Tx) LinkedRecord(connector int64, anchor string) error {
	_, err := tx.exec("UPDATE source_records SET manager_due = ? WHERE connector_id + 0 = ? AND manager = ? AND manager <> '' AND target_id <> ''", true, connector, anchor)
	if err == nil {
		_, err = tx.exec("UPDATE source_edges SET open = ? WHERE connector_id + 0 = ? AND member = ? AND NOT open", true, connector, anchor)
	}
	if err == nil {
		_, err = tx.exec("UPDATE source_edges SET open = ? WHERE connector_id = ? AND group_anchor = ? AND NOT open", true, connector, anchor)
	}
	return classify(err)
}

// ManagersDone notes that managers were written, or cannot be yet.
func (tx *Tx) ManagersDone(connector int64, anchors []string) error {
	for chunk := range chunks(anchors, 500) {
		among, list, err := tx.amongTexts(chunk)
		if err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE source_records SET manager_due = ? WHERE connector_id = ? AND kind = ? AND anchor "+among, false, connector, models.UserTarget, list); err != nil {
			return fmt.Errorf("note managers: %w", classify(err))
		}
	}
	return nil
}

// DropRemovals forgets what a plan would remove, until the directory asks for it again.
func (tx *Tx) DropRemovals(connector int64) error {
	_, err := tx.exec("UPDATE source_records SET dirty = ?, plan = '', note = '' WHERE connector_id = ? AND plan IN (?, ?, ?)",
		false, connector, models.PlanDisable, models.PlanLeave, models.PlanRemove)
	if err == nil {
		_, err = tx.exec("UPDATE source_edges SET open = ? WHERE connector_id = ? AND open AND applied", false, connector)
	}
	return classify(err)
}

// CountRecords counts records of a kind that are there.
func (r Reader) CountRecords(ctx context.Context, connector int64, kind models.TargetType) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM source_records WHERE connector_id = ? AND kind = ? AND absent = ''", connector, kind).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count what is known of the directory: %w", err)
	}
	return n, nil
}

// CountDirty counts users with something that is not carried out.
func (r Reader) CountDirty(ctx context.Context, connector int64, kind models.TargetType) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM source_records WHERE connector_id = ? AND "+r.engine.is("dirty")+" AND kind = ?", connector, kind).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count what is not carried out: %w", err)
	}
	return n, nil
}

// CountInScope counts users who are there and in scope.
func (r Reader) CountInScope(ctx context.Context, connector int64) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM source_records WHERE connector_id = ? AND kind = ? AND absent = '' AND in_scope", connector, models.UserTarget).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count who is in scope: %w", err)
	}
	return n, nil
}

// SourceTarget gives the public id of what a record became; "" when it is not here.
func (r Reader) SourceTarget(ctx context.Context, connector int64, kind models.TargetType, anchor string) (string, error) {
	list, err := read[models.SourceRecord](ctx, r, "SELECT target_id FROM source_records WHERE connector_id = ? AND kind = ? AND anchor = ?", connector, kind, anchor)
	if err != nil {
		return "", fmt.Errorf("look for what a record became: %w", err)
	}
	if len(list) == 0 {
		return "", nil
	}
	return list[0].TargetID, nil
}

// MembersAmong tells which of some public ids are direct members of a group.
func (r Reader) MembersAmong(ctx context.Context, group int64, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for chunk := range chunks(ids, 500) {
		among, list, err := r.amongTexts(chunk)
		if err != nil {
			return nil, err
		}
		for _, table := range []string{"user", "group"} {
			refs, err := read[models.MemberRef](ctx, r, "SELECT x.public_id AS id FROM "+table+"s x JOIN members m ON m.member_id = x.id AND m.kind = '"+table+
				"' AND m.group_id = ? WHERE x.public_id "+among, group, list)
			if err != nil {
				return nil, fmt.Errorf("look for members: %w", err)
			}
			for _, ref := range refs {
				out[ref.ID] = true
			}
		}
	}
	return out, nil
}
