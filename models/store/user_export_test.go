package store_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// An export tells everybody of its query once, in the order of their keys, whatever the
// query asks for.
func TestExportUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		var users []*models.User
		for i := range 1300 {
			u := person(org, "P", fmt.Sprint(i), fmt.Sprintf("p%04d@example.com", i))
			if u.Note = "noted"; i%2 == 0 {
				u.MappingKey = 7
			}
			if i%10 == 0 {
				u.ProfileKey, u.Status = 3, models.Inactive
			}
			users = append(users, u)
		}
		create(t, s, users...)
		for _, c := range []struct {
			q     models.UserQuery
			want  int
			reads int // statements
		}{
			{models.UserQuery{}, 1300, 6},
			{models.UserQuery{Status: models.Inactive}, 130, 3},
			{models.UserQuery{Mapping: 7}, 650, 4},
			{models.UserQuery{Profile: 3}, 130, 3},
			{models.UserQuery{Profile: 3, Mapping: 9}, 0, 3},
			{models.UserQuery{Mapping: 7, Status: models.Inactive, Mode: models.SCIM}, 130, 3},
		} {
			n, last := 0, int64(0)
			ran := s.Statements(t, func(s *store.Store) error {
				return s.ExportUsers(t.Context(), org, c.q, func(page []models.User) error {
					for _, u := range page {
						if u.Key <= last || u.Note != "noted" || !strings.Contains(u.Document, u.UserName) || u.Mode != models.SCIM {
							t.Errorf("user %d after %d: %+v", u.Key, last, u)
						}
						last = u.Key
					}
					n += len(page)
					return nil
				})
			})
			if n != c.want || len(ran) > c.reads {
				t.Errorf("%+v exports %d users in %d statements, want %d in %d", c.q, n, len(ran), c.want, c.reads)
			}
		}
	})
}
