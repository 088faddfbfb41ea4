package cycle_test

import (
	"testing"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// A group that hides its members goes on hiding them when a change says nothing of that.
func TestVeiledStays(t *testing.T) {
	each(t, entratest.Options{PageSize: 5, MembersPart: 2}, func(t *testing.T, b *bench) {
		ids := b.people(8)
		g := b.graph.AddGroup(entratest.Props{"displayName": "Secret", "visibility": "HiddenMembership"})
		b.graph.AddMembers(g, ids...)
		b.settled(everyone())
		veiled := func(when string) {
			t.Helper()
			known, err := b.SourceRecords(t.Context(), b.connector().Key, models.GroupTarget, []string{g})
			ok(t, err)
			if !known[g].Veiled {
				t.Errorf("the group shows its members %s", when)
			}
		}
		veiled("after a first read")
		b.graph.EditGroup(g, entratest.Props{"displayName": "Secret two"})
		b.state(b.sync(), models.CycleDone)
		veiled("after a change of its name")
	})
}
