package store_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// Who is at a rule and whose removal is held back is counted without a look at users,
// until a term ends that some of them hold.
func TestWhoHoldsARuleOrIsHeldBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		for i := range 30 {
			u := person(org, "P", fmt.Sprint(i), fmt.Sprintf("p%d@example.com", i))
			if u.MappingKey = 7; i%3 == 0 {
				u.Staged, u.StagedAt = models.StagedDelete, 5
			}
			create(t, s, u)
		}
		look := func(rule, held, some int64) {
			t.Helper()
			holders, err := s.MappingHolders(t.Context(), org)
			ok(t, err)
			all, err := s.Held(t.Context(), org, 1000)
			ok(t, err)
			few, err := s.Held(t.Context(), org, 4)
			ok(t, err)
			if holders[7] != rule || all != held || few != some {
				t.Errorf("%d at the rule, %d held back, %d counted; want %d, %d, %d", holders[7], all, few, rule, held, some)
			}
		}
		look(30, 10, 4)
		if s.Engine() != "PostgreSQL" {
			plan := s.Plans(t, "", func(s *store.Store) error {
				_, err := s.MappingHolders(t.Context(), org)
				if err == nil {
					_, err = s.Held(t.Context(), org, 4)
				}
				return err
			})
			if !strings.Contains(plan, "USING COVERING INDEX users_mapping (organization_id=?") || !strings.Contains(plan, "USING INDEX users_staged (organization_id=?") {
				t.Error(plan)
			}
		}
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.EndTerm(org, "scim") }))
		look(0, 0, 0)
	})
}
