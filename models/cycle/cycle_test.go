package cycle_test

import (
	"fmt"
	"testing"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// The first cycle shows what it would do and does nothing; accepted, it does exactly that,
// and the cycle after it, without changes, writes nothing.
func TestFirstCycle(t *testing.T) {
	each(t, entratest.Options{PageSize: 20, MembersPart: 7}, func(t *testing.T, b *bench) {
		ids := b.people(50)
		for i, id := range ids[1:] {
			b.graph.SetManager(id, ids[i/5])
		}
		var groups []string
		for i := range 4 {
			groups = append(groups, b.graph.AddGroup(entratest.Props{"displayName": fmt.Sprint("Group ", i)}))
			b.graph.AddMembers(groups[i], ids[i*10:i*10+15]...)
		}
		b.graph.AddMembers(groups[0], groups[1])
		b.graph.Enable(ids[49], false)
		b.connect(everyone())
		c := b.start()
		b.state(c, models.CyclePreviewed)
		if c.Plan.Users[models.PlanCreate] != 50 || c.Plan.Groups[models.PlanCreate] != 4 || c.Plan.Joins != 61 || c.Kind != models.InitialCycle {
			t.Errorf("%+v", c.Plan)
		}
		if n, err := b.UserCounts(t.Context(), b.Org.Key); err != nil || n.Total != 0 {
			t.Errorf("%d users before the plan was accepted (%v)", n.Total, err)
		}
		list, err := b.Planned(t.Context(), b.Org.Key, models.Entra, models.PlannedQuery{Kind: models.UserTarget, What: models.PlanCreate, Page: models.Page{Limit: 20}})
		if err != nil || len(list.Items) != 20 || list.Items[0].Name != "user00000@contoso.test" || list.Next == "" {
			t.Errorf("%v %+v", err, list)
		}
		if _, err := b.Accept(t.Context(), b.admin, models.Entra, "another"); models.KindOf(err) != models.Stale {
			t.Errorf("another plan is accepted: %v", err)
		}
		c = b.accept()
		b.state(c, models.CycleDone)
		if c.Created != 54 || c.Failed != 0 {
			t.Errorf("%+v", c)
		}
		b.compare()
		before := b.Sums(t, "cycles", "connectors", "audit_entries")
		for range 2 {
			b.state(b.sync(), models.CycleDone)
		}
		for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries") {
			if before[table] != sum {
				t.Errorf("a cycle without changes wrote to %s", table)
			}
		}
	})
}

// Changes come one by one, whatever they are.
func TestIncremental(t *testing.T) {
	each(t, entratest.Options{PageSize: 20, MembersPart: 7}, func(t *testing.T, b *bench) {
		ids := b.people(40)
		a := b.graph.AddGroup(entratest.Props{"displayName": "A"})
		inner := b.graph.AddGroup(entratest.Props{"displayName": "Inner"})
		b.graph.AddMembers(a, ids[:20]...)
		b.settled(everyone())
		first := b.user(ids[0])

		b.graph.EditUser(ids[0], entratest.Props{"jobTitle": "Head", "userPrincipalName": "renamed@contoso.test"})
		b.graph.EditUser(ids[1], entratest.Props{"jobTitle": nil})
		b.graph.Enable(ids[2], false)
		b.graph.RemoveUser(ids[3], false)
		b.graph.RemoveUser(ids[4], true)
		fresh := b.graph.AddUser(entratest.Props{"userPrincipalName": "fresh@contoso.test", "displayName": "Fresh"})
		b.graph.SetManager(ids[1], fresh)
		b.graph.AddMembers(a, fresh, inner)
		b.graph.RemoveMembers(a, ids[5], ids[6])
		b.graph.EditGroup(inner, entratest.Props{"displayName": "Inside"})
		c := b.sync()
		b.state(c, models.CycleDone)
		b.compare()
		if u := b.user(ids[0]); u.ID != first.ID || u.UserName != "renamed@contoso.test" {
			t.Errorf("%s became %s %s", first.ID, u.ID, u.UserName)
		}
		for _, gone := range ids[2:5] {
			if u := b.user(gone); u.Status != models.Preserved || u.PreservedBy != models.ByDirectory {
				t.Errorf("%s is %s by %s", u.UserName, u.Status, u.PreservedBy)
			}
		}
		if !b.user(ids[4]).Hidden || b.user(ids[3]).Hidden {
			t.Error("who was deleted for good is shown, or who is in the bin is not")
		}
		b.graph.Restore(ids[3])
		b.graph.Enable(ids[2], true)
		b.graph.RemoveGroup(inner, false)
		b.state(b.sync(), models.CycleDone)
		b.compare()
	})
}

// A scope of groups holds groups in groups, and whoever leaves it is preserved. Another
// scope is shown before it counts.
func TestScope(t *testing.T) {
	each(t, entratest.Options{PageSize: 20}, func(t *testing.T, b *bench) {
		ids := b.people(30)
		a := b.graph.AddGroup(entratest.Props{"displayName": "A"})
		inner := b.graph.AddGroup(entratest.Props{"displayName": "Inner"})
		other := b.graph.AddGroup(entratest.Props{"displayName": "Other"})
		b.graph.AddMembers(a, append([]string{inner}, ids[:5]...)...)
		b.graph.AddMembers(inner, ids[5:12]...)
		b.graph.AddMembers(other, ids[10:20]...)
		b.settled(source.Scope{Mode: source.ChosenGroups, Groups: []string{a}, Nested: true})
		if n := b.actives(); n != 12 {
			t.Errorf("%d users are in scope", n)
		}
		b.graph.RemoveMembers(inner, ids[11])
		b.graph.AddMembers(a, ids[25])
		b.state(b.sync(), models.CycleDone)
		if u := b.user(ids[11]); u.Status != models.Preserved || u.Hidden || b.user(ids[25]).Status != models.Active {
			t.Errorf("%s %v", u.Status, u.Hidden)
		}
		b.rescope(source.Scope{Mode: source.ChosenGroups, Groups: []string{a, other}})
		c := b.run()
		b.state(c, models.CyclePreviewed)
		if c.Plan.Users[models.PlanLeave] != 5 || c.Plan.Users[models.PlanCreate] != 8 || c.Plan.Users[models.PlanRestore] != 1 || b.actives() != 12 {
			t.Errorf("%+v, %d active", c.Plan, b.actives())
		}
		b.state(b.accept(), models.CycleDone)
		if n := b.actives(); n != 16 {
			t.Errorf("%d users are in the other scope", n)
		}
	})
}
