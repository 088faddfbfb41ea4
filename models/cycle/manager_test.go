package cycle_test

import (
	"testing"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// Who gets a manager that is not here keeps none, rather than the one before.
func TestManagerOutOfScope(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(10)
		g := b.graph.AddGroup(entratest.Props{"displayName": "All"})
		b.graph.AddMembers(g, ids[:5]...)
		b.graph.SetManager(ids[0], ids[1])
		b.settled(source.Scope{Mode: source.ChosenGroups, Groups: []string{g}})
		b.graph.SetManager(ids[0], ids[8])
		b.state(b.sync(), models.CycleDone)
		if u := b.user(ids[0]); u.ManagerID != "" {
			t.Errorf("the manager is still %s", u.ManagerID)
		}
	})
}
