package directory

import (
	"context"

	"muster/models"
	"muster/models/store"
)

// sight is what a long change of members found out before it had its turn, so that the
// only writer there may be does not wait for it: who the ids name, and whom a step that
// replaces or selects removes and adds. The latter holds while the group is as it was.
type sight struct {
	refs   map[string]models.MemberRef
	tag    string // of the group when it was read, before its members were; "" where they were not
	goers  store.MemberSet
	comers []models.MemberRef
}

// holds tells whether the members of a group are still those that were seen.
func (s *sight) holds(g *models.Group) bool { return s != nil && s.tag != "" && s.tag == g.Tag() }

// look sees ahead for a change of many members. What stands in its way is found by the
// change itself, which logs it.
func (d *Directory) look(ctx context.Context, by models.Actor, id string, steps []models.MemberChange) (*sight, error) {
	if d.within != nil || !by.Directory() || touched(steps) <= shortMembers {
		return nil, nil
	}
	var ids []string
	for _, s := range steps {
		ids = append(ids, s.IDs...)
	}
	seen, r := &sight{}, d.Store.Reader
	var err error
	if seen.refs, err = resolve(ctx, r, by.OrganizationID, ids); err != nil || len(steps) > 1 || checkID(models.GroupTarget, id) != nil {
		return seen, err
	}
	g, err := r.Group(ctx, by.OrganizationID, id)
	if err != nil {
		if models.KindOf(err) == models.NotFound {
			return seen, nil
		}
		return nil, err
	}
	return seen, seen.members(ctx, r, by, &g, steps[0])
}

// members sees what one step does.
func (s *sight) members(ctx context.Context, r store.Reader, by models.Actor, g *models.Group, step models.MemberChange) (err error) {
	switch {
	case step.Kind == models.ReplaceMembers:
		comers, refused := comers(by, step.IDs, s.refs)
		if refused != nil {
			return nil //nolint:nilerr // the change refuses it, and logs that
		}
		there, err := r.MemberKeys(ctx, g.Key)
		if err != nil {
			return err
		}
		s.comers, s.goers = difference(comers, there)
	case step.Kind == models.RemoveMembers && step.Match != nil && len(step.IDs) == 0 && g.MemberCount <= askedMost:
		if s.goers, err = selected(ctx, r, g, step); err != nil {
			return err
		}
	default:
		return nil
	}
	s.tag = g.Tag()
	return nil
}

// named is who the ids name, as it was seen ahead or is now.
func (w *work) named(g *models.Group, ids []string) (map[string]models.MemberRef, error) {
	if w.sight == nil {
		return resolve(w.tx.Context(), w.tx.Reader, g.OrganizationID, ids)
	}
	return w.sight.refs, nil
}

// outdated tells whether somebody who was seen ahead and is to join is not here any more,
// or not shown. What was seen is forgotten then.
func (w *work) outdated(comers []models.MemberRef) (bool, error) {
	if w.sight == nil || len(comers) == 0 {
		return false, nil
	}
	set := keysOf(comers)
	shown, err := w.tx.CountShown(w.tx.Context(), w.org.Key, set.Users)
	if err != nil {
		return false, err
	}
	groups, err := w.tx.MemberRefs(w.tx.Context(), store.MemberSet{Groups: set.Groups})
	if err != nil {
		return false, err
	}
	old := int(shown)+len(groups) < len(comers)
	if old {
		w.sight = nil
	}
	return old, nil
}

// selected are the members whom a step's condition selects. It reads users and then
// groups, or one kind.
func selected(ctx context.Context, r store.Reader, g *models.Group, s models.MemberChange) (store.MemberSet, error) {
	const size = 1000
	var out store.MemberSet
	var last models.MemberRef
	if s.Only == models.GroupMember {
		last.Kind = s.Only
	}
	for {
		refs, err := r.Members(ctx, g.Key, last, size)
		if err != nil {
			return out, err
		}
		for _, ref := range refs {
			if s.Only != "" && ref.Kind != s.Only {
				return out, nil
			}
			if s.Match(ref) {
				out.Add(ref.Kind, ref.Key)
			}
		}
		if len(refs) < size {
			return out, nil
		}
		last = refs[len(refs)-1]
	}
}

// difference is who of those wanted is not there, and who is there and not wanted.
func difference(wanted []models.MemberRef, there store.MemberSet) (comers []models.MemberRef, goers store.MemberSet) {
	wants := keysOf(wanted)
	goers.Users, goers.Groups = except(there.Users, wants.Users), except(there.Groups, wants.Groups)
	return without(wanted, there), goers
}

func keysOf(list []models.MemberRef) (out store.MemberSet) {
	for _, ref := range list {
		out.Add(ref.Kind, ref.Key)
	}
	return out
}

// without leaves out who is in a set.
func without(list []models.MemberRef, set store.MemberSet) []models.MemberRef {
	users, groups := index(set.Users), index(set.Groups)
	out := make([]models.MemberRef, 0, max(len(list)-set.Len(), 0))
	for _, ref := range list {
		in := users
		if ref.Kind == models.GroupMember {
			in = groups
		}
		if !in[ref.Key] {
			out = append(out, ref)
		}
	}
	return out
}

func except(keys, others []int64) []int64 {
	in := index(others)
	var out []int64
	for _, key := range keys {
		if !in[key] {
			out = append(out, key)
		}
	}
	return out
}

func index(keys []int64) map[int64]bool {
	in := make(map[int64]bool, len(keys))
	for _, key := range keys {
		in[key] = true
	}
	return in
}

// firstOf is a part of a set.
func firstOf(set store.MemberSet, most int) store.MemberSet {
	users := set.Users[:min(len(set.Users), most)]
	return store.MemberSet{Users: users, Groups: set.Groups[:min(len(set.Groups), most-len(users))]}
}
