package cycle_test

import (
	"net/http"
	"testing"
	"time"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// absences are ways in which a directory seems to be emptier than it is. None may cost a
// user, and the reason must be seen.
var absences = []struct {
	name  string
	spoil func(*bench)
	code  string
	state models.ConnectorState
}{
	{"a full read without users", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", Times: -1, Alter: entratest.Finished})
	}, string(source.EmptyRead), models.ConnectorQuarantined},
	{"the read ends in its middle as if it were whole", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 2, Times: -1, Alter: entratest.Finished})
	}, "guardHeld", models.ConnectorHeld},
	{"a page fails after some came", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 3, Times: -1, Alter: entratest.Status(http.StatusInternalServerError)})
	}, string(source.Unavailable), models.ConnectorRunning},
	{"the connection breaks in the middle of a page", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 3, Times: -1, Alter: entratest.Cut})
	}, string(source.IncompleteRead), models.ConnectorRunning},
	{"a page has no end", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 3, Times: -1, Alter: entratest.Link("nextLink", "")})
	}, string(source.IncompleteRead), models.ConnectorRunning},
	{"the directory stops answering", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 3, Times: -1, Alter: entratest.Status(http.StatusGatewayTimeout)})
	}, string(source.Unavailable), models.ConnectorRunning},
	{"the permission to read users is lost", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", Times: -1, Alter: entratest.Instead(entratest.Refusal(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges"))})
	}, string(source.ConsentMissing), models.ConnectorQuarantined},
	{"the permission to read groups is lost after the users came", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/groups/delta", Times: -1, Alter: entratest.Instead(entratest.Refusal(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges"))})
	}, string(source.ConsentMissing), models.ConnectorQuarantined},
	{"the cursor is gone in mid-page, again and again", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 2, Times: -1, Alter: entratest.Status(http.StatusGone)})
	}, string(source.ResyncNeeded), models.ConnectorQuarantined},
	{"a page leads to a foreign host", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 1, Times: -1, Alter: entratest.Link("nextLink", "https://attacker.example/x")})
	}, string(source.ForeignLink), models.ConnectorQuarantined},
	{"all pages are empty but for the last", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", Times: 8, Alter: entratest.Emptied})
	}, "guardHeld", models.ConnectorHeld},
	{"too many requests for hours", func(b *bench) {
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 2, Times: -1, Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "7200")})
	}, string(source.Throttled), models.ConnectorRunning},
}

// Each absence trap, met by a full read, costs nobody; once the directory is well again,
// the next cycle is too.
func TestAbsenceTraps(t *testing.T) {
	for _, trap := range absences {
		t.Run(trap.name, func(t *testing.T) {
			each(t, entratest.Options{PageSize: 20}, func(t *testing.T, b *bench) {
				ids := b.people(200)
				g := b.graph.AddGroup(entratest.Props{"displayName": "All"})
				b.graph.AddMembers(g, ids...)
				b.settled(everyone())
				before := b.Sums(t, "cycles", "connectors", "audit_entries", "source_records", "source_edges")
				trap.spoil(b)
				c := b.full()
				conn := b.connector()
				if c.Code != trap.code || conn.Code != trap.code || conn.State != trap.state || c.Text == "" || c.Advice == "" || conn.Reason == "" {
					t.Errorf("cycle %s %q %q, connector %s %q", c.State, c.Code, c.Text, conn.State, conn.Code)
				}
				for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries", "source_records", "source_edges") {
					if before[table] != sum {
						t.Errorf("%s changed", table)
					}
				}
				if n := b.actives(); n != 200 {
					t.Errorf("%d of 200 users are left", n)
				}
				b.graph.Heal()
				b.Pause(3 * time.Hour)
				b.state(b.full(), models.CycleDone)
				if n := b.actives(); n != 200 {
					t.Errorf("%d of 200 users are left afterwards", n)
				}
				b.compare()
			})
		})
	}
}

// Half-visible records and hidden members prove nothing.
func TestHalfVisible(t *testing.T) {
	each(t, entratest.Options{PageSize: 20}, func(t *testing.T, b *bench) {
		ids := b.people(30)
		g := b.graph.AddGroup(entratest.Props{"displayName": "Team"})
		b.graph.AddMembers(g, ids[:20]...)
		b.settled(everyone())
		before := b.Sums(t, "cycles", "connectors", "audit_entries", "source_records", "source_edges")
		half := map[string]bool{g: true}
		for _, id := range ids[:10] {
			half[id] = true
		}
		b.graph.Trap(func(x *entratest.Traps) { x.Half = half })
		b.state(b.full(), models.CycleDone)
		for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries", "source_records", "source_edges") {
			if before[table] != sum {
				t.Errorf("%s changed", table)
			}
		}
	})
}

// Each change told three times, in any order of pages, is one log entry; R7.
func TestReplays(t *testing.T) {
	each(t, entratest.Options{PageSize: 10, MembersPart: 5, Seed: 3}, func(t *testing.T, b *bench) {
		b.graph.Trap(func(x *entratest.Traps) {
			x.Repeats, x.Shuffle, x.Spread, x.EmptyPages, x.Replay = 2, true, true, true, true
		})
		ids := b.people(40)
		g := b.graph.AddGroup(entratest.Props{"displayName": "Team"})
		b.graph.AddMembers(g, ids[:25]...)
		b.settled(everyone())
		b.compare()
		n := len(b.Log(t))
		for _, id := range ids[:9] {
			b.graph.EditUser(id, entratest.Props{"jobTitle": "Head"})
		}
		b.graph.RemoveMembers(g, ids[3])
		b.state(b.sync(), models.CycleDone)
		if more := len(b.Log(t)) - n; more != 10 {
			t.Errorf("10 changes made %d log entries", more)
		}
		before := b.Sums(t, "cycles", "connectors", "audit_entries")
		b.state(b.sync(), models.CycleDone)
		for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries") {
			if before[table] != sum {
				t.Errorf("a replay wrote to %s", table)
			}
		}
		b.compare()
	})
}

// A cursor of eight days, one that is gone and a state that is not found lead to a full
// read without a change; R8.
func TestResync(t *testing.T) {
	refusal := entratest.Instead(entratest.Refusal(http.StatusBadRequest, "syncStateNotFound", "Please resync"))
	for name, spoil := range map[string]func(*bench){
		"old": func(b *bench) { b.Pause(8 * 24 * time.Hour) },
		"gone": func(b *bench) {
			b.graph.Inject(entratest.Fault{Path: "/users/delta", Alter: entratest.Status(http.StatusGone)})
		},
		"unknown": func(b *bench) { b.graph.Inject(entratest.Fault{Path: "/groups/delta", Alter: refusal}) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, entratest.Options{PageSize: 20}, func(t *testing.T, b *bench) {
				ids := b.people(45)
				g := b.graph.AddGroup(entratest.Props{"displayName": "Team"})
				b.graph.AddMembers(g, ids[:20]...)
				b.settled(everyone())
				before := b.Sums(t, "cycles", "connectors", "audit_entries", "source_records", "source_edges")
				spoil(b)
				c := b.sync()
				b.state(c, models.CycleDone)
				if !c.Full || c.Kind != models.FullCycle {
					t.Errorf("the cycle was %s", c.Kind)
				}
				for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries", "source_records", "source_edges") {
					if before[table] != sum {
						t.Errorf("%s changed", table)
					}
				}
			})
		})
	}
}
