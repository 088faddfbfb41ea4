package store_test

import (
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// A user who was written with all they are found by is taken back whole when the
// change is refused after that.
func TestARefusalAfterAUserWasWrittenLeavesNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		u := person(org, "Ada", "Lovelace", "ada@example.com")
		err := s.Provision(t.Context(), func(tx *store.Tx) ([]models.LogEntry, error) {
			if err := tx.InsertUser(u); err != nil {
				return nil, err
			}
			return nil, models.Errorf(models.Conflict, "userName", "Not now.")
		})
		refused(t, err, models.Conflict, "userName")
		_, err = s.UserByName(t.Context(), org, u.UserName)
		refused(t, err, models.NotFound, "id")

		create(t, s, u)
		found, err := s.Users(t.Context(), org, models.UserQuery{Search: "lovelace"})
		ok(t, err)
		alike(t, []string{"ada@example.com"}, names(found.Items))
	})
}
