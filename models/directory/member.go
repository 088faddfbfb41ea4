package directory

import (
	"fmt"
	"slices"
	"strings"

	"muster/models"
)

// memberDelta is what a change did to a group's members.
type memberDelta struct {
	added   []models.MemberRef
	removed []models.MemberRef
}

func (m memberDelta) none() bool { return len(m.added) == 0 && len(m.removed) == 0 }
func (m memberDelta) net() int64 { return int64(len(m.added) - len(m.removed)) }

// namesMost bounds how many names of a large change the log spells out.
const namesMost = 50

func (m memberDelta) changes() []models.Change {
	var out []models.Change
	for _, ref := range m.removed[:min(len(m.removed), namesMost)] {
		out = append(out, models.Change{Path: "members", Old: ref.Name})
	}
	for _, ref := range m.added[:min(len(m.added), namesMost)] {
		out = append(out, models.Change{Path: "members", New: ref.Name})
	}
	if more := len(m.added) + len(m.removed) - len(out); more > 0 {
		out = append(out, models.Change{Path: "members", New: fmt.Sprintf("and %d more", more)})
	}
	return out
}

// changeMembers applies the steps in order and returns what really changed.
func (d *Directory) changeMembers(w *work, g *models.Group, steps []models.MemberChange) (memberDelta, error) {
	var total memberDelta
	for _, s := range steps {
		delta, err := d.memberStep(w, g, s)
		if err != nil {
			return total, err
		}
		total.added = append(total.added, delta.added...)
		total.removed = append(total.removed, delta.removed...)
	}
	return total, nil
}

func (d *Directory) memberStep(w *work, g *models.Group, s models.MemberChange) (memberDelta, error) {
	switch {
	case s.Kind == models.AddMembers:
		return w.addMembers(g, s.IDs)
	case s.Kind == models.RemoveMembers && (s.Match == nil || len(s.IDs) > 0):
		return w.removeIDs(g, s.IDs, s.Match)
	case s.Kind == models.RemoveMembers:
		if s.Only != models.GroupMember && g.MemberCount > askedMost {
			return memberDelta{}, tooManyAsked(g)
		}
		return w.removeWhere(g, s.Only, s.Match)
	case s.Kind == models.ClearMembers:
		return w.removeWhere(g, "", func(models.MemberRef) bool { return true })
	}
	return w.replaceMembers(g, s.IDs)
}

// askedMost is how many members a group may have for a condition that each of them is
// asked.
const askedMost = 200_000

func tooManyAsked(g *models.Group) error {
	return models.Errorf(models.TooManyFound, "members", "The path asks each of the %d members of group %s; at most %d can be asked.", g.MemberCount, g.DisplayName, askedMost).
		WithAdvice(`Name the members to remove by their ids: members[value eq "…"].`).WithCode("tooManyMembers")
}

// addMembers makes memberships by public id. An id that nobody has is refused by
// name: a directory that believes somebody is in a group must not be told yes.
func (w *work) addMembers(g *models.Group, ids []string) (memberDelta, error) {
	var delta memberDelta
	refs, err := w.resolve(g, ids)
	if err != nil {
		return delta, err
	}
	for _, id := range ids {
		ref, ok := refs[id]
		if !ok || ref.Hidden && w.by.Directory() {
			return delta, models.Errorf(models.Invalid, "members", "Member %q does not exist in this organization.", shortened(id)).
				WithAdvice("Provision the user first, then add them to the group; the value must be the id that this server gave.").WithCode("unknownMember")
		}
		if err := w.noCircle(g, ref); err != nil {
			return delta, err
		}
		isNew, err := w.tx.AddMember(models.Member{
			GroupKey: g.Key, Kind: ref.Kind, MemberKey: ref.Key,
			OrganizationID: g.OrganizationID, Mode: w.by.Source(), Created: w.tx.Now(),
		})
		if err != nil {
			return delta, err
		}
		if isNew {
			delta.added = append(delta.added, ref)
		}
	}
	return delta, nil
}

// resolve finds who the ids name; ids that no record can have are not asked for.
func (w *work) resolve(g *models.Group, ids []string) (map[string]models.MemberRef, error) {
	var asked []string
	for _, id := range ids {
		if checkID(models.UserTarget, id) == nil {
			asked = append(asked, id)
		}
	}
	return w.tx.Resolve(w.tx.Context(), g.OrganizationID, asked)
}

func (w *work) noCircle(g *models.Group, ref models.MemberRef) error {
	if ref.Kind != models.GroupMember {
		return nil
	}
	// Two that nest groups into each other at once must see one another.
	if err := w.tx.ClaimValue(g.OrganizationID, "members", "nesting"); err != nil {
		return err
	}
	circle, err := w.tx.Reaches(ref.Key, g.Key)
	if err != nil {
		return err
	}
	if circle {
		return models.Errorf(models.Invalid, "members", "Group %s cannot be a member of %s: that would close a circle.", ref.Display, g.DisplayName).
			WithAdvice("Take the groups out of each other in the directory.").WithCode("groupCircle")
	}
	return nil
}

// removeIDs ends memberships, of those who match when that is asked; somebody who is no
// member is no failure.
func (w *work) removeIDs(g *models.Group, ids []string, match func(models.MemberRef) bool) (memberDelta, error) {
	var delta memberDelta
	refs, err := w.resolve(g, ids)
	if err != nil {
		return delta, err
	}
	for _, id := range ids {
		if ref, ok := refs[id]; ok && (match == nil || match(ref)) {
			if err := w.drop(g, ref, &delta); err != nil {
				return delta, err
			}
		}
	}
	return delta, nil
}

func (w *work) drop(g *models.Group, ref models.MemberRef, delta *memberDelta) error {
	was, err := w.tx.RemoveMember(g.Key, ref.Kind, ref.Key)
	if was {
		delta.removed = append(delta.removed, ref)
	}
	return err
}

// removeWhere asks every member, or those of one kind.
func (w *work) removeWhere(g *models.Group, only models.MemberKind, match func(models.MemberRef) bool) (memberDelta, error) {
	var delta memberDelta
	err := w.eachMember(g, only, func(ref models.MemberRef) error {
		if !match(ref) {
			return nil
		}
		return w.drop(g, ref, &delta)
	})
	return delta, err
}

// replaceMembers makes the members exactly these, touching only who differs.
func (w *work) replaceMembers(g *models.Group, ids []string) (memberDelta, error) {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	delta, err := w.removeWhere(g, "", func(ref models.MemberRef) bool { return !wanted[ref.ID] })
	if err != nil {
		return delta, err
	}
	added, err := w.addMembers(g, ids)
	delta.added = append(delta.added, added.added...)
	return delta, err
}

// eachMember goes through the users and then the groups, or through one kind.
func (w *work) eachMember(g *models.Group, only models.MemberKind, fn func(models.MemberRef) error) error {
	const size = 1000
	var last models.MemberRef
	if only == models.GroupMember {
		last.Kind = only
	}
	for {
		refs, err := w.tx.Members(w.tx.Context(), g.Key, last, size)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if only != "" && ref.Kind != only {
				return nil
			}
			if err := fn(ref); err != nil {
				return err
			}
		}
		if len(refs) < size {
			return nil
		}
		last = refs[len(refs)-1]
	}
}

func groupSentence(a models.Action, old, g *models.Group, delta memberDelta) string {
	var parts []string
	switch {
	case a == models.ActionAdopt:
		parts = append(parts, "Took over group "+g.DisplayName)
	case old.DisplayName != g.DisplayName:
		parts = append(parts, "Renamed group "+old.DisplayName+" to "+g.DisplayName)
	default:
		parts = append(parts, "Updated group "+g.DisplayName)
	}
	if n := len(delta.added); n > 0 {
		parts = append(parts, memberCount(int64(n))+" added")
	}
	if n := len(delta.removed); n > 0 {
		parts = append(parts, memberCount(int64(n))+" removed")
	}
	return strings.Join(slices.Compact(parts), ", ") + "."
}

func memberCount(n int64) string {
	if n == 1 {
		return "1 member"
	}
	return fmt.Sprintf("%d members", n)
}
