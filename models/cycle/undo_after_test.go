package cycle_test

import (
	"testing"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// Memberships that an undo took away are told by the plan after it.
func TestJoinsAfterUndo(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(10)
		g := b.graph.AddGroup(entratest.Props{"displayName": "Team"})
		b.graph.AddMembers(g, ids[:3]...)
		b.settled(everyone())
		b.graph.AddMembers(g, ids[3:8]...)
		c := b.sync()
		b.state(c, models.CycleDone)
		b.undo(c)
		p := b.start()
		b.state(p, models.CyclePreviewed)
		if p.Plan.Joins != 5 {
			t.Errorf("%d joins", p.Plan.Joins)
		}
		b.state(b.accept(), models.CycleDone)
		b.compare()
	})
}
