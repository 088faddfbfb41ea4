package cycle_test

import (
	"testing"

	"muster/models"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// A connector that a change of the method deleted, and whose undo brought it back, still
// knows which memberships it made: who left a group meanwhile leaves it here too.
func TestRestoredConnector(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(10)
		team := b.graph.AddGroup(entratest.Props{"displayName": "Team"})
		b.graph.AddMembers(team, ids...)
		b.settled(everyone())
		change := models.MethodChange{ID: "change", OrganizationID: b.Org.Key, From: models.Entra, To: models.Manual, At: models.TimeOf(b.Clock.Now())}
		change.UndoUntil = models.TimeOf(b.Clock.Now().AddDate(0, 0, 30))
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error {
			conn, _, err := tx.DropConnector(b.Org.Key, models.Entra)
			if err != nil {
				return err
			}
			change.Record.Connector = &conn
			return tx.InsertMethodChange(&change)
		}))
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error { _, err := tx.ForgetRecords(1000); return err }))
		b.graph.RemoveMembers(team, ids[3])
		other := b.Another(t)
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error {
			fresh := models.Connector{ID: "another", OrganizationID: other.Key, Method: models.Entra, State: models.ConnectorOff, IntervalMinutes: 60}
			if err := tx.InsertConnector(&fresh); err != nil {
				return err
			}
			if fresh.Key == change.Record.Connector.Key {
				t.Error("another organization’s connector knows what the deleted one knew")
			}
			return nil
		}))
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error { return tx.RestoreConnector(*change.Record.Connector, false) }))
		b.state(b.start(), models.CyclePreviewed)
		b.state(b.accept(), models.CycleDone)
		b.compare()
	})
}
