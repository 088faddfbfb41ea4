package directory

import (
	"context"

	"muster/models"
)

// learns tells whether a change may have to do with what was learned elsewhere. That is
// asked before a transaction begins, never within one.
func (d *Directory) learns(by models.Actor) bool {
	return d.Learned != nil && d.within == nil && by.Directory()
}

// learnedUser gives the id by which the directory of a record that is new here knows it
// already; "" when it knows none.
func (d *Directory) learnedUser(ctx context.Context, by models.Actor, in *models.User) (string, error) {
	if !d.learns(by) {
		return "", nil
	}
	return d.Learned.UserID(ctx, by, in.ExternalID, in.UserName)
}

func (d *Directory) learnedGroup(ctx context.Context, by models.Actor, in *models.Group) (string, error) {
	if !d.learns(by) {
		return "", nil
	}
	return d.Learned.GroupID(ctx, by, in.ExternalID, in.DisplayName)
}

// came tells where ids are learned that a directory's record is here now. The record
// stands, so a failure is only told.
func (d *Directory) came(ctx context.Context, by models.Actor, target models.TargetType, id string) {
	if !d.learns(by) {
		return
	}
	if err := d.Learned.Came(context.WithoutCancel(ctx), by.OrganizationID, target, id); err != nil {
		d.Log.Error("note that a record came which was delivered in shadow mode", "id", id, "error", err)
	}
}

// newID gives a new record its id, and says so in the entry when it is one that the
// directory has learned.
func (d *Directory) newID(w *work) string {
	if w.learned == "" {
		return d.NewID()
	}
	w.entry.Details.Notes = append(w.entry.Details.Notes, "The id is the one that the directory was given in shadow mode.")
	return w.learned
}
