package deployment_test

import (
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/models/store"
	"muster/models/store/storetest"
)

// A burst of SCIM traffic ends with SCIM's charge: nothing more can come of it. What comes
// after an undo is another one, also at an instance that knew the first.
func TestABurstEndsWithItsMethod(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		latest := func() models.Cycle {
			c, any, err := s.LastCycle(t.Context(), w.org, models.SCIM)
			w.must(err)
			if !any {
				t.Fatal("there is no cycle")
			}
			return c
		}
		first := latest()
		if !first.Running() {
			t.Fatalf("the cycle is %+v", first)
		}
		done, err := w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Manual, Keep: true})
		w.must(err)
		if c := latest(); c.Running() || c.Ended != first.LastSeen {
			t.Errorf("after the change it runs: %v, ended %d, last seen %d", c.Running(), c.Ended, first.LastSeen)
		}
		_, err = w.deps.Undo(t.Context(), w.by, deployment.UndoOrder{Change: done.ID})
		w.must(err)
		w.sync.Seen = 7 // as a token is that was read after the undo
		w.user(w.sync, "late@northwind.example")
		if c := latest(); c.Key == first.Key || !c.Running() {
			t.Errorf("after the undo it is cycle %d, running: %v", c.Key, c.Running())
		}
	})
}
