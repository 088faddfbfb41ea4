package deployment_test

import (
	"testing"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/models/store"
)

// save writes over a user past the doors, as whoever manages them would.
func (p *place) save(t *testing.T, i int, edit func(*models.User)) {
	t.Helper()
	must(t, p.Keep(t.Context(), func(tx *store.Tx) error {
		old, err := tx.LockUser(p.Org.Key, p.users[i].ID)
		if err != nil {
			return err
		}
		u := old
		u.Version, u.Updated = old.Version+1, tx.Now()
		edit(&u)
		return tx.SaveUser(&old, &u)
	}))
}

// Who was changed after an earlier change, and taken over again after its undo, was not
// changed since a later one that ends the same term.
func TestUndoNamesOnlyWhomSomebodyChangedSinceThisChange(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		first := p.change(t, models.Manual, true)
		p.touch(t, 0)
		p.touch(t, 1)
		p.undo(t, first.ID)
		p.save(t, 0, func(u *models.User) { u.Mode = models.SCIM }) // the directory has them again
		second := p.change(t, models.Manual, true)
		p.touch(t, 2)
		undo, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, second.ID)
		must(t, err)
		if n := undo.Counts; n.UsersTouched != 1 || n.UsersReturn != second.Record.Users-1 || undo.Gone != 0 {
			t.Errorf("of %d users %d return and %d were changed since, %d are gone", second.Record.Users, n.UsersReturn, n.UsersTouched, undo.Gone)
		}
		list, err := p.TouchedUsers(t.Context(), p.Org.Key, second.Record.Ended, second.At, models.Page{})
		must(t, err)
		if len(list.Items) != 1 || list.Items[0].ID != p.users[2].ID {
			t.Errorf("named as changed since: %+v", list.Items)
		}
	})
}
