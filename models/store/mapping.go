package store

import (
	"context"
	"fmt"

	"muster/models"
)

func noMapping() *models.Error {
	return models.Errorf(models.NotFound, "mapping", "There is no such mapping.").
		WithAdvice("It may have been deleted; go back to the list of mappings.").WithCode("mappingNotFound")
}

// Mappings lists the rules of a method in their order, parked and disabled ones too;
// "" lists those of all methods.
func (r Reader) Mappings(ctx context.Context, organization int64, method models.Method) ([]models.Mapping, error) {
	q := r.q(ctx).Where("organization_id = ?", organization)
	if method != "" {
		q = q.Where("method = ?", method)
	}
	var list []models.Mapping
	if err := q.Order("method, position, id").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list mappings: %w", err)
	}
	return list, nil
}

// Mapping gives a rule by public id.
func (r Reader) Mapping(ctx context.Context, organization int64, id string) (models.Mapping, error) {
	var m models.Mapping
	err := r.q(ctx).Where("public_id = ? AND organization_id = ?", id, organization).Take(&m).Error
	return m, found(err, noMapping())
}

// InsertMapping writes a new rule.
func (tx *Tx) InsertMapping(m *models.Mapping) error { return classify(tx.q(tx.ctx).Create(m).Error) }

// SaveMapping writes a rule over the version before it.
func (tx *Tx) SaveMapping(m *models.Mapping) error {
	done := tx.q(tx.ctx).Model(m).Where("id = ? AND version = ?", m.Key, m.Version-1).
		Select("position", "name", "description", "groups", "filter", "case_exact", "profile_id", "local_groups", "initial_status",
			"hide_groups", "disabled", "parked", "version", "updated", "updated_by").Updates(m)
	if done.Error != nil {
		return classify(done.Error)
	}
	return fresh(done.RowsAffected, "mapping", m.Name)
}

// PlaceMapping moves a rule to a place.
func (tx *Tx) PlaceMapping(m models.Mapping, position int64) error {
	return classify(tx.q(tx.ctx).Exec("UPDATE mappings SET position = ? WHERE id = ?", position, m.Key).Error)
}

// DeleteMapping removes a rule. Who is at it moves with the next evaluation.
func (tx *Tx) DeleteMapping(m models.Mapping) error {
	return classify(tx.q(tx.ctx).Exec("DELETE FROM mappings WHERE id = ?", m.Key).Error)
}

// ParkRules puts the mappings and attribute mappings of a method to sleep, or wakes
// them.
func (tx *Tx) ParkRules(organization int64, method models.Method, parked bool) error {
	for _, table := range ruleTables {
		err := tx.q(tx.ctx).Exec("UPDATE "+table+" SET parked = ? WHERE organization_id = ? AND method = ?", parked, organization, method).Error
		if err != nil {
			return fmt.Errorf("park %s: %w", table, classify(err))
		}
	}
	return nil
}

// DropRules deletes the mappings and attribute mappings of a method, and gives them as
// they were.
func (tx *Tx) DropRules(organization int64, method models.Method) (mappings []models.Mapping, attributes []models.AttributeMapping, err error) {
	if mappings, err = tx.Mappings(tx.ctx, organization, method); err != nil {
		return nil, nil, err
	}
	if attributes, err = tx.AttributeMappings(tx.ctx, organization, method); err != nil {
		return nil, nil, err
	}
	for _, table := range ruleTables {
		if err := tx.q(tx.ctx).Exec("DELETE FROM "+table+" WHERE organization_id = ? AND method = ?", organization, method).Error; err != nil {
			return nil, nil, fmt.Errorf("delete %s: %w", table, classify(err))
		}
	}
	return mappings, attributes, nil
}

// RestoreRules writes deleted rules as they were, under the keys that they had. An
// attribute mapping, to which nobody refers by its key, gets another where its own has
// been given away since.
func (tx *Tx) RestoreRules(mappings []models.Mapping, attributes []models.AttributeMapping) error {
	for i := range mappings {
		if err := tx.q(tx.ctx).Create(&mappings[i]).Error; err != nil {
			return fmt.Errorf("restore mapping %s: %w", mappings[i].Name, classify(err))
		}
	}
	for i := range attributes {
		given, err := tx.returned("SELECT count(*) FROM attribute_mappings WHERE id = ?", attributes[i].Key)
		if err != nil {
			return fmt.Errorf("restore the attribute mapping of %s: %w", attributes[i].Target, classify(err))
		}
		if given != 0 {
			attributes[i].Key = 0
		}
		if err := tx.q(tx.ctx).Create(&attributes[i]).Error; err != nil {
			return fmt.Errorf("restore the attribute mapping of %s: %w", attributes[i].Target, classify(err))
		}
	}
	return nil
}

var ruleTables = []string{"mappings", "attribute_mappings"}

// RuleCounts tells how many mappings and attribute mappings a method has.
func (r Reader) RuleCounts(ctx context.Context, organization int64, method models.Method) (mappings, attributes int64, err error) {
	for i, table := range ruleTables {
		var n int64
		if err := r.q(ctx).Raw("SELECT count(*) FROM "+table+" WHERE organization_id = ? AND method = ?", organization, method).Scan(&n).Error; err != nil {
			return 0, 0, fmt.Errorf("count %s: %w", table, err)
		}
		if i == 0 {
			mappings = n
		} else {
			attributes = n
		}
	}
	return mappings, attributes, nil
}

// GroupsAbove gives the public ids of all groups a user is in, directly or through
// other groups, in the order of their keys, as rules see them: a membership that a
// rule made does not count, since it goes with the rule.
func (r Reader) GroupsAbove(ctx context.Context, user int64) ([]string, error) {
	rows, err := read[idRow](ctx, r, `WITH RECURSIVE above(id) AS (
		SELECT group_id FROM members WHERE kind = 'user' AND member_id = ? AND mapping_id = 0
		UNION SELECT m.group_id FROM above a JOIN members m ON m.kind = 'group' AND m.member_id = a.id)
		SELECT g.public_id AS id FROM above a JOIN groups g ON g.id = a.id ORDER BY g.id`, user)
	if err != nil {
		return nil, fmt.Errorf("read the groups of a user: %w", err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, nil
}

// RuledGroups gives the keys of the groups that a rule put a user into, by rule.
func (r Reader) RuledGroups(ctx context.Context, user int64) (map[int64]int64, error) {
	type row struct{ GroupKey, MappingKey int64 }
	rows, err := read[row](ctx, r, `SELECT group_id AS group_key, mapping_id AS mapping_key FROM members
		WHERE kind = 'user' AND member_id = ? AND mapping_id <> 0`, user)
	if err != nil {
		return nil, fmt.Errorf("read the groups that rules gave: %w", err)
	}
	out := make(map[int64]int64, len(rows))
	for _, r := range rows {
		out[r.GroupKey] = r.MappingKey
	}
	return out, nil
}

// InProtectedGroup tells whether a user is in a protected group, directly or through
// other groups.
func (tx *Tx) InProtectedGroup(organization, user int64) (bool, error) {
	protected := "protected <> 0"
	if tx.engine == postgresEngine {
		protected = "protected"
	}
	some, err := tx.returned("SELECT count(*) FROM (SELECT 1 AS one FROM groups WHERE organization_id = ? AND "+protected+limited(1)+") AS f", organization)
	if err != nil || some == 0 {
		return false, classify(err)
	}
	n, err := tx.returned(`WITH RECURSIVE above(id) AS (
		SELECT group_id FROM members WHERE kind = 'user' AND member_id = ?
		UNION SELECT m.group_id FROM above a JOIN members m ON m.kind = 'group' AND m.member_id = a.id)
		SELECT count(*) FROM above a JOIN groups g ON g.id = a.id WHERE g.`+protected, user)
	return n > 0, classify(err)
}
