package storetest_test

import (
	"testing"

	"muster/models/store"
	"muster/models/store/storetest"
)

func TestEachGivesAnEmptyMigratedStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		current, known, err := s.Schema(t.Context())
		if err != nil || current != known || known == 0 {
			t.Fatalf("schema %d of %d: %v", current, known, err)
		}
		list, err := s.Organizations(t.Context())
		if err != nil || len(list) != 0 {
			t.Fatalf("a fresh store has %v: %v", list, err)
		}
	})
}
