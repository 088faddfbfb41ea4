// Package storetest opens stores for tests: SQLite in a temporary folder, and
// PostgreSQL on a server that the environment names or that the package starts
// itself. It also seeds large data and gives tests a clock.
package storetest

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"muster/models/store"
)

// Each runs a test on SQLite and on PostgreSQL, each with an empty, migrated
// database of its own. Without PostgreSQL that half is skipped with one line that
// says what is missing; with CI=true it fails instead.
func Each(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite opens an empty store on a file in t.TempDir(), and closes it when the
// test ends. The default clock is a fresh Clock; With changes the options.
func SQLite(t testing.TB, with ...func(*store.Options)) *store.Store {
	t.Helper()
	return open(t, store.Options{File: filepath.Join(t.TempDir(), "muster.db")}, with)
}

// Postgres opens an empty store on a database of its own, dropped when the test
// ends. It skips the test, or fails it with CI=true, when there is no server.
func Postgres(t testing.TB, with ...func(*store.Options)) *store.Store {
	t.Helper()
	return open(t, store.Options{DatabaseURL: PostgresURL(t)}, with)
}

// At makes the store read the time from a clock that the test holds.
func At(c *Clock) func(*store.Options) {
	return func(o *store.Options) { o.Now = c.Now }
}

func open(t testing.TB, o store.Options, with []func(*store.Options)) *store.Store {
	t.Helper()
	o.Now, o.Log = NewClock().Now, slog.New(slog.DiscardHandler)
	for _, change := range with {
		change(&o)
	}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open a store for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the test's store: %v", err)
		}
	})
	return s
}

// missing ends a test that cannot run here: what CI must run may not be skipped
// there.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
