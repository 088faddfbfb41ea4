package store_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// R13: a full disk refuses writes in words, leaves nothing half-written, lets
// reads go on, and is over as soon as there is space.
func TestAFullDatabaseRefusesAndRecovers(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
	limit := func(pages int) { ok(t, s.RunOnWriter(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))) }
	limit(1) // SQLite takes the present size for anything smaller
	written, failures := 1, 0
	for i := range 200 {
		u := person(org, "Filler", strings.Repeat("x", 400), fmt.Sprintf("%d%s@example.com", i, strings.Repeat("y", 100)))
		u.Attributes["title"] = strings.Repeat("z", 3000)
		ok(t, u.Extract())
		err := s.Provision(t.Context(), func(tx *store.Tx) ([]models.LogEntry, error) {
			return []models.LogEntry{entry(u, models.ActionCreate, models.Success)}, tx.InsertUser(u)
		})
		switch {
		case err == nil:
			written++
		case models.KindOf(err) == models.Unavailable:
			failures++
		default:
			t.Fatalf("want a refusal that says the disk is full, got %v", err)
		}
	}
	if failures < 100 {
		t.Fatalf("only %d writes were refused", failures)
	}
	check := func(want int) {
		t.Helper()
		counts, err := s.UserCounts(t.Context(), org)
		ok(t, err)
		rows, err := s.CountRows(t.Context(), "users")
		ok(t, err)
		entries, err := s.CountRows(t.Context(), "log_entries")
		ok(t, err)
		if counts.Total != int64(want) || rows != want || entries != want {
			t.Errorf("counted %d, %d users, %d entries, want %d of each", counts.Total, rows, entries, want)
		}
	}
	check(written)
	limit(1 << 30)
	create(t, s, person(org, "After", "Space", "after@example.com"))
	check(written + 1)
}
