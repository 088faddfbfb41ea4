package deployment_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/secret"
	"muster/models/store"
	"muster/models/store/storetest"
)

// world is an organization under SCIM: five users (one suspended, one preserved),
// one made by hand, a group, and two tokens.
type world struct {
	t     *testing.T
	store *store.Store
	deps  *deployment.Deployments
	dir   *directory.Directory
	org   int64
	by    models.Actor
	sync  models.Actor
}

func newWorld(t *testing.T, s *store.Store) *world {
	t.Helper()
	clock := storetest.NewClock()
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	w := &world{t: t, store: s, deps: deployment.New(deployment.Options{Store: s, Now: clock.Now, NewID: id})}
	w.dir = directory.New(directory.Options{Store: s, Now: clock.Now, NewID: id, Log: slog.New(slog.DiscardHandler)})
	o, err := s.EnsureOrganization(t.Context(), store.FirstOrganization, "Northwind")
	w.must(err)
	w.org = o.Key
	w.by = models.Actor{Kind: models.AdminActor, ID: "ada", Name: "ada@northwind.example", Role: models.Owner, OrganizationID: o.Key, Address: "192.0.2.1", RequestID: "req-1"}
	w.sync = models.Actor{Kind: models.TokenActor, ID: "t", Name: "Okta", OrganizationID: o.Key, Scope: models.ProvisionScope}
	_, err = w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.SCIM, Keep: true})
	w.must(err)
	accounts := account.New(account.Options{
		Store: s, Now: clock.Now, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	for _, name := range []string{"first", "second"} {
		_, _, err := accounts.CreateToken(t.Context(), w.by, account.TokenSpec{Description: name, Scope: models.ProvisionScope, Expires: clock.Now().AddDate(1, 0, 0)})
		w.must(err)
	}
	w.people()
	return w
}

func (w *world) people() {
	w.t.Helper()
	var ids []string
	for n := range 5 {
		ids = append(ids, w.user(w.sync, fmt.Sprintf("user%d@northwind.example", n)).ID)
	}
	w.user(w.by, "by-hand@northwind.example")
	_, err := w.dir.Suspend(w.t.Context(), w.by, ids[1], "leave")
	w.must(err)
	_, err = w.dir.Preserve(w.t.Context(), w.by, ids[2], "left")
	w.must(err)
	_, err = w.dir.CreateGroup(w.t.Context(), w.sync, ids[:3], func(g *models.Group) error {
		g.Attributes = models.Attributes{"displayName": "Sales"}
		return nil
	})
	w.must(err)
}

func (w *world) user(by models.Actor, name string) models.User {
	w.t.Helper()
	u, err := w.dir.CreateUser(w.t.Context(), by, func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": name}
		if by.Directory() {
			u.Attributes["externalId"] = "anchor of " + name
		}
		return nil
	})
	w.must(err)
	return u
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// users gives everybody's document, status and mode by userName.
func (w *world) users() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	w.must(w.store.EachUser(w.t.Context(), w.org, models.UserQuery{}, func(list []models.User) error {
		for _, u := range list {
			out[u.UserName] = fmt.Sprintf("%s %s %s %s %s", u.ID, u.Status, u.PreservedBy, u.Mode, u.Document)
		}
		return nil
	}))
	return out
}

func (w *world) states() map[string]models.TokenState {
	w.t.Helper()
	tokens, err := w.store.Tokens(w.t.Context(), w.org)
	w.must(err)
	out := map[string]models.TokenState{}
	for _, t := range tokens {
		out[t.Description] = t.State(time.Date(2026, 1, 6, 0, 0, 0, 0, time.UTC))
	}
	return out
}

// TestChangeDoesWhatThePreviewSaid, and nothing to anybody's data.
func TestChangeDoesWhatThePreviewSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		before := w.users()
		plan, err := w.deps.Preview(t.Context(), w.org, models.Manual, true)
		w.must(err)
		want := models.ChangeCounts{UsersToManual: 5, UsersUnchanged: 1, Preserved: 1, Inactive: 1, GroupsToManual: 1, TokensParked: 2}
		if diff := cmp.Diff(want, plan.Counts); diff != "" {
			t.Fatalf("preview (-want +got):\n%s", diff)
		}
		done, err := w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Manual, Keep: true, Version: plan.Version, Reason: "a pause"})
		w.must(err)
		if diff := cmp.Diff(plan.Counts, done.Counts); diff != "" {
			t.Errorf("the effect is not the preview (-preview +effect):\n%s", diff)
		}
		for name, was := range before {
			before[name] = released(was)
		}
		if diff := cmp.Diff(before, w.users()); diff != "" {
			t.Errorf("more than the mode changed (-want +got):\n%s", diff)
		}
		counts, err := s.UserCounts(t.Context(), w.org)
		w.must(err)
		if counts.ByMode[models.SCIM] != 0 || counts.ByMode[models.Manual] != 6 || counts.Total != 6 {
			t.Errorf("counters: %+v", counts)
		}
		groups, err := s.GroupCounts(t.Context(), w.org)
		w.must(err)
		if groups[models.SCIM] != 0 || groups[models.Manual] != 1 {
			t.Errorf("group counters: %+v", groups)
		}
		if diff := cmp.Diff(map[string]models.TokenState{"first": models.TokenParked, "second": models.TokenParked}, w.states()); diff != "" {
			t.Errorf("tokens (-want +got):\n%s", diff)
		}
		w.told(done)
	})
}

// released is a user's line after the change: only the mode differs.
func released(line string) string { return strings.Replace(line, " scim ", " manual ", 1) }

// told checks that the organization, both logs and the history tell of a change.
func (w *world) told(done models.MethodChange) {
	w.t.Helper()
	o, err := w.store.Organization(w.t.Context(), w.org)
	w.must(err)
	if o.Method != done.To || o.MethodBy != w.by.Name || o.MethodSince != done.At || !o.MethodSet {
		w.t.Errorf("organization: %+v", o)
	}
	e, err := w.store.LogEntry(w.t.Context(), w.org, done.ID)
	w.must(err)
	if e.TargetType != models.OrganizationTarget || e.Status != models.Success || len(e.Details.Modified) == 0 || e.InitiatorName != w.by.Name {
		w.t.Errorf("log entry: %+v", e)
	}
	audit, err := w.store.AuditEntries(w.t.Context(), models.AuditQuery{Action: "deployment.change"})
	w.must(err)
	if len(audit.Items) != 2 || audit.Items[0].Address != w.by.Address || audit.Items[0].RequestID != w.by.RequestID {
		w.t.Errorf("audit: %+v", audit.Items)
	}
	if last := audit.Items[0].Changes; last[len(last)-1] != (models.Change{Path: "reason", New: done.Reason}) {
		w.t.Errorf("the audit entry keeps no reason: %+v", last)
	}
	if _, err := w.store.VerifyAudit(w.t.Context()); err != nil {
		w.t.Error(err)
	}
	s, err := w.deps.Summary(w.t.Context(), w.org)
	w.must(err)
	if len(s.History) != 2 || s.History[0].ID != done.ID {
		w.t.Errorf("history: %+v", s.History)
	}
}

// TestChangeBack: kept tokens wake, deleted ones do not, and the directory takes
// its users up again with their ids.
// The burst of SCIM traffic that a change cuts off has ended: it would look as if it ran on
// beside the method in charge.
func TestAChangeEndsTheCycleOfSCIM(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		running := func() bool {
			c, found, err := s.LastCycle(t.Context(), w.org, models.SCIM)
			w.must(err)
			return found && c.Running()
		}
		if !running() {
			t.Fatal("no cycle runs before the change")
		}
		_, err := w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Entra, Keep: true})
		w.must(err)
		if running() {
			t.Error("a cycle of SCIM runs on under another method")
		}
	})
}

func TestChangeBack(t *testing.T) {
	for _, keep := range []bool{true, false} {
		t.Run(fmt.Sprintf("keep %t", keep), func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			_, err := w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Manual, Keep: keep})
			w.must(err)
			if err := w.refused(); models.KindOf(err) != models.Forbidden {
				t.Fatalf("SCIM under manual: %v", err)
			}
			_, err = w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.SCIM, Keep: true})
			w.must(err)
			state := models.TokenRevoked
			if keep {
				state = models.TokenActive
			}
			if diff := cmp.Diff(map[string]models.TokenState{"first": state, "second": state}, w.states()); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
			old, err := w.store.UserByName(t.Context(), w.org, "user0@northwind.example")
			w.must(err)
			if back := w.user(w.sync, "user0@northwind.example"); back.ID != old.ID || back.Mode != models.SCIM {
				t.Errorf("the user came back as %s in mode %s; before: %s", back.ID, back.Mode, old.ID)
			}
		})
	}
}

func (w *world) refused() error {
	_, err := w.dir.CreateUser(w.t.Context(), w.sync, func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": "late@northwind.example"}
		return nil
	})
	return err
}

// TestChangeRefuses what was previewed on other data, and what is blocked, without
// a trace.
func TestChangeRefuses(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	plan, err := w.deps.Preview(t.Context(), w.org, models.Manual, true)
	w.must(err)
	w.user(w.sync, "late@northwind.example")
	before := w.users()
	for _, c := range []struct {
		order deployment.Order
		kind  models.Kind
		code  string
	}{
		{deployment.Order{Target: models.Manual, Keep: true, Version: plan.Version}, models.Stale, "previewStale"},
		{deployment.Order{Target: models.SCIM}, models.Conflict, "methodBlocked"},
		{deployment.Order{Target: "post"}, models.Conflict, "methodBlocked"},
	} {
		_, err := w.deps.Change(t.Context(), w.by, c.order)
		refused, ok := models.AsError(err)
		if !ok || refused.Kind != c.kind || refused.Code != c.code || refused.Advice == "" {
			t.Errorf("change to %q: %v", c.order.Target, err)
		}
	}
	if diff := cmp.Diff(before, w.users()); diff != "" {
		t.Errorf("a refused change left a trace (-before +after):\n%s", diff)
	}
	s, err := w.deps.Summary(t.Context(), w.org)
	w.must(err)
	if s.Organization.Method != models.SCIM || len(s.History) != 1 {
		t.Errorf("in charge: %s, history %d", s.Organization.Method, len(s.History))
	}
}
