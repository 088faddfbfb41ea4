package cycle_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

// One user is explained step by step, and delivered with a second press.
func TestOnDemand(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(6)
		outer := b.graph.AddGroup(entratest.Props{"displayName": "Sales"})
		inner := b.graph.AddGroup(entratest.Props{"displayName": "Sales DACH"})
		b.graph.AddMembers(outer, inner, ids[0])
		b.graph.AddMembers(inner, ids[1])
		b.settled(source.Scope{Mode: source.ChosenGroups, Groups: []string{outer}, Nested: true})
		fresh := b.graph.AddUser(entratest.Props{"userPrincipalName": "fresh@contoso.test", "displayName": "Fresh", "mail": "fresh@contoso.test"})
		b.graph.AddMembers(inner, fresh)
		hand, err := b.CreateUser(t.Context(), b.admin, named("fresh@contoso.test"))
		ok(t, err)
		before := b.Sums(t)
		d, err := b.OnDemand(t.Context(), b.admin, models.Entra, " fresh@contoso.test ")
		ok(t, err)
		if d.Plan != models.PlanAdopt || d.User == nil || d.User.ID != hand.ID || len(d.Steps) != 4 || d.Version == "" || !strings.Contains(d.Steps[1].Text, "Sales") {
			t.Errorf("%+v", d)
		}
		if diff := cmp.Diff(before, b.Sums(t)); diff != "" {
			t.Errorf("looking wrote something:\n%s", diff)
		}
		if _, err := b.ApplyOnDemand(t.Context(), b.admin, models.Entra, "fresh@contoso.test", "another"); models.KindOf(err) != models.Stale {
			t.Errorf("another version is applied: %v", err)
		}
		d, err = b.ApplyOnDemand(t.Context(), b.admin, models.Entra, "fresh@contoso.test", d.Version)
		ok(t, err)
		if u := b.user(fresh); !d.Applied || u.ID != hand.ID || u.Mode != models.Entra || b.Last(t).CycleID != d.CycleID || b.latest().Kind != models.OnDemandCycle {
			t.Errorf("%+v", d)
		}
		if d, err = b.OnDemand(t.Context(), b.admin, models.Entra, ids[3]); err != nil || d.Plan != models.PlanNothing || d.Steps[1].Status != models.Skipped {
			t.Errorf("somebody out of scope: %v %+v", err, d)
		}
		if d, err = b.OnDemand(t.Context(), b.admin, models.Entra, "nobody@contoso.test"); err != nil || d.Found || d.Steps[0].Status != models.Failure {
			t.Errorf("nobody: %v %+v", err, d)
		}
		b.graph.Enable(ids[1], false)
		if d, err = b.OnDemand(t.Context(), b.admin, models.Entra, "user00001@contoso.test"); err != nil || d.Plan != models.PlanDisable {
			t.Errorf("somebody disabled: %v %+v", err, d)
		}
		if diff := cmp.Diff([]string{"Sales", "Sales DACH"}, d.Because); diff != "" {
			t.Error(diff)
		}
		b.state(b.sync(), models.CycleDone)
	})
}

// Settings are refused by field; the secret is kept, sealed, and shown nowhere.
func TestSettings(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(3)
		bad := settings(everyone())
		bad.Tenant = "common"
		_, err := b.Save(t.Context(), b.admin, cycle.Draft{Method: models.Entra, Settings: bad.JSON(), Secret: entra.Secret{ClientSecret: entratest.ClientSecret}.Reveal()})
		if e, classed := models.AsError(err); !classed || e.Attr != "tenant" {
			t.Errorf("%v", err)
		}
		_, err = b.Save(t.Context(), b.admin, cycle.Draft{Method: models.Entra, Settings: settings(everyone()).JSON()})
		if e, classed := models.AsError(err); !classed || e.Attr != "clientSecret" {
			t.Errorf("%v", err)
		}
		b.connect(everyone())
		steps, err := b.Test(t.Context(), b.admin, cycle.Draft{Method: models.Entra})
		if err != nil || len(steps) == 0 || len(cycle.LastTest(b.connector())) != len(steps) {
			t.Errorf("%v %+v", err, steps)
		}
		if found := b.Find(t, entratest.ClientSecret); len(found) > 0 {
			t.Errorf("the secret stands in %v", found)
		}
		if _, err := b.SetInterval(t.Context(), b.admin, models.Entra, 5); models.KindOf(err) != models.Invalid {
			t.Errorf("every 5 minutes: %v", err)
		}
		if need, err := b.NeedsStepUp(t.Context(), b.Org.Key, cycle.Draft{Method: models.Entra, Settings: settings(everyone()).JSON()}); err != nil || need {
			t.Errorf("the same settings need step-up: %v", err)
		}
		auditor := b.admin
		auditor.Role = models.Auditor
		if _, err := b.Start(t.Context(), auditor, models.Entra); models.KindOf(err) != models.Forbidden {
			t.Errorf("an auditor starts: %v", err)
		}
		b.state(b.start(), models.CyclePreviewed)
		s, err := b.Status(t.Context(), b.Org.Key, models.Entra)
		if err != nil || s.Now == nil || s.Connector.State != models.ConnectorHeld || s.Good != nil {
			t.Errorf("%v %+v", err, s)
		}
		if strings.Contains(b.log.String(), entratest.ClientSecret) {
			t.Error("the secret stands in the log")
		}
	})
}

// A method that leaves takes its connector to sleep, whatever it does; when it comes back,
// it begins with a preview and adopts whom it knew.
func TestMethodLeaves(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(20)
		b.settled(everyone())
		first := b.user(ids[0]).ID
		b.leave(t)
		if _, err := b.SyncNow(t.Context(), b.admin, models.Entra); models.KindOf(err) != models.Conflict {
			t.Errorf("a parked connector syncs: %v", err)
		}
		ok(t, b.RunOne(t.Context(), b.connector().Key))
		b.comeBack(t)
		c := b.start()
		b.state(c, models.CyclePreviewed)
		if c.Plan.ByAnchor != 20 || c.Plan.Users[models.PlanAdopt] != 20 {
			t.Errorf("%+v", c.Plan)
		}
		b.state(b.accept(), models.CycleDone)
		if b.user(ids[0]).ID != first {
			t.Error("somebody else was adopted")
		}
		b.compare()
	})
}
