package store_test

import (
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// An instance that is not updated yet stops writing, and is not ready, once another one
// has brought the schema further; it reads on.
func TestANewerSchemaEndsTheWrites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
		ok(t, s.Writable(t.Context()))
		_, known, err := s.Schema(t.Context())
		ok(t, err)
		ok(t, s.SetSchema(t.Context(), known+1))
		if e, _ := models.AsError(s.Writable(t.Context())); e == nil || e.Code != "schemaNewer" || e.Kind != models.Unavailable {
			t.Errorf("it is ready: %v", e)
		}
		for name, write := range map[string]func() error{
			"short": func() error {
				return s.Provision(t.Context(), func(*store.Tx) ([]models.LogEntry, error) { return nil, nil })
			},
			"long": func() error { return s.Keep(t.Context(), func(*store.Tx) error { return nil }) },
		} {
			if e, _ := models.AsError(write()); e == nil || e.Code != "schemaNewer" {
				t.Errorf("a %s change is made: %v", name, e)
			}
		}
		if counts, err := s.UserCounts(t.Context(), org); err != nil || counts.Total != 1 {
			t.Errorf("a read gives %d, %v", counts.Total, err)
		}
		ok(t, s.SetSchema(t.Context(), 0))
		ok(t, s.Writable(t.Context()))
		create(t, s, person(org, "Grace", "Hopper", "grace@example.com"))
	})
}
