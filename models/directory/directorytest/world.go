// Package directorytest gives tests a directory over an empty database, on SQLite
// and on PostgreSQL, and looks at all tables from outside, through none of the
// code that is under test.
package directorytest

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
	"muster/models/store/storetest"
)

// World is an instance with one organization that SCIM is in charge of.
type World struct {
	*store.Store
	*directory.Directory
	Look
	Clock   *storetest.Clock
	Org     models.Organization
	Address string // of the database on PostgreSQL, for a second instance
}

// Each runs a test on both engines, each with a world of its own.
func Each(t *testing.T, fn func(t *testing.T, w *World)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite makes a world on a file in a temporary folder.
func SQLite(t testing.TB) *World {
	t.Helper()
	file := filepath.Join(t.TempDir(), "muster.db")
	return newWorld(t, store.Options{File: file}, "sqlite3", "file:"+file+"?mode=ro&_busy_timeout=5000")
}

// Postgres makes a world on a database of its own; without a server it skips.
func Postgres(t testing.TB) *World {
	t.Helper()
	address := storetest.PostgresURL(t)
	w := newWorld(t, store.Options{DatabaseURL: address}, "pgx", address)
	w.Address = address
	return w
}

func newWorld(t testing.TB, o store.Options, driver, address string) *World {
	t.Helper()
	w := &World{Clock: storetest.NewClock()}
	o.Now, o.Log = w.Clock.Now, slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open the test's store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the test's store: %v", err)
		}
	})
	w.Store, w.Look = s, look(t, driver, address)
	w.Directory = directory.New(directory.Options{Store: s, Now: w.Clock.Now, NewID: NewID, Log: o.Log})
	w.Org, err = s.EnsureOrganization(t.Context(), store.FirstOrganization, "Acme")
	if err != nil {
		t.Fatalf("make the test's organization: %v", err)
	}
	w.Configure(t, func(o *models.Organization) {
		o.Method, o.MethodSet, o.MethodSince = models.SCIM, true, models.TimeOf(w.Clock.Now())
	})
	return w
}

// NewID makes public ids.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Configure changes the organization behind every door.
func (w *World) Configure(t testing.TB, edit func(*models.Organization)) {
	t.Helper()
	edit(&w.Org)
	if err := w.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveOrganization(&w.Org) }); err != nil {
		t.Fatalf("save the organization: %v", err)
	}
}

// Another makes a second organization, that SCIM is in charge of too.
func (w *World) Another(t testing.TB) models.Organization {
	t.Helper()
	o, err := w.EnsureOrganization(t.Context(), "other", "Other")
	if err != nil {
		t.Fatalf("make another organization: %v", err)
	}
	o.Method, o.MethodSet = models.SCIM, true
	if err := w.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveOrganization(&o) }); err != nil {
		t.Fatalf("save the other organization: %v", err)
	}
	return o
}

// Client is a directory that provisions the organization.
func (w *World) Client() models.Actor {
	return models.Actor{Kind: models.TokenActor, ID: "token-1", Name: "Entra", OrganizationID: w.Org.Key, Scope: models.ProvisionScope}
}

// Admin is a person in the console.
func (w *World) Admin() models.Actor {
	return models.Actor{Kind: models.AdminActor, ID: "admin-1", Name: "root@example.com", OrganizationID: w.Org.Key, Role: models.Owner}
}

// User reads a user of the organization as it is stored, with its document.
func (w *World) User(t testing.TB, id string) models.User {
	t.Helper()
	u, err := w.Store.User(t.Context(), w.Org.Key, id)
	if err == nil {
		err = u.Load()
	}
	if err != nil {
		t.Fatalf("read user %s: %v", id, err)
	}
	return u
}

// Group reads a group of the organization.
func (w *World) Group(t testing.TB, id string) models.Group {
	t.Helper()
	g, err := w.Store.Group(t.Context(), w.Org.Key, id)
	if err != nil {
		t.Fatalf("read group %s: %v", id, err)
	}
	return g
}

// Log lists the organization's log entries with their details, oldest first.
func (w *World) Log(t testing.TB) []models.LogEntry {
	t.Helper()
	var out []models.LogEntry
	err := w.EachLogEntry(t.Context(), w.Org.Key, models.LogQuery{}, func(page []models.LogEntry) error {
		for _, e := range page {
			out = append([]models.LogEntry{e}, out...)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the log: %v", err)
	}
	return out
}

// Last gives the newest log entry.
func (w *World) Last(t testing.TB) models.LogEntry {
	t.Helper()
	entries := w.Log(t)
	if len(entries) == 0 {
		t.Fatal("the log is empty")
	}
	return entries[len(entries)-1]
}

// Pause lets time go by.
func (w *World) Pause(d time.Duration) { w.Clock.Advance(d) }

// Restore makes a user active again; the store's own Restore is about backups.
func (w *World) Restore(ctx context.Context, by models.Actor, id string) (models.User, error) {
	return w.Directory.Restore(ctx, by, id)
}
