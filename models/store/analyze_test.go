package store_test

import (
	"fmt"
	"testing"
	"time"

	"muster/models/store/storetest"
)

// A look-up that PostgreSQL planned for an empty table reads all users of a full one.
func TestPostgreSQLKnowsOfItsFirstUsers(t *testing.T) {
	s := storetest.Postgres(t)
	org := organization(t, s)
	for i := range 60 {
		create(t, s, person(org, "Ada", fmt.Sprint("Lovelace", i), fmt.Sprintf("ada.%d@example.com", i)))
	}
	known := 0.0
	for range 100 {
		if known = s.KnownRows(t, "users"); known >= 40 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("PostgreSQL plans for %.0f users and there are 60", known)
}
