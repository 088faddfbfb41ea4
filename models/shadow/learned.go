package shadow

import (
	"context"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
	"muster/models/transform"
)

// What a directory learned in a rehearsal stays good: the ids that it was given there, and
// what it delivered there and will not deliver again.

// closed gives the world of an organization whose rehearsal has ended because SCIM is in
// charge, and has it stay. Most organizations have none and pay for a look into a map.
func (s *Shadows) closed(organization int64) *world { return s.hold(organization, models.ShadowClosed) }

// closing is closed for a request, which does not depend on the loop having seen that SCIM
// is in charge, or that there is a rehearsal at all. Nobody who is at work in a rehearsal
// may ask: it is opened here, which waits for them.
func (s *Shadows) closing(ctx context.Context, organization int64) (*world, error) {
	if w := s.closed(organization); w != nil || s.known(organization) == nil && s.looked.Load() {
		return w, nil
	}
	org, err := s.Store.Organization(ctx, organization)
	if err != nil || org.Method != models.SCIM {
		return nil, err
	}
	sh, found, err := s.Store.Shadow(ctx, organization)
	if err != nil || !found {
		return nil, err
	}
	if err := s.settleOne(context.WithoutCancel(ctx), sh); err != nil {
		return nil, err
	}
	return s.closed(organization), nil
}

// UserID gives the public id under which a directory knows a user from the rehearsal, by
// anchor or userName, unless the organization has given it already. Whoever has the
// userName there under another anchor is taken in first, so that nobody loses it to the
// record that comes now.
func (s *Shadows) UserID(ctx context.Context, by models.Actor, anchor, userName string) (string, error) {
	return s.learnedID(ctx, by, func(w *world) (string, string, error) { return w.user(ctx, anchor, userName) })
}

// GroupID is UserID for groups.
func (s *Shadows) GroupID(ctx context.Context, by models.Actor, anchor, name string) (string, error) {
	return s.learnedID(ctx, by, func(w *world) (string, string, error) { return w.group(ctx, anchor, name) })
}

func (s *Shadows) learnedID(ctx context.Context, by models.Actor, find func(*world) (own, other string, err error)) (string, error) {
	w, err := s.closing(ctx, by.OrganizationID)
	if err != nil || w == nil {
		return "", err
	}
	defer w.busy.Done()
	own, other, err := find(w)
	if err != nil || other == "" {
		return own, err
	}
	by.Note = "Delivered in shadow mode, before SCIM was put in charge; taken in now because another record comes with the same name."
	b := s.walk(w, by)
	return own, b.bring(ctx, []string{other})
}

// Came notes that a directory's record is in the organization now, so that nothing of it
// is taken in from here any more.
func (s *Shadows) Came(ctx context.Context, organization int64, target models.TargetType, id string) error {
	w, err := s.closing(ctx, organization)
	if err != nil || w == nil {
		return err
	}
	defer w.busy.Done()
	return learned{w}.Came(ctx, organization, target, id)
}

// learned answers as Shadows does, for who is at work in a world already.
type learned struct{ w *world }

// UserID is Shadows.UserID, but takes nobody in.
func (l learned) UserID(ctx context.Context, _ models.Actor, anchor, userName string) (string, error) {
	own, _, err := l.w.user(ctx, anchor, userName)
	return own, err
}

// GroupID is Shadows.GroupID, but takes nothing in.
func (l learned) GroupID(ctx context.Context, _ models.Actor, anchor, name string) (string, error) {
	own, _, err := l.w.group(ctx, anchor, name)
	return own, err
}

// user gives the id of the user who is meant, or the id of another one who has the name.
func (w *world) user(ctx context.Context, anchor, userName string) (own, other string, err error) {
	u, err := w.store.UserByAnchor(ctx, w.org, models.SCIM, anchor)
	if models.KindOf(err) == models.NotFound {
		u, err = w.store.UserByName(ctx, w.org, userName)
	}
	if models.KindOf(err) == models.NotFound || err == nil && !u.Managed() {
		return "", "", nil
	}
	if err == nil && foreign(anchor, u.ExternalID) {
		if u.Hidden {
			return "", "", nil // deleted there: the name is free
		}
		return "", u.ID, nil
	}
	if err != nil {
		return "", "", err
	}
	own, err = w.give(ctx, models.UserTarget, u.ID)
	return own, "", err
}

// group is user for groups.
func (w *world) group(ctx context.Context, anchor, name string) (own, other string, err error) {
	g, err := w.store.GroupByAnchor(ctx, w.org, models.SCIM, anchor)
	if models.KindOf(err) == models.NotFound {
		g, err = w.store.GroupByName(ctx, w.org, name)
	}
	if models.KindOf(err) == models.NotFound || err == nil && !g.Managed() {
		return "", "", nil
	}
	if err == nil && foreign(anchor, g.ExternalID) {
		return "", g.ID, nil
	}
	if err != nil {
		return "", "", err
	}
	own, err = w.give(ctx, models.GroupTarget, g.ID)
	return own, "", err
}

// foreign tells whether a record is another one's, by anchors that both have.
func foreign(anchor, known string) bool { return anchor != "" && known != "" && anchor != known }

// give gives a learned id away until a record came under it: one that the organization
// had and has no more was deleted there, and does not come back from here.
func (w *world) give(ctx context.Context, target models.TargetType, id string) (string, error) {
	refs, err := w.real.Resolve(ctx, w.org, []string{id})
	if _, used := refs[id]; err != nil || used {
		return "", err
	}
	rec, _, err := w.store.ShadowRecord(ctx, w.org, target, id)
	if err != nil || rec.Known || rec.Brought != 0 {
		return "", err
	}
	return id, nil
}

// Came is Shadows.Came.
func (l learned) Came(ctx context.Context, _ int64, target models.TargetType, id string) error {
	return l.w.brought(ctx, target, id)
}

func (w *world) brought(ctx context.Context, target models.TargetType, id string) error {
	return w.store.Keep(ctx, func(tx *store.Tx) error { return tx.MarkBrought(w.org, target, id) })
}

// Bring takes in, through the ordinary door, what a directory delivered in the rehearsal
// about records that it names now by their ids, and that the organization does not have
// from it yet. Records that the organization refuses stay out, and its log says why.
func (s *Shadows) Bring(ctx context.Context, by models.Actor, ids ...string) error {
	w, err := s.closing(ctx, by.OrganizationID)
	if err != nil || w == nil {
		return err
	}
	defer w.busy.Done()
	by.Note = "Delivered in shadow mode, before SCIM was put in charge; taken in now because the directory goes on with it."
	b := s.walk(w, by)
	return b.bring(ctx, ids)
}

// Known gives the id of the record that a directory finds in the rehearsal by its
// externalId, userName or, for a group, displayName: "" where none of the directory's has
// it.
func (s *Shadows) Known(ctx context.Context, by models.Actor, target models.TargetType, attribute, value string) (string, error) {
	w, err := s.closing(ctx, by.OrganizationID)
	if err != nil || w == nil {
		return "", err
	}
	defer w.busy.Done()
	var id string
	var managed bool
	if target == models.UserTarget {
		var u models.User
		u, err = w.lookUpUser(ctx, attribute, value)
		id, managed = u.ID, u.Managed()
	} else {
		var g models.Group
		g, err = w.lookUpGroup(ctx, attribute, value)
		id, managed = g.ID, g.Managed()
	}
	if models.KindOf(err) == models.NotFound || err == nil && !managed {
		return "", nil
	}
	return id, err
}

func (w *world) lookUpUser(ctx context.Context, attribute, value string) (models.User, error) {
	if attribute == "externalId" {
		return w.store.UserByAnchor(ctx, w.org, models.SCIM, value)
	}
	return w.store.UserByName(ctx, w.org, value)
}

func (w *world) lookUpGroup(ctx context.Context, attribute, value string) (models.Group, error) {
	if attribute == "externalId" {
		return w.store.GroupByAnchor(ctx, w.org, models.SCIM, value)
	}
	return w.store.GroupByName(ctx, w.org, value)
}

// walk begins to take in. Its directory asks this world for what was learned, and waits
// for no other.
func (s *Shadows) walk(w *world, by models.Actor) bringing {
	d := *s.Directory
	d.Learned = learned{w}
	return bringing{dir: &d, w: w, by: by, seen: map[string]bool{}}
}

// bringing is one walk over records that belong together.
type bringing struct {
	dir  *directory.Directory // the real one
	w    *world
	by   models.Actor
	seen map[string]bool

	taken, refused int64
}

// counted lets go of a refusal: the log has it.
func (b *bringing) counted(err error) error {
	_, refused := models.AsError(err)
	switch {
	case err == nil:
		b.taken++
	case refused:
		b.refused++
	default:
		return err
	}
	return nil
}

func (b *bringing) bring(ctx context.Context, ids []string) error {
	var asked []string
	for _, id := range ids {
		if !b.seen[id] && len(id) <= 64 {
			asked, b.seen[id] = append(asked, id), true
		}
	}
	if len(asked) == 0 {
		return nil
	}
	there, err := b.w.real.Resolve(ctx, b.by.OrganizationID, asked)
	if err != nil {
		return err
	}
	here, err := b.w.store.Resolve(ctx, b.by.OrganizationID, asked)
	if err != nil {
		return err
	}
	for _, id := range asked {
		ref, known := here[id]
		have, has := there[id]
		if !known || ref.Mode != models.SCIM || has && have.Mode != models.Manual {
			continue
		}
		target := models.UserTarget
		if ref.Kind == models.GroupMember {
			target = models.GroupTarget
		}
		rec, _, err := b.w.store.ShadowRecord(ctx, b.by.OrganizationID, target, id)
		if err != nil {
			return err
		}
		if rec.Brought != 0 || !has && rec.Known {
			continue // was here, and was deleted or put back to manual since
		}
		if target == models.UserTarget {
			err = b.user(ctx, id, has)
		} else {
			err = b.group(ctx, id, has)
		}
		if err == nil {
			err = b.w.brought(ctx, target, id)
		}
		if err := b.counted(err); err != nil {
			return err
		}
	}
	return nil
}

// user takes a user in as the directory last delivered them. One whom it deleted since is
// deleted here too; one who never was here is left out.
func (b *bringing) user(ctx context.Context, id string, has bool) error {
	u, err := b.w.store.User(ctx, b.by.OrganizationID, id)
	if err != nil || u.Hidden && !has {
		return err
	}
	if err := u.Load(); err != nil {
		return err
	}
	sent, err := transform.ReadOverlay(u.Delivered)
	if err != nil {
		return err
	}
	edit := func(now *models.User) error {
		now.Attributes = models.CopyAttributes(sent.Over(u.Attributes))
		now.Enabled = enabled(u)
		return nil
	}
	if has {
		_, err = b.dir.UpdateUser(ctx, b.by, id, edit)
	} else {
		_, err = b.dir.CreateUser(ctx, b.by, edit)
	}
	if err == nil && u.Hidden {
		err = b.dir.DeleteUser(ctx, b.by, id, func(models.User) error { return nil })
	}
	return err
}

// enabled is what the directory said last of whether the user may enter, as far as that
// shows: an administrator's decision hides it.
func enabled(u models.User) *bool {
	switch {
	case u.Enters(), u.Parked != models.NotParked, u.Hidden:
		return new(true)
	case u.Status == models.Preserved && u.PreservedBy == models.ByDirectory, u.Staged != models.NotStaged:
		return new(false)
	}
	return nil
}

// group takes a group in, its members first.
func (b *bringing) group(ctx context.Context, id string, has bool) error {
	g, err := b.w.store.Group(ctx, b.by.OrganizationID, id)
	if err == nil {
		err = g.Load()
	}
	if err != nil {
		return err
	}
	members, err := edges(ctx, b.w.store.Reader, g.Key)
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(members))
	for member, e := range members {
		if e.MappingKey == 0 {
			ids = append(ids, member)
		}
	}
	if err := b.bring(ctx, ids); err != nil {
		return err
	}
	if ids, err = b.present(ctx, ids); err != nil {
		return err
	}
	edit := func(now *models.Group) error {
		now.Attributes = models.CopyAttributes(g.Attributes)
		return nil
	}
	if !has {
		_, err = b.dir.CreateGroup(ctx, b.by, ids, edit)
		return err
	}
	_, err = b.dir.UpdateGroup(ctx, b.by, id, b.regroup(ctx, id, ids), edit)
	return err
}

// present leaves out who was refused.
func (b *bringing) present(ctx context.Context, ids []string) ([]string, error) {
	there, err := b.w.real.Resolve(ctx, b.by.OrganizationID, ids)
	var out []string
	for _, id := range ids {
		if ref, ok := there[id]; ok && !ref.Hidden {
			out = append(out, id)
		}
	}
	return out, err
}

// regroup gives a group the members that it has in the rehearsal. Where somebody changed
// it here since it was copied, nobody is taken out.
func (b *bringing) regroup(ctx context.Context, id string, ids []string) []models.MemberChange {
	rec, found, err := b.w.store.ShadowRecord(ctx, b.by.OrganizationID, models.GroupTarget, id)
	now, there := b.w.real.Group(ctx, b.by.OrganizationID, id)
	same := err == nil && there == nil && found && rec.Stamp == groupStamp(store.GroupStamp{Version: now.Version, Members: now.MemberCount})
	if same {
		return []models.MemberChange{{Kind: models.ReplaceMembers, IDs: ids}}
	}
	return []models.MemberChange{{Kind: models.AddMembers, IDs: ids}}
}
