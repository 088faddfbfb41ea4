package store

import (
	"context"
	"fmt"

	"muster/models"
)

// AttributeMappings lists a method's attribute mappings in their order, those too
// that are disabled or parked; "" lists those of all methods.
func (r Reader) AttributeMappings(ctx context.Context, organization int64, method models.Method) ([]models.AttributeMapping, error) {
	var list []models.AttributeMapping
	q := r.q(ctx).Where("organization_id = ?", organization)
	if method != "" {
		q = q.Where("method = ?", method)
	}
	if err := q.Order("method, position, id").Find(&list).Error; err != nil {
		return nil, gone(ctx, fmt.Errorf("list attribute mappings: %w", err))
	}
	return list, nil
}

// AttributeMapping gives an attribute mapping by public id.
func (r Reader) AttributeMapping(ctx context.Context, organization int64, id string) (models.AttributeMapping, error) {
	var m models.AttributeMapping
	err := r.q(ctx).Where("public_id = ? AND organization_id = ?", id, organization).Take(&m).Error
	return m, found(err, models.Errorf(models.NotFound, "id", "There is no such attribute mapping.").
		WithAdvice("Somebody may have deleted it; the audit log tells."))
}

// AttributeMappingsSeen gives an organization's attribute mappings as they were at a
// count of changes that the same request has read already (see OrganizationSeen), or
// as they are now. They are asked for with every change that a directory makes.
func (s *Store) AttributeMappingsSeen(ctx context.Context, organization, seen int64) ([]models.AttributeMapping, error) {
	remembered := func(m *memory) map[int64][]models.AttributeMapping { return m.computes }
	if list, ok := recall(&s.memory, seen, remembered, organization); ok && seen != 0 {
		return list, nil
	}
	count, err := s.changes(ctx)
	if err != nil {
		return nil, err
	}
	if list, ok := recall(&s.memory, count, remembered, organization); ok {
		return list, nil
	}
	list, err := s.AttributeMappings(ctx, organization, "")
	if err == nil {
		s.memory.keep(count, func() { s.memory.computes[organization] = list })
	}
	return list, err
}

// InsertAttributeMapping writes a new attribute mapping.
func (tx *Tx) InsertAttributeMapping(m *models.AttributeMapping) error {
	if err := tx.q(tx.ctx).Create(m).Error; err != nil {
		return classify(err)
	}
	return tx.moveChanges()
}

// SaveAttributeMapping writes a changed attribute mapping over the version before its
// own. Another one in between is a Stale refusal.
func (tx *Tx) SaveAttributeMapping(m *models.AttributeMapping) error {
	done := tx.q(tx.ctx).Model(m).Where("id = ? AND version = ?", m.Key, m.Version-1).
		Select("position", "target", "expression", "fallback", "on_create", "disabled", "parked", "version", "updated", "updated_by").Updates(m)
	switch {
	case done.Error != nil:
		return classify(done.Error)
	case done.RowsAffected != 1:
		return models.Errorf(models.Stale, "", "Somebody else changed this attribute mapping meanwhile. Nothing was saved.").
			WithAdvice("Look at what it says now, and make your change again.").WithCode("changedMeanwhile")
	}
	return tx.moveChanges()
}

// DeleteAttributeMapping ends an attribute mapping.
func (tx *Tx) DeleteAttributeMapping(m *models.AttributeMapping) error {
	if err := tx.q(tx.ctx).Exec("DELETE FROM attribute_mappings WHERE id = ?", m.Key).Error; err != nil {
		return fmt.Errorf("delete an attribute mapping: %w", classify(err))
	}
	return tx.moveChanges()
}
