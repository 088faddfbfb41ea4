package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// modes gives what manages each user, as the user is read and as lists find them, which
// must be the same.
func modes(t *testing.T, s *store.Store, org int64) map[string]models.Method {
	t.Helper()
	out, listed := map[string]models.Method{}, map[string]models.Method{}
	ok(t, s.EachUser(t.Context(), org, models.UserQuery{}, func(list []models.User) error {
		for _, u := range list {
			out[u.UserName] = u.Mode
		}
		return nil
	}))
	for _, m := range models.Methods() {
		list, err := s.Users(t.Context(), org, models.UserQuery{Mode: m})
		ok(t, err)
		if list.Total != int64(len(list.Items)) {
			t.Errorf("%d users are %s; the counters say %d", len(list.Items), m, list.Total)
		}
		for _, u := range list.Items {
			listed[u.UserName] = m
			if u.Mode != m {
				t.Errorf("%s is listed under %s with the mode %s", u.UserName, m, u.Mode)
			}
		}
		ok(t, s.EachUser(t.Context(), org, models.UserQuery{Mode: m}, func(list []models.User) error {
			for _, u := range list {
				if out[u.UserName] != m {
					t.Errorf("%s is exported under %s and is %s", u.UserName, m, out[u.UserName])
				}
			}
			return nil
		}))
	}
	if diff := cmp.Diff(out, listed); diff != "" {
		t.Errorf("read (-) and listed (+):\n%s", diff)
	}
	return out
}

// Ending a term makes its users manual, resuming it takes them back; who was written in
// between stays as they are, and which term it was is known. No row is written by
// either.
func TestTermsEndAndResume(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		var keys []models.User
		for i, m := range []models.Method{models.SCIM, models.SCIM, models.SCIM, models.Manual} {
			u := person(org, "P", fmt.Sprint(i), fmt.Sprintf("p%d@example.com", i))
			u.Mode = m
			if m == models.SCIM {
				u.MappingKey, u.Staged, u.StagedAt = 7, models.StagedDisable, 5
			}
			create(t, s, u)
			keys = append(keys, *u)
		}
		name := func(i int) string { return keys[i].UserName }
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.EndTerm(org, "scim") }))
		all := map[string]models.Method{name(0): models.Manual, name(1): models.Manual, name(2): models.Manual, name(3): models.Manual}
		if diff := cmp.Diff(all, modes(t, s, org)); diff != "" {
			t.Fatalf("after the end (-want +got):\n%s", diff)
		}
		u, err := s.User(t.Context(), org, keys[0].ID)
		ok(t, err)
		if u.MappingKey != 0 || u.Staged != "" || u.StagedAt != 0 || u.Version != keys[0].Version {
			t.Errorf("rule %d, held back %q at %d, version %d of %d", u.MappingKey, u.Staged, u.StagedAt, u.Version, keys[0].Version)
		}
		edit(t, s, org, keys[1].ID, func(u *models.User) { u.Note = "seen" })                 // by hand
		edit(t, s, org, keys[2].ID, func(u *models.User) { u.Mode = models.SCIM })            // taken over again
		edit(t, s, org, keys[3].ID, func(u *models.User) { u.Note = "was manual all along" }) // nothing to do with it
		all[name(2)] = models.SCIM
		if diff := cmp.Diff(all, modes(t, s, org)); diff != "" {
			t.Fatalf("after three edits (-want +got):\n%s", diff)
		}
		touched, err := s.Touched(t.Context(), org, "scim", 0)
		ok(t, err)
		if touched.Users != 2 {
			t.Errorf("%d users count as changed since", touched.Users)
		}
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			if now, err := tx.TermOf(t.Context(), org, models.SCIM); err != nil || now != "scim~2" {
				t.Errorf("the term is %q: %v", now, err)
			}
			if err := tx.EndTerm(org, "scim~2"); err != nil {
				return err
			}
			return tx.ResumeTerm(org, "scim")
		}))
		want := map[string]models.Method{name(0): models.SCIM, name(1): models.Manual, name(2): models.Manual, name(3): models.Manual}
		if diff := cmp.Diff(want, modes(t, s, org)); diff != "" {
			t.Fatalf("after it resumed (-want +got):\n%s", diff)
		}
		back, err := s.User(t.Context(), org, keys[0].ID)
		ok(t, err)
		if diff := cmp.Diff(keys[0].MappingKey, back.MappingKey); diff != "" || back.Staged != models.StagedDisable || back.StagedAt != 5 {
			t.Errorf("who came back is at rule %d, held back %q at %d", back.MappingKey, back.Staged, back.StagedAt)
		}
		if edited, err := s.User(t.Context(), org, keys[1].ID); err != nil || edited.Released != "scim" || edited.MappingKey != 0 || edited.Staged != "" {
			t.Errorf("who was edited: %+v %v", edited, err)
		}
		created := person(org, "New", "One", "new@example.com")
		create(t, s, created)
		if created.Term != "scim" {
			t.Errorf("a newcomer holds the term %q", created.Term)
		}
	})
}

func edit(t *testing.T, s *store.Store, org int64, id string, fn func(*models.User)) {
	t.Helper()
	ok(t, change(s, org, id, fn))
}
