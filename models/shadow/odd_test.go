package shadow_test

import (
	"context"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
)

// Whoever creates a user waits for nobody who looks into a rehearsal while it is opened
// again, such as after an undo: that one may create users too.
func TestACreateWaitsForNobodyWhileARehearsalIsOpenedAgain(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.rehearse()
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		s.must(s.shadows.Look(t.Context(), s.Org.Key, func(*store.Store) error {
			s.charge(models.Manual)
			_ = s.shadows.Stop(t.Context(), s.Admin()) // there is nothing to stop; it has the loop look now
			s.await(models.ShadowReady)
			time.Sleep(300 * time.Millisecond)
			asked := make(chan error, 1)
			go func() {
				_, err := s.shadows.UserID(context.Background(), s.Org.Key, "x", "who@example.com")
				asked <- err
			}()
			select {
			case err := <-asked:
				s.must(err)
			case <-time.After(5 * time.Second):
				t.Error("a create waits for the one who looks, who may wait for the create")
			}
			return nil
		}))
	})
}
