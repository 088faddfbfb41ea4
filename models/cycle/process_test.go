package cycle_test

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"runtime/debug"
	"testing"
	"time"

	"muster/models"
	"muster/models/cycle"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/secret"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// childLease is how long a dead or frozen process keeps a connector.
const childLease = time.Second

// TestMain lets the test binary be another instance, for tests that kill or freeze it.
func TestMain(m *testing.M) {
	if os.Getenv("CYCLE_CHILD") != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// nameOf is what PostgreSQL calls an instance's connections.
func nameOf(pid int) string { return fmt.Sprint("cycle-", pid) }

// child is an instance that runs cycles until it is killed.
func child() error {
	ctx, log := quitter(), slog.New(slog.NewTextHandler(os.Stderr, nil))
	address := os.Getenv("CYCLE_URL")
	if address != "" {
		at, err := url.Parse(address)
		if err != nil {
			return err
		}
		q := at.Query()
		q.Set("application_name", nameOf(os.Getpid()))
		at.RawQuery = q.Encode()
		address = at.String()
	}
	s, err := store.Open(ctx, store.Options{File: os.Getenv("CYCLE_FILE"), DatabaseURL: address, Now: time.Now, Log: log, NoMigrate: true})
	if err != nil {
		return err
	}
	sealer, err := secret.OpenSealer(make([]byte, secret.KeySize), os.Getenv("CYCLE_KEYS"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(os.Getenv("CYCLE_PEM")))
	graph := os.Getenv("CYCLE_GRAPH")
	o := cycle.Options{
		Store: s, Directory: directory.New(directory.Options{Store: s, Now: time.Now, NewID: directorytest.NewID, Log: log}), Sealer: sealer,
		Now: time.Now, NewID: directorytest.NewID, Log: log, Owner: fmt.Sprint(os.Getpid()), Lease: childLease, Look: 20 * time.Millisecond, Chunk: 10,
		Kinds: []source.Kind{entra.Kind{Options: entra.Options{Now: time.Now, Log: log, Endpoint: &entra.Endpoint{SignIn: graph, Graph: graph, Roots: roots}}}},
	}
	if os.Getenv("CYCLE_WHOLE") != "" { // as muster serve has it
		o.Lease, o.Chunk = 0, 0
		debug.SetGCPercent(200)
	}
	return cycle.New(o).Run(ctx)
}

// spawn starts another instance on the bench's data. more is of its environment.
func (b *bench) spawn(more ...string) *exec.Cmd {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), more...), "CYCLE_CHILD=1", "CYCLE_GRAPH="+b.graph.URL(), "CYCLE_PEM="+string(b.graph.PEM()), "CYCLE_KEYS="+sealers[b.World].keys)
	if b.Address != "" {
		cmd.Env = append(cmd.Env, "CYCLE_URL="+b.Address)
	} else {
		cmd.Env = append(cmd.Env, "CYCLE_FILE="+b.Where())
	}
	cmd.Stderr = os.Stderr
	ok(b.t, cmd.Start())
	return cmd
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// due asks for a cycle behind the door, whatever runs.
func (b *bench) due() {
	b.t.Helper()
	_, err := b.SyncNow(b.t.Context(), b.admin, models.Entra)
	if err != nil && models.KindOf(err) != models.Conflict {
		b.t.Fatal(err)
	}
}

// settle waits until another instance has ended a cycle that began after now.
func (b *bench) awaitDone() {
	b.t.Helper()
	began := models.TimeOf(time.Now())
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		c := b.latest()
		if c.State == models.CycleDone && c.Started >= began {
			return
		}
		if c.Ended != 0 || c.State.Waits() {
			b.due()
		}
	}
	c := b.latest()
	b.t.Fatalf("no cycle ended: the last is %s in %s, %s", c.State, c.Phase, c.Text)
}

// Instances are killed again and again in the middle of cycles, while the directory
// changes. No change is lost, none is made twice, and the cursor is true.
func TestKilledInCycles(t *testing.T) {
	rounds := 100
	if testing.Short() || raced {
		rounds = 10
	}
	each(t, entratest.Options{PageSize: 25, MembersPart: 10}, func(t *testing.T, b *bench) {
		ids := b.people(300)
		groups := []string{}
		for i := range 6 {
			groups = append(groups, b.graph.AddGroup(entratest.Props{"displayName": fmt.Sprint("Group ", i)}))
			b.graph.AddMembers(groups[i], ids[i*40:i*40+60]...)
		}
		b.connect(everyone())
		b.state(b.start(), models.CyclePreviewed)
		_, err := b.Accept(t.Context(), b.admin, models.Entra, b.latest().Plan.Version)
		ok(t, err)
		random := rand.New(rand.NewPCG(5, 5))
		for round := range rounds {
			cmd := b.spawn()
			time.Sleep(time.Duration(150+random.IntN(1200)) * time.Millisecond)
			kill(cmd)
			for range 5 {
				b.graph.EditUser(ids[random.IntN(len(ids))], entratest.Props{"jobTitle": fmt.Sprint("Title ", round, random.IntN(9))})
			}
			b.graph.AddMembers(groups[random.IntN(6)], ids[random.IntN(len(ids))])
			b.graph.SetManager(ids[random.IntN(len(ids))], ids[random.IntN(20)])
			ids = append(ids, b.graph.AddUser(entratest.Props{"userPrincipalName": fmt.Sprintf("new%d@contoso.test", round), "displayName": "New"}))
			if random.IntN(3) == 0 {
				b.due()
			}
		}
		cmd := b.spawn()
		defer kill(cmd)
		b.awaitDone()
		b.awaitDone()
		b.compare()
		b.once()
	})
}

// once holds the log against the state: everybody was created once.
func (b *bench) once() {
	b.t.Helper()
	created := map[string]int{}
	for _, e := range b.Log(b.t) {
		if e.Action == models.ActionCreate && e.Status == models.Success {
			created[e.TargetID]++
		}
		if e.Status == models.Failure {
			b.t.Errorf("%s: %s", e.TargetName, e.Summary)
		}
	}
	for id, n := range created {
		if n != 1 {
			b.t.Errorf("%s was created %d times", id, n)
		}
	}
	if n, err := b.UserCounts(b.t.Context(), b.Org.Key); err != nil || int(n.Total) != len(b.graph.Users()) {
		b.t.Errorf("%d users, the directory has %d (%v)", n.Total, len(b.graph.Users()), err)
	}
}

// Whoever lost a connector cannot write under its old epoch; the clock is the database's.
func TestFence(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.connect(everyone())
		key := b.connector().Key
		lease := func(owner string, millis int64) (conn models.Connector, took bool) {
			ok(t, b.Keep(t.Context(), func(tx *store.Tx) (err error) { conn, took, err = tx.Lease(key, owner, millis); return err }))
			return conn, took
		}
		fence := func(epoch int64) error {
			return b.Keep(t.Context(), func(tx *store.Tx) error { _, err := tx.Fence(key, epoch, 60_000); return err })
		}
		first, took := lease("a", 100)
		if _, again := lease("b", 100); !took || again {
			t.Fatal("two have the connector")
		}
		time.Sleep(150 * time.Millisecond)
		second, took := lease("b", 60_000)
		if !took || second.LeaseEpoch != first.LeaseEpoch+1 {
			t.Fatal("a lease that ended is not given on")
		}
		if err := fence(first.LeaseEpoch); models.KindOf(err) != models.Stale {
			t.Errorf("the first goes on: %v", err)
		}
		ok(t, fence(second.LeaseEpoch))
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error { return tx.ParkConnector(b.Org.Key, models.Entra) }))
		if err := fence(second.LeaseEpoch); models.KindOf(err) != models.Stale {
			t.Errorf("a parked connector goes on: %v", err)
		}
		if _, took := lease("c", 100); took {
			t.Error("a parked connector is leased")
		}
	})
}
