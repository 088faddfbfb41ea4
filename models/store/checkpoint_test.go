package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"muster/models/store"
	"muster/models/store/storetest"
)

// Writers that never pause must not let SQLite's log grow until SQLite itself stops a
// commit to copy it, which it does at 40,000 pages: it begins anew before, also while
// others read.
func TestTheLogBeginsAnewBesideBusyWriters(t *testing.T) {
	const writers, each, pageBytes = 4, 350, 4096
	file := filepath.Join(t.TempDir(), "muster.db")
	s := storetest.SQLite(t, func(o *store.Options) { o.File = file })
	org := organization(t, s)
	reading, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for reading.Err() == nil {
			_, _ = s.UserCounts(reading, org)
		}
	}()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				create(t, s, person(org, fmt.Sprint("Ada", w), fmt.Sprint("Lovelace", i), fmt.Sprintf("ada.%d.%d@example.com", w, i)))
			}
		})
	}
	wg.Wait()
	stop()
	log, err := os.Stat(file + "-wal")
	ok(t, err)
	if pages := log.Size() / pageBytes; pages < 10_000 || pages > 20_000 {
		t.Errorf("the log grew to %d pages", pages)
	}
	t.Logf("the log grew to %d pages", log.Size()/pageBytes)
	rows, err := s.CountRows(t.Context(), "users")
	ok(t, err)
	if rows != writers*each {
		t.Errorf("%d users are there of %d", rows, writers*each)
	}
}

func TestAStoreMayBeClosedTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ok(t, s.Close())
		ok(t, s.Close())
	})
}
