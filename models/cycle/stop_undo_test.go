package cycle_test

import (
	"sync"
	"testing"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// A cycle that was stopped in the middle of its changes can be taken back as any other.
func TestUndoOfStopped(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(150)
		b.settled(everyone())
		for _, id := range ids {
			b.graph.EditUser(id, entratest.Props{"jobTitle": "Head"})
		}
		_, err := b.SyncNow(t.Context(), b.admin, models.Entra)
		ok(t, err)
		slow := b.instance("slow", func(o *cycle.Options) { o.Chunk = 5 })
		moved, end := slow.Watch(b.Org.Key)
		defer end()
		var done sync.WaitGroup
		done.Go(func() { _ = slow.RunOne(t.Context(), b.connector().Key) })
		for range moved {
			if c := b.latest(); c.Phase == models.UsersPhase && c.Progress > 0 {
				break
			}
		}
		_, err = b.Stop(t.Context(), b.admin, models.Entra)
		ok(t, err)
		done.Wait()
		c := b.latest()
		b.state(c, models.CycleStopped)
		p, err := b.PreviewUndo(t.Context(), b.Org.Key, c.Key)
		ok(t, err)
		if p.Blocked != nil || p.Users == 0 {
			t.Errorf("%v, %d users", p.Blocked, p.Users)
		}
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error { _, err := tx.ForgetCycleChanges(1000); return err }))
		if q, err := b.PreviewUndo(t.Context(), b.Org.Key, c.Key); err != nil || q.Users != p.Users {
			t.Errorf("%d of %d are kept: %v", q.Users, p.Users, err)
		}
	})
}
