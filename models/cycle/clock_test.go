package cycle_test

import (
	"testing"
	"time"

	"muster/models"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// Times that a clock wrote which was far ahead shut nobody out once it is right.
func TestClockWasAhead(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(5)
		b.settled(everyone())
		ahead := models.TimeOf(b.Clock.Now().Add(400 * 24 * time.Hour))
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error {
			conn, _, err := tx.LockConnector(b.Org.Key, models.Entra)
			if err != nil {
				return err
			}
			conn.NextRun, conn.FullReadAt = ahead, ahead
			if err := tx.SaveConnector(&conn); err != nil {
				return err
			}
			_, _, err = tx.Lease(conn.Key, "dead", 400*24*3600*1000)
			return err
		}))
		if !b.isDue() {
			t.Error("not due")
		}
		c := b.run()
		if !c.Full {
			t.Errorf("%+v", c)
		}
	})
}
