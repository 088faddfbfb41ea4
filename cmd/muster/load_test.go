package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/cmd/muster/load"
	"muster/models/store/storetest"
	"muster/web/scimv2"
)

// loadTime is how long each figure is measured.
func loadTime() time.Duration {
	if s, err := strconv.Atoi(os.Getenv("MUSTER_LOAD_SECONDS")); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	return 4 * time.Second
}

// BenchmarkProviders measures a real server process with the requests of identity
// providers, on SQLite (synchronous=FULL) and on PostgreSQL, each beside the floor
// of the same machine in the same run. The share is the part of the floor reached:
// of grouped inserts for writes, of an echo server that does nothing for look-ups.
// MUSTER_LOAD_SECONDS sets how long each figure takes, MUSTER_LOAD_DATA a data folder
// that is full already, such as one with the file of the store's BenchmarkMillion.
func BenchmarkProviders(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		data := os.Getenv("MUSTER_LOAD_DATA")
		if data == "" {
			data = b.TempDir()
		}
		token := admitted(b, data)
		file := filepath.Join(b.TempDir(), "floor.db")
		measureServer(b, serve(b, data, freePort(b), profiled()...), token, func(clients int) (float64, error) {
			return storetest.FloorSQLite(b.Context(), file, clients, loadTime())
		})
	})
	b.Run("postgres", func(b *testing.B) {
		address := storetest.PostgresURL(b)
		data := b.TempDir()
		command(b, "", "--data", data, "--database-url", address, "method", "set", "scim")
		token := strings.TrimSpace(command(b, "", "--data", data, "--database-url", address, "token", "new", "--description", "load"))
		measureServer(b, serve(b, data, freePort(b), append(profiled(), "--database-url", address)...), token, func(clients int) (float64, error) {
			return storetest.FloorPostgres(b.Context(), storetest.PostgresURL(b), clients, loadTime())
		})
	})
}

// profiled opens the server's listener for profiles when MUSTER_LOAD_METRICS names
// an address.
func profiled() []string {
	if address := os.Getenv("MUSTER_LOAD_METRICS"); address != "" {
		return []string{"--metrics-listen", address}
	}
	return nil
}

func measureServer(b *testing.B, srv *server, token string, floor func(clients int) (float64, error)) {
	target := load.Target{Address: strings.TrimPrefix(srv.url, "http://"), Base: scimv2.Prefix, Token: token}
	// Names that a full data folder does not have from an earlier run.
	series := strconv.FormatInt(time.Now().Unix(), 36)
	people := load.NewProvider("a" + series)
	var group, large string
	begin := func(b *testing.B) *load.Conn {
		c, err := load.Dial(b.Context(), target)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(c.Close)
		return c
	}
	run := func(name string, clients int, base func(int) (float64, error), units int, step load.Step) {
		b.Run(fmt.Sprintf("%s/clients=%d", name, clients), func(b *testing.B) {
			var under float64
			var err error
			if base != nil {
				if under, err = base(clients); err != nil {
					b.Fatal(err)
				}
			}
			for range b.N {
				spent := processorTime(b, srv)
				r, err := target.Run(b.Context(), load.Options{Clients: clients, Time: loadTime(), Units: units}, step)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(r.PerSecond, "units/s")
				b.ReportMetric(float64((processorTime(b, srv)-spent).Microseconds())/float64(r.Units), "server-cpu-µs")
				b.ReportMetric(float64(r.P50.Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(r.P99.Microseconds())/1000, "p99-ms")
				if under > 0 {
					b.ReportMetric(under, "floor/s")
					b.ReportMetric(100*r.PerSecond/under, "%-of-floor")
				}
			}
			b.ReportMetric(0, "ns/op") // a unit is what counts, not the run
		})
	}
	noop := func(clients int) (float64, error) {
		r, err := load.NoOp(b.Context(), clients, loadTime())
		return r.PerSecond, err
	}
	for _, clients := range []int{1, 4, 16} {
		cycle := people
		if clients > 1 {
			cycle = load.NewProvider(fmt.Sprintf("c%d-%s-", clients, series))
		}
		run("FirstCycle", clients, floor, 0, cycle.FirstCycle)
	}
	for _, clients := range []int{1, 4} {
		run("Patch", clients, floor, 0, people.Patch)
		run("Lookup", clients, noop, 0, people.Lookup)
	}
	run("Mixed", 4, nil, 0, people.Mixed)
	run("Page", 4, nil, 0, people.Page(people.People()))
	if people.People() < 100 {
		return // -bench chose other figures
	}
	c := begin(b)
	var err error
	if group, err = people.Group(c, "small"); err == nil {
		if large, err = people.Group(c, "large"); err == nil {
			if err = people.Fill(c, group, 0, 10); err == nil {
				err = people.Fill(c, large, 0, people.People()-1)
			}
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	run("MemberOf10", 1, nil, 0, people.Member(group, people.People()-1))
	run(fmt.Sprintf("MemberOf%d", people.People()-1), 1, nil, 0, people.Member(large, people.People()-1))
	b.Run("memory", func(b *testing.B) {
		for range b.N {
			b.ReportMetric(float64(residentBytes(b, srv))/1e6, "MB")
		}
		b.ReportMetric(0, "ns/op")
	})
}

// processorTime is what the server used of all processors so far, by Linux's
// account: it tells more than the clock on a machine that others use too.
func processorTime(b *testing.B, srv *server) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", srv.cmd.Process.Pid))
	if err != nil {
		b.Fatalf("processor time is read from Linux's own account: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // after the name come state, then numbers
	fields := strings.Fields(rest)
	var ticks int64
	for _, text := range fields[11:13] { // utime, stime (proc(5)), in hundredths of a second
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// residentBytes is what the process holds in memory, by Linux's account.
func residentBytes(b *testing.B, srv *server) int64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", srv.cmd.Process.Pid))
	if err != nil {
		b.Fatalf("memory is read from Linux's own account: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb * 1024
}
