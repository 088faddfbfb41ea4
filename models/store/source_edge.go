package store

import (
	"context"
	"fmt"

	"muster/models"
)

func (tx *Tx) openEdges(connector int64, among, list string) error {
	_, err := tx.exec("UPDATE source_edges SET open = ? WHERE connector_id + 0 = ? AND NOT open AND member "+among, true, connector, list)
	if err == nil {
		_, err = tx.exec("UPDATE source_edges SET open = ? WHERE connector_id = ? AND NOT open AND group_anchor "+among, true, connector, list)
	}
	if err != nil {
		return fmt.Errorf("open memberships: %w", classify(err))
	}
	return nil
}

// PutEdges notes memberships that a directory has. What is known already is not written
// again.
func (tx *Tx) PutEdges(list []models.SourceEdge) error {
	for chunk := range chunks(list, 100) {
		text, args, err := manyRows(tx, chunk)
		if err != nil {
			return err
		}
		_, err = tx.exec(text+` ON CONFLICT (connector_id, group_anchor, member) DO UPDATE SET
			kind = CASE WHEN excluded.kind <> '' THEN excluded.kind ELSE source_edges.kind END, seen = excluded.seen, present = excluded.present,
			open = source_edges.open OR source_edges.present <> excluded.present
			WHERE source_edges.seen <> excluded.seen OR source_edges.present <> excluded.present OR excluded.kind <> '' AND source_edges.kind <> excluded.kind`, args...)
		if err != nil {
			return fmt.Errorf("keep memberships: %w", classify(err))
		}
	}
	return nil
}

// EndEdges notes memberships that a directory ended; those it never had are no news.
func (tx *Tx) EndEdges(list []models.SourceEdge) error {
	for _, e := range list {
		_, err := tx.exec("UPDATE source_edges SET present = ?, open = ? WHERE connector_id = ? AND group_anchor = ? AND member = ? AND present",
			false, true, e.ConnectorID, e.GroupAnchor, e.Member)
		if err != nil {
			return fmt.Errorf("end memberships: %w", classify(err))
		}
	}
	return nil
}

// MissEdges ends the memberships that a complete full read did not bring. Of groups that
// hide their members, or were shown by their id alone, nothing is concluded.
func (tx *Tx) MissEdges(connector, read int64) error {
	_, err := tx.exec(`UPDATE source_edges SET present = ?, open = ? WHERE connector_id = ? AND seen < ? AND present AND NOT EXISTS (
		SELECT 1 FROM source_records g WHERE g.connector_id = source_edges.connector_id AND g.kind = ? AND g.anchor = source_edges.group_anchor AND (g.veiled OR g.half) AND g.absent = '')`,
		false, true, connector, read, models.GroupTarget)
	if err != nil {
		return fmt.Errorf("end memberships: %w", classify(err))
	}
	return nil
}

// EdgePlace is a place in the order of memberships.
type EdgePlace struct{ Group, Member string }

// SourceMembers lists the memberships that a directory has, after a place.
func (r Reader) SourceMembers(ctx context.Context, connector int64, after EdgePlace, most int) ([]models.SourceEdge, error) {
	list, err := read[models.SourceEdge](ctx, r, "SELECT group_anchor, member, kind FROM source_edges WHERE connector_id = ? AND (group_anchor, member) > (?, ?) AND present ORDER BY group_anchor, member"+
		limited(most), connector, after.Group, after.Member)
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	return list, nil
}

// SourceHolders lists the groups that have a member directly, as the directory has them.
func (r Reader) SourceHolders(ctx context.Context, connector int64, member string) ([]string, error) {
	list, err := read[models.SourceEdge](ctx, r, "SELECT group_anchor FROM source_edges WHERE connector_id + 0 = ? AND member = ? AND present ORDER BY group_anchor", connector, member)
	if err != nil {
		return nil, fmt.Errorf("read the groups of a member: %w", err)
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.GroupAnchor
	}
	return out, nil
}

// OpenEdge is a membership that may differ from what is here, with who is at both ends.
type OpenEdge struct {
	GroupAnchor string
	Member      string
	Present     bool
	Applied     bool
	GroupID     string // public id; "" when the group is not here
	GroupName   string
	GroupWanted bool // it is in scope and there
	MemberKind  models.TargetType
	MemberID    string
	MemberName  string
	Wanted      bool // the member is in scope and there
}

// TableName is where it is read from.
func (OpenEdge) TableName() string { return "source_edges" }

// Desired tells whether the membership should be here.
func (e OpenEdge) Desired() bool {
	return e.Present && e.GroupWanted && e.Wanted && e.GroupID != "" && e.MemberID != ""
}

// edgeEnds joins who is at both ends of open memberships.
func (e engine) edgeEnds() string {
	return " FROM source_edges e" + e.led("source_edges_open") + edgeJoins
}

const edgeJoins = `
	LEFT JOIN source_records g ON g.connector_id = e.connector_id AND g.kind = 'group' AND g.anchor = e.group_anchor
	LEFT JOIN source_records u ON u.connector_id = e.connector_id AND u.kind = 'user' AND u.anchor = e.member
	LEFT JOIN source_records n ON u.anchor IS NULL AND n.connector_id = e.connector_id AND n.kind = 'group' AND n.anchor = e.member`

// OpenEdges lists memberships that may differ, by group, after a place.
func (r Reader) OpenEdges(ctx context.Context, connector int64, after EdgePlace, most int) ([]OpenEdge, error) {
	list, err := read[OpenEdge](ctx, r, `SELECT e.group_anchor, e.member, e.present, e.applied,
		coalesce(g.target_id, '') AS group_id, coalesce(g.name, '') AS group_name, coalesce(g.in_scope AND g.absent = '', false) AS group_wanted,
		coalesce(u.kind, n.kind, '') AS member_kind, coalesce(u.target_id, n.target_id, '') AS member_id, coalesce(u.name, n.name, '') AS member_name,
		coalesce(u.in_scope AND u.absent = '', n.in_scope AND n.absent = '', false) AS wanted`+r.engine.edgeEnds()+`
		WHERE e.connector_id = ? AND `+r.engine.is("e.open")+` AND (e.group_anchor, e.member) > (?, ?) ORDER BY e.group_anchor, e.member`+limited(most),
		connector, after.Group, after.Member)
	if err != nil {
		return nil, fmt.Errorf("look for memberships to change: %w", err)
	}
	return list, nil
}

// EdgeCounts tells what open memberships come to: how many would be made, and how many
// would end of members who stay themselves, of all that were made, which is counted
// where some would end.
type EdgeCounts struct{ Joins, Parts, Applied int64 }

// CountEdges counts open memberships.
func (r Reader) CountEdges(ctx context.Context, connector int64) (EdgeCounts, error) {
	var n EdgeCounts
	const stay, member = "g.in_scope AND g.absent = ''", "(u.in_scope AND u.absent = '' OR n.in_scope AND n.absent = '')"
	err := r.q(ctx).Raw(`SELECT coalesce(sum(CASE WHEN e.present AND NOT e.applied AND `+stay+` AND `+member+` THEN 1 ELSE 0 END), 0) AS joins,
		coalesce(sum(CASE WHEN e.applied AND `+member+` AND NOT (e.present AND `+stay+`) THEN 1 ELSE 0 END), 0) AS parts`+r.engine.edgeEnds()+`
		WHERE e.connector_id = ? AND `+r.engine.is("e.open"), connector).Scan(&n).Error
	if err == nil && n.Parts > 0 {
		err = r.q(ctx).Raw("SELECT count(*) FROM source_edges WHERE connector_id = ? AND applied", connector).Scan(&n.Applied).Error
	}
	if err != nil {
		return n, fmt.Errorf("count memberships to change: %w", err)
	}
	return n, nil
}

// CloseEdges notes which memberships of a group are as they should be now: here, or not.
func (tx *Tx) CloseEdges(connector int64, group string, members []string, here bool) error {
	for chunk := range chunks(members, 500) {
		among, list, err := tx.amongTexts(chunk)
		if err != nil {
			return err
		}
		where := " WHERE connector_id = ? AND group_anchor = ? AND member " + among
		if !here {
			if _, err := tx.exec("DELETE FROM source_edges"+where+" AND NOT present", connector, group, list); err != nil {
				return fmt.Errorf("forget memberships: %w", classify(err))
			}
		}
		if _, err := tx.exec("UPDATE source_edges SET applied = ?, open = ?"+where, here, false, connector, group, list); err != nil {
			return fmt.Errorf("note memberships: %w", classify(err))
		}
	}
	return nil
}

// DropEdges forgets what was made of a group that is gone here; should it come back, all
// of its members are open.
func (tx *Tx) DropEdges(connector int64, group string) error {
	_, err := tx.exec("UPDATE source_edges SET applied = ?, open = ? WHERE connector_id = ? AND group_anchor = ?", false, false, connector, group)
	if err == nil {
		_, err = tx.exec("DELETE FROM source_edges WHERE connector_id = ? AND group_anchor = ? AND NOT present", connector, group)
	}
	return classify(err)
}

// ReviveEdges notes memberships that are here again, or are not any more, though nothing of
// a directory says so: what becomes of them is open.
func (tx *Tx) ReviveEdges(list []models.SourceEdge) error {
	for chunk := range chunks(list, 100) {
		text, args, err := manyRows(tx, chunk)
		if err != nil {
			return err
		}
		_, err = tx.exec(text+" ON CONFLICT (connector_id, group_anchor, member) DO UPDATE SET applied = excluded.applied, open = excluded.open", args...)
		if err != nil {
			return fmt.Errorf("open memberships: %w", classify(err))
		}
	}
	return nil
}
