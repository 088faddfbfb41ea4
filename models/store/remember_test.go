package store_test

import (
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// Two instances share a database: what one revokes or changes, the other refuses
// with its next request, however often it was asked before.
func TestWhatIsRememberedEndsWithTheChange(t *testing.T) {
	each := func(t *testing.T, s, second *store.Store) {
		org := organization(t, s)
		token := models.Token{ID: "t1", OrganizationID: org, Hash: "h1", Scope: models.ReadScope, AllowList: []string{}}
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertToken(&token) }))
		for range 3 {
			if got, err := second.TokenByHash(t.Context(), "h1"); err != nil || got.Revoked != 0 {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		token.Revoked = models.TimeOf(storetest.NewClock().Now())
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveToken(&token) }))
		if got, err := second.TokenByHash(t.Context(), "h1"); err != nil || got.Revoked == 0 {
			t.Errorf("the other instance still takes the token: %+v, %v", got, err)
		}
		if got, err := s.TokenByHash(t.Context(), "h1"); err != nil || got.Revoked == 0 {
			t.Errorf("this instance still takes the token: %+v, %v", got, err)
		}

		before, err := second.Organization(t.Context(), org)
		ok(t, err)
		changed := before
		changed.Name = "Renamed"
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveOrganization(&changed) }))
		if got, err := second.Organization(t.Context(), org); err != nil || got.Name != "Renamed" {
			t.Errorf("the other instance shows %q, %v", got.Name, err)
		}
		// The writer remembers too, and must notice what the other one wrote.
		changed.Name = "Renamed again"
		ok(t, second.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveOrganization(&changed) }))
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			got, err := tx.ShareOrganization(org)
			if got.Name != "Renamed again" {
				t.Errorf("the writer sees %q", got.Name)
			}
			return err
		}))
	}
	t.Run("sqlite", func(t *testing.T) {
		s := storetest.SQLite(t)
		each(t, s, storetest.SQLite(t, func(o *store.Options) { o.File = s.Where() }))
	})
	t.Run("postgres", func(t *testing.T) {
		address := storetest.PostgresURL(t)
		same := func(o *store.Options) { o.DatabaseURL = address }
		each(t, storetest.Postgres(t, same), storetest.Postgres(t, same))
	})
}
