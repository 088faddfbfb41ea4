package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// keep runs a write that must succeed.
func keep(t *testing.T, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	ok(t, s.Keep(context.Background(), fn))
}

func same(t *testing.T, what string, got, want any, err error) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s: %v\n%s", what, err, diff)
	}
}

func TestOrganizationsAndInstance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		if again := organization(t, s); again != org {
			t.Errorf("the organization was made twice: %d, %d", org, again)
		}
		o, err := s.Organization(t.Context(), org)
		ok(t, err)
		o.Method, o.MethodSet, o.MethodBy, o.MethodSince, o.Name = models.SCIM, true, "ada", 9, "Fabrikam"
		o.Settings.LogDays, o.Settings.UniqueEmail = 90, true
		keep(t, s, func(tx *store.Tx) error {
			locked, err := tx.LockOrganization(org)
			if err != nil || locked.Key != org {
				return err
			}
			if _, err := tx.ShareOrganization(org); err != nil {
				return err
			}
			return tx.SaveOrganization(&o)
		})
		got, err := s.OrganizationBySlug(t.Context(), store.FirstOrganization)
		same(t, "organization", got, o, err)
		list, err := s.Organizations(t.Context())
		same(t, "organizations", list, []models.Organization{o}, err)
		_, err = s.OrganizationBySlug(t.Context(), "nobody")
		refused(t, err, models.NotFound, "organization")
		for _, value := range []string{"a", "b", ""} {
			keep(t, s, func(tx *store.Tx) error { return tx.SetInstance("name", value) })
			got, err := s.Instance(t.Context(), "name")
			same(t, "instance", got, value, err)
		}
	})
}

func TestAdminsSessionsAndThrottles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := models.AdminAccount{ID: newID(), Email: "Ada@Example.com", Name: "Ada", Role: models.Owner, PasswordHash: "h", Created: 1, CreatedBy: "setup"}
		keep(t, s, func(tx *store.Tx) error { return tx.InsertAdmin(&a) })
		a.Role, a.Disabled, a.LastSignIn, a.PasswordSet, a.PasswordHash = models.Auditor, true, 5, 6, "h2"
		keep(t, s, func(tx *store.Tx) error {
			if n, err := tx.CountOwners(); err != nil || n != 1 {
				t.Errorf("%d owners: %v", n, err)
			}
			if err := tx.SaveAdmin(&a); err != nil {
				return err
			}
			n, err := tx.CountOwners()
			if n != 0 {
				t.Errorf("%d owners after the change", n)
			}
			return err
		})
		got, err := s.AdminByEmail(t.Context(), "ADA@EXAMPLE.COM")
		same(t, "by e-mail", got, a, err)
		got, err = s.AdminByID(t.Context(), a.ID)
		same(t, "by id", got, a, err)
		got, err = s.AdminByKey(t.Context(), a.Key)
		same(t, "by key", got, a, err)
		var sessions []models.Session
		for i := range 3 {
			x := models.Session{ID: newID(), Hash: newID(), AdminKey: a.Key, Data: "{}", Created: 10, LastSeen: models.Time(20 - i), Address: "::1", Client: "c"}
			keep(t, s, func(tx *store.Tx) error { return tx.InsertSession(&x) })
			sessions = append(sessions, x)
		}
		list, err := s.SessionsOf(t.Context(), a.Key)
		same(t, "sessions", list, sessions, err)
		moved := sessions[0]
		moved.Hash, moved.LastSeen, moved.Confirmed = newID(), 99, 98
		keep(t, s, func(tx *store.Tx) error { return tx.SaveSession(&moved) })
		byHash, err := s.SessionByHash(t.Context(), moved.Hash)
		same(t, "session", byHash, moved, err)
		_, err = s.SessionByHash(t.Context(), sessions[0].Hash)
		refused(t, err, models.Unauthorized, "")
		keep(t, s, func(tx *store.Tx) error { return tx.EndSession(a.Key, sessions[1].ID) })
		keep(t, s, func(tx *store.Tx) error { return tx.PurgeSessions(50, 0) })
		list, err = s.SessionsOf(t.Context(), a.Key)
		same(t, "sessions left", list, []models.Session{moved}, err)
		keep(t, s, func(tx *store.Tx) error { return tx.SaveSession(&sessions[1]) })
		keep(t, s, func(tx *store.Tx) error { return tx.DeleteAdmin(a.Key) })
		list, err = s.SessionsOf(t.Context(), a.Key)
		same(t, "sessions of nobody", len(list), 0, err)
		admins, err := s.Admins(t.Context())
		same(t, "admins", len(admins), 0, err)
		for _, th := range []models.Throttle{{Name: "n", Failures: 1, Last: 3, Until: 4}, {Name: "n", Failures: 2, Last: 5, Until: 6}, {Name: "n"}} {
			keep(t, s, func(tx *store.Tx) error { return tx.SaveThrottle(th) })
			got, err := s.Throttle(t.Context(), "n")
			same(t, "throttle", got, th, err)
		}
	})
}

func TestTokensAndTheirUse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		k := models.Token{
			ID: newID(), OrganizationID: org, Description: "Entra", Prefix: "mst_", Hash: newID(), Scope: models.ProvisionScope,
			AllowList: []string{"10.0.0.0/8"}, Expires: 100, Created: 1, CreatedBy: "ada",
		}
		keep(t, s, func(tx *store.Tx) error { return tx.InsertToken(&k) })
		k.Description, k.Scope, k.AllowList, k.Disabled, k.Parked, k.Revoked, k.RevokedBy, k.Expires, k.SuccessorID, k.RetiresAt =
			"Other", models.ReadScope, []string{}, true, true, 7, "bob", 200, "next", 150
		keep(t, s, func(tx *store.Tx) error { return tx.SaveToken(&k) })
		hour := models.Time(3_600_000)
		for _, seen := range []models.Time{hour + 5, hour + 2} { // the later one stays
			use := k
			use.LastUsed, use.LastAddress, use.LastClient = seen, "::1", "Entra"
			keep(t, s, func(tx *store.Tx) error {
				return tx.RecordTokenUse([]store.TokenSeen{{Token: use, Requests: map[models.Time]int64{hour: 3}, Failures: map[models.Time]int64{hour: 1}}})
			})
		}
		k.LastUsed, k.LastAddress, k.LastClient = hour+5, "::1", "Entra"
		got, err := s.Token(t.Context(), org, k.ID)
		same(t, "token", got, k, err)
		got, err = s.TokenByHash(t.Context(), k.Hash)
		got.Seen = 0
		same(t, "by hash", got, k, err)
		list, err := s.Tokens(t.Context(), org)
		same(t, "tokens", list, []models.Token{k}, err)
		uses, err := s.TokenUses(t.Context(), org, hour)
		same(t, "uses", uses, map[int64][]models.TokenUse{k.Key: {{TokenKey: k.Key, Hour: hour, Requests: 6, Failures: 2}}}, err)
		_, err = s.Token(t.Context(), org+1, k.ID)
		refused(t, err, models.NotFound, "id")
		_, err = s.TokenByHash(t.Context(), "")
		refused(t, err, models.Unauthorized, "")
	})
}

func TestCyclesExchangesAndMethodChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		if _, there, err := s.LastCycle(t.Context(), org, models.SCIM); there || err != nil {
			t.Errorf("a cycle from nowhere: %v", err)
		}
		c := models.Cycle{OrganizationID: org, Method: models.SCIM, Kind: models.InitialCycle, InitiatorID: "t", InitiatorName: "Entra", Started: 10, LastSeen: 10}
		keep(t, s, func(tx *store.Tx) error { return tx.StartCycle(&c) })
		for _, seen := range []models.Time{30, 20} {
			keep(t, s, func(tx *store.Tx) error {
				tx.CountCycle(c.Key, seen, models.Cycle{Requests: 1, Created: 2, Updated: 3, Removed: 4, Skipped: 5, Failed: 6})
				return nil
			})
		}
		keep(t, s, func(tx *store.Tx) error {
			n, err := tx.EndCycles(org, 30)
			if n != 0 {
				t.Error("a cycle ended too early")
			}
			return err
		})
		keep(t, s, func(tx *store.Tx) error { _, err := tx.EndCycles(org, 31); return err })
		c.LastSeen, c.Ended, c.Requests, c.Created, c.Updated, c.Removed, c.Skipped, c.Failed = 30, 30, 2, 4, 6, 8, 10, 12
		last, there, err := s.LastCycle(t.Context(), org, models.SCIM)
		same(t, "last cycle", last, c, err)
		if !there {
			t.Error("the cycle is not there")
		}
		got, err := s.Cycle(t.Context(), org, c.Key)
		same(t, "cycle", got, c, err)
		cycles, err := s.Cycles(t.Context(), org, models.Page{})
		same(t, "cycles", cycles.Items, []models.Cycle{c}, err)

		x := models.Exchange{
			OrganizationID: org, RequestID: newID(), At: 5, TokenID: "t", HTTPMethod: "PATCH", Path: "/Users?a=1", Status: 409, ScimType: "uniqueness",
			CycleID: c.Key, RequestBody: "{}", ResponseBody: "{}", Notes: []string{"n"}, Address: "::1", Client: "c", TokenName: "Entra", DurationMicros: 4,
		}
		fine := models.Exchange{OrganizationID: org, RequestID: newID(), At: 6, Status: 200, Notes: []string{}}
		list := []models.Exchange{x, fine}
		keep(t, s, func(tx *store.Tx) error { return tx.AddExchanges(list) })
		one, err := s.Exchange(t.Context(), org, x.RequestID)
		x.Key = one.Key
		same(t, "exchange", one, x, err)
		for name, q := range map[string]models.ExchangeQuery{"failed": {Failed: true}, "token": {TokenID: "t"}, "time": {From: 5, To: 6}} {
			found, err := s.Exchanges(t.Context(), org, q)
			if err != nil || len(found.Items) != 1 || found.Items[0].RequestID != x.RequestID || found.Items[0].RequestBody != "" {
				t.Errorf("exchanges by %s: %+v, %v", name, found.Items, err)
			}
		}
		m := models.MethodChange{
			ID: newID(), OrganizationID: org, From: models.Manual, To: models.SCIM, At: 5, By: "ada", Reason: "r", KeptMappings: true,
			Counts: models.ChangeCounts{UsersToManual: 3, TokensParked: 1},
		}
		keep(t, s, func(tx *store.Tx) error { return tx.InsertMethodChange(&m) })
		changes, err := s.MethodChanges(t.Context(), org, 5)
		same(t, "method changes", changes, []models.MethodChange{m}, err)
	})
}
