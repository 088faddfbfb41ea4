package store

import (
	"context"
	"fmt"

	"muster/models"
)

// memberRow is what both ends of a membership are shown as.
var (
	userRef  = `SELECT 'user' AS kind, u.id AS "key", u.public_id AS id, u.display_name AS display, u.user_name AS name, u.status, ` + modeOf("u") + ` AS mode, u.hidden`
	groupRef = `SELECT 'group' AS kind, g.id AS "key", g.public_id AS id, g.display_name AS display, g.display_name AS name, '' AS status, ` + modeOf("g") + ` AS mode, false AS hidden`
)

// Members lists a group's members in the order of their keys, users first, after
// a place given by kind and key; most is how many.
func (r Reader) Members(ctx context.Context, group int64, after models.MemberRef, most int) ([]models.MemberRef, error) {
	var refs []models.MemberRef
	if after.Kind != models.GroupMember {
		var err error
		refs, err = scan[models.MemberRef](ctx, r, userRef+` FROM members m JOIN users u ON u.id = m.member_id
			WHERE m.group_id = ? AND m.kind = 'user' AND m.member_id > ? ORDER BY m.member_id`+limited(most), group, after.Key)
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		after.Key = 0
	}
	if len(refs) < most {
		groups, err := scan[models.MemberRef](ctx, r, groupRef+` FROM members m JOIN groups g ON g.id = m.member_id
			WHERE m.group_id = ? AND m.kind = 'group' AND m.member_id > ? ORDER BY m.member_id`+limited(most), group, after.Key)
		if err != nil {
			return nil, fmt.Errorf("list member groups: %w", err)
		}
		refs = append(refs, groups[:min(len(groups), most-len(refs))]...)
	}
	return refs, nil
}

// GroupsOf lists the groups a user or group is a direct member of, by name.
func (r Reader) GroupsOf(ctx context.Context, kind models.MemberKind, key int64, most int) ([]models.MemberRef, error) {
	var refs []models.MemberRef
	err := r.q(ctx).Raw(groupRef+` FROM members m JOIN groups g ON g.id = m.group_id
		WHERE m.kind = ? AND m.member_id = ? ORDER BY g.display_name_key`+limited(most), kind, key).Scan(&refs).Error
	if err != nil {
		return nil, fmt.Errorf("list groups of a member: %w", err)
	}
	return refs, nil
}

// GroupsOfUsers lists the direct groups of many users at once, by user key: their
// ids and names.
func (r Reader) GroupsOfUsers(ctx context.Context, keys []int64) (map[int64][]models.MemberRef, error) {
	type row struct {
		UserKey int64
		ID      string
		Display string
		Members int64
	}
	among, list := r.among("m.member_id", keys)
	rows, err := read[row](ctx, r, `SELECT m.member_id AS user_key, g.public_id AS id, g.display_name AS display, g.member_count AS members FROM members m JOIN groups g ON g.id = m.group_id
		WHERE m.kind = 'user' AND `+among+` ORDER BY g.display_name_key`, list)
	if err != nil {
		return nil, fmt.Errorf("list groups of users: %w", err)
	}
	out := map[int64][]models.MemberRef{}
	for _, row := range rows {
		out[row.UserKey] = append(out[row.UserKey], models.MemberRef{Kind: models.GroupMember, ID: row.ID, Display: row.Display, Name: row.Display, Members: row.Members})
	}
	return out, nil
}

// Resolve finds users and groups by public id, in one look-up each.
func (r Reader) Resolve(ctx context.Context, organization int64, ids []string) (map[string]models.MemberRef, error) {
	out := map[string]models.MemberRef{}
	for chunk := range chunks(ids, 500) {
		among, list, err := r.amongTexts(chunk)
		if err != nil {
			return nil, err
		}
		refs, err := read[models.MemberRef](ctx, r, userRef+" FROM users u WHERE u.organization_id + 0 = ? AND u.public_id "+among, organization, list)
		if err != nil {
			return nil, fmt.Errorf("resolve members: %w", err)
		}
		var groups []models.MemberRef
		if len(refs) < len(chunk) {
			groups, err = read[models.MemberRef](ctx, r, groupRef+" FROM groups g WHERE g.organization_id + 0 = ? AND g.public_id "+among, organization, list)
			if err != nil {
				return nil, fmt.Errorf("resolve member groups: %w", err)
			}
		}
		for _, ref := range append(refs, groups...) {
			out[ref.ID] = ref
		}
	}
	return out, nil
}

func chunks[T any](list []T, size int) func(func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			n := min(size, len(list))
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// AddMember makes a membership and tells whether it is new. The cost does not
// depend on the size of the group.
func (tx *Tx) AddMember(m models.Member) (bool, error) {
	text, args, _, err := insertion(tx, &m)
	if err != nil {
		return false, err
	}
	return moved(tx.exec(text+" ON CONFLICT DO NOTHING", args...))
}

// IsMember tells whether there is a membership.
func (tx *Tx) IsMember(group int64, kind models.MemberKind, key int64) (bool, error) {
	n, err := tx.returned("SELECT count(*) FROM members WHERE group_id = ? AND kind = ? AND member_id = ?", group, kind, key)
	return n == 1, classify(err)
}

// RemoveMember ends a membership and tells whether there was one.
func (tx *Tx) RemoveMember(group int64, kind models.MemberKind, key int64) (bool, error) {
	return moved(tx.exec("DELETE FROM members WHERE group_id = ? AND kind = ? AND member_id = ?", group, kind, key))
}

// CountMembers moves a group's member count by the memberships that were added
// and removed, for a group that is saved with it: see MoveMembers.
func (tx *Tx) CountMembers(group, by int64) error {
	if by == 0 {
		return nil
	}
	return tx.along(whatever("count the members of a group"), "UPDATE groups SET member_count = member_count + ? WHERE id = ?", by, group)
}

// later is when a group says something else without a change of its own: now, but later
// than it did so before, so that its tag is another one. It is asked with now, twice.
const later = "updated = CASE WHEN updated < ? THEN ? ELSE updated + 1 END"

// MoveMembers is CountMembers for a group that is not saved with it, where another change
// takes members out of it or puts them in.
func (tx *Tx) MoveMembers(group, by int64) error {
	return tx.along(whatever("count the members of a group"), "UPDATE groups SET member_count = member_count + ?, "+later+" WHERE id = ?", by, tx.now, tx.now, group)
}

// moveGroupsOf moves the groups of users whom SCIM shows now, or does not any more: who is
// in them as a client reads it changed. It locks them in the order of their keys, and late,
// so that PostgreSQL transactions neither wait crosswise nor long.
func (tx *Tx) moveGroupsOf(users []int64) error {
	if len(users) == 0 {
		return nil
	}
	among, list := tx.among("member_id", users)
	theirs := "SELECT group_id FROM members WHERE kind = 'user' AND " + among
	if tx.engine == postgresEngine {
		if _, err := tx.exec("SELECT id FROM groups WHERE id IN ("+theirs+") ORDER BY id FOR UPDATE", list); err != nil {
			return fmt.Errorf("lock the groups of users: %w", classify(err))
		}
	}
	if _, err := tx.exec("UPDATE groups SET "+later+" WHERE id IN ("+theirs+")", tx.now, tx.now, list); err != nil {
		return fmt.Errorf("move the groups of users: %w", classify(err))
	}
	return nil
}

// Reaches tells whether one group lies, at any depth, inside another, so that a
// membership which would close a circle can be refused.
func (tx *Tx) Reaches(outer, inner int64) (bool, error) {
	if outer == inner {
		return true, nil
	}
	var n int64
	err := tx.q(tx.ctx).Raw(`WITH RECURSIVE inside(id) AS (
		SELECT member_id FROM members WHERE group_id = ? AND kind = 'group'
		UNION SELECT m.member_id FROM members m JOIN inside i ON m.group_id = i.id WHERE m.kind = 'group')
		SELECT count(*) FROM inside WHERE id = ?`, outer, inner).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("walk nested groups: %w", err)
	}
	return n > 0, nil
}
