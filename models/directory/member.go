package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/store"
)

// memberDelta is what a change did to a group's members.
type memberDelta struct {
	added, removed []models.MemberRef // the first of each; all of them where they are few
	joined, left   int64              // how many there are of each
}

func (m memberDelta) none() bool { return m.joined == 0 && m.left == 0 }
func (m memberDelta) net() int64 { return m.joined - m.left }

// few tells whether all who joined or left are named, and are users.
func (m memberDelta) few() bool {
	group := func(ref models.MemberRef) bool { return ref.Kind != models.UserMember }
	return m.joined+m.left <= shortMembers && !slices.ContainsFunc(m.added, group) && !slices.ContainsFunc(m.removed, group)
}

// namesMost bounds how many names of a large change the log spells out, and how many
// of it are in memory as more than a key.
const namesMost = shortMembers

// add puts what a later step did behind it.
func (m *memberDelta) add(next memberDelta) {
	first := func(list []models.MemberRef) []models.MemberRef { return list[:min(len(list), namesMost)] }
	m.added, m.removed = first(append(m.added, next.added...)), first(append(m.removed, next.removed...))
	m.joined, m.left = m.joined+next.joined, m.left+next.left
}

func (m memberDelta) changes() []models.Change {
	var out []models.Change
	for _, ref := range m.removed {
		out = append(out, models.Change{Path: "members", Old: ref.Name})
	}
	for _, ref := range m.added {
		out = append(out, models.Change{Path: "members", New: ref.Name})
	}
	if more := m.joined + m.left - int64(len(out)); more > 0 {
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
		total.add(delta)
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
		return w.removeWhere(g, s)
	case s.Kind == models.ClearMembers:
		return w.clearMembers(g)
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
	refs, err := w.named(g, ids)
	if err != nil {
		return memberDelta{}, err
	}
	comers, err := comers(w.by, ids, refs)
	if err != nil {
		return memberDelta{}, err
	}
	if old, err := w.outdated(comers); err != nil || old {
		if err != nil {
			return memberDelta{}, err
		}
		return w.addMembers(g, ids)
	}
	if len(comers) > shortMembers {
		there, err := w.tx.MembersOf(w.tx.Context(), g.Key, keysOf(comers))
		if err != nil {
			return memberDelta{}, err
		}
		return w.joinAll(g, without(comers, there))
	}
	var delta memberDelta
	for _, ref := range comers {
		if err := w.noCircle(g, ref); err != nil {
			return delta, err
		}
		isNew, err := w.tx.AddMember(w.membership(g, ref))
		if err != nil {
			return delta, err
		}
		if isNew {
			delta.add(memberDelta{added: []models.MemberRef{ref}, joined: 1})
		}
	}
	return delta, nil
}

// comers are whom the ids name, each once and in their order.
func comers(by models.Actor, ids []string, refs map[string]models.MemberRef) ([]models.MemberRef, error) {
	list, seen := make([]models.MemberRef, 0, len(refs)), make(map[string]bool, len(refs))
	for _, id := range ids {
		ref, ok := refs[id]
		if !ok || ref.Hidden && by.Directory() {
			return nil, models.Errorf(models.Invalid, "members", "Member %q does not exist in this organization.", shortened(id)).
				WithAdvice("Provision the user first, then add them to the group; the value must be the id that this server gave.").WithCode("unknownMember")
		}
		if !seen[id] {
			list, seen[id] = append(list, ref), true
		}
	}
	return list, nil
}

func (w *work) membership(g *models.Group, ref models.MemberRef) models.Member {
	return models.Member{
		GroupKey: g.Key, Kind: ref.Kind, MemberKey: ref.Key,
		OrganizationID: g.OrganizationID, Mode: w.by.Source(), Created: w.tx.Now(),
	}
}

// joinAll makes members of many who are none, with a statement for each kind.
func (w *work) joinAll(g *models.Group, list []models.MemberRef) (memberDelta, error) {
	delta := memberDelta{added: list[:min(len(list), namesMost)]}
	if w.sight != nil && len(list) > 0 { // as they are now
		var err error
		if delta.added, err = w.tx.MemberRefs(w.tx.Context(), keysOf(delta.added)); err != nil {
			return delta, err
		}
	}
	for _, ref := range list {
		if err := w.noCircle(g, ref); err != nil {
			return delta, err
		}
	}
	set := keysOf(list)
	for _, part := range []struct {
		kind models.MemberKind
		keys []int64
	}{{models.UserMember, set.Users}, {models.GroupMember, set.Groups}} {
		if len(part.keys) == 0 {
			continue
		}
		n, err := w.tx.AddMembers(w.membership(g, models.MemberRef{Kind: part.kind}), part.keys)
		if err != nil {
			return delta, err
		}
		delta.joined += n
	}
	return delta, nil
}

// resolve finds who the ids name; ids that no record can have are not asked for.
func resolve(ctx context.Context, r store.Reader, organization int64, ids []string) (map[string]models.MemberRef, error) {
	var asked []string
	for _, id := range ids {
		if checkID(models.UserTarget, id) == nil {
			asked = append(asked, id)
		}
	}
	return r.Resolve(ctx, organization, asked)
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
	refs, err := w.named(g, ids)
	if err != nil {
		return delta, err
	}
	goers := make([]models.MemberRef, 0, len(refs))
	for _, id := range ids {
		if ref, ok := refs[id]; ok && (match == nil || match(ref)) {
			goers = append(goers, ref)
		}
	}
	if len(goers) > shortMembers {
		there, err := w.tx.MembersOf(w.tx.Context(), g.Key, keysOf(goers))
		if err != nil {
			return delta, err
		}
		return w.dropAll(g, there)
	}
	for _, ref := range goers {
		was, err := w.tx.RemoveMember(g.Key, ref.Kind, ref.Key)
		if err != nil {
			return delta, err
		}
		if was {
			delta.add(memberDelta{removed: []models.MemberRef{ref}, left: 1})
		}
	}
	return delta, nil
}

// dropAll ends the memberships of many who are members, with a statement for each kind.
func (w *work) dropAll(g *models.Group, set store.MemberSet) (memberDelta, error) {
	if set.Len() == 0 {
		return memberDelta{}, nil
	}
	first, err := w.tx.MemberRefs(w.tx.Context(), firstOf(set, namesMost))
	if err != nil {
		return memberDelta{}, err
	}
	n, err := w.tx.RemoveMembers(g.Key, set)
	return memberDelta{removed: first, left: n}, err
}

// clearMembers ends all memberships with one statement.
func (w *work) clearMembers(g *models.Group) (memberDelta, error) {
	first, err := w.tx.Members(w.tx.Context(), g.Key, models.MemberRef{}, namesMost)
	if err != nil || len(first) == 0 {
		return memberDelta{}, err
	}
	n, err := w.tx.ClearMembers(g.Key)
	return memberDelta{removed: first, left: n}, err
}

// removeWhere asks every member, or those of one kind: before the change has its turn
// where it could, so that it holds up nobody for that long.
func (w *work) removeWhere(g *models.Group, s models.MemberChange) (memberDelta, error) {
	if s.Only != models.GroupMember && g.MemberCount > askedMost {
		return memberDelta{}, tooManyAsked(g)
	}
	if w.sight.holds(g) {
		return w.dropAll(g, w.sight.goers)
	}
	goers, err := selected(w.tx.Context(), w.tx.Reader, g, s)
	if err != nil {
		return memberDelta{}, err
	}
	return w.dropAll(g, goers)
}

// replaceMembers makes the members exactly these, touching only who differs.
func (w *work) replaceMembers(g *models.Group, ids []string) (memberDelta, error) {
	refs, err := w.named(g, ids)
	if err != nil {
		return memberDelta{}, err
	}
	comers, err := comers(w.by, ids, refs)
	if err != nil {
		return memberDelta{}, err
	}
	var goers store.MemberSet
	if w.sight.holds(g) {
		comers, goers = w.sight.comers, w.sight.goers
	} else {
		there, err := w.tx.MemberKeys(w.tx.Context(), g.Key)
		if err != nil {
			return memberDelta{}, err
		}
		comers, goers = difference(comers, there)
	}
	if old, err := w.outdated(comers); err != nil || old {
		if err != nil {
			return memberDelta{}, err
		}
		return w.replaceMembers(g, ids)
	}
	delta, err := w.dropAll(g, goers)
	if err != nil {
		return delta, err
	}
	added, err := w.joinAll(g, comers)
	delta.add(added)
	return delta, err
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
	if n := delta.joined; n > 0 {
		parts = append(parts, memberCount(n)+" added")
	}
	if n := delta.left; n > 0 {
		parts = append(parts, memberCount(n)+" removed")
	}
	return strings.Join(slices.Compact(parts), ", ") + "."
}

func memberCount(n int64) string {
	if n == 1 {
		return "1 member"
	}
	return fmt.Sprintf("%d members", n)
}
