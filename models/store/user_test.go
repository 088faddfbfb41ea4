package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

func TestUserIsReadBackWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		u := person(org, "Ada", "Lovelace", "ada@example.com")
		u.Attributes["externalId"] = "00u1"
		u.Attributes["title"] = "Analyst"
		u.Attributes[models.EnterpriseURN] = map[string]any{"employeeNumber": "7", "department": "Engines", "manager": map[string]any{"value": "m1"}}
		ok(t, u.Extract())
		u.EntraID, u.LDAPID, u.Note, u.StatusNote, u.StatusSince = "e1", "l1", "remark", "why", 5
		u.PreservedBy, u.Status = models.ByAdmin, models.Preserved
		u.Origins = models.Origins{}.Note(models.Origin{Source: models.SCIM, Name: "Entra", ChangeID: "c", At: 3}, []string{"title"}, nil)
		create(t, s, u)
		got, err := s.User(t.Context(), org, u.ID)
		ok(t, err)
		ok(t, got.Load())
		if diff := cmp.Diff(*u, got); diff != "" {
			t.Fatalf("written and read differ:\n%s", diff)
		}
		for how, find := range map[string]func() (models.User, error){
			"by name":     func() (models.User, error) { return s.UserByName(t.Context(), org, "ADA@Example.COM") },
			"by scim":     func() (models.User, error) { return s.UserByAnchor(t.Context(), org, models.SCIM, "00u1") },
			"by entra":    func() (models.User, error) { return s.UserByAnchor(t.Context(), org, models.Entra, "e1") },
			"by ldap":     func() (models.User, error) { return s.UserByAnchor(t.Context(), org, models.LDAP, "l1") },
			"by e-mail":   func() (models.User, error) { return s.EmailHolder(t.Context(), org, "ada@example.com", 0) },
			"by employee": func() (models.User, error) { return s.EmployeeHolder(t.Context(), org, "7", 0) },
		} {
			if found, err := find(); err != nil || found.ID != u.ID {
				t.Errorf("%s: %q, %v", how, found.ID, err)
			}
		}
		reports, err := s.Reports(t.Context(), org, "m1", 10)
		if err != nil || len(reports) != 1 {
			t.Errorf("reports: %v, %v", reports, err)
		}
		ok(t, change(s, org, u.ID, func(u *models.User) { u.Hidden = true }))
		hidden, err := s.UserByName(t.Context(), org, "ada@example.com")
		if err != nil || !hidden.Hidden {
			t.Errorf("a hidden user is not found by name: %v", err)
		}
		_, err = s.EmailHolder(t.Context(), org, "ada@example.com", 0)
		refused(t, err, models.NotFound, "id")
		_, err = s.EmployeeHolder(t.Context(), org, "7", 0)
		refused(t, err, models.NotFound, "id")
		_, err = s.User(t.Context(), org+1, u.ID)
		refused(t, err, models.NotFound, "id")
		_, err = s.UserByAnchor(t.Context(), org, models.SCIM, "")
		refused(t, err, models.NotFound, "id")
	})
}

func TestUniqueValuesAreRefusedWithTheirAttribute(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		first := person(org, "Ada", "Lovelace", "ada@example.com")
		first.ExternalID, first.EntraID, first.LDAPID = "x", "e", "l"
		create(t, s, first)
		insert := func(change func(*models.User)) error {
			u := person(org, "Bob", "Other", "bob@example.com")
			change(u)
			return s.Provision(t.Context(), func(tx *store.Tx) ([]models.LogEntry, error) { return nil, tx.InsertUser(u) })
		}
		refused(t, insert(func(u *models.User) { u.UserNameKey = first.UserNameKey }), models.Uniqueness, "userName")
		refused(t, insert(func(u *models.User) { u.ExternalID = "x" }), models.Uniqueness, "externalId")
		refused(t, insert(func(u *models.User) { u.EntraID = "e" }), models.Uniqueness, "entraId")
		refused(t, insert(func(u *models.User) { u.LDAPID = "l" }), models.Uniqueness, "ldapId")
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			g := team(org, "Engines")
			g.ExternalID = "x"
			return tx.InsertGroup(g)
		}))
		group := func(name, external string) error {
			g := team(org, name)
			g.ExternalID = external
			return s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertGroup(g) })
		}
		refused(t, insert(func(u *models.User) {
			u.Attributes["name"] = map[string]any{"givenName": "A\x00"}
			ok(t, u.Extract())
		}), models.Invalid, "name")
		refused(t, group("ENGINES", ""), models.Uniqueness, "displayName")
		refused(t, group("Other", "x"), models.Uniqueness, "externalId")
		admin := func() error {
			return s.Keep(t.Context(), func(tx *store.Tx) error {
				return tx.InsertAdmin(&models.AdminAccount{ID: newID(), Email: "Owner@Example.com", Role: models.Owner})
			})
		}
		ok(t, admin())
		refused(t, admin(), models.Uniqueness, "email")
		counts, err := s.UserCounts(t.Context(), org)
		if err != nil || counts.Total != 1 {
			t.Fatalf("refused users were counted: %+v, %v", counts, err)
		}
	})
}

func TestSavingAnOlderVersionIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		u := person(org, "Ada", "Lovelace", "ada@example.com")
		create(t, s, u)
		old, err := s.User(t.Context(), org, u.ID)
		ok(t, err)
		ok(t, change(s, org, u.ID, func(u *models.User) { u.Attributes["title"] = "Countess" }))
		again := old
		ok(t, again.Load())
		again.Version++
		err = s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveUser(&old, &again) })
		refused(t, err, models.Stale, "")
	})
}

func TestARenameMovesWhatTheUserIsFoundBy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		u := person(org, "Ada", "Byron", "ada.byron@example.com")
		create(t, s, u)
		ok(t, change(s, org, u.ID, func(u *models.User) {
			u.Attributes["userName"], u.Attributes["displayName"] = "ada.lovelace@example.com", "Ada Lovelace"
			u.Attributes["name"] = map[string]any{"givenName": "Ada", "familyName": "Lovelace"}
			u.Attributes["emails"] = []any{map[string]any{"value": "ada.lovelace@example.com"}}
		}))
		for search, want := range map[string]int{"byron": 0, "ada.byron": 0, "lovelace": 1, "ada love": 1, "ada.lovelace@": 1} {
			found, err := s.Users(t.Context(), org, models.UserQuery{Search: search})
			if err != nil || len(found.Items) != want {
				t.Errorf("search %q finds %v, want %d; %v", search, names(found.Items), want, err)
			}
		}
		if _, err := s.EmailHolder(t.Context(), org, "ada.byron@example.com", 0); models.KindOf(err) != models.NotFound {
			t.Errorf("the old address still leads to the user: %v", err)
		}
	})
}

// What moves the places of a list is counted in the database, so that every
// instance knows: leaving, returning and deleted groups, and nothing else.
func TestMovesAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		want := func(n int64, after string) {
			t.Helper()
			if got, err := s.Moves(t.Context(), org); err != nil || got != n {
				t.Errorf("%d moves after %s, want %d (%v)", got, after, n, err)
			}
		}
		u := person(org, "Ada", "Lovelace", "ada@example.com")
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertUser(u) }))
		want(0, "a new user")
		for _, hidden := range []bool{true, false} {
			now := *u
			now.Hidden, now.Version = hidden, u.Version+1
			ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveUser(u, &now) }))
			u = &now
		}
		want(2, "leaving and returning")
		now := *u
		now.Note, now.Version = "a remark", u.Version+1
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveUser(u, &now) }))
		want(2, "a remark")
		g := models.Group{ID: newID(), OrganizationID: org, DisplayName: "Team", DisplayNameKey: "team", Mode: models.SCIM, Document: "{}", Version: 1}
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertGroup(&g) }))
		want(2, "a new group")
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.DeleteGroup(&g) }))
		want(3, "a deleted group")
	})
}
