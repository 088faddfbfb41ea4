package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// Whoever SCIM does not show any more, or shows again, moves the tags of their groups and
// of no other, all of one transaction at once, whatever changes the groups meanwhile.
func TestHiddenUsersMoveTheirGroups(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const people, groups = 60, 4
		org := organization(t, s)
		users, teams := make([]*models.User, people), make([]*models.Group, groups)
		for i := range users {
			name := fmt.Sprintf("u%02d", i)
			users[i] = person(org, name, "L", name+"@example.com")
		}
		create(t, s, users...)
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range teams {
				teams[i] = team(org, fmt.Sprintf("T%d", i))
				if err := tx.InsertGroup(teams[i]); err != nil {
					return err
				}
				for j, u := range users {
					if i == groups-1 && j > 0 { // the last group has one member
						break
					}
					if _, err := tx.AddMember(models.Member{GroupKey: teams[i].Key, Kind: models.UserMember, MemberKey: u.Key, OrganizationID: org, Mode: models.SCIM}); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		tags := func() (out [groups]string) {
			for i := range teams {
				g, err := s.Group(t.Context(), org, teams[i].ID)
				ok(t, err)
				out[i] = g.Tag()
			}
			return out
		}
		hide := func(u *models.User, hidden bool) error {
			return change(s, org, u.ID, func(u *models.User) { u.Hidden = hidden })
		}
		before := tags()
		ok(t, change(s, org, users[1].ID, func(u *models.User) { u.Note = "stays" }))
		if now := tags(); now != before {
			t.Errorf("tags %v moved to %v though nobody was hidden", before, now)
		}
		ok(t, hide(users[1], true))
		now := tags()
		for i := range teams {
			if moved, should := now[i] != before[i], i < groups-1; moved != should {
				t.Errorf("group %d moved: %v, from %s to %s", i, moved, before[i], now[i])
			}
		}
		var all sync.WaitGroup
		for _, u := range users {
			all.Go(func() {
				if err := hide(u, u != users[1]); err != nil {
					t.Error(err)
				}
			})
		}
		for _, g := range teams {
			for range 5 {
				all.Go(func() {
					if err := rename(s, org, g.ID); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		for i, g := range teams {
			if got, err := s.Group(t.Context(), org, g.ID); err != nil || got.Version != 6 || got.Tag() == now[i] {
				t.Errorf("group %d has version %d, tag %s after %s, %v", i, got.Version, got.Tag(), now[i], err)
			}
		}
	})
}

// rename changes a group over the version that it has.
func rename(s *store.Store, org int64, id string) error {
	return s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
		old, err := tx.LockGroup(org, id)
		if err != nil {
			return nil, err
		}
		g := old
		g.Note, g.Version, g.Updated = g.Note+"x", old.Version+1, tx.Now()
		if err := g.Load(); err != nil {
			return nil, err
		}
		return nil, tx.SaveGroup(&old, &g)
	})
}
