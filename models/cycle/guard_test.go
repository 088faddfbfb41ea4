package cycle_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/cycle"
	"muster/models/directory/directorytest"
	"muster/models/source/entra/entratest"
)

// The guard's figures; R5. 10,000 users of whom 2,001 go are held, 1,999 are not.
func TestHold(t *testing.T) {
	s := models.DefaultSettings()
	for _, test := range []struct {
		plan models.CyclePlan
		held bool
	}{
		{models.CyclePlan{Managed: 10_000, Removals: 2001}, true},
		{models.CyclePlan{Managed: 10_000, Removals: 1999}, false},
		{models.CyclePlan{Managed: 10_000, Removals: 2000}, false},
		{models.CyclePlan{Managed: 8500, Recent: 1500, Removals: 600}, true},
		{models.CyclePlan{Managed: 100, Removals: 11}, true},
		{models.CyclePlan{Managed: 100, Removals: 10}, false},
		{models.CyclePlan{Managed: 40, Removals: 11}, true},
		{models.CyclePlan{Managed: 5, Removals: 5}, true},
		{models.CyclePlan{Managed: 1, Removals: 1}, false},
		{models.CyclePlan{Managed: 5, Removals: 4}, false},
		{models.CyclePlan{Managed: 1000, Edges: 5000, Parts: 1001}, true},
		{models.CyclePlan{Managed: 1000, Edges: 5000, Parts: 999}, false},
		{models.CyclePlan{}, false},
	} {
		if why := cycle.Hold(test.plan, s); (why != nil) != test.held {
			t.Errorf("%+v: %v", test.plan, why)
		}
	}
	s.GuardOff = true
	if why := cycle.Hold(models.CyclePlan{Managed: 10, Removals: 10}, s); why != nil {
		t.Error("a guard that is off holds")
	}
}

// The guard's figures from the directory to the users, R5: of 10,000 users 2,001 are gone,
// and nothing is written but that; two come back, and the 1,999 are carried out.
func TestGuardedCycle(t *testing.T) {
	users := 10_000
	if testing.Short() || raced {
		users = 1000
	}
	limit := users / 5
	b := newBench(t, directorytest.SQLite(t), entratest.Options{PageSize: 500})
	ids := b.people(users)
	b.settled(everyone())
	for _, id := range ids[:limit+1] {
		b.graph.RemoveUser(id, false)
	}
	before := b.Sums(t, "cycles", "connectors", "source_records", "audit_entries")
	c := b.sync()
	b.state(c, models.CycleHeld)
	if conn := b.connector(); conn.State != models.ConnectorHeld || conn.Code != "guardHeld" || !strings.Contains(conn.Reason, fmt.Sprintf("delete %d of the %d users", limit+1, users)) {
		t.Errorf("%s, %s: %s", conn.State, conn.Code, conn.Reason)
	}
	for table, sum := range b.Sums(t, "cycles", "connectors", "source_records", "audit_entries") {
		if before[table] != sum {
			t.Errorf("a plan that is held wrote to %s", table)
		}
	}
	b.graph.Restore(ids[0])
	b.graph.Restore(ids[1])
	c = b.sync()
	b.state(c, models.CycleDone)
	if n := b.actives(); n != int64(users-limit+1) || c.Removed != int64(limit-1) {
		t.Errorf("%d users are active, %d removed", n, c.Removed)
	}
}

// What the guard holds is carried out once it is approved, and dropped for good when it is
// rejected.
func TestHeld(t *testing.T) {
	each(t, entratest.Options{PageSize: 50}, func(t *testing.T, b *bench) {
		ids := b.people(200)
		b.settled(everyone())
		for _, id := range ids[:60] {
			b.graph.RemoveUser(id, true)
		}
		b.graph.EditUser(ids[100], entratest.Props{"jobTitle": "Head"})
		c := b.sync()
		b.state(c, models.CycleHeld)
		if c.Plan.Removals != 60 || c.Plan.Managed != 200 || b.actives() != 200 || b.user(ids[100]).Title == "Head" {
			t.Fatalf("%+v, %d active", c.Plan, b.actives())
		}
		list, err := b.Planned(t.Context(), b.Org.Key, models.Entra, models.PlannedQuery{Kind: models.UserTarget, What: models.PlanRemove, Page: models.Page{Limit: 100}})
		if err != nil || len(list.Items) != 60 || list.Items[0].Note == "" {
			t.Errorf("%v %d", err, len(list.Items))
		}
		_, err = b.Reject(t.Context(), b.admin, models.Entra, c.Plan.Version)
		ok(t, err)
		b.state(b.run(), models.CycleDone)
		b.state(b.full(), models.CycleDone)
		if b.actives() != 200 || b.user(ids[100]).Title != "Head" {
			t.Errorf("%d active after the rejection", b.actives())
		}
		for _, id := range ids[60:120] {
			b.graph.RemoveUser(id, true)
		}
		c = b.sync()
		b.state(c, models.CycleHeld)
		// Somebody moves meanwhile: the plan is another one, and is shown anew.
		_, err = b.Preserve(t.Context(), b.admin, b.user(ids[61]).ID, "")
		ok(t, err)
		b.graph.Enable(ids[150], false)
		_, err = b.Approve(t.Context(), b.admin, models.Entra, c.Plan.Version)
		ok(t, err)
		c = b.run()
		if c.State == models.CycleDone {
			_ = c
		} else {
			b.state(c, models.CycleHeld)
			_, err = b.Approve(t.Context(), b.admin, models.Entra, c.Plan.Version)
			ok(t, err)
			c = b.run()
		}
		b.state(c, models.CycleDone)
		if n := b.actives(); n != 140 {
			t.Errorf("%d users are active after the approval", n)
		}
		if n := b.Int(t, "SELECT count(*) FROM users WHERE staged <> ''"); n != 0 {
			t.Errorf("the directory's own guard held %d back once more", n)
		}
	})
}

// Memberships that end en masse are held as well.
func TestHeldMembers(t *testing.T) {
	each(t, entratest.Options{PageSize: 50}, func(t *testing.T, b *bench) {
		ids := b.people(150)
		g := b.graph.AddGroup(entratest.Props{"displayName": "Team"})
		b.graph.AddMembers(g, ids...)
		b.settled(everyone())
		b.graph.RemoveMembers(g, ids[:60]...)
		c := b.sync()
		b.state(c, models.CycleHeld)
		_, err := b.Approve(t.Context(), b.admin, models.Entra, c.Plan.Version)
		ok(t, err)
		b.state(b.run(), models.CycleDone)
		b.compare()
	})
}

// Two people of one name: the second waits, is told once, and follows once the name is free.
func TestConflict(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		hand, err := b.CreateUser(t.Context(), b.admin, named("user00001@contoso.test"))
		ok(t, err)
		b.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptRefuse })
		ids := b.people(5)
		c := b.settled(everyone())
		if c.Plan.Users[models.PlanConflict] != 1 || c.Plan.Users[models.PlanCreate] != 4 || c.Failed+c.Skipped != 1 {
			t.Errorf("%+v %+v", c, c.Plan)
		}
		before := b.Sums(t, "cycles", "connectors", "audit_entries")
		b.state(b.sync(), models.CycleDone)
		for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries") {
			if before[table] != sum {
				t.Errorf("a conflict that was told wrote to %s", table)
			}
		}
		b.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptAutomatic })
		b.state(b.sync(), models.CycleDone)
		if u := b.user(ids[1]); u.ID != hand.ID {
			t.Errorf("%s was not taken over", hand.UserName)
		}
	})
}

func named(name string) func(*models.User) error {
	return func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": name}
		return nil
	}
}
