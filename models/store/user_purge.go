package store

import (
	"context"
	"fmt"

	"muster/models"
)

const overdue = "organization_id = ? AND status = 'preserved' AND status_since < ? AND (legal_hold = ?)"

// PreservedBefore counts the users preserved since before an instant, without a legal
// hold.
func (r Reader) PreservedBefore(ctx context.Context, organization int64, before models.Time) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM users WHERE "+overdue, organization, before, false).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count users to purge: %w", err)
	}
	return n, nil
}

// PreservedUsers lists some of them by public id.
func (r Reader) PreservedUsers(ctx context.Context, organization int64, before models.Time, most int) ([]string, error) {
	rows, err := read[idRow](ctx, r, "SELECT public_id AS id FROM users WHERE "+overdue+limited(most), organization, before, false)
	if err != nil {
		return nil, fmt.Errorf("list users to purge: %w", err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, nil
}

// DeleteUser removes a user with everything they are found by and all memberships.
// Nothing but the purge does that.
func (tx *Tx) DeleteUser(u *models.User) error {
	if u.Attributes == nil {
		if err := u.Load(); err != nil {
			return err
		}
	}
	groups, err := tx.GroupsOf(tx.ctx, models.UserMember, u.Key, 1_000_000)
	if err != nil {
		return err
	}
	for _, g := range groups {
		was, err := tx.RemoveMember(g.Key, models.UserMember, u.Key)
		if err != nil {
			return err
		}
		if was {
			if err := tx.MoveMembers(g.Key, -1); err != nil {
				return err
			}
		}
	}
	if err := tx.dropValues(u, u.Indexed()); err != nil {
		return err
	}
	done, err := tx.exec("DELETE FROM users WHERE id = ? AND version = ?", u.Key, u.Version)
	if gone, err := moved(done, err); err != nil || !gone {
		if err != nil {
			return err
		}
		return fresh(0, "user", u.UserName)
	}
	tx.tallyUser(*u, -1)
	if !u.Hidden {
		tx.tally(u.OrganizationID, movedTally, 0, 1)
	}
	return tx.forgetInQueue(u)
}
