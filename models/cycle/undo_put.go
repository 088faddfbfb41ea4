package cycle

import (
	"context"
	"encoding/json"
	"fmt"

	"muster/models"
)

// one puts one record back, and gives the version that it has then.
func (u *undoingSome) one(ctx context.Context, change models.CycleChange) (int64, error) {
	if change.Kind == models.GroupTarget {
		return u.group(ctx, change)
	}
	var was *models.User
	if change.Before != "" {
		was = &models.User{}
		if err := json.Unmarshal([]byte(change.Before), was); err != nil {
			return 0, fmt.Errorf("read what user %s was: %w", change.TargetID, err)
		}
	}
	out, err := u.d.PutUserBack(ctx, u.by, change.TargetID, change.After, was, u.cy.Key)
	return out.Version, err
}

func (u *undoingSome) group(ctx context.Context, change models.CycleChange) (int64, error) {
	var was *models.Group
	var added, removed []string
	for _, part := range []struct {
		text string
		into any
	}{{change.Before, &was}, {change.Added, &added}, {change.Removed, &removed}} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return 0, fmt.Errorf("read what group %s was: %w", change.TargetID, err)
		}
	}
	if change.Action == models.ActionDelete || change.After == 0 && was != nil {
		g, err := u.d.BringGroupBack(ctx, u.by, *was, removed, u.cy.Key)
		if err != nil {
			return 0, err
		}
		return g.Version, u.reopen(ctx, g, removed, true)
	}
	var steps []models.MemberChange
	if len(added) > 0 {
		steps = append(steps, models.MemberChange{Kind: models.RemoveMembers, IDs: added})
	}
	if len(removed) > 0 {
		steps = append(steps, models.MemberChange{Kind: models.AddMembers, IDs: removed})
	}
	g, err := u.d.PutGroupBack(ctx, u.by, change.TargetID, change.After, was, steps, u.cy.Key)
	if err != nil {
		return 0, err
	}
	if err := u.reopen(ctx, g, added, false); err != nil {
		return 0, err
	}
	return g.Version, u.reopen(ctx, g, removed, true)
}

// reopen lets the next plan decide about memberships that are here again, or are not any
// more.
func (u *undoingSome) reopen(ctx context.Context, g models.Group, members []string, here bool) error {
	refs, err := u.Resolve(ctx, g.OrganizationID, members)
	if err != nil || g.Anchor(u.conn.Method) == "" {
		return err
	}
	var list []models.SourceEdge
	for _, ref := range refs {
		anchor := ""
		if ref.Kind == models.GroupMember {
			inner, err := u.Group(ctx, g.OrganizationID, ref.ID)
			if err != nil {
				return err
			}
			anchor = inner.Anchor(u.conn.Method)
		} else {
			user, err := u.User(ctx, g.OrganizationID, ref.ID)
			if err != nil {
				return err
			}
			anchor = user.Anchor(u.conn.Method)
		}
		if anchor != "" {
			list = append(list, models.SourceEdge{
				ConnectorID: u.conn.Key, GroupAnchor: g.Anchor(u.conn.Method), Member: anchor, Kind: ref.Kind, Seen: u.conn.ReadNumber, Applied: here, Open: true,
			})
		}
	}
	return u.ReviveEdges(list)
}
