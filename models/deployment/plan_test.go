package deployment_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/deployment"
)

var at = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// everything is an organization with users of every status in every mode, groups
// of every mode, and a token in every state.
func everything(inCharge models.Method) deployment.Snapshot {
	s := deployment.Snapshot{
		At: at, Groups: map[models.Method]int64{},
		Organization: models.Organization{Key: 1, Name: "Northwind", Method: inCharge, MethodSet: true, MethodSince: models.TimeOf(at)},
		Users:        models.UserCounts{ByStatus: map[models.Status]int64{}, ByMode: map[models.Method]int64{}, Cells: map[models.Status]map[models.Method]int64{}},
	}
	n := int64(0)
	for _, status := range models.Statuses() {
		s.Users.Cells[status] = map[models.Method]int64{}
		for _, mode := range models.Methods() {
			n++
			s.Users.Cells[status][mode] = n
			s.Users.ByStatus[status] += n
			s.Users.ByMode[mode] += n
			s.Users.Total += n
		}
	}
	for i, mode := range models.Methods() {
		s.Groups[mode] = int64(10 + i)
		s.Groups[""] += int64(10 + i)
	}
	past, future := models.TimeOf(at.Add(-time.Hour)), models.TimeOf(at.Add(time.Hour))
	s.Tokens = []models.Token{
		{ID: "active", Expires: future},
		{ID: "disabled", Expires: future, Disabled: true},
		{ID: "retiring", Expires: future, RetiresAt: future},
		{ID: "parked", Expires: future, Parked: true},
		{ID: "expired", Expires: past},
		{ID: "revoked", Expires: future, Revoked: past},
	}
	return s
}

// TestPlanCounts holds all sixteen pairs of methods, kept and not kept, to what
// product.md says: the old method's users and groups become manual, nobody is
// deleted, and only leaving SCIM touches tokens.
func TestPlanCounts(t *testing.T) {
	for _, from := range models.Methods() {
		for _, to := range models.Methods() {
			for _, keep := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s to %s, keep %t", from, to, keep), func(t *testing.T) {
					have := everything(from)
					want := models.ChangeCounts{UsersUnchanged: have.Users.Total, Preserved: have.Users.ByStatus[models.Preserved], Inactive: have.Users.ByStatus[models.Inactive]}
					if from != to && from != models.Manual {
						want.UsersToManual, want.GroupsToManual = have.Users.ByMode[from], have.Groups[from]
						want.UsersUnchanged -= want.UsersToManual
					}
					if from == models.SCIM && to != models.SCIM && keep {
						want.TokensParked = 3
					} else if from == models.SCIM && to != models.SCIM {
						want.TokensRevoked = 3
					} else if to == models.SCIM && from != to {
						want.TokensWoken = 1
					}
					got := deployment.Plan(have, to, keep)
					if diff := cmp.Diff(want, got.Counts); diff != "" {
						t.Errorf("counts (-want +got):\n%s", diff)
					}
					if got.From != from || got.To != to || got.Keep != keep || got.First {
						t.Errorf("plan is of another change: %+v", got)
					}
					blocked := from == to
					if (len(got.Blockers) > 0) != blocked {
						t.Errorf("blockers: %+v, want any: %t", got.Blockers, blocked)
					}
				})
			}
		}
	}
}

// TestPlanBlockersSayWhereToGo: every blocker names a way out.
func TestPlanBlockersSayWhereToGo(t *testing.T) {
	for _, to := range []models.Method{models.SCIM, models.Entra, models.LDAP, "carrier pigeon"} {
		for _, b := range deployment.Plan(everything(models.SCIM), to, true).Blockers {
			if b.Text == "" || b.Advice == "" || b.Link == "" {
				t.Errorf("to %s: a blocker without words or link: %+v", to, b)
			}
		}
	}
	if len(deployment.Plan(everything(models.SCIM), "carrier pigeon", true).Blockers) == 0 {
		t.Error("an unknown method is not blocked")
	}
}

// TestPlanFirstChoice: before the first choice even the default method can be chosen.
func TestPlanFirstChoice(t *testing.T) {
	have := everything(models.Manual)
	have.Organization.MethodSet = false
	got := deployment.Plan(have, models.Manual, true)
	if !got.First || len(got.Blockers) > 0 || got.Counts.UsersToManual != 0 {
		t.Errorf("first choice of manual: %+v", got)
	}
}

// TestPlanVersion moves with everything that a preview counts, and with nothing else.
func TestPlanVersion(t *testing.T) {
	version := func(change func(*deployment.Snapshot)) string {
		s := everything(models.SCIM)
		change(&s)
		return deployment.Plan(s, models.Manual, true).Version
	}
	base := version(func(*deployment.Snapshot) {})
	moves := map[string]func(*deployment.Snapshot){
		"a user changes mode": func(s *deployment.Snapshot) {
			s.Users.Cells[models.Active][models.SCIM]--
			s.Users.Cells[models.Active][models.Manual]++
		},
		"a user changes status": func(s *deployment.Snapshot) {
			s.Users.Cells[models.Active][models.SCIM]--
			s.Users.Cells[models.Preserved][models.SCIM]++
		},
		"a group arrives":        func(s *deployment.Snapshot) { s.Groups[models.SCIM]++ },
		"a token arrives":        func(s *deployment.Snapshot) { s.Tokens = append(s.Tokens, models.Token{ID: "new"}) },
		"a token is revoked":     func(s *deployment.Snapshot) { s.Tokens[0].Revoked = models.TimeOf(at) },
		"a token expires":        func(s *deployment.Snapshot) { s.At = s.At.Add(2 * time.Hour) },
		"a token is parked":      func(s *deployment.Snapshot) { s.Tokens[0].Parked = true },
		"the method was changed": func(s *deployment.Snapshot) { s.Organization.MethodSince++ },
	}
	for what, change := range moves {
		if version(change) == base {
			t.Errorf("the version stays although %s", what)
		}
	}
	stays := map[string]func(*deployment.Snapshot){
		"time passes":         func(s *deployment.Snapshot) { s.At = s.At.Add(time.Minute) },
		"a token is used":     func(s *deployment.Snapshot) { s.Tokens[0].LastUsed = models.TimeOf(at) },
		"settings are edited": func(s *deployment.Snapshot) { s.Organization.Settings.LogDays = 90 },
	}
	for what, change := range stays {
		if version(change) != base {
			t.Errorf("the version moves although only %s", what)
		}
	}
}
