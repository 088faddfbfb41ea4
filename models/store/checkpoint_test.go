package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"muster/models"
	"muster/models/store"
)

// While writes go on without a pause, the log beside the database is copied to its
// place and begins anew again and again: it never comes near what SQLite itself
// would let it grow to.
func TestTheLogBesideTheDatabaseStaysSmall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "muster.db")
	s := openFile(t, file)
	org := organization(t, s)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 750 {
				u := person(org, "Ada", fmt.Sprintf("Lovelace%d", n*7919%1000), fmt.Sprintf("u%d-%d@example.com", i, n))
				err := s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
					return []models.LogEntry{entry(u, models.ActionCreate, models.Success)}, tx.InsertUser(u)
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	const most = 40 << 20
	log, err := os.Stat(file + "-wal")
	ok(t, err)
	if log.Size() > most {
		t.Errorf("the log grew to %d bytes, want at most %d", log.Size(), most)
	}
	if data, err := os.Stat(file); err != nil || data.Size() < 4<<20 {
		t.Errorf("the users are not in the database yet: %v", err)
	}
}
