package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

func TestMembersInSets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		a, b, c := person(org, "A", "L", "a@example.com"), person(org, "B", "L", "b@example.com"), person(org, "C", "L", "c@example.com")
		c.Hidden = true
		create(t, s, a, b, c)
		g, in := team(org, "G"), team(org, "In")
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			if err := tx.InsertGroup(in); err != nil {
				return err
			}
			return tx.InsertGroup(g)
		}))
		count := func(want int64, do func(*store.Tx) (int64, error)) {
			t.Helper()
			ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
				before := tx.Ran()
				n, err := do(tx)
				if n != want || tx.Ran()-before > 2 {
					t.Errorf("%d memberships in %d statements, want %d in 1", n, tx.Ran()-before, want)
				}
				return err
			}))
		}
		like := models.Member{GroupKey: g.Key, Kind: models.UserMember, OrganizationID: org, Mode: models.SCIM, Created: 7}
		count(2, func(tx *store.Tx) (int64, error) { return tx.AddMembers(like, []int64{a.Key, b.Key}) })
		count(1, func(tx *store.Tx) (int64, error) { return tx.AddMembers(like, []int64{b.Key, c.Key}) })
		like.Kind = models.GroupMember
		count(1, func(tx *store.Tx) (int64, error) { return tx.AddMembers(like, []int64{in.Key}) })
		all := store.MemberSet{Users: []int64{a.Key, b.Key, c.Key}, Groups: []int64{in.Key}}
		have, err := s.MemberKeys(t.Context(), g.Key)
		if diff := cmp.Diff(all, have); err != nil || diff != "" {
			t.Error(err, diff)
		}
		of, err := s.MembersOf(t.Context(), g.Key, store.MemberSet{Users: []int64{b.Key, 999}, Groups: []int64{g.Key, in.Key}})
		if diff := cmp.Diff(store.MemberSet{Users: []int64{b.Key}, Groups: []int64{in.Key}}, of); err != nil || diff != "" {
			t.Error(err, diff)
		}
		refs, err := s.MemberRefs(t.Context(), all)
		if err != nil || len(refs) != 4 || refs[0].ID != a.ID || !refs[2].Hidden || refs[3].Display != "In" {
			t.Errorf("%v, %v", refs, err)
		}
		if n, err := s.CountShown(t.Context(), org, append(all.Users, 999)); err != nil || n != 2 {
			t.Errorf("%d are shown, %v", n, err)
		}
		count(2, func(tx *store.Tx) (int64, error) {
			return tx.RemoveMembers(g.Key, store.MemberSet{Users: []int64{a.Key, 999}, Groups: []int64{in.Key}})
		})
		count(2, func(tx *store.Tx) (int64, error) { return tx.ClearMembers(g.Key) })
	})
}

func TestWhoIsShownIsToldByAnIndexAlone(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	plan := s.Plans(t, "", func(s *store.Store) error { _, err := s.CountShown(t.Context(), org, []int64{1, 2}); return err })
	if !strings.Contains(plan, "COVERING INDEX users_all (organization_id=? AND hidden=? AND rowid=?)") {
		t.Error(plan)
	}
}
