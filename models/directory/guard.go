package directory

import (
	"fmt"
	"time"

	"muster/models"
)

// heldBack tells whether a directory's removal of a user is held back: when it took
// more users within the rolling hour than the organization lets it (product.md,
// "Guard"). It counts the removal. A connector's cycle is guarded as a whole before
// anything of it is done: what it decided itself is not held back once more.
func (w *work) heldBack(u *models.User, guarded bool) (bool, error) {
	percent, count, on := w.org.Settings.Guard()
	method := w.source()
	if !on || u.Status != models.Active || u.Mode != method {
		return false, nil
	}
	if w.by.Cycle != 0 && guarded {
		w.tx.CountRemoval(w.org.Key, method, 1)
		return false, nil
	}
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
	w.tx.CountRemoval(w.org.Key, method, 1)
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

// source is the method whose directory is behind the change.
func (w *work) source() models.Method {
	if w.by.Directory() {
		return w.by.Source()
	}
	return w.entry.Source
}

// returned takes a removal of the last hour back from the guard's count: the directory
// let the user in again.
func (w *work) returned(u *models.User, since models.Time) {
	if w.by.Directory() && since > w.tx.Now().Add(-time.Hour) {
		w.tx.CountRemoval(w.org.Key, u.Mode, -1)
	}
}

// spared tells whether a user whom no rule matches any more stays in all the same:
// where a directory is behind it, the protected do, and whom the guard holds back
// until an administrator decides.
func (w *work) spared(old, u *models.User) (bool, error) {
	if u.Staged != models.NotStaged {
		return true, nil
	}
	if old == nil || u.Status != models.Active || !w.by.Directory() && !w.minds {
		return false, nil
	}
	safe, err := w.shielded(u)
	if err != nil || safe {
		if safe && w.entry.Code == "" {
			w.warn(models.Skipped, "protectedUser", protectedAdvice)
		}
		return safe, err
	}
	held, err := w.heldBack(u, w.by.Approved)
	if held {
		w.stage(u, models.StagedDisable)
	}
	return held, err
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
