package directory

import (
	"context"
	"maps"
	"math"
	"strings"

	"muster/models"
)

// CreateGroup takes in a group with its first members, by public id. A manual
// group of the same name is taken over where adoption allows.
func (d *Directory) CreateGroup(ctx context.Context, by models.Actor, members []string, edit func(*models.Group) error) (models.Group, error) {
	var out models.Group
	in := models.Group{OrganizationID: by.OrganizationID, Attributes: models.Attributes{}}
	if err := edit(&in); err != nil {
		return out, d.refuseEarly(ctx, by, models.GroupTarget, in.DisplayName, err)
	}
	if err := in.Extract(); err != nil {
		return out, err
	}
	learned, err := d.learnedGroup(ctx, by, &in)
	if err != nil {
		return out, err
	}
	steps := []models.MemberChange{{Kind: models.AddMembers, IDs: members}}
	seen, err := d.look(ctx, by, "", steps)
	if err != nil {
		return out, err
	}
	err = d.changeIn(ctx, d.length(len(members)), by, models.GroupTarget, in.DisplayName, func(w *work) error {
		w.sight = seen
		fresh := in
		fresh.Attributes = maps.Clone(in.Attributes)
		w.learned = learned
		g, err := d.takeInGroup(w, &fresh, members)
		out = g
		return err
	})
	if err == nil {
		d.came(ctx, by, models.GroupTarget, out.ID)
	}
	return out, err
}

// shortMembers is up to how many memberships a change may touch to share its
// transaction with others.
const shortMembers = 50

func (d *Directory) length(members int) provision {
	if members > shortMembers && d.within == nil {
		return d.Store.ProvisionLong
	}
	return d.short()
}

// touched tells how many memberships a change may touch.
func touched(members []models.MemberChange) int {
	n := 0
	for _, m := range members {
		if m.Match != nil && len(m.IDs) == 0 || m.Kind == models.ClearMembers || m.Kind == models.ReplaceMembers {
			return math.MaxInt // as many as the group has
		}
		n += len(m.IDs)
	}
	return n
}

func (d *Directory) takeInGroup(w *work, in *models.Group, members []string) (models.Group, error) {
	w.entry.Action = models.ActionCreate
	if err := CheckGroup(in); err != nil {
		return *in, err
	}
	if known, ok, err := w.knownGroup(in); err != nil || ok {
		if err != nil {
			return *in, err
		}
		return d.sameGroup(w, in, &known, members)
	}
	holder, err := w.tx.GroupByName(w.tx.Context(), in.OrganizationID, in.DisplayName)
	if err == nil {
		return d.meetGroup(w, in, &holder, members)
	}
	if models.KindOf(err) != models.NotFound {
		return *in, err
	}
	w.step(models.StepMatch, models.Success, "No group has this displayName.")
	in.ID, in.Version = d.newID(w), 1
	in.Created, in.Updated, in.Mode = w.tx.Now(), w.tx.Now(), w.by.Source()
	if err := w.tx.InsertGroup(in); err != nil {
		return *in, err
	}
	w.aboutGroup(in)
	w.entry.Details.Modified = modified(nil, in.Attributes)
	if len(members) > 0 {
		delta, err := d.changeMembers(w, in, []models.MemberChange{{Kind: models.AddMembers, IDs: members}})
		if err != nil {
			return *in, err
		}
		if err := w.tx.CountMembers(in.Key, delta.net()); err != nil {
			return *in, err
		}
		in.MemberCount += delta.net()
		w.entry.Details.Modified = append(w.entry.Details.Modified, delta.changes()...)
		if err := d.followMembers(w, in, delta); err != nil {
			return *in, err
		}
	}
	w.conclude(models.ActionCreate, "Created group %s with %s.", in.DisplayName, memberCount(in.MemberCount))
	return *in, nil
}

// knownGroup looks for the group that a connector's record is, by its anchor. SCIM
// clients look for theirs before they create one.
func (w *work) knownGroup(in *models.Group) (models.Group, bool, error) {
	m := by(w)
	if w.by.Kind != models.ConnectorActor || in.Anchor(m) == "" {
		return models.Group{}, false, nil
	}
	g, err := w.tx.GroupByAnchor(w.tx.Context(), in.OrganizationID, m, in.Anchor(m))
	if err != nil && models.KindOf(err) == models.NotFound {
		return g, false, nil
	}
	return g, err == nil, err
}

// sameGroup gives a known group the values of the record that it is.
func (d *Directory) sameGroup(w *work, in, known *models.Group, members []string) (models.Group, error) {
	w.step(models.StepMatch, models.Success, "Matched group %s by %s.", known.DisplayName, by(w).AnchorWord())
	action := models.ActionUpdate
	if !known.Managed() {
		action = models.ActionAdopt
	}
	return d.giveRecord(w, in, known, members, action)
}

// giveRecord gives a group what a record says of it; what it is called under another
// method stays.
func (d *Directory) giveRecord(w *work, in, known *models.Group, members []string, action models.Action) (models.Group, error) {
	old, err := w.tx.LockGroup(in.OrganizationID, known.ID)
	if err != nil {
		return old, err
	}
	if err := old.Load(); err != nil {
		return old, err
	}
	g := old
	g.Attributes = in.Attributes
	if in.ExternalID == "" && old.ExternalID != "" {
		g.Attributes["externalId"] = old.ExternalID
	}
	if anchor := in.Anchor(by(w)); anchor != "" {
		g.SetAnchor(by(w), anchor)
	}
	return d.saveGroup(w, &old, &g, []models.MemberChange{{Kind: models.AddMembers, IDs: members}}, action)
}

// meetGroup decides on a create whose name a group already has: a manual one is
// taken over by a directory, any other is a conflict.
func (d *Directory) meetGroup(w *work, in, holder *models.Group, members []string) (models.Group, error) {
	if !w.by.Directory() || holder.Managed() || w.org.Settings.Adoption == models.AdoptRefuse {
		w.step(models.StepMatch, models.Failure, "A group with this displayName exists.")
		return *in, models.Errorf(models.Uniqueness, "displayName", "displayName %q is already taken by a group (id %s, managed by %s).",
			in.DisplayName, holder.ID, holder.Mode.Label()).
			WithAdvice("If this is the same group, look it up with a filter and update that one. If not, rename one of the two.").WithCode("groupNameTaken")
	}
	if w.org.Settings.Adoption == models.AdoptAsk {
		return *in, w.askForGroup(in, holder, members)
	}
	w.step(models.StepMatch, models.Success, "Matched group %s, which no directory manages, by displayName.", holder.DisplayName)
	return d.giveRecord(w, in, holder, members, models.ActionAdopt)
}

// UpdateGroup changes a group by its public id: edit for its attributes, members
// for who is in it, step by step in the order given. Its cost does not depend on
// how many members the group has, except where they are replaced or cleared.
func (d *Directory) UpdateGroup(ctx context.Context, by models.Actor, id string, members []models.MemberChange, edit func(*models.Group) error) (models.Group, error) {
	var out models.Group
	seen, err := d.look(ctx, by, id, members)
	if err != nil {
		return out, err
	}
	err = d.changeIn(ctx, d.length(touched(members)), by, models.GroupTarget, id, func(w *work) error {
		w.sight = seen
		w.entry.TargetID, w.entry.Action = id, models.ActionUpdate
		old, err := w.group(id)
		if err != nil {
			return err
		}
		if err := old.Load(); err != nil {
			return err
		}
		g := old
		g.Attributes = maps.Clone(old.Attributes)
		if err := edit(&g); err != nil {
			return err
		}
		out, err = d.saveGroup(w, &old, &g, members, models.ActionUpdate)
		return err
	})
	return out, err
}

func (d *Directory) saveGroup(w *work, old, g *models.Group, members []models.MemberChange, action models.Action) (models.Group, error) {
	if err := g.Extract(); err != nil {
		return *g, err
	}
	if err := CheckGroup(g); err != nil {
		return *g, err
	}
	changes := modified(old.Attributes, g.Attributes)
	if err := w.ownGroup(old, g, changes, members, &action); err != nil {
		return *g, err
	}
	delta, err := d.changeMembers(w, g, members)
	if err != nil {
		return *g, err
	}
	if len(changes) == 0 && delta.none() && old.Mode == g.Mode && old.Note == g.Note && old.EntraID == g.EntraID && old.LDAPID == g.LDAPID {
		w.quiet = true
		return *old, nil
	}
	g.Version, g.Updated = old.Version+1, w.tx.Now()
	if err := w.tx.SaveGroup(old, g); err != nil {
		return *g, named(err, g)
	}
	if err := w.tx.CountMembers(g.Key, delta.net()); err != nil {
		return *g, err
	}
	g.MemberCount += delta.net()
	if err := w.settleGroup(g); err != nil {
		return *g, err
	}
	w.aboutGroup(g)
	w.entry.Details.Modified = append(changes, delta.changes()...)
	if err := d.followMembers(w, g, delta); err != nil {
		return *g, err
	}
	w.conclude(action, "%s", groupSentence(action, old, g, delta))
	return *g, nil
}

// named says whose name it is that a rename collides with.
func named(err error, g *models.Group) error {
	if e, ok := models.AsError(err); ok && e.Code == "groupNameTaken" {
		return models.Errorf(models.Uniqueness, "displayName", "Another group is already called %q.", g.DisplayName).
			WithAdvice("Choose another name, or rename the other group first.").WithCode("groupNameTaken")
	}
	return err
}

// ownGroup holds the ownership rules for groups, as guard does for users.
func (w *work) ownGroup(old, g *models.Group, changes []models.Change, members []models.MemberChange, action *models.Action) error {
	if w.puts {
		return nil
	}
	if !w.by.Directory() {
		if old.Managed() && (len(changes) > 0 || len(members) > 0) {
			return models.Errorf(models.Forbidden, "displayName", "Group %s is managed by the directory (%s).", old.DisplayName, old.Mode.Label()).
				WithAdvice("Change it in the directory; the next cycle brings it here.").WithCode("managedByDirectory")
		}
		return nil
	}
	if old.Mode == w.by.Source() {
		return nil
	}
	if old.Mode == models.Manual && w.org.Settings.Adoption == models.AdoptRefuse {
		return models.Errorf(models.Uniqueness, "displayName", "Group %s is managed by hand; this organization does not let a directory take groups over.", old.DisplayName).
			WithAdvice("An administrator can set adoption to automatic or ask under Settings, or rename the group.").WithCode("adoptionRefused")
	}
	if old.Mode == models.Manual && w.org.Settings.Adoption == models.AdoptAsk && !w.decided {
		return w.askForGroup(g, old, nil)
	}
	g.Mode = w.by.Source()
	if *action == models.ActionUpdate {
		*action = models.ActionAdopt
	}
	return nil
}

// DeleteGroup removes a group. Its members stay as they are.
func (d *Directory) DeleteGroup(ctx context.Context, by models.Actor, id string, when func(models.Group) error) error {
	return d.changeIn(ctx, d.length(math.MaxInt), by, models.GroupTarget, id, func(w *work) error {
		w.entry.TargetID, w.entry.Action = id, models.ActionDelete
		g, err := w.group(id)
		if err != nil {
			return err
		}
		if err := when(g); err != nil {
			return err
		}
		if !by.Directory() && g.Managed() {
			return models.Errorf(models.Forbidden, "", "Group %s is managed by the directory (%s).", g.DisplayName, g.Mode.Label()).
				WithAdvice("Delete it in the directory, or stop assigning it to the application.").WithCode("managedByDirectory")
		}
		return d.dropGroup(w, &g)
	})
}

func (d *Directory) dropGroup(w *work, g *models.Group) error {
	if err := w.leaveParents(g); err != nil {
		return err
	}
	if err := w.tx.DeleteGroup(g); err != nil {
		return err
	}
	if err := d.followLater(w, g); err != nil {
		return err
	}
	g.DisplayNameKey = ""
	if err := w.settleGroup(g); err != nil {
		return err
	}
	w.conclude(models.ActionDelete, "Deleted group %s; its %s stay.", g.DisplayName, memberCount(g.MemberCount))
	return nil
}

// group reads a group for a change.
func (w *work) group(id string) (models.Group, error) {
	if err := checkID(models.GroupTarget, id); err != nil {
		return models.Group{}, err
	}
	g, err := w.tx.LockGroup(w.by.OrganizationID, id)
	if err == nil {
		w.aboutGroup(&g)
	}
	return g, err
}

// leaveParents takes a group that is about to go out of the groups it is in, so
// that their member counts stay true.
func (w *work) leaveParents(g *models.Group) error {
	parents, err := w.tx.GroupsOf(w.tx.Context(), models.GroupMember, g.Key, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, p := range parents {
		was, err := w.tx.RemoveMember(p.Key, models.GroupMember, g.Key)
		if err != nil {
			return err
		}
		if !was {
			continue
		}
		if err := w.tx.MoveMembers(p.Key, -1); err != nil {
			return err
		}
		w.entry.Details.Modified = append(w.entry.Details.Modified, models.Change{Path: "groups", Old: p.Display})
	}
	return nil
}

// CheckGroup refuses a group that must not be stored, naming the attribute and limit.
func CheckGroup(g *models.Group) error {
	if strings.TrimSpace(g.DisplayName) == "" {
		return models.Errorf(models.Invalid, "displayName", "The group has no displayName.").
			WithAdvice("Map the group's name to displayName.").WithCode("missingDisplayName")
	}
	if err := within("displayName", g.DisplayName, g.DisplayNameKey, nameMost); err != nil {
		return err
	}
	if err := within("externalId", g.ExternalID, g.ExternalID, anchorMost); err != nil {
		return err
	}
	return checkValues("", g.Attributes)
}
