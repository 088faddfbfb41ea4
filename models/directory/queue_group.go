package directory

import (
	"muster/models"
	"muster/models/store"
)

// askForGroup refuses that a directory takes over a group which nobody manages, and
// leaves it to an administrator. Members are those that a new group is sent with.
func (w *work) askForGroup(in, holder *models.Group, members []string) error {
	i := w.item(models.AdoptionItem, models.GroupTarget, holder.Key, "displayName")
	i.Anchor, i.Name, i.NameKey = in.Anchor(i.Method), in.DisplayName, in.DisplayNameKey
	sent := models.Delivery{Attributes: models.CopyAttributes(in.Attributes), ID: in.ID}
	if len(members) > 0 {
		list := make([]any, len(members))
		for n, id := range members {
			list[n] = map[string]any{"value": id}
		}
		sent.Attributes["members"] = list
	}
	w.entry.Action = models.ActionAdopt
	w.entry.TargetID, w.entry.TargetName = holder.ID, holder.DisplayName
	refusal := models.Errorf(models.Uniqueness, "displayName",
		"The record matches group %s (id %s), which nobody manages, by displayName. Taking it over waits for an administrator's decision in the queue.", holder.DisplayName, holder.ID).
		WithAdvice("Decide it in the console under Queue; once it is accepted, the directory finds the group here and updates it.").WithCode(codePending)
	w.step(models.StepMatch, models.Skipped, "%s", refusal.Msg)
	if err := i.Keep(sent); err != nil {
		return err
	}
	w.waits = &i
	return refusal
}

// acceptGroup takes a group over. Of the members that were sent, those who are here
// join it; the directory sends the others again with its next attempt.
func (d *Directory) acceptGroup(w *work, by models.Actor, i *models.QueueItem) error {
	old, err := w.tx.LockGroupByKey(i.OrganizationID, i.UserKey)
	switch {
	case err != nil && models.KindOf(err) == models.NotFound:
		return moot(i, "The group that the record met is here no more.")
	case err != nil:
		return err
	case old.Managed():
		return moot(i, "A directory manages group "+old.DisplayName+" now.")
	}
	if err := old.Load(); err != nil {
		return err
	}
	sent, err := i.Delivery()
	if err != nil {
		return err
	}
	w.step(models.StepMatch, models.Success, "%s accepted that the directory takes over group %s, which it met in displayName.", by.Name, old.DisplayName)
	if err := w.close(i, models.QueueAccepted, by.Name, "Accepted: the directory manages group "+old.DisplayName+" now."); err != nil {
		return err
	}
	members, err := w.present(sent.Attributes["members"])
	if err != nil {
		return err
	}
	delete(sent.Attributes, "members")
	g := old
	g.Attributes = sent.Attributes
	if _, given := g.Attributes["externalId"]; !given && old.ExternalID != "" {
		g.Attributes["externalId"] = old.ExternalID
	}
	if i.Anchor != "" {
		g.SetAnchor(i.Method, i.Anchor)
	}
	_, err = d.saveGroup(w, &old, &g, []models.MemberChange{{Kind: models.AddMembers, IDs: members}}, models.ActionAdopt)
	return err
}

// present gives the ids of delivered members who are here.
func (w *work) present(list any) ([]string, error) {
	var ids, here []string
	items, _ := list.([]any)
	for _, item := range items {
		m, _ := item.(map[string]any)
		if id, _ := m["value"].(string); id != "" {
			ids = append(ids, id)
		}
	}
	refs, err := w.tx.Resolve(w.tx.Context(), w.org.Key, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if ref, ok := refs[id]; ok && !ref.Hidden {
			here = append(here, id)
		}
	}
	return here, nil
}

// settleGroup is settle for a group that was written or deleted.
func (w *work) settleGroup(g *models.Group) error {
	some, err := w.tx.AnyQueued(g.OrganizationID)
	if err != nil || !some {
		return err
	}
	items, err := w.tx.OpenItemsAbout(g.OrganizationID, store.ItemsAbout{Target: models.GroupTarget, Key: g.Key})
	if err != nil {
		return err
	}
	for n := range items {
		i, why := &items[n], ""
		switch {
		case g.Managed():
			why = "A directory manages group " + g.DisplayName + " now."
		case g.DisplayNameKey != i.NameKey:
			why = "No group that nobody manages is called " + i.Name + " any more."
		default:
			continue
		}
		if err := w.close(i, models.QueueSettled, "", why); err != nil {
			return err
		}
		w.entry.Details.Notes = append(w.entry.Details.Notes, "Settled in the queue: "+why)
	}
	return nil
}
