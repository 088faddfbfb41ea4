package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// BenchmarkWrites measures what clients get that each create users, one with its
// log entry per transaction, and wait for each answer: users per second and how
// long an answer takes.
func BenchmarkWrites(b *testing.B) {
	for _, clients := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := storetest.SQLite(b)
			o, err := s.EnsureOrganization(context.Background(), store.FirstOrganization, "Contoso")
			if err != nil {
				b.Fatal(err)
			}
			var next atomic.Int64
			measure(b, clients, func() error {
				u := person(o.Key, "Ada", "Lovelace", fmt.Sprintf("u%d@example.com", next.Add(1)))
				return s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
					return []models.LogEntry{entry(u, models.ActionCreate, models.Success)}, tx.InsertUser(u)
				})
			})
		})
	}
}

// BenchmarkRawWrites is the floor under BenchmarkWrites: one row in a transaction
// of its own, through database/sql, with the same promise of the disk.
func BenchmarkRawWrites(b *testing.B) {
	db := store.OpenRaw(b, filepath.Join(b.TempDir(), "raw.db"))
	if _, err := db.Exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare("INSERT INTO t (a, b) VALUES (?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	measure(b, 1, func() error {
		_, err := insert.Exec("ada@example.com", "a document of some length, but not of much")
		return err
	})
}

func measure(b *testing.B, clients int, do func() error) {
	var mu sync.Mutex
	var took []time.Duration
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	began, spent := time.Now(), processorTime(b)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			var own []time.Duration
			for left.Add(-1) >= 0 {
				start := time.Now()
				if err := do(); err != nil {
					b.Error(err)
					return
				}
				own = append(own, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
		})
	}
	wg.Wait()
	b.ReportMetric(float64((processorTime(b)-spent).Microseconds())/float64(len(took)), "cpu-µs/user")
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/time.Since(began).Seconds(), "users/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// processorTime is what this process used of all processors so far. It tells more
// than the clock on a machine that others use too.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
