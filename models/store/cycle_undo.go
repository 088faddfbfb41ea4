package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
)

// UndoCount counts records that a cycle changed last, alike in what an undo does.
type UndoCount struct {
	Kind    models.TargetType
	Made    bool // by the cycle
	Touched bool // changed since
	N       int64
}

// TableName is where it is counted.
func (UndoCount) TableName() string { return "cycle_changes" }

// lastChanges are the last changes of a cycle to each record, beside the record as it is
// now: one that is not there has version 0, as a deleted group should. They are asked with
// the organization, twice, and the cycle.
const lastChanges = ` FROM cycle_changes k
	LEFT JOIN users u ON k.kind = 'user' AND u.public_id = k.target_id AND u.organization_id = ?
	LEFT JOIN groups g ON k.kind = 'group' AND g.public_id = k.target_id AND g.organization_id = ?
	WHERE k.cycle_id = ? AND NOT EXISTS (SELECT 1 FROM cycle_changes l WHERE l.cycle_id = k.cycle_id AND l.kind = k.kind AND l.target_id = k.target_id AND l.id > k.id)`

const touchedSince = "coalesce(u.version, g.version, 0) <> k.after"

// madeThen tells records that the cycle made, whatever else it did to them afterwards.
const madeThen = "EXISTS (SELECT 1 FROM cycle_changes m WHERE m.cycle_id = k.cycle_id AND m.kind = k.kind AND m.target_id = k.target_id AND m.before = '')"

// CountUndo counts what taking a cycle back would put back and what it would leave.
func (r Reader) CountUndo(ctx context.Context, organization, cycle int64) ([]UndoCount, error) {
	list, err := scan[UndoCount](ctx, r, "SELECT kind, made, touched, count(*) AS n FROM (SELECT k.kind AS kind, "+touchedSince+" AS touched, "+madeThen+" AS made"+
		lastChanges+") x GROUP BY kind, made, touched", organization, organization, cycle)
	if err != nil {
		return nil, fmt.Errorf("count what an undo does: %w", err)
	}
	return list, nil
}

// UndoRecords lists the records that an undo puts back, or leaves because they were changed
// since; the latest change first.
func (r Reader) UndoRecords(ctx context.Context, organization, cycle int64, q models.UndoQuery) (models.Slice[models.CycleChange], error) {
	where, args := " AND NOT ("+touchedSince+")", []any{organization, organization, cycle}
	if q.Touched {
		where = " AND (" + touchedSince + ")"
	}
	if search := strings.TrimSpace(q.Search); search != "" {
		where, args = where+` AND (lower(k.name) LIKE ? ESCAPE '\')`, append(args, "%"+literally(strings.ToLower(search))+"%")
	}
	back := q.Page.After == "" && q.Page.Before != ""
	sign, order, from := "<", " ORDER BY k.id DESC", q.Page.After
	if back {
		sign, order, from = ">", " ORDER BY k.id", q.Page.Before
	}
	if from != "" {
		at, err := parseCursor(from)
		if err != nil {
			return models.Slice[models.CycleChange]{}, err
		}
		where, args = where+" AND k.id "+sign+" ?", append(args, at.Key)
	}
	size := q.Page.Size(50, 200)
	list, err := scan[models.CycleChange](ctx, r, "SELECT k.id, k.kind, k.target_id, k.name, CASE WHEN "+madeThen+" THEN 'create' ELSE k.action END AS action"+lastChanges+where+order+limited(size+1), args...)
	if err != nil {
		return models.Slice[models.CycleChange]{}, fmt.Errorf("name whom an undo changes: %w", err)
	}
	return trim(list, size, q.Page, back, func(c models.CycleChange) cursor { return cursor{Key: c.Key} }), nil
}

// UndoOf gives the latest cycle that takes another one back, or began to; nil for none.
func (r Reader) UndoOf(ctx context.Context, organization, cycle int64) (*models.Cycle, error) {
	var c models.Cycle
	err := r.q(ctx).Where("organization_id = ? AND undoes = ?", organization, cycle).Order("id DESC").Limit(1).Take(&c).Error
	if nothing(err) {
		return nil, nil
	}
	return &c, classify(err)
}

// CycleChangeKeys lists the keys of what a cycle changed, the latest first.
func (r Reader) CycleChangeKeys(ctx context.Context, cycle int64) ([]int64, error) {
	var keys []int64
	if err := r.q(ctx).Raw("SELECT id FROM cycle_changes WHERE cycle_id = ? ORDER BY id DESC", cycle).Scan(&keys).Error; err != nil {
		return nil, fmt.Errorf("read what the cycle changed: %w", err)
	}
	return keys, nil
}

// CycleChanges lists what a cycle changed from one key down to another, the latest first.
func (r Reader) CycleChanges(ctx context.Context, cycle, from, down int64) ([]models.CycleChange, error) {
	list, err := read[models.CycleChange](ctx, r, "SELECT * FROM cycle_changes WHERE id BETWEEN ? AND ? AND cycle_id + 0 = ? ORDER BY id DESC", down, from, cycle)
	if err != nil {
		return nil, fmt.Errorf("read what the cycle changed: %w", err)
	}
	return list, nil
}

// PutBack forgets a change that was taken back. Earlier changes of the same record are
// taken back over the version that it has now.
func (tx *Tx) PutBack(c models.CycleChange, version int64) error {
	_, err := tx.exec("DELETE FROM cycle_changes WHERE id = ?", c.Key)
	if err == nil {
		_, err = tx.exec("UPDATE cycle_changes SET after = ? WHERE cycle_id = ? AND kind = ? AND target_id = ?", version, c.CycleID, c.Kind, c.TargetID)
	}
	return classify(err)
}

// LeaveChanged forgets all that a cycle changed about a record that stays as it is.
func (tx *Tx) LeaveChanged(c models.CycleChange) error {
	_, err := tx.exec("DELETE FROM cycle_changes WHERE cycle_id = ? AND kind = ? AND target_id = ?", c.CycleID, c.Kind, c.TargetID)
	return classify(err)
}

// SoilSome marks some records as not carried out, with the memberships of groups among
// them: they are delivered anew.
func (tx *Tx) SoilSome(connector int64, kind models.TargetType, anchors []string) error {
	for chunk := range chunks(anchors, 500) {
		among, list, err := tx.amongTexts(chunk)
		if err != nil {
			return err
		}
		_, err = tx.exec("UPDATE source_records SET dirty = ?, told = '' WHERE connector_id = ? AND kind = ? AND anchor "+among, true, connector, kind, list)
		if err == nil && kind == models.GroupTarget {
			_, err = tx.exec("UPDATE source_edges SET open = ? WHERE connector_id = ? AND group_anchor "+among, true, connector, list)
		}
		if err != nil {
			return fmt.Errorf("mark what is delivered anew: %w", classify(err))
		}
	}
	return nil
}
