package directory

import (
	"context"
	"fmt"

	"muster/models"
)

// Way is one of the two ways out of a conflict.
type Way string

// SamePerson gives the directory's record to whoever holds what it claims.
// OtherPerson frees what it claims: whoever holds it is preserved with all data.
const (
	SamePerson  Way = "same"
	OtherPerson Way = "other"
)

// SettleConflict decides a conflict.
func (d *Directory) SettleConflict(ctx context.Context, by models.Actor, id string, way Way) error {
	v := answer{action: "queue.same", one: "Decided that the delivered %s is the person who is here.", carry: d.samePerson}
	switch way {
	case SamePerson:
	case OtherPerson:
		v = answer{action: "queue.other", one: "Decided that the delivered %s is another person than the one who is here.", carry: d.otherPerson}
	default:
		return models.Errorf(models.Invalid, "way", "A conflict cannot be settled by %q.", way).
			WithAdvice("Choose whether it is the same person or another one.").WithCode("invalidValue")
	}
	if err := allowed(by); err != nil {
		return err
	}
	done, err := d.decideChunk(ctx, by, []string{id}, v)
	if err == nil && len(done.Failed) > 0 {
		return done.Failed[0].Err
	}
	return err
}

// accept takes a record over for an administrator who accepts an adoption, or who
// has changed their mind about a refused one.
func (d *Directory) accept(w *work, by models.Actor, i *models.QueueItem) error {
	if i.Kind != models.AdoptionItem || !i.Open() && i.State != models.QueueRefused {
		return closed(i)
	}
	if err := inChargeOf(w, i); err != nil {
		return err
	}
	if i.Target == models.GroupTarget {
		return d.acceptGroup(w, by, i)
	}
	u, err := w.holder(i)
	if err != nil {
		return err
	}
	if u.Managed() && !u.Hidden {
		return moot(i, "A directory manages user "+u.UserName+" now.")
	}
	w.step(models.StepMatch, models.Success, "%s accepted that the directory takes over user %s, whom it met in %s.", by.Name, u.UserName, claimWord(i.Claim))
	if err := w.close(i, models.QueueAccepted, by.Name, "Accepted: the directory manages user "+u.UserName+" now."); err != nil {
		return err
	}
	return d.handOver(w, i, &u)
}

// samePerson gives the record to the holder. A user that the record is here as
// already steps aside.
func (d *Directory) samePerson(w *work, by models.Actor, i *models.QueueItem) error {
	u, err := w.conflicting(i)
	if err != nil {
		return err
	}
	if err := inChargeOf(w, i); err != nil {
		return err
	}
	w.step(models.StepMatch, models.Success, "%s decided that the record is the same person as user %s.", by.Name, u.UserName)
	if err := w.close(i, models.QueueAccepted, by.Name, "Same person: the record belongs to user "+u.UserName+" now."); err != nil {
		return err
	}
	if err := d.stepAside(w, by, i, &u); err != nil {
		return err
	}
	return d.handOver(w, i, &u)
}

// otherPerson preserves the holder and frees what the record claims; the directory's
// next attempt is taken in.
func (d *Directory) otherPerson(w *work, by models.Actor, i *models.QueueItem) error {
	old, err := w.conflicting(i)
	if err != nil {
		return err
	}
	w.step(models.StepMatch, models.Success, "%s decided that the record is another person than user %s.", by.Name, old.UserName)
	what := fmt.Sprintf("Another person: user %s is preserved, and the %s is free.", old.UserName, claimWord(i.Claim))
	if err := w.close(i, models.QueueAccepted, by.Name, what); err != nil {
		return err
	}
	if err := d.giveWay(w, &old, "Preserved by "+by.Name+": another person has the "+claimWord(i.Claim)+" now", ""); err != nil {
		return err
	}
	w.conclude(models.ActionPreserve, "Preserved user %s: another person has the %s now; all data is kept.", old.UserName, claimWord(i.Claim))
	return nil
}

// holder reads whom an item is about, for a change.
func (w *work) holder(i *models.QueueItem) (models.User, error) {
	u, err := w.tx.LockUserByKey(i.OrganizationID, i.UserKey)
	if err != nil && models.KindOf(err) == models.NotFound {
		return u, moot(i, "The user whom the record met is here no more.")
	}
	if err != nil {
		return u, err
	}
	w.about(&u)
	w.entry.Details.Anchor = i.Anchor
	return u, u.Load()
}

// conflicting is holder for an open conflict that still stands.
func (w *work) conflicting(i *models.QueueItem) (models.User, error) {
	if i.Kind != models.ConflictItem || !i.Open() {
		return models.User{}, closed(i)
	}
	u, err := w.holder(i)
	if err != nil {
		return u, err
	}
	record, err := i.Delivered()
	if err != nil {
		return u, err
	}
	if u.Hidden || claimedValue(i.Claim, &u) != claimedValue(i.Claim, &record) {
		return u, moot(i, "User "+u.UserName+" holds the "+claimWord(i.Claim)+" no more.")
	}
	return u, nil
}

func moot(i *models.QueueItem, why string) *models.Error {
	return models.Errorf(models.Conflict, "", "The decision about %s is no longer needed. %s", recordWords(i), why).
		WithAdvice("Leave it to the directory, whose next attempt settles it.").WithCode("queueItemMoot")
}

// handOver gives a user what a record was delivered with, as the directory would
// have done it: local fields stay, and what an administrator preserved or suspended
// stays so.
func (d *Directory) handOver(w *work, i *models.QueueItem, old *models.User) error {
	sent, err := i.Delivery()
	if err != nil {
		return err
	}
	u := *old
	u.Attributes, u.Delivered, u.Enabled = sent.Attributes, sent.Delivered, sent.Enabled
	if err := w.recompute(old, &u); err != nil {
		return err
	}
	if old.Hidden && u.Enabled == nil {
		u.Enabled = new(true)
	}
	u.Hidden, u.Mode = false, i.Method
	if i.Anchor != "" {
		u.SetAnchor(i.Method, i.Anchor)
	}
	if _, given := u.Attributes["externalId"]; !given && old.ExternalID != "" {
		u.Attributes["externalId"] = old.ExternalID
	}
	if u.UserNameReleased() {
		u.UserNameKey = "" // claimed again: whether it is free is checked with every claim
		u.UserName = ""
	}
	_, err = d.save(w, old, &u, models.ActionAdopt)
	return err
}

// stepAside takes a record's anchor from the user whom it was taken in as, who is
// the same person as the holder: they are preserved with all data, and the anchor
// moves on.
func (d *Directory) stepAside(w *work, by models.Actor, i *models.QueueItem, holder *models.User) error {
	sent, err := i.Delivery()
	if err != nil {
		return err
	}
	var double models.User
	switch {
	case i.Anchor != "":
		double, err = w.tx.UserByAnchor(w.tx.Context(), i.OrganizationID, i.Method, i.Anchor)
	case sent.ID != "":
		double, err = w.tx.User(w.tx.Context(), i.OrganizationID, sent.ID)
	default:
		return nil
	}
	switch {
	case err != nil && models.KindOf(err) == models.NotFound:
		return nil
	case err != nil:
		return err
	case double.Key == holder.Key:
		return nil
	}
	if double, err = w.tx.LockUser(i.OrganizationID, double.ID); err != nil {
		return err
	}
	if err := double.Load(); err != nil {
		return err
	}
	aside := d.deciding(w.tx, by, w.org, w.rules, i)
	aside.about(&double)
	aside.step(models.StepMatch, models.Success, "The record was this user until now, and is the same person as user %s (id %s).", holder.UserName, holder.ID)
	if err := d.giveWay(aside, &double, "Preserved: the same person as user "+holder.UserName, i.Anchor); err != nil {
		return err
	}
	aside.conclude(models.ActionPreserve, "Preserved user %s: the same person as user %s, who has the source anchor now; all data is kept.", double.UserName, holder.UserName)
	w.also = append(append(w.also, aside.entry), aside.also...)
	return nil
}

// giveWay preserves a user by an administrator's decision, so that neither the
// userName nor, when it is given, the anchor belongs to them any more. SCIM shows
// them no longer.
func (d *Directory) giveWay(w *work, old *models.User, why, anchor string) error {
	u := *old
	u.Attributes = models.CopyAttributes(old.Attributes)
	if anchor != "" && by(w) == models.SCIM {
		delete(u.Attributes, "externalId")
	} else if anchor != "" {
		u.SetAnchor(by(w), "")
	}
	if err := u.Extract(); err != nil {
		return err
	}
	u.SetStatus(models.Preserved, models.ByAdmin, why, w.tx.Now())
	u.StatusNote, u.Hidden = why, true
	u.Parked, u.Staged, u.StagedAt = models.NotParked, models.NotStaged, 0
	u.ReleaseUserName()
	if err := d.seat(w, old, &u); err != nil {
		return err
	}
	u.Version, u.Updated = old.Version+1, w.tx.Now()
	if err := w.tx.SaveUser(old, &u); err != nil {
		return err
	}
	w.entry.Details.Modified = append(w.entry.Details.Modified, stateChanges(old, &u)...)
	if err := w.settle(old, &u); err != nil {
		return err
	}
	return d.admitNext(w)
}
