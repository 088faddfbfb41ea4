package store

import (
	"context"
	"fmt"

	"muster/models"
)

// WholeUsersAfter gives users whole, in the order of their keys.
func (r Reader) WholeUsersAfter(ctx context.Context, organization, key int64, most int) ([]models.User, error) {
	list, err := scan[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE id > ? AND organization_id + 0 = ? ORDER BY id"+limited(most), key, organization)
	if err != nil {
		return nil, fmt.Errorf("read users to copy: %w", err)
	}
	return list, nil
}

// UsersSince gives users whole who changed at an instant or later, in that order, after
// a place in it.
func (r Reader) UsersSince(ctx context.Context, organization int64, at models.Time, key int64, most int) ([]models.User, error) {
	list, err := scan[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE organization_id = ? AND (updated, id) > (?, ?) ORDER BY updated, id"+limited(most),
		organization, int64(at), key)
	if err != nil {
		return nil, fmt.Errorf("read users to copy: %w", err)
	}
	return list, nil
}

// GroupStamp tells one state of a group from another.
type GroupStamp struct {
	Key     int64
	ID      string
	Version int64
	Members int64
}

// GroupStamps gives the stamps of all groups.
func (r Reader) GroupStamps(ctx context.Context, organization int64) ([]GroupStamp, error) {
	list, err := scan[GroupStamp](ctx, r, `SELECT id AS "key", public_id AS id, version, member_count AS members FROM groups WHERE organization_id = ? ORDER BY id`, organization)
	if err != nil {
		return nil, fmt.Errorf("read groups to copy: %w", err)
	}
	return list, nil
}

// MemberEdge is a membership by the public id of the member, with the rule that made it.
type MemberEdge struct {
	Kind       models.MemberKind
	Key        int64
	ID         string
	Mode       models.Method // of the member
	MappingKey int64
	Created    models.Time
}

// MemberEdges lists a group's members of a kind in the order of their keys.
func (r Reader) MemberEdges(ctx context.Context, group int64, kind models.MemberKind, after int64, most int) ([]MemberEdge, error) {
	table := "users"
	if kind == models.GroupMember {
		table = "groups"
	}
	list, err := scan[MemberEdge](ctx, r, `SELECT m.kind, m.member_id AS "key", o.public_id AS id, `+modeOf("o")+` AS mode, m.mapping_id AS mapping_key, m.created
		FROM members m JOIN `+table+` o ON o.id = m.member_id WHERE m.group_id = ? AND m.kind = ? AND m.member_id > ? ORDER BY m.member_id`+limited(most), group, string(kind), after)
	if err != nil {
		return nil, fmt.Errorf("read memberships to copy: %w", err)
	}
	return list, nil
}

// PlantOrganization writes another store's organization with its key.
func (tx *Tx) PlantOrganization(o models.Organization) error {
	if err := insert(tx, &o); err != nil {
		return fmt.Errorf("copy the organization: %w", classify(err))
	}
	if err := tx.beginTerms(o.Key); err != nil {
		return err
	}
	return tx.moveChanges()
}

// Rules are all that says who gets what.
type Rules struct {
	Profiles   []models.Profile
	Mappings   []models.Mapping
	Attributes []models.AttributeMapping
}

// Rules gives an organization's rules of all methods.
func (r Reader) Rules(ctx context.Context, organization int64) (out Rules, err error) {
	if out.Profiles, err = r.Profiles(ctx, organization); err != nil {
		return out, err
	}
	if out.Mappings, err = r.Mappings(ctx, organization, ""); err != nil {
		return out, err
	}
	out.Attributes, err = r.AttributeMappings(ctx, organization, "")
	return out, err
}

// PlantRules puts other rules, with their keys, in the place of an organization's.
func (tx *Tx) PlantRules(organization int64, rules Rules) error {
	for _, table := range []string{"profiles", "mappings", "attribute_mappings"} {
		if _, err := tx.exec("DELETE FROM "+table+" WHERE organization_id = ?", organization); err != nil {
			return fmt.Errorf("copy rules: %w", classify(err))
		}
	}
	for i := range rules.Profiles {
		if err := tx.InsertProfile(&rules.Profiles[i]); err != nil {
			return err
		}
	}
	for i := range rules.Mappings {
		if err := tx.InsertMapping(&rules.Mappings[i]); err != nil {
			return err
		}
	}
	for i := range rules.Attributes {
		if err := tx.InsertAttributeMapping(&rules.Attributes[i]); err != nil {
			return err
		}
	}
	return tx.moveChanges()
}
