package shadow

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"muster/models"
	"muster/models/store"
)

const (
	edgePage  = 2000
	edgeChunk = 500 // memberships in one transaction
)

func groupStamp(g store.GroupStamp) string { return fmt.Sprintf("%d/%d", g.Version, g.Members) }

// followGroups brings groups and memberships here that are not as they were copied. All
// groups come before any members, because groups can be members.
func (w *world) followGroups(ctx context.Context, sh *models.Shadow) error {
	there, err := w.real.GroupStamps(ctx, w.org)
	if err != nil {
		return err
	}
	here, err := w.knownGroups(ctx)
	if err != nil {
		return err
	}
	stale := slices.DeleteFunc(slices.Clone(there), func(g store.GroupStamp) bool {
		rec, ok := here[g.ID]
		return ok && rec.Stamp == groupStamp(g)
	})
	for _, g := range stale {
		if err := w.putGroup(ctx, g.ID); err != nil {
			return err
		}
	}
	for i, g := range stale {
		if err := w.putMembers(ctx, g); err != nil {
			return err
		}
		if sh != nil && (i%20 == 19 || i == len(stale)-1) {
			sh.Copied = sh.Total - int64(len(stale)-1-i)
			if err := w.progress(ctx, *sh); err != nil {
				return err
			}
		}
	}
	for _, g := range there {
		delete(here, g.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(here)) {
		if err := w.store.Keep(ctx, func(tx *store.Tx) error { return forgetGroup(tx, w.org, id) }); err != nil {
			return err
		}
	}
	if sh == nil && len(stale)+len(here) > 0 {
		return w.regroup(ctx)
	}
	return nil
}

func (w *world) knownGroups(ctx context.Context) (map[string]models.ShadowRecord, error) {
	out := map[string]models.ShadowRecord{}
	for key := int64(0); ; {
		page, err := w.store.KnownRecordsAfter(ctx, w.org, models.GroupTarget, key, edgePage)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, rec := range page {
			out[rec.Record], key = rec, rec.Key
		}
	}
}

// regroup has users evaluated anew whose rules ask for groups.
func (w *world) regroup(ctx context.Context) error {
	list, err := w.store.Mappings(ctx, w.org, models.SCIM)
	if err != nil || !slices.ContainsFunc(list, func(m models.Mapping) bool { return m.Asked() && len(m.Groups) > 0 }) {
		return err
	}
	err = w.store.Keep(ctx, func(tx *store.Tx) error { return w.evaluate(tx, "Groups changed.") })
	w.dir.Rouse()
	return err
}

// putGroup writes one group without its members.
func (w *world) putGroup(ctx context.Context, id string) error {
	g, err := w.real.Group(ctx, w.org, id)
	if models.KindOf(err) == models.NotFound {
		return nil
	}
	if err == nil {
		err = g.Load()
	}
	if err != nil {
		return err
	}
	again := ""
	err = w.store.Keep(ctx, func(tx *store.Tx) error {
		again, err = writeGroup(tx, g)
		return err
	})
	if err == nil && again != "" && again != id {
		return w.putGroup(ctx, again)
	}
	return err
}

// writeGroup tells which group gave its name up for this one.
func writeGroup(tx *store.Tx, g models.Group) (gaveWay string, err error) {
	rec, _, err := tx.ShadowRecord(tx.Context(), g.OrganizationID, models.GroupTarget, g.ID)
	if err != nil || rec.Outcome == models.ShadowDeleted {
		return "", err
	}
	old, err := tx.LockGroup(g.OrganizationID, g.ID)
	here := err == nil
	switch {
	case err != nil && models.KindOf(err) != models.NotFound:
		return "", err
	case here && old.Managed():
		rec.Known = true
		return "", tx.PutShadowRecord(&rec)
	}
	if gaveWay, err = groupRoom(tx, g); err != nil {
		return "", err
	}
	g.Mode, g.Released = models.Manual, ""
	if !here {
		g.Key, g.MemberCount = 0, 0
		err = tx.InsertGroup(&g)
	} else {
		g.Key, g.Version, g.MemberCount = old.Key, max(g.Version, old.Version+1), old.MemberCount
		if err = old.Load(); err == nil {
			err = tx.SaveGroup(&old, &g)
		}
	}
	if err != nil {
		return "", err
	}
	now := models.ShadowRecord{
		Key: rec.Key, OrganizationID: g.OrganizationID, Target: models.GroupTarget, Record: g.ID, TargetID: g.ID, Known: true, Stamp: rec.Stamp,
		Outcome: models.ShadowNobody, Name: g.DisplayName, Display: g.DisplayName, Anchor: g.ExternalID,
	}
	return gaveWay, tx.PutShadowRecord(&now)
}

// groupRoom frees the name and the anchors of a group, as makeRoom does for a user's.
func groupRoom(tx *store.Tx, g models.Group) (gaveWay string, err error) {
	holders := []func() (models.Group, error){
		func() (models.Group, error) { return tx.GroupByName(tx.Context(), g.OrganizationID, g.DisplayName) },
	}
	for m, anchor := range map[models.Method]string{models.SCIM: g.ExternalID, models.Entra: g.EntraID, models.LDAP: g.LDAPID} {
		holders = append(holders, func() (models.Group, error) { return tx.GroupByAnchor(tx.Context(), g.OrganizationID, m, anchor) })
	}
	for _, holder := range holders {
		h, err := holder()
		if models.KindOf(err) == models.NotFound || err == nil && h.ID == g.ID {
			continue
		}
		if err != nil {
			return "", err
		}
		rec, _, err := tx.ShadowRecord(tx.Context(), g.OrganizationID, models.GroupTarget, h.ID)
		if err != nil {
			return "", err
		}
		if err := forgetGroup(tx, g.OrganizationID, h.ID); err != nil {
			return "", err
		}
		if rec.Known {
			gaveWay = h.ID
		}
	}
	return gaveWay, nil
}

func forgetGroup(tx *store.Tx, organization int64, id string) error {
	g, err := tx.LockGroup(organization, id)
	switch {
	case models.KindOf(err) == models.NotFound:
		return tx.DropShadowRecords(organization, models.GroupTarget, id)
	case err != nil:
		return err
	}
	parents, err := tx.GroupsOf(tx.Context(), models.GroupMember, g.Key, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, p := range parents {
		if was, err := tx.RemoveMember(p.Key, models.GroupMember, g.Key); err != nil || !was {
			if err != nil {
				return err
			}
			continue
		}
		if err := tx.MoveMembers(p.Key, -1); err != nil {
			return err
		}
	}
	if err := tx.DeleteGroup(&g); err != nil {
		return err
	}
	return tx.DropShadowRecords(organization, models.GroupTarget, id)
}

// putMembers makes the members of a group what they are in the organization. Where not all
// of them are here yet, the next time looks once more.
func (w *world) putMembers(ctx context.Context, stamp store.GroupStamp) error {
	g, err := w.store.Group(ctx, w.org, stamp.ID)
	if models.KindOf(err) == models.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	whole := true
	if !g.Managed() {
		if whole, err = w.copyMembers(ctx, stamp.Key, g.Key); err != nil {
			return err
		}
	}
	return w.store.Keep(ctx, func(tx *store.Tx) error {
		rec, found, err := tx.ShadowRecord(tx.Context(), w.org, models.GroupTarget, stamp.ID)
		if err != nil || !found || !whole {
			return err
		}
		rec.Stamp = groupStamp(stamp)
		return tx.PutShadowRecord(&rec)
	})
}

func edges(ctx context.Context, r store.Reader, group int64) (map[string]store.MemberEdge, error) {
	out := map[string]store.MemberEdge{}
	for _, kind := range []models.MemberKind{models.UserMember, models.GroupMember} {
		for key := int64(0); ; {
			page, err := r.MemberEdges(ctx, group, kind, key, edgePage)
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				out[e.ID], key = e, e.Key
			}
		}
	}
	return out, nil
}

// copyMembers tells whether all members are here. What rules make of users whom the
// directory has taken over stays as the rules here have it.
func (w *world) copyMembers(ctx context.Context, there, here int64) (bool, error) {
	want, err := edges(ctx, w.real.Reader, there)
	if err != nil {
		return false, err
	}
	have, err := edges(ctx, w.store.Reader, here)
	if err != nil {
		return false, err
	}
	var gone []store.MemberEdge
	for id, e := range have {
		if _, stays := want[id]; !stays && (e.MappingKey == 0 || e.Mode == models.Manual) {
			gone = append(gone, e)
		}
		delete(want, id)
	}
	fresh := slices.Sorted(maps.Keys(want))
	missing := 0
	for chunk := range slices.Chunk(fresh, edgeChunk) {
		n, err := w.join(ctx, here, chunk, want)
		if err != nil {
			return false, err
		}
		missing += n
	}
	for chunk := range slices.Chunk(gone, edgeChunk) {
		if err := w.leave(ctx, here, chunk); err != nil {
			return false, err
		}
	}
	return missing == 0, nil
}

// join makes memberships and tells how many members are not here yet.
func (w *world) join(ctx context.Context, group int64, ids []string, want map[string]store.MemberEdge) (missing int, err error) {
	err = w.store.Keep(ctx, func(tx *store.Tx) error {
		missing = 0
		refs, err := tx.Resolve(tx.Context(), w.org, ids)
		if err != nil {
			return err
		}
		added := int64(0)
		for _, id := range ids {
			ref, here := refs[id]
			if !here {
				missing++
				continue
			}
			e := want[id]
			if e.MappingKey != 0 && ref.Mode != models.Manual {
				continue
			}
			isNew, err := tx.AddMember(models.Member{
				GroupKey: group, Kind: ref.Kind, MemberKey: ref.Key, OrganizationID: w.org, Mode: models.Manual, MappingKey: e.MappingKey, Created: e.Created,
			})
			if err != nil {
				return err
			}
			if isNew {
				added++
			}
		}
		return counted(tx, group, added)
	})
	return missing, err
}

func (w *world) leave(ctx context.Context, group int64, gone []store.MemberEdge) error {
	return w.store.Keep(ctx, func(tx *store.Tx) error {
		removed := int64(0)
		for _, e := range gone {
			was, err := tx.RemoveMember(group, e.Kind, e.Key)
			if err != nil {
				return err
			}
			if was {
				removed--
			}
		}
		return counted(tx, group, removed)
	})
}

// counted moves the group's tag with its count: whoever read the members before must see
// that they are others now.
func counted(tx *store.Tx, group, by int64) error {
	if by == 0 {
		return nil
	}
	return tx.MoveMembers(group, by)
}
