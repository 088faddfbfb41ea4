package cycle_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// BenchmarkInitialCycle measures the first cycle with MUSTER_BENCH_USERS (default 100,000)
// users and 1,000 groups, of which ten are nested in each other and one has half of the
// users, and then a cycle without changes. The runner has a process to itself, whose
// memory is told: the fake Graph is in another one.
//
//	MUSTER_BENCH_USERS=20000 go test -run '^$' -bench Cycle -benchtime 1x -timeout 60m ./models/cycle
func BenchmarkInitialCycle(b *testing.B) {
	for b.Loop() {
		initial(b, benchUsers(), 1000)
	}
}

// BenchmarkScopedCycle measures how a first cycle of the same directory reads and plans
// when the scope is the chain of nested groups.
func BenchmarkScopedCycle(b *testing.B) {
	for b.Loop() {
		x := newBench(b, directorytest.SQLite(b), entratest.Options{})
		groups := world(x, benchUsers(), 1000)
		x.connect(source.Scope{Mode: source.ChosenGroups, Groups: groups[:1], Nested: true})
		muster := x.spawn("CYCLE_WHOLE=1")
		began := time.Now()
		_, err := x.Start(b.Context(), x.admin, models.Entra)
		ok(b, err)
		c := x.await(models.CyclePreviewed, 0)
		b.Logf("read and planned after %v: %d users in scope", time.Since(began), c.Plan.InScope)
		b.ReportMetric(float64(peakResident(b, muster)), "peak-MB")
		kill(muster)
	}
}

func benchUsers() int {
	if n, err := strconv.Atoi(os.Getenv("MUSTER_BENCH_USERS")); err == nil {
		return n
	}
	return 100_000
}

// A cycle needs memory for what it works on now, not for the whole directory: what the
// benchmark tells of many users is held here for few.
func TestMemory(t *testing.T) {
	b := newBench(t, directorytest.SQLite(t), entratest.Options{})
	world(b, 2000, 20)
	b.connect(everyone())
	muster := b.spawn("CYCLE_WHOLE=1")
	defer kill(muster)
	_, err := b.Start(t.Context(), b.admin, models.Entra)
	ok(t, err)
	_, err = b.Accept(t.Context(), b.admin, models.Entra, b.await(models.CyclePreviewed, 0).Plan.Version)
	ok(t, err)
	b.await(models.CycleDone, 0)
	if peak := peakResident(t, muster); peak > 100 && !raced {
		t.Errorf("a cycle of 2,000 users took %d MB; it was 63 MB when 100,000 took 120", peak)
	}
}

// world fills the fake: each user is in two groups, the first group has half of all, and
// the first ten groups are in a chain.
func world(x *bench, users, groups int) []string {
	ids := x.people(users)
	for i, id := range ids[1:] {
		x.graph.SetManager(id, ids[i/10])
	}
	var all []string
	for i := range groups {
		all = append(all, x.graph.AddGroup(entratest.Props{"displayName": fmt.Sprintf("Group %04d", i)}))
	}
	x.graph.AddMembers(all[0], ids[:users/2]...)
	for i := range min(9, groups-1) {
		x.graph.AddMembers(all[i], all[i+1])
	}
	members := make([][]string, groups)
	for i, id := range ids {
		for _, g := range []int{1 + i%(groups-1), 1 + (i*7+3)%(groups-1)} {
			members[g] = append(members[g], id)
		}
	}
	for i := range groups {
		if len(members[i]) > 0 {
			x.graph.AddMembers(all[i], members[i]...)
		}
	}
	return all
}

// initial runs the first cycle in a process of its own, as an instance does, and reads
// from the kernel what that process came to.
func initial(b *testing.B, users, groups int) {
	x := newBench(b, directorytest.SQLite(b), entratest.Options{})
	world(x, users, groups)
	x.connect(everyone())
	muster := x.spawn("CYCLE_WHOLE=1")
	defer kill(muster)
	began := time.Now()
	_, err := x.Start(b.Context(), x.admin, models.Entra)
	ok(b, err)
	plan := x.await(models.CyclePreviewed, 0).Plan.Version
	read, readPeak := time.Since(began), peakResident(b, muster)
	_, err = x.Accept(b.Context(), x.admin, models.Entra, plan)
	ok(b, err)
	first := x.await(models.CycleDone, 0)
	done := first
	all, peak := time.Since(began), peakResident(b, muster)
	b.Logf("read and planned after %v with %d MB resident at most, all done after %v with %d MB", read, readPeak, all, peak)
	b.ReportMetric(all.Seconds(), "initial-s")
	b.ReportMetric(float64(peak), "peak-MB")
	x.compare()
	before := x.Sums(b, "cycles", "connectors", "audit_entries")
	began = time.Now()
	_, err = x.SyncNow(b.Context(), x.admin, models.Entra)
	ok(b, err)
	done = x.await(models.CycleDone, done.Key)
	b.Logf("a cycle without changes %v", time.Since(began))
	for table, sum := range x.Sums(b, "cycles", "connectors", "audit_entries") {
		if before[table] != sum {
			b.Errorf("a cycle without changes wrote to %s", table)
		}
	}
	_, err = x.FullSync(b.Context(), x.admin, models.Entra)
	ok(b, err)
	began = time.Now()
	x.await(models.CycleDone, done.Key)
	b.Logf("a full read without changes %v; %d MB resident at most until then", time.Since(began), peakResident(b, muster))
	x.takeBack(b, first)
	b.Logf("%d MB resident at most in all", peakResident(b, muster))
}

// takeBack measures the undo of the first cycle, of which an administrator waits for the
// preview and the beginning alone.
func (b *bench) takeBack(t *testing.B, of models.Cycle) {
	began := time.Now()
	plan, err := b.PreviewUndo(t.Context(), b.Org.Key, of.Key)
	ok(t, err)
	shown := time.Since(began)
	began = time.Now()
	undo, err := b.Undo(t.Context(), b.admin, of.Key, plan.Version)
	ok(t, err)
	begun := time.Since(began)
	c := b.await(models.CycleDone, undo.Key-1)
	t.Logf("an undo of %d users shown in %v, begun in %v, done in %v: %d put back, %d left", plan.Created, shown, begun, time.Since(began), c.Updated, c.Skipped)
}

// await waits until a cycle after another one is in a state.
func (b *bench) await(want models.CycleState, after int64) models.Cycle {
	b.t.Helper()
	var c models.Cycle
	for deadline := time.Now().Add(20 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		list, err := b.Cycles.Cycles(b.t.Context(), b.Org.Key, models.Entra, models.Page{})
		ok(b.t, err)
		if len(list.Items) == 0 {
			continue
		}
		if c = list.Items[0]; c.Key > after && c.State == want {
			return c
		}
		if c.Ended != 0 && c.Key > after {
			break
		}
	}
	b.t.Fatalf("the cycle is %s in %s: %s", c.State, c.Phase, c.Text)
	return c
}

// peakResident is the most memory that another process ever had, in megabytes, as the
// kernel tells it.
func peakResident(tb testing.TB, cmd *exec.Cmd) int {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	ok(tb, err)
	for line := range strings.SplitSeq(string(text), "\n") {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			ok(tb, err)
			return kb / 1024
		}
	}
	tb.Fatal("the kernel does not tell the memory of a process")
	return 0
}
