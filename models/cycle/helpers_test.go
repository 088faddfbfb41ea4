package cycle_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/cycle"
	"muster/models/directory/directorytest"
	"muster/models/secret"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// bench is an organization that Entra is in charge of, a fake Graph, and the cycles
// between the two, with one clock for all.
type bench struct {
	*directorytest.World
	t     testing.TB
	graph *entratest.Graph
	*cycle.Cycles
	admin models.Actor
	log   strings.Builder
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// each runs a test on both engines.
func each(t *testing.T, o entratest.Options, fn func(*testing.T, *bench)) {
	t.Helper()
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) { fn(t, newBench(t, w, o)) })
}

func newBench(t testing.TB, w *directorytest.World, o entratest.Options) *bench {
	t.Helper()
	b := &bench{World: w, t: t}
	b.Clock.Set(time.Now().UTC()) // tokens live by the machine's time
	o.Now = b.Clock.Now
	b.graph = entratest.Start(o)
	t.Cleanup(b.graph.Close)
	b.Configure(t, func(o *models.Organization) { o.Method, o.MethodSince = models.Entra, models.TimeOf(b.Clock.Now()) })
	b.admin = w.Admin()
	b.Cycles = b.instance("one", nil)
	return b
}

// instance is the cycles of one process.
func (b *bench) instance(owner string, change func(*cycle.Options)) *cycle.Cycles {
	b.t.Helper()
	key := make([]byte, secret.KeySize)
	sealer := sealerOf(b.t, b.World, key)
	o := cycle.Options{
		Store: b.Store, Directory: b.Directory, Sealer: sealer, Now: b.Clock.Now, NewID: directorytest.NewID,
		Log: slog.New(slog.NewTextHandler(&b.log, nil)), Owner: owner, Kinds: []source.Kind{b.kind()},
		Random: func() float64 { return 0.5 }, Look: 20 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	return cycle.New(o)
}

func (b *bench) kind() entra.Kind {
	return entra.Kind{Options: entra.Options{
		Now: b.Clock.Now, Random: func() float64 { return 0.5 }, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Sleep:    func(ctx context.Context, d time.Duration) error { b.Clock.Advance(d); return ctx.Err() },
		Endpoint: &entra.Endpoint{SignIn: b.graph.URL(), Graph: b.graph.URL(), Roots: b.graph.Roots()},
		Limits:   entra.Limits{Budget: 1 << 30},
	}}
}

// sealers are those of worlds, with their keysets for other processes.
var sealers = map[*directorytest.World]sealing{}

type sealing struct {
	*secret.Sealer
	keys string
}

func sealerOf(t testing.TB, w *directorytest.World, key []byte) *secret.Sealer {
	t.Helper()
	if s, known := sealers[w]; known {
		return s.Sealer
	}
	s, keys, err := secret.NewSealer(key)
	ok(t, err)
	sealers[w] = sealing{s, keys}
	return s
}

func settings(scope source.Scope) entra.Settings {
	return entra.Settings{Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Custom, Scope: scope}
}

func everyone() source.Scope { return source.Scope{Mode: source.Everyone} }

// connect saves settings.
func (b *bench) connect(scope source.Scope) {
	b.t.Helper()
	_, err := b.Save(b.t.Context(), b.admin, cycle.Draft{
		Method: models.Entra, Settings: settings(scope).JSON(), Secret: entra.Secret{ClientSecret: entratest.ClientSecret}.Reveal(),
	})
	ok(b.t, err)
}

// rescope saves another scope.
func (b *bench) rescope(scope source.Scope) {
	b.t.Helper()
	_, err := b.Save(b.t.Context(), b.admin, cycle.Draft{Method: models.Entra, Settings: settings(scope).JSON()})
	ok(b.t, err)
}

func (b *bench) connector() models.Connector {
	b.t.Helper()
	c, known, err := b.Cycles.Connector(b.t.Context(), b.Org.Key, models.Entra)
	ok(b.t, err)
	if !known {
		b.t.Fatal("there is no connector")
	}
	return c
}

// start starts the connector and runs the first cycle up to its preview.
func (b *bench) start() models.Cycle {
	b.t.Helper()
	_, err := b.Start(b.t.Context(), b.admin, models.Entra)
	ok(b.t, err)
	return b.run()
}

// run runs what the connector has to do, and gives its latest cycle.
func (b *bench) run() models.Cycle {
	b.t.Helper()
	ok(b.t, b.RunOne(b.t.Context(), b.connector().Key))
	return b.latest()
}

func (b *bench) latest() models.Cycle {
	b.t.Helper()
	list, err := b.Cycles.Cycles(b.t.Context(), b.Org.Key, models.Entra, models.Page{})
	ok(b.t, err)
	if len(list.Items) == 0 {
		b.t.Fatal("there is no cycle")
	}
	return list.Items[0]
}

// sync asks for a cycle and runs it.
func (b *bench) sync() models.Cycle {
	b.t.Helper()
	_, err := b.SyncNow(b.t.Context(), b.admin, models.Entra)
	ok(b.t, err)
	return b.run()
}

// full asks for a full read and runs it.
func (b *bench) full() models.Cycle {
	b.t.Helper()
	_, err := b.FullSync(b.t.Context(), b.admin, models.Entra)
	ok(b.t, err)
	return b.run()
}

// accept accepts the plan that waits and carries it out.
func (b *bench) accept() models.Cycle {
	b.t.Helper()
	_, err := b.Accept(b.t.Context(), b.admin, models.Entra, b.latest().Plan.Version)
	ok(b.t, err)
	return b.run()
}

// settled connects, previews and accepts.
func (b *bench) settled(scope source.Scope) models.Cycle {
	b.t.Helper()
	b.connect(scope)
	if c := b.start(); c.State != models.CyclePreviewed {
		b.t.Fatalf("the first cycle is %s: %s %s", c.State, c.Code, c.Text)
	}
	c := b.accept()
	b.state(c, models.CycleDone)
	return c
}

func (b *bench) state(c models.Cycle, want models.CycleState) {
	b.t.Helper()
	if c.State != want {
		b.t.Fatalf("the cycle is %s, not %s: %s %s", c.State, want, c.Code, c.Text)
	}
}

// people adds so many users.
func (b *bench) people(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = b.graph.AddUser(entratest.Props{
			"userPrincipalName": fmt.Sprintf("user%05d@contoso.test", i), "displayName": fmt.Sprintf("User %05d", i),
			"mail": fmt.Sprintf("user%05d@contoso.test", i), "jobTitle": "Engineer", "department": fmt.Sprintf("Team %d", i%7),
		})
	}
	return ids
}

// user is who has an anchor.
func (b *bench) user(anchor string) models.User {
	b.t.Helper()
	u, err := b.UserByAnchor(b.t.Context(), b.Org.Key, models.Entra, anchor)
	ok(b.t, err)
	ok(b.t, u.Load())
	return u
}

// actives counts who may use the application.
func (b *bench) actives() int64 {
	b.t.Helper()
	n, err := b.UserCounts(b.t.Context(), b.Org.Key)
	ok(b.t, err)
	return n.Of(models.Active, models.Entra)
}

// compare holds users, managers, groups and members against the fake's.
func (b *bench) compare() {
	b.t.Helper()
	ids := map[string]string{}
	for anchor, props := range b.graph.Users() {
		u := b.user(anchor)
		ids[u.ID] = anchor
		want := models.Active
		if props["accountEnabled"] == false {
			want = models.Preserved
		}
		title, _ := props["jobTitle"].(string)
		if u.UserName != props["userPrincipalName"] || u.Status != want || u.Mode != models.Entra || u.Title != title || u.Hidden {
			b.t.Errorf("user %s is %s, %s, %q", u.UserName, u.Status, u.Mode, u.Title)
		}
	}
	for anchor := range b.graph.Users() {
		u := b.user(anchor)
		if boss := b.graph.Manager(anchor); ids[u.ManagerID] != boss {
			b.t.Errorf("the manager of %s is %s, not %s", u.UserName, ids[u.ManagerID], boss)
		}
	}
	for anchor, props := range b.graph.Groups() {
		g, err := b.GroupByAnchor(b.t.Context(), b.Org.Key, models.Entra, anchor)
		if err != nil || g.DisplayName != props["displayName"] {
			b.t.Errorf("group %s is %q: %v", anchor, g.DisplayName, err)
			continue
		}
		var have []string
		refs, err := b.Members(b.t.Context(), g.Key, models.MemberRef{}, 1<<30)
		ok(b.t, err)
		for _, ref := range refs {
			if ref.Kind == models.GroupMember {
				inner, err := b.Store.Group(b.t.Context(), b.Org.Key, ref.ID)
				ok(b.t, err)
				have = append(have, inner.EntraID)
			} else {
				have = append(have, ids[ref.ID])
			}
		}
		want := b.graph.Members(anchor)
		slices.Sort(have)
		slices.Sort(want)
		if diff := cmp.Diff(want, have); diff != "" {
			b.t.Errorf("members of %s:\n%s", g.DisplayName, diff)
		}
	}
}

// quitter is the context of another process, which ends by being killed.
func quitter() context.Context { return context.Background() }

// leave puts the organization under manual, as a change of method does.
func (b *bench) leave(t *testing.T) {
	t.Helper()
	ok(t, b.Keep(t.Context(), func(tx *store.Tx) error {
		name, err := tx.TermOf(tx.Context(), b.Org.Key, models.Entra)
		if err != nil {
			return err
		}
		if err := tx.EndTerm(b.Org.Key, name); err != nil {
			return err
		}
		return tx.ParkConnector(b.Org.Key, models.Entra)
	}))
	b.Configure(t, func(o *models.Organization) { o.Method = models.Manual })
}

func (b *bench) comeBack(t *testing.T) {
	t.Helper()
	b.Configure(t, func(o *models.Organization) { o.Method = models.Entra })
	ok(t, b.Keep(t.Context(), func(tx *store.Tx) error { return tx.WakeConnector(b.Org.Key, models.Entra) }))
}
