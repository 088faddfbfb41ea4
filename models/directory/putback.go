package directory

import (
	"context"

	"muster/models"
)

// PutUserBack gives a user back what they were before a change that is taken back: values,
// status, anchors, and who manages them. Their id, notes, own settings and history stay.
// It refuses when somebody has changed the user since the version that the change made.
// A user whom the change made is preserved instead: nobody is ever deleted.
func (d *Directory) PutUserBack(ctx context.Context, by models.Actor, id string, version int64, was *models.User, cycle int64) (models.User, error) {
	var out models.User
	err := d.change(ctx, by, models.UserTarget, id, func(w *work) error {
		w.entry.TargetID, w.entry.Action, w.entry.CycleID = id, models.ActionUpdate, cycle
		w.puts = true
		old, err := w.user(id)
		if err != nil {
			return err
		}
		if old.Version != version {
			return changedSince(old.UserName)
		}
		u := old
		u.Attributes = models.CopyAttributes(old.Attributes)
		if was == nil {
			u.SetStatus(models.Preserved, models.ByDirectory, "The cycle that made this user was undone by "+by.Name, w.tx.Now())
			u.Parked = models.NotParked
		} else if err := putOn(&u, *was); err != nil {
			return err
		}
		if out, err = d.save(w, &old, &u, models.ActionUpdate); err == nil && !w.quiet {
			w.resay("Undid what a cycle did to user " + out.UserName + ".")
		}
		return err
	})
	return out, err
}

func changedSince(name string) *models.Error {
	return models.Errorf(models.Stale, "", "%s was changed since and stays as it is.", name).
		WithAdvice("Change the record by hand if it should be as it was before.").WithCode("changedSince")
}

// putOn writes what a user was over what they are.
func putOn(u *models.User, was models.User) error {
	if err := was.Load(); err != nil {
		return err
	}
	u.Attributes, u.Delivered, u.Mode = was.Attributes, was.Delivered, was.Mode
	u.UserName, u.UserNameKey = was.UserName, was.UserNameKey
	u.EntraID, u.LDAPID = was.EntraID, was.LDAPID
	u.Status, u.PreservedBy, u.StatusNote, u.StatusSince = was.Status, was.PreservedBy, was.StatusNote, was.StatusSince
	u.Hidden, u.Parked, u.Staged, u.StagedAt = was.Hidden, was.Parked, was.Staged, was.StagedAt
	u.MappingKey, u.ProfileKey, u.ProfileBy = was.MappingKey, was.ProfileKey, was.ProfileBy
	return nil
}

// PutGroupBack gives a group back what it was before a change that is taken back, and its
// members: those the change added leave, those it removed return. A group that the change
// made is deleted; its members stay.
func (d *Directory) PutGroupBack(ctx context.Context, by models.Actor, id string, version int64, was *models.Group, members []models.MemberChange, cycle int64) (models.Group, error) {
	var out models.Group
	err := d.changeIn(ctx, d.length(touched(members)), by, models.GroupTarget, id, func(w *work) error {
		w.entry.TargetID, w.entry.Action, w.entry.CycleID = id, models.ActionUpdate, cycle
		w.puts = true
		old, err := w.group(id)
		if err != nil {
			return err
		}
		if old.Version != version {
			return changedSince(old.DisplayName)
		}
		if was == nil {
			out = old
			return d.dropGroup(w, &old)
		}
		if err := old.Load(); err != nil {
			return err
		}
		g, before := old, *was
		if err := before.Load(); err != nil {
			return err
		}
		g.Attributes, g.Mode, g.EntraID, g.LDAPID = before.Attributes, before.Mode, before.EntraID, before.LDAPID
		if out, err = d.saveGroup(w, &old, &g, members, models.ActionUpdate); err == nil && !w.quiet {
			w.resay("Undid what a cycle did to group " + out.DisplayName + ".")
		}
		return err
	})
	return out, err
}

// BringGroupBack makes a group anew that a change deleted, with the members that are
// still here. It has another id.
func (d *Directory) BringGroupBack(ctx context.Context, by models.Actor, was models.Group, members []string, cycle int64) (models.Group, error) {
	var out models.Group
	if err := was.Load(); err != nil {
		return out, err
	}
	err := d.changeIn(ctx, d.length(len(members)), by, models.GroupTarget, was.DisplayName, func(w *work) error {
		w.entry.Action, w.entry.CycleID = models.ActionCreate, cycle
		w.puts = true
		here, err := w.tx.Resolve(w.tx.Context(), w.org.Key, members)
		if err != nil {
			return err
		}
		var ids []string
		for _, id := range members {
			if _, ok := here[id]; ok {
				ids = append(ids, id)
			}
		}
		g := models.Group{
			OrganizationID: w.org.Key, ID: d.NewID(), Version: 1, Attributes: was.Attributes, Mode: was.Mode, Note: was.Note, Protected: was.Protected,
			ExternalID: was.ExternalID, EntraID: was.EntraID, LDAPID: was.LDAPID, Created: w.tx.Now(), Updated: w.tx.Now(),
		}
		if err := g.Extract(); err != nil {
			return err
		}
		if err := w.tx.InsertGroup(&g); err != nil {
			return named(err, &g)
		}
		w.aboutGroup(&g)
		old := g
		if out, err = d.saveGroup(w, &old, &g, []models.MemberChange{{Kind: models.AddMembers, IDs: ids}}, models.ActionCreate); err != nil {
			return err
		}
		w.quiet = false
		w.conclude(models.ActionCreate, "Brought group %s back, which a cycle had deleted, with %s.", g.DisplayName, memberCount(int64(len(ids))))
		return nil
	})
	return out, err
}
