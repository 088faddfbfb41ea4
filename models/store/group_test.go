package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

func TestGroupsMembersAndNesting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		ada, bob := person(org, "Ada", "L", "ada@example.com"), person(org, "Bob", "M", "bob@example.com")
		create(t, s, ada, bob)
		groups := map[string]*models.Group{}
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for _, name := range []string{"A", "B", "C", "D"} {
				groups[name] = team(org, name)
				if err := tx.InsertGroup(groups[name]); err != nil {
					return err
				}
			}
			add := func(g string, kind models.MemberKind, key int64) error {
				_, err := tx.AddMember(models.Member{GroupKey: groups[g].Key, Kind: kind, MemberKey: key, OrganizationID: org, Mode: models.SCIM})
				return err
			}
			for _, pair := range [][2]string{{"A", "B"}, {"B", "C"}} {
				if err := add(pair[0], models.GroupMember, groups[pair[1]].Key); err != nil {
					return err
				}
			}
			if err := add("A", models.UserMember, ada.Key); err != nil {
				return err
			}
			return add("A", models.UserMember, bob.Key)
		}))
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for pair, want := range map[string]bool{"AA": true, "AB": true, "AC": true, "BC": true, "CA": false, "BA": false, "AD": false, "DA": false} {
				if got, err := tx.Reaches(groups[pair[:1]].Key, groups[pair[1:]].Key); err != nil || got != want {
					return fmt.Errorf("%s: %v, %w", pair, got, err)
				}
			}
			again, err := tx.AddMember(models.Member{GroupKey: groups["A"].Key, Kind: models.UserMember, MemberKey: ada.Key, OrganizationID: org, Mode: models.SCIM})
			if err != nil || again {
				return fmt.Errorf("a second membership: %v, %w", again, err)
			}
			gone, err := tx.RemoveMember(groups["D"].Key, models.UserMember, ada.Key)
			if err != nil || gone {
				return fmt.Errorf("removed what was not there: %v, %w", gone, err)
			}
			return nil
		}))
		var seen []string
		for after := (models.MemberRef{}); ; {
			list, err := s.Members(t.Context(), groups["A"].Key, after, 1)
			ok(t, err)
			if len(list) == 0 {
				break
			}
			after = list[0]
			seen = append(seen, after.Name)
		}
		if diff := cmp.Diff([]string{"ada@example.com", "bob@example.com", "B"}, seen); diff != "" {
			t.Error(diff)
		}
		of, err := s.GroupsOfUsers(t.Context(), []int64{ada.Key, bob.Key, 999})
		if err != nil || len(of) != 2 || of[ada.Key][0].Name != "A" || of[ada.Key][0].ID != groups["A"].ID {
			t.Errorf("groups of users: %v, %v", of, err)
		}
		refs, err := s.Resolve(t.Context(), org, []string{ada.ID, groups["D"].ID, newID()})
		if err != nil || len(refs) != 2 || refs[groups["D"].ID].Kind != models.GroupMember || refs[ada.ID].Key != ada.Key {
			t.Errorf("resolved %v, %v", refs, err)
		}
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.DeleteGroup(groups["B"]) }))
		list, err := s.Members(t.Context(), groups["A"].Key, models.MemberRef{}, 10)
		if err != nil || len(list) != 2 {
			t.Errorf("after the deletion of B, A has %v: %v", list, err)
		}
		counts, err := s.GroupCounts(t.Context(), org)
		if err != nil || counts[""] != 3 || counts[models.SCIM] != 3 {
			t.Errorf("counted %v: %v", counts, err)
		}
	})
}

func TestGroupListsPageAndSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range 40 {
				g := team(org, fmt.Sprintf("%s %02d", []string{"Équipe", "team"}[i%2], i))
				g.Mode = models.Methods()[i%3]
				if err := tx.InsertGroup(g); err != nil {
					return err
				}
			}
			return nil
		}))
		for _, q := range []struct {
			q    models.GroupQuery
			want int
		}{{models.GroupQuery{}, 40}, {models.GroupQuery{Search: "ÉQUIPE"}, 20}, {models.GroupQuery{Search: "team 0"}, 5}, {models.GroupQuery{Mode: models.Manual}, 14}} {
			forth, back := pages(t, func(p models.Page) (models.Slice[models.Group], error) {
				q.q.Page = p
				got, err := s.Groups(context.Background(), org, q.q)
				if got.Total >= 0 && got.Total != int64(q.want) {
					t.Errorf("%+v: total %d", q.q, got.Total)
				}
				return got, err
			})
			if len(forth) != q.want || cmp.Diff(forth, back) != "" {
				t.Errorf("%+v: %d forth, %d back, want %d", q.q, len(forth), len(back), q.want)
			}
		}
	})
}

func TestEndingATermReleasesWhoHoldsIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		for i, m := range []models.Method{models.SCIM, models.SCIM, models.Entra, models.Manual, models.SCIM} {
			u := person(org, "P", fmt.Sprint(i), fmt.Sprintf("p%d@example.com", i))
			u.Mode, u.Status = m, models.Statuses()[i%3]
			create(t, s, u)
		}
		var held store.Held
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) (err error) {
			if err := tx.InsertGroup(team(org, "G")); err != nil {
				return err
			}
			return nil
		}))
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) (err error) {
			if held, err = tx.Holders(t.Context(), org, "scim"); err != nil {
				return err
			}
			return tx.EndTerm(org, "scim")
		}))
		counts, err := s.UserCounts(t.Context(), org)
		ok(t, err)
		byMode, err := s.GroupCounts(t.Context(), org)
		ok(t, err)
		if held != (store.Held{Users: 3, Groups: 1}) || counts.Of("", models.Manual) != 4 || counts.Of("", models.SCIM) != 0 || counts.Total != 5 || byMode[models.Manual] != 1 || byMode[models.SCIM] != 0 {
			t.Errorf("%+v released; counts %+v, groups %v", held, counts, byMode)
		}
	})
}
