package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// TestSiftedListsPageForthAndBack: every user who is picked shows once, whether few or
// many are, and whether or not a page ends at its bound.
func TestSiftedListsPageForthAndBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range 450 {
				u := person(org, []string{"Ada", "Bob", "Cyd"}[i%3], "Same", fmt.Sprintf("u%03d@example.com", i))
				u.Mode, u.Note = models.Manual, fmt.Sprint(i)
				if i%10 == 9 {
					u.Mode = models.SCIM
				}
				if err := tx.InsertUser(u); err != nil {
					return err
				}
			}
			return nil
		}))
		for _, every := range []int64{1, 7, 150, 1000} {
			for _, most := range []int64{200, 400, 10_000} {
				pick := func(users []models.User) ([]bool, error) {
					takes := make([]bool, len(users))
					for i, u := range users {
						takes[i] = u.Key%every == 0
					}
					return takes, nil
				}
				var want []int64
				ok(t, s.EachUser(t.Context(), org, models.UserQuery{Mode: models.Manual}, func(users []models.User) error {
					for _, u := range users {
						if u.Key%every == 0 {
							want = append(want, u.Key)
						}
					}
					return nil
				}))
				forth, back := pages(t, func(p models.Page) (models.Slice[models.User], error) {
					found, err := s.SiftUsers(t.Context(), org, models.UserQuery{Mode: models.Manual, Page: p}, most, pick)
					if found.Looked > most {
						t.Errorf("looked at %d users, more than %d", found.Looked, most)
					}
					return found.Slice, err
				})
				if diff := cmp.Diff(keysOf(forth), keysOf(back)); diff != "" {
					t.Errorf("one in %d, %d at a time: forth and back differ:\n%s", every, most, diff)
				}
				got := keysOf(forth)
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("one in %d, %d at a time (-want +got):\n%s", every, most, diff)
				}
			}
		}
	})
}

func keysOf(users []models.User) []int64 {
	var keys []int64
	for _, u := range users {
		keys = append(keys, u.Key)
	}
	return keys
}

// TestWindowsOfAModeMeetEverybodyOnce, but for those deleted at the source.
func TestWindowsOfAModeMeetEverybodyOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		var want []int64
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range 100 {
				u := person(org, "Ada", "Same", fmt.Sprintf("u%03d@example.com", i))
				if i%3 == 0 {
					u.Mode = models.Manual
				}
				u.Hidden = i%5 == 0
				if err := tx.InsertUser(u); err != nil {
					return err
				}
				if u.Mode == models.Manual && !u.Hidden {
					want = append(want, u.Key)
				}
			}
			return nil
		}))
		var got []int64
		seen, after := int64(0), int64(0)
		for {
			w, users, err := s.UsersAfter(t.Context(), org, models.Manual, after, 7)
			ok(t, err)
			if w.Users == 0 {
				break
			}
			seen, after = seen+w.Users, w.Last
			got = append(got, keysOf(users)...)
		}
		if diff := cmp.Diff(want, got); diff != "" || seen != 80 {
			t.Errorf("%d were looked at; (-want +got):\n%s", seen, diff)
		}
	})
}
