package cycle

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/store"
)

// deliverGroup carries out what was decided about a group.
func (k *chunk) deliverGroup(ctx context.Context, rec models.SourceRecord) error {
	known, err := k.groupOf(ctx, k.Reader, rec.Anchor)
	if err != nil {
		return err
	}
	if rec.Plan == models.PlanLeave || rec.Plan == models.PlanRemove {
		return k.removeGroup(ctx, rec, known)
	}
	edit, err := k.editGroupOf(rec)
	if err != nil {
		return err
	}
	before := known
	var g models.Group
	if known != nil {
		if g, err = k.d.UpdateGroup(ctx, k.by(), known.ID, nil, edit); err != nil {
			return k.refuse(rec, err)
		}
	} else {
		if rec.Plan == models.PlanAdopt {
			if holder, err := k.GroupByName(ctx, k.moving.conn.OrganizationID, rec.Name); err == nil {
				before = &holder
			}
		}
		if g, err = k.d.CreateGroup(ctx, k.by(), nil, edit); err != nil {
			return k.refuse(rec, err)
		}
	}
	if err := k.done(rec, g.ID); err != nil {
		return err
	}
	if rec.TargetID != g.ID || known == nil || known.Mode != k.moving.conn.Method {
		if err := k.LinkedRecord(k.moving.conn.Key, rec.Anchor); err != nil {
			return err
		}
	}
	return k.changedGroup(before, g, rec.Plan, nil, nil)
}

// removeGroup deletes a group whose record is not to be here any more; its members stay.
func (k *chunk) removeGroup(ctx context.Context, rec models.SourceRecord, known *models.Group) error {
	d := decideGroup(Case{Record: rec, Method: k.moving.conn.Method, Group: known})
	if d.Plan == models.PlanNothing {
		return k.done(rec, "")
	}
	members, err := k.membersText(ctx, known.Key)
	if err != nil {
		return err
	}
	if err := k.d.DeleteGroup(ctx, k.by(), known.ID, func(models.Group) error { return nil }); err != nil {
		return k.refuse(rec, err)
	}
	if err := k.done(rec, ""); err != nil {
		return err
	}
	if err := k.DropEdges(k.moving.conn.Key, rec.Anchor); err != nil {
		return err
	}
	gone := *known
	gone.Version = 0
	if err := k.changedGroup(known, gone, rec.Plan, nil, nil); err != nil {
		return err
	}
	k.changes[len(k.changes)-1].Removed = members
	return nil
}

// membersAtOnce is how many members of a group are in memory as more than their ids.
const membersAtOnce = 500

// membersText lists the public ids of a group's members as a change keeps them, "" for
// none. Of each member there is no more in memory than that text has.
func (k *chunk) membersText(ctx context.Context, group int64) (string, error) {
	var text strings.Builder
	between := "["
	for last := (models.MemberRef{}); ; {
		refs, err := k.Members(ctx, group, last, membersAtOnce)
		if err != nil {
			return "", err
		}
		for _, ref := range refs {
			text.WriteString(between + strconv.Quote(ref.ID)) // made here: letters, digits, dashes
			between = ","
		}
		if len(refs) < membersAtOnce {
			break
		}
		last = refs[len(refs)-1]
	}
	if text.Len() == 0 {
		return "", nil
	}
	text.WriteByte(']')
	return text.String(), nil
}

// changedGroup keeps what a group was before, so that the cycle can be taken back.
func (k *chunk) changedGroup(before *models.Group, after models.Group, did models.Planned, added, removed []string) error {
	if before != nil && before.Version == after.Version && len(added)+len(removed) == 0 {
		return nil
	}
	c := models.CycleChange{CycleID: k.moving.cy.Key, Kind: models.GroupTarget, TargetID: after.ID, Name: after.DisplayName, After: after.Version, Action: actionOf(did)}
	for _, part := range []struct {
		of   any
		into *string
		some bool
	}{{before, &c.Before, before != nil}, {added, &c.Added, len(added) > 0}, {removed, &c.Removed, len(removed) > 0}} {
		if !part.some {
			continue
		}
		text, err := json.Marshal(part.of)
		if err != nil {
			return fmt.Errorf("keep what group %s was: %w", after.ID, err)
		}
		*part.into = string(text)
	}
	k.changes = append(k.changes, c)
	return nil
}

// edgesAtOnce is how many memberships are looked at in one transaction.
const edgesAtOnce = 2000

// members brings memberships in line, group by group.
func (r *run) members(ctx context.Context) error {
	var at store.EdgePlace
	for {
		list, err := r.c.Store.OpenEdges(ctx, r.conn.Key, at, edgesAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		err = r.carry(ctx, func(k *chunk) error {
			for group := range byGroup(list) {
				if err := k.setMembers(ctx, group); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		last := list[len(list)-1]
		at = store.EdgePlace{Group: last.GroupAnchor, Member: last.Member}
	}
}

// byGroup divides memberships, which are in the order of groups.
func byGroup(list []store.OpenEdge) func(func([]store.OpenEdge) bool) {
	return func(yield func([]store.OpenEdge) bool) {
		for len(list) > 0 {
			n := slices.IndexFunc(list, func(e store.OpenEdge) bool { return e.GroupAnchor != list[0].GroupAnchor })
			if n < 0 {
				n = len(list)
			}
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// joining is what is to change about the members of one group.
type joining struct {
	add, remove     []string // public ids
	here, away      []string // anchors of members, by where they are afterwards
	addAt, removeAt map[string]string
}

func joinings(edges []store.OpenEdge) joining {
	j := joining{addAt: map[string]string{}, removeAt: map[string]string{}}
	for _, e := range edges {
		if e.Desired() {
			j.add, j.here = append(j.add, e.MemberID), append(j.here, e.Member)
			j.addAt[e.MemberID] = e.Member
			continue
		}
		j.away = append(j.away, e.Member)
		if e.Applied && e.GroupID != "" && e.MemberID != "" {
			j.remove = append(j.remove, e.MemberID)
		}
	}
	return j
}

func (k *chunk) setMembers(ctx context.Context, edges []store.OpenEdge) error {
	conn, group := k.moving.conn, edges[0].GroupAnchor
	j := joinings(edges)
	if len(j.add)+len(j.remove) > 0 {
		known, err := k.groupOf(ctx, k.Reader, group)
		if err != nil {
			return err
		}
		if known == nil || known.Mode != conn.Method {
			j.away, j.here, j.add, j.remove = append(j.away, j.here...), nil, nil, nil
		} else if err := k.join(ctx, known, &j); err != nil {
			return err
		}
	}
	if err := k.CloseEdges(conn.Key, group, j.here, true); err != nil {
		return err
	}
	return k.CloseEdges(conn.Key, group, j.away, false)
}

// join changes a group's members at once; when one of them is refused, such as a group
// that would close a circle, each is tried by itself.
func (k *chunk) join(ctx context.Context, g *models.Group, j *joining) error {
	err := k.joinSome(ctx, g, j.add, j.remove)
	if err == nil || refused(err) == nil {
		return err
	}
	for _, id := range j.remove {
		if err := k.joinSome(ctx, g, nil, []string{id}); err != nil && refused(err) == nil {
			return err
		}
	}
	for _, id := range j.add {
		err := k.joinSome(ctx, g, []string{id}, nil)
		if err != nil && refused(err) == nil {
			return err
		}
		if err != nil {
			j.here = slices.DeleteFunc(j.here, func(anchor string) bool { return anchor == j.addAt[id] })
			j.away = append(j.away, j.addAt[id])
		}
	}
	return nil
}

func (k *chunk) joinSome(ctx context.Context, g *models.Group, add, remove []string) error {
	there := map[string]bool{}
	if g.MemberCount > 0 {
		var err error
		if there, err = k.MembersAmong(ctx, g.Key, append(slices.Clone(add), remove...)); err != nil {
			return err
		}
	}
	add = slices.DeleteFunc(slices.Clone(add), func(id string) bool { return there[id] })
	remove = slices.DeleteFunc(slices.Clone(remove), func(id string) bool { return !there[id] })
	var steps []models.MemberChange
	if len(remove) > 0 {
		steps = append(steps, models.MemberChange{Kind: models.RemoveMembers, IDs: remove})
	}
	if len(add) > 0 {
		steps = append(steps, models.MemberChange{Kind: models.AddMembers, IDs: add})
	}
	if len(steps) == 0 {
		return nil
	}
	after, err := k.d.UpdateGroup(ctx, k.by(), g.ID, steps, func(*models.Group) error { return nil })
	if err != nil {
		return err
	}
	before := *g
	*g = after
	before.Attributes = nil
	return k.changedGroup(&before, after, models.PlanUpdate, add, remove)
}
