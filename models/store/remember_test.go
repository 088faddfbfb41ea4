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
		mappingsEndToo(t, s, second, org)
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

// mappingsEndToo: an attribute mapping that one instance saves or deletes is in force,
// or no more, with the next request to the other.
func mappingsEndToo(t *testing.T, s, second *store.Store, org int64) {
	t.Helper()
	seen := func(want string) {
		t.Helper()
		for range 2 {
			for _, from := range []*store.Store{s, second} {
				list, err := from.AttributeMappingsSeen(t.Context(), org, 0)
				ok(t, err)
				got := ""
				for _, m := range list {
					got += m.Target + "=" + m.Expression + " "
				}
				if got != want {
					t.Errorf("it sees %q, want %q", got, want)
				}
			}
		}
	}
	seen("")
	m := models.AttributeMapping{ID: "m1", OrganizationID: org, Method: models.SCIM, Position: 1, Target: "title", Expression: "title", Version: 1}
	ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertAttributeMapping(&m) }))
	seen("title=title ")
	old := m
	m.Expression, m.Version = "department", 2
	ok(t, second.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveAttributeMapping(&m) }))
	seen("title=department ")
	old.Version = 2
	if err := s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveAttributeMapping(&old) }); models.KindOf(err) != models.Stale {
		t.Errorf("an old version is saved: %v", err)
	}
	ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.DeleteAttributeMapping(&m) }))
	seen("")
	if _, err := s.AttributeMapping(t.Context(), org, "m1"); models.KindOf(err) != models.NotFound {
		t.Errorf("a deleted mapping: %v", err)
	}
}
