package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
)

func noGroup(id string) *models.Error {
	return models.Errorf(models.NotFound, "id", "There is no group %s.", id).
		WithAdvice("Look the group up by displayName; the id may belong to another organization.").WithCode("groupNotFound")
}

// groupColumns is all of a group but the folded document, which nobody reads.
var groupColumns = `id, public_id, organization_id, display_name, display_name_key, external_id, entra_id, ldap_id, member_count,
	note, protected, document, version, created, updated, released, ` + groupTerm

// Group gives a group by public id.
func (r Reader) Group(ctx context.Context, organization int64, id string) (models.Group, error) {
	g, err := one[models.Group](ctx, r, "SELECT "+groupColumns+" FROM groups WHERE public_id = ? AND organization_id = ?", id, organization)
	return g, found(err, noGroup(id))
}

// GroupByName gives a group by displayName in any case and width.
func (r Reader) GroupByName(ctx context.Context, organization int64, name string) (models.Group, error) {
	g, err := one[models.Group](ctx, r, "SELECT "+groupColumns+" FROM groups WHERE organization_id = ? AND display_name_key = ?", organization, filter.Fold(name))
	return g, found(err, noGroup(name))
}

// GroupByAnchor gives a group by the source anchor a method knows it by.
func (r Reader) GroupByAnchor(ctx context.Context, organization int64, m models.Method, anchor string) (models.Group, error) {
	column, ok := anchorColumn(m)
	if !ok || anchor == "" {
		return models.Group{}, noGroup(anchor)
	}
	g, err := one[models.Group](ctx, r, "SELECT "+groupColumns+" FROM groups WHERE organization_id = ? AND "+column+" = ? AND "+column+" <> ''", organization, anchor)
	return g, found(err, noGroup(anchor))
}

// LockGroup reads a group for a change.
func (tx *Tx) LockGroup(organization int64, id string) (models.Group, error) {
	g, err := one[models.Group](tx.ctx, tx.Reader, "SELECT "+groupColumns+" FROM groups WHERE public_id = ? AND organization_id = ?"+tx.forUpdate(), id, organization)
	return g, found(err, noGroup(id))
}

// Groups lists groups by name; a search finds those of which a word begins with each of
// its own. Total comes from maintained counters or is what a search found. Capped tells
// that a search stopped at its bound.
func (r Reader) Groups(ctx context.Context, organization int64, q models.GroupQuery) (models.Slice[models.Group], error) {
	search, err := r.searchGroups(ctx, organization, q)
	if err != nil {
		return models.Slice[models.Group]{}, err
	}
	where, size, by := condition{}, q.Page.Size(50, 200), order{column: "display_name_key"}
	key := filter.Fold(strings.TrimSpace(q.Search))
	switch {
	case search.on:
		where.and(r.among("id", search.keys))
		where.and("organization_id + 0 = ?", organization)
	case key != "": // of signs only
		where.and("organization_id = ? AND display_name_key >= ? AND display_name_key < ?", organization, key, after(key))
	default:
		where.and("organization_id = ?", organization)
	}
	if q.Mode != "" && !search.on {
		terms, err := r.terms(ctx, organization)
		if err != nil {
			return models.Slice[models.Group]{}, err
		}
		var cells []condition
		for _, t := range terms {
			if t.Method == q.Mode {
				c := condition{where.sql, slices.Clone(where.args)}
				c.and("mode = ?", t.Term)
				cells = append(cells, c)
			}
		}
		if where, err = merged("groups", by, q.Page, size, cells); err != nil {
			return models.Slice[models.Group]{}, err
		}
	}
	slice, err := page(r.q(ctx).Model(&models.Group{}).Select(groupColumns).Where(where.sql, where.args...), q.Page, size, by,
		func(g models.Group) cursor { return cursor{Sort: g.DisplayNameKey, Key: g.Key} })
	if search.on {
		slice.Total, slice.Capped = int64(len(search.keys)), search.capped
	}
	if err != nil || search.on || key != "" {
		return slice, err
	}
	counts, err := r.GroupCounts(ctx, organization)
	slice.Total = counts[q.Mode]
	return slice, err
}

// GroupCounts gives how many groups each mode has; "" holds the total.
func (r Reader) GroupCounts(ctx context.Context, organization int64) (map[models.Method]int64, error) {
	rows, err := r.tallied(ctx, organization, groupTally, 0, 0)
	if err != nil {
		return nil, err
	}
	terms, err := r.terms(ctx, organization)
	if err != nil {
		return nil, err
	}
	counts := map[models.Method]int64{}
	for _, row := range rows {
		counts[terms.stands(row.Name[len(groupTally):])] += row.Value
		counts[""] += row.Value
	}
	return counts, nil
}

// InsertGroup writes a new group.
func (tx *Tx) InsertGroup(g *models.Group) error {
	if err := storable(g.Attributes); err != nil {
		return err
	}
	g.Folded = models.Folded(g.Attributes)
	words := g.Words()
	g.WordKeys = marked(words)
	var err error
	if g.Term, err = tx.term(g.OrganizationID, g.Mode); err != nil {
		return err
	}
	err = insert(tx, g)
	g.Folded, g.WordKeys = "", ""
	if err != nil {
		return classify(err)
	}
	if err := tx.addGroupWords(g, words); err != nil {
		return err
	}
	tx.tally(g.OrganizationID, groupTally+g.Term, 0, 1)
	return nil
}

// SaveGroup writes a changed group over the version that was read; the member
// count is kept by the member operations.
func (tx *Tx) SaveGroup(old, g *models.Group) error {
	if err := storable(g.Attributes); err != nil {
		return err
	}
	if old.Document != g.Document {
		g.Folded = models.Folded(g.Attributes)
	}
	columns, err := changed(tx.db, old, g, "id", "public_id", "organization_id", "created", "member_count", "mode", "released")
	if err != nil || len(columns) == 0 && old.Mode == g.Mode {
		return err
	}
	var gone, fresh []string // of a renamed group: most changes are of members
	if old.DisplayName != g.DisplayName {
		gone, fresh = old.Words(), g.Words()
		g.WordKeys, columns = marked(fresh), with(columns, "words")
	}
	held, err := tx.hold(g.OrganizationID, holding{old.Mode, old.Term, old.Released}, g.Mode)
	if err != nil {
		return err
	}
	if g.Term, g.Released = held.term, held.released; g.Term != old.Term {
		columns = with(columns, "mode", "released")
	}
	saved, err := update(tx, g, columns, "id = ? AND version = ?", g.Key, old.Version)
	g.Folded, g.WordKeys = "", ""
	if err != nil {
		return classify(err)
	}
	if saved != 1 {
		return models.Errorf(models.Stale, "", "Group %s was changed by somebody else meanwhile.", old.DisplayName).
			WithAdvice("Read the group again and repeat the change.").WithCode("changedMeanwhile")
	}
	if err := tx.changeGroupWords(g, gone, fresh); err != nil {
		return err
	}
	if old.Term != g.Term {
		tx.tally(g.OrganizationID, groupTally+old.Term, 0, -1)
		tx.tally(g.OrganizationID, groupTally+g.Term, 0, 1)
	}
	return nil
}

// DeleteGroup removes a group with its memberships. Users are not touched.
func (tx *Tx) DeleteGroup(g *models.Group) error {
	if err := tx.changeGroupWords(g, g.Words(), nil); err != nil {
		return err
	}
	for _, stmt := range []string{
		"DELETE FROM members WHERE group_id = ?",
		"DELETE FROM members WHERE kind = 'group' AND member_id = ?",
		"DELETE FROM groups WHERE id = ?",
	} {
		if err := tx.q(tx.ctx).Exec(stmt, g.Key).Error; err != nil {
			return fmt.Errorf("delete group %s: %w", g.ID, err)
		}
	}
	tx.tally(g.OrganizationID, groupTally+g.Term, 0, -1)
	tx.tally(g.OrganizationID, movedTally, 0, 1)
	return nil
}
