package cycle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// outcome is what a cycle did to users, as a plan counts it.
func (b *bench) outcome(c models.Cycle) map[models.Planned]int64 {
	b.t.Helper()
	out := map[models.Planned]int64{}
	for _, e := range b.Log(b.t) {
		switch {
		case e.CycleID != c.Key || e.TargetType != models.UserTarget:
		case e.Status == models.Failure, e.Status == models.Skipped:
			out[models.PlanConflict]++
		case e.Action == models.ActionCreate:
			out[models.PlanCreate]++
		case e.Action == models.ActionAdopt:
			out[models.PlanAdopt]++
		case e.Action == models.ActionUpdate:
			out[models.PlanUpdate]++
		}
	}
	return out
}

// Records that want the same are shown as what will become of each, whichever comes
// first.
func TestRivals(t *testing.T) {
	type props = entratest.Props
	tests := []struct {
		name    string
		records []props
		unique  bool
		want    map[models.Planned]int64
		kept    string // userName of the user who was there, afterwards
	}{
		{
			"by number, then by name",
			[]props{{"userPrincipalName": "ada@contoso.test"}, {"userPrincipalName": "aaa@contoso.test", "employeeId": "7"}},
			false,
			map[models.Planned]int64{models.PlanAdopt: 1, models.PlanCreate: 1},
			"aaa@contoso.test",
		},
		{
			"by name, then by number",
			[]props{{"userPrincipalName": "ada@contoso.test"}, {"userPrincipalName": "zoe@contoso.test", "employeeId": "7"}},
			false,
			map[models.Planned]int64{models.PlanAdopt: 1, models.PlanCreate: 1},
			"ada@contoso.test",
		},
		{
			"by name, then by number that is unique",
			[]props{{"userPrincipalName": "ada@contoso.test", "employeeId": "7"}, {"userPrincipalName": "zoe@contoso.test", "employeeId": "7"}},
			true,
			map[models.Planned]int64{models.PlanAdopt: 1, models.PlanConflict: 1},
			"ada@contoso.test",
		},
		{
			"by number that is unique, then by name",
			[]props{{"userPrincipalName": "ada@contoso.test", "employeeId": "7"}, {"userPrincipalName": "aaa@contoso.test", "employeeId": "7"}},
			true,
			map[models.Planned]int64{models.PlanAdopt: 1, models.PlanConflict: 1},
			"aaa@contoso.test",
		},
		{
			"two of one userName who are there",
			[]props{{"userPrincipalName": "ada@contoso.test"}, {"userPrincipalName": "ADA@contoso.test"}},
			false,
			map[models.Planned]int64{models.PlanAdopt: 1, models.PlanConflict: 1},
			"",
		},
		{
			"two of one userName, new",
			[]props{{"userPrincipalName": "bob@contoso.test"}, {"userPrincipalName": "bob@contoso.test"}, {"userPrincipalName": "eve@contoso.test"}},
			false,
			map[models.Planned]int64{models.PlanCreate: 2, models.PlanConflict: 1},
			"ada@contoso.test",
		},
		{
			"new, of the name that another takes along",
			[]props{{"userPrincipalName": "max@contoso.test"}, {"userPrincipalName": "max@contoso.test", "employeeId": "7"}},
			false,
			map[models.Planned]int64{models.PlanAdopt: 1, models.PlanConflict: 1},
			"max@contoso.test",
		},
	}
	for _, test := range tests {
		for _, turned := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				each(t, entratest.Options{}, func(t *testing.T, b *bench) {
					b.Configure(t, func(o *models.Organization) {
						o.Settings.MatchAttribute, o.Settings.UniqueEmployeeNo, o.Settings.GuardOff = models.MatchByEmployeeNumber, test.unique, true
					})
					hand, err := b.CreateUser(t.Context(), b.admin, func(u *models.User) error {
						u.Attributes = models.Attributes{"userName": "ada@contoso.test", models.EnterpriseURN: map[string]any{"employeeNumber": "7"}}
						return nil
					})
					ok(t, err)
					for i := range test.records {
						at := i
						if turned {
							at = len(test.records) - 1 - i
						}
						b.graph.AddUser(test.records[at])
					}
					b.connect(everyone())
					c := b.start()
					b.state(c, models.CyclePreviewed)
					if diff := cmp.Diff(test.want, c.Plan.Users); diff != "" {
						t.Errorf("the preview (-want +have):\n%s", diff)
					}
					c = b.accept()
					b.state(c, models.CycleDone)
					if diff := cmp.Diff(test.want, b.outcome(c)); diff != "" {
						t.Errorf("what was done (-want +have):\n%s", diff)
					}
					if u, err := b.Store.User(t.Context(), b.Org.Key, hand.ID); err != nil || test.kept != "" && u.UserName != test.kept {
						t.Errorf("who was there is %s (%v)", u.UserName, err)
					}
					before := b.Sums(t, "cycles", "connectors", "audit_entries")
					b.state(b.sync(), models.CycleDone)
					for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries") {
						if before[table] != sum {
							t.Errorf("a cycle without changes wrote to %s", table)
						}
					}
				})
			})
		}
	}
}

// Two groups of one name: the second is shown as refused.
func TestRivalGroups(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(3)
		b.graph.AddGroup(entratest.Props{"displayName": "Team"})
		b.graph.AddGroup(entratest.Props{"displayName": "team"})
		b.connect(everyone())
		c := b.start()
		b.state(c, models.CyclePreviewed)
		if c.Plan.Groups[models.PlanCreate] != 1 || c.Plan.Groups[models.PlanConflict] != 1 {
			t.Errorf("%+v", c.Plan.Groups)
		}
		list, err := b.Planned(t.Context(), b.Org.Key, models.Entra, models.PlannedQuery{Kind: models.GroupTarget, What: models.PlanConflict})
		if err != nil || len(list.Items) != 1 || list.Items[0].Note == "" {
			t.Errorf("%v %+v", err, list.Items)
		}
		c = b.accept()
		b.state(c, models.CycleDone)
		if c.Created != 4 || c.Failed+c.Skipped != 1 {
			t.Errorf("%+v", c)
		}
	})
}

// A record that would take what somebody has whom the directory does not manage is shown
// as refused.
func TestForeseenRefusals(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.Configure(t, func(o *models.Organization) { o.Settings.UniqueEmail = true })
		_, err := b.CreateUser(t.Context(), b.admin, func(u *models.User) error {
			u.Attributes = models.Attributes{"userName": "hand@contoso.test", "emails": []any{map[string]any{"value": "desk@contoso.test", "type": "work"}}}
			return nil
		})
		ok(t, err)
		ids := b.people(3)
		b.settled(everyone())
		b.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptRefuse })
		b.graph.EditUser(ids[0], entratest.Props{"userPrincipalName": "hand@contoso.test"})
		b.graph.EditUser(ids[1], entratest.Props{"mail": "desk@contoso.test"})
		b.graph.EditUser(ids[2], entratest.Props{"jobTitle": "Head"})
		b.graph.AddUser(entratest.Props{"userPrincipalName": "new@contoso.test", "mail": "desk@contoso.test"})
		c := b.sync()
		b.state(c, models.CycleDone)
		want := map[models.Planned]int64{models.PlanUpdate: 1, models.PlanConflict: 3}
		if diff := cmp.Diff(want, c.Plan.Users); diff != "" {
			t.Errorf("the plan (-want +have):\n%s", diff)
		}
		if diff := cmp.Diff(want, b.outcome(c)); diff != "" {
			t.Errorf("what was done (-want +have):\n%s", diff)
		}
		before := b.Sums(t, "cycles", "connectors", "audit_entries")
		b.state(b.sync(), models.CycleDone)
		for table, sum := range b.Sums(t, "cycles", "connectors", "audit_entries") {
			if before[table] != sum {
				t.Errorf("a cycle without changes wrote to %s", table)
			}
		}
	})
}
