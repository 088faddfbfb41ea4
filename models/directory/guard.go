package directory

import (
	"fmt"
	"time"

	"muster/models"
)

// heldBack tells whether a directory's removal of a user is held back: when it took
// more users within the rolling hour than the organization lets it (product.md,
// "Guard"). It counts the removal.
func (w *work) heldBack(u *models.User) (bool, error) {
	percent, count, on := w.org.Settings.Guard()
	if !on || u.Status != models.Active || u.Mode != w.by.Source() {
		return false, nil
	}
	method := w.by.Source()
	if err := w.tx.ClaimValue(w.org.Key, "removals", string(method)); err != nil {
		return false, err
	}
	removed, err := w.tx.RemovedSince(w.org.Key, method, w.tx.Now().Add(-time.Hour))
	if err != nil {
		return false, err
	}
	active, err := w.tx.ActiveOf(w.org.Key, method)
	if err != nil {
		return false, err
	}
	w.tx.CountRemoval(w.org.Key, method)
	return Exceeds(removed+1, active+removed, percent, count), nil
}

// Exceeds tells whether so many removals, of so many users that there were, are more
// than a guard lets pass: more than the share and more than the count, from
// models.GuardFrom users up.
func Exceeds(removed, managed, percent, count int64) bool {
	return managed >= models.GuardFrom && removed > count && removed*100 > percent*managed
}

// stage answers a removal as if it were done and leaves the effect to an
// administrator.
func (w *work) stage(u *models.User, what models.Staging) {
	if u.Staged == models.NotStaged {
		u.StagedAt = w.tx.Now()
	}
	u.Staged = what
	percent, count, _ := w.org.Settings.Guard()
	w.warn(models.Warning, "guardHeld", fmt.Sprintf("The directory disabled or deleted more than %d %% of its users (and more than %d) within an hour. "+
		"It was answered as if this were done, but the user stays as they are until an administrator approves or rejects it in the queue.", percent, count))
}

// shielded tells whether no directory may disable or delete the user: because they
// are protected themselves, or in a protected group.
func (w *work) shielded(u *models.User) (bool, error) {
	if u.Protected {
		return true, nil
	}
	return w.tx.InProtectedGroup(u.OrganizationID, u.Key)
}

const protectedAdvice = "Nobody but an administrator of Muster may disable this user. Take the protection away in Muster if the directory is right."
