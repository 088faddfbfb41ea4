package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"muster/models"
)

// MemberSet is who is in a group, or in a part of it, as keys alone: a hundred thousand
// take less than a megabyte.
type MemberSet struct{ Users, Groups []int64 }

// Len is how many they are.
func (m MemberSet) Len() int { return len(m.Users) + len(m.Groups) }

// Add puts one more into the set.
func (m *MemberSet) Add(kind models.MemberKind, key int64) {
	if kind == models.GroupMember {
		m.Groups = append(m.Groups, key)
		return
	}
	m.Users = append(m.Users, key)
}

// kinds goes through the parts that are not empty.
func (m MemberSet) kinds(fn func(kind models.MemberKind, keys []int64) error) error {
	if len(m.Users) > 0 {
		if err := fn(models.UserMember, m.Users); err != nil {
			return err
		}
	}
	if len(m.Groups) == 0 {
		return nil
	}
	return fn(models.GroupMember, m.Groups)
}

// MemberKeys gives all members of a group, in the order of their keys.
func (r Reader) MemberKeys(ctx context.Context, group int64) (MemberSet, error) {
	return r.memberKeys(ctx, "SELECT kind, member_id FROM members WHERE group_id = ? ORDER BY kind, member_id", group)
}

// MembersOf gives those of a set who are in a group.
func (r Reader) MembersOf(ctx context.Context, group int64, of MemberSet) (MemberSet, error) {
	var out MemberSet
	err := of.kinds(func(kind models.MemberKind, keys []int64) error {
		among, list := r.among("member_id", keys)
		found, err := r.memberKeys(ctx, "SELECT kind, member_id FROM members WHERE group_id = ? AND kind = ? AND "+among, group, kind, list)
		out.Users, out.Groups = append(out.Users, found.Users...), append(out.Groups, found.Groups...)
		return err
	})
	return out, err
}

// memberKeys reads without making a record of each row.
func (r Reader) memberKeys(ctx context.Context, text string, args ...any) (out MemberSet, err error) {
	rows, err := r.db.Statement.ConnPool.QueryContext(ctx, r.engine.bind(text), args...)
	if err != nil {
		return out, gone(ctx, fmt.Errorf("read the keys of members: %w", err))
	}
	defer func() {
		if err = errors.Join(err, rows.Close()); err != nil {
			err = gone(ctx, fmt.Errorf("read the keys of members: %w", err))
		}
	}()
	var kind sql.RawBytes
	var key int64
	for rows.Next() {
		if err := rows.Scan(&kind, &key); err != nil {
			return out, err //nolint:wrapcheck // in the deferred function
		}
		if string(kind) == string(models.GroupMember) {
			out.Groups = append(out.Groups, key)
		} else {
			out.Users = append(out.Users, key)
		}
	}
	return out, rows.Err() //nolint:wrapcheck // in the deferred function
}

// MemberRefs shows members by their keys; for the few that a log names.
func (r Reader) MemberRefs(ctx context.Context, of MemberSet) ([]models.MemberRef, error) {
	var out []models.MemberRef
	for _, part := range []struct {
		keys []int64
		text string
	}{{of.Users, userRef + " FROM users u WHERE "}, {of.Groups, groupRef + " FROM groups g WHERE "}} {
		if len(part.keys) == 0 {
			continue
		}
		among, list := r.among("id", part.keys)
		refs, err := read[models.MemberRef](ctx, r, part.text+among+" ORDER BY id", list)
		if err != nil {
			return nil, fmt.Errorf("read members: %w", err)
		}
		out = append(out, refs...)
	}
	return out, nil
}

// CountShown tells how many of some users, each named once, belong to an organization and
// are shown by SCIM. SQLite asks an index that holds no more than that.
func (r Reader) CountShown(ctx context.Context, organization int64, users []int64) (int64, error) {
	text := "SELECT count(*) AS users FROM " + r.listed() + " CROSS JOIN users u INDEXED BY users_all WHERE u.organization_id = ? AND u.hidden = 0 AND u.id = k.value"
	if r.engine == postgresEngine {
		text = "SELECT count(*) AS users FROM " + r.listed() + " JOIN users u ON u.id = k.value WHERE u.organization_id = ? AND NOT u.hidden"
	}
	rows, err := read[RuleCount](ctx, r, text, r.list(users), organization)
	if err != nil {
		return 0, fmt.Errorf("count who is shown: %w", err)
	}
	return rows[0].Users, nil
}

// listed is what list gives as a table k of one column, value.
func (r Reader) listed() string {
	if r.engine == postgresEngine {
		return "unnest(string_to_array(?, ',')::bigint[]) AS k (value)"
	}
	return "json_each(?) AS k"
}

func (r Reader) list(keys []int64) string {
	if r.engine == postgresEngine {
		return keyList(keys)
	}
	return "[" + keyList(keys) + "]"
}

// AddMembers makes memberships of one kind, like the one that is given, with one
// statement, and tells how many are new.
func (tx *Tx) AddMembers(like models.Member, keys []int64) (int64, error) {
	return tx.rows(`INSERT INTO members (group_id, kind, organization_id, mode, mapping_id, created, member_id)
		SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), k.value
		FROM `+tx.listed()+` WHERE true ON CONFLICT DO NOTHING`,
		like.GroupKey, string(like.Kind), like.OrganizationID, string(like.Mode), like.MappingKey, int64(like.Created), tx.list(keys))
}

// RemoveMembers ends the memberships of a set, with one statement for each kind, and tells
// how many there were.
func (tx *Tx) RemoveMembers(group int64, of MemberSet) (n int64, err error) {
	err = of.kinds(func(kind models.MemberKind, keys []int64) error {
		among, list := tx.among("member_id", keys)
		some, err := tx.rows("DELETE FROM members WHERE group_id = ? AND kind = ? AND "+among, group, string(kind), list)
		n += some
		return err
	})
	return n, err
}

// ClearMembers ends all memberships of a group, and tells how many there were.
func (tx *Tx) ClearMembers(group int64) (int64, error) {
	return tx.rows("DELETE FROM members WHERE group_id = ?", group)
}

// rows runs a statement and tells how many rows it wrote.
func (tx *Tx) rows(text string, args ...any) (int64, error) {
	done, err := tx.exec(text, args...)
	if err != nil {
		return 0, classify(err)
	}
	return done.RowsAffected() //nolint:wrapcheck // the caller says what it was for
}
