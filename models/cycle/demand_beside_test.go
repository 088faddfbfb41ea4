package cycle_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// One user is delivered on demand while a full read comes past them: what was looked up
// before must not make the read believe that they are missing.
func TestOnDemandBesideFullRead(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(20)
		g := b.graph.AddGroup(entratest.Props{"displayName": "All"})
		b.graph.AddMembers(g, ids...)
		b.settled(source.Scope{Mode: source.ChosenGroups, Groups: []string{g}})
		b.graph.EditUser(ids[3], entratest.Props{"jobTitle": "Head"})
		d, err := b.OnDemand(t.Context(), b.admin, models.Entra, ids[3])
		ok(t, err)
		_, err = b.FullSync(t.Context(), b.admin, models.Entra)
		ok(t, err)
		asked := make(chan bool, 1)
		b.graph.Inject(entratest.Fault{Path: "/memberOf", Alter: func(_ *http.Request, a *entratest.Answer) { asked <- true; a.Slow = 600 * time.Millisecond }})
		b.graph.Inject(entratest.Fault{Path: "/groups/delta", Alter: entratest.Slow(1200 * time.Millisecond)})
		var done sync.WaitGroup
		done.Go(func() {
			<-asked
			ok(t, b.RunOne(t.Context(), b.connector().Key))
		})
		_, err = b.ApplyOnDemand(t.Context(), b.admin, models.Entra, ids[3], d.Version)
		refusedAs(t, err, "previewStale")
		done.Wait()
		if n := b.actives(); n != 20 {
			t.Errorf("%d of 20 are left: %s", n, b.user(ids[3]).StatusNote)
		}
	})
}

// Where a cycle concludes nothing because the scope's own group is gone, neither does one
// user on demand.
func TestOnDemandWithoutScope(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(5)
		g := b.graph.AddGroup(entratest.Props{"displayName": "All"})
		b.graph.AddMembers(g, ids...)
		b.settled(source.Scope{Mode: source.ChosenGroups, Groups: []string{g}})
		b.graph.RemoveGroup(g, true)
		b.state(b.sync(), models.CycleFailed)
		d, err := b.OnDemand(t.Context(), b.admin, models.Entra, ids[0])
		if source.CodeOf(err) != source.NotFound || d.Plan != models.PlanNothing {
			t.Errorf("%s: %v", d.Plan, err)
		}
	})
}
