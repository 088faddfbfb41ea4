package cycle_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/models/source/entra/entratest"
)

// BenchmarkInitialCycle measures the first cycle with MUSTER_BENCH_USERS (default 100,000)
// users and 1,000 groups, of which ten are nested in each other and one has half of the
// users, and then a cycle without changes. The fake Graph lives in the same process, so
// the memory told is that of both.
func BenchmarkInitialCycle(b *testing.B) {
	users := 100_000
	if n, err := strconv.Atoi(os.Getenv("MUSTER_BENCH_USERS")); err == nil {
		users = n
	}
	for b.Loop() {
		initial(b, users, 1000)
	}
}

// world fills the fake: each user is in two groups, the first group has half of all, and
// the first ten groups are in a chain.
func world(x *bench, users, groups int) {
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
}

func initial(b *testing.B, users, groups int) {
	x := newBench(b, directorytest.SQLite(b), entratest.Options{})
	world(x, users, groups)
	runtime.GC()
	base := resident(b)
	x.connect(everyone())
	began := time.Now()
	c := x.start()
	x.state(c, models.CyclePreviewed)
	read := time.Since(began)
	c = x.accept()
	x.state(c, models.CycleDone)
	all := time.Since(began)
	after, peak := resident(b), peakResident(b)
	b.Logf("read and plan %v, all %v; resident %d MB with the fake before, %d MB after, %d MB at most", read, all, base, after, peak)
	b.ReportMetric(all.Seconds(), "initial-s")
	b.ReportMetric(float64(peak-base), "grown-MB")
	x.compare()
	before := x.Sums(b, "cycles", "connectors", "audit_entries")
	began = time.Now()
	x.state(x.sync(), models.CycleDone)
	b.Logf("a cycle without changes %v", time.Since(began))
	for table, sum := range x.Sums(b, "cycles", "connectors", "audit_entries") {
		if before[table] != sum {
			b.Errorf("a cycle without changes wrote to %s", table)
		}
	}
	began = time.Now()
	x.state(x.full(), models.CycleDone)
	b.Logf("a full read without changes %v", time.Since(began))
}

func resident(tb testing.TB) int     { return status(tb, "VmRSS:") }
func peakResident(tb testing.TB) int { return status(tb, "VmHWM:") }

// status reads megabytes from what the kernel says of this process.
func status(_ testing.TB, name string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}
