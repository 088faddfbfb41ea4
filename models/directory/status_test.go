package directory_test

import (
	"testing"

	"muster/models"
)

func TestDirectoryPreservesAndRevives(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.expect(t, u.ID, "active//scim")
		w.logged(t, "create/success/")
		w.update(t, w.Client(), u.ID, nil, false)
		w.expect(t, u.ID, "preserved/directory/scim")
		w.logged(t, "preserve/success/")
		w.update(t, w.Client(), u.ID, nil, true)
		w.expect(t, u.ID, "active//scim")
		w.logged(t, "restore/success/")
		w.remove(t, u.ID)
		w.expect(t, u.ID, "preserved/directory/scim/hidden")
		w.logged(t, "delete/success/")
		back := w.add(t, "ada", "a")
		if back.ID != u.ID {
			t.Errorf("the person came back as %s, was %s", back.ID, u.ID)
		}
		w.expect(t, u.ID, "active//scim")
		w.logged(t, "restore/success/")
	})
}

func TestWhatAnAdminPreservedStays(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		if _, err := w.Preserve(t.Context(), w.Admin(), u.ID, "left"); err != nil {
			t.Fatal(err)
		}
		before := w.User(t, u.ID)
		w.update(t, w.Client(), u.ID, nil, true)
		w.expect(t, u.ID, "preserved/admin/scim")
		e := w.logged(t, "update/skipped/preservedByAdmin")
		if e.Details.Advice == "" {
			t.Error("the entry does not say how to let the directory govern again")
		}
		if now := w.User(t, u.ID); now.Version != before.Version || now.Updated != before.Updated {
			t.Error("a revival that did not happen changed the version")
		}
		w.remove(t, u.ID)
		w.expect(t, u.ID, "preserved/admin/scim/hidden")
		w.add(t, "ada", "a")
		w.expect(t, u.ID, "preserved/admin/scim")
		w.logged(t, "restore/skipped/preservedByAdmin")
		if _, err := w.Restore(t.Context(), w.Admin(), u.ID); err != nil {
			t.Fatal(err)
		}
		w.expect(t, u.ID, "active//scim")
	})
}

func TestWhatAnAdminSuspendedStays(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		if _, err := w.Suspend(t.Context(), w.Admin(), u.ID, "holiday"); err != nil {
			t.Fatal(err)
		}
		w.logged(t, "disable/success/")
		w.update(t, w.Client(), u.ID, nil, true)
		w.expect(t, u.ID, "inactive//scim")
		w.logged(t, "update/skipped/suspendedByAdmin")
		w.update(t, w.Client(), u.ID, nil, false)
		w.expect(t, u.ID, "inactive//scim")
		// Deleted and made anew is no way around an administrator.
		w.remove(t, u.ID)
		w.expect(t, u.ID, "preserved/admin/scim/hidden")
		w.add(t, "ada", "a")
		w.expect(t, u.ID, "preserved/admin/scim")
	})
}

func TestAdminRestoresWhoWasDeletedAtTheSource(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.remove(t, u.ID)
		if _, err := w.Restore(t.Context(), w.Admin(), u.ID); err != nil {
			t.Fatal(err)
		}
		w.expect(t, u.ID, "active//manual")
		// The directory delivers the person again: taken over, same id.
		if back := w.add(t, "ada", "a"); back.ID != u.ID {
			t.Errorf("came back as %s, was %s", back.ID, u.ID)
		}
		w.expect(t, u.ID, "active//scim")
		w.logged(t, "adopt/success/")
	})
}

func TestAdminAddsSomebodyWhoWasDeletedAtTheSource(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.remove(t, u.ID)
		back, err := w.CreateUser(t.Context(), w.Admin(), put(attrs{"userName": "Ada", "displayName": "Ada L"}))
		if err != nil {
			t.Fatal(err)
		}
		if back.ID != u.ID || back.ExternalID != "a" || back.DisplayName != "Ada L" {
			t.Errorf("got id %s, anchor %q, name %q; want the former user with its anchor", back.ID, back.ExternalID, back.DisplayName)
		}
		w.expect(t, u.ID, "active//manual")
	})
}

func TestCreatedInactive(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u, err := w.CreateUser(t.Context(), w.Client(), put(attrs{"userName": "ada"}, false))
		if err != nil {
			t.Fatal(err)
		}
		w.expect(t, u.ID, "preserved/directory/scim")
		m, err := w.CreateUser(t.Context(), w.Admin(), put(attrs{"userName": "bob"}, false))
		if err != nil {
			t.Fatal(err)
		}
		w.expect(t, m.ID, "inactive//manual")
	})
}

func TestSuspendingThePreservedIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.byHand(t, "ada")
		if _, err := w.Preserve(t.Context(), w.Admin(), u.ID, ""); err != nil {
			t.Fatal(err)
		}
		_, err := w.Suspend(t.Context(), w.Admin(), u.ID, "")
		if models.KindOf(err) != models.Conflict {
			t.Errorf("got %v, want a conflict", err)
		}
	})
}
