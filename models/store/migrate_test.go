package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3/lock"

	"muster/models/store"
	"muster/models/store/storetest"
)

// Who finds the schema as it should be opens the database at once: commands beside each
// other, and instances that start together, wait for no lock.
func TestOpeningWaitsForNoMigration(t *testing.T) {
	address := storetest.PostgresURL(t)
	same := func(o *store.Options) { o.DatabaseURL = address }
	storetest.Postgres(t, same)
	other, err := pgx.Connect(t.Context(), address)
	ok(t, err)
	defer func() { _ = other.Close(t.Context()) }()
	_, err = other.Exec(t.Context(), "SELECT pg_advisory_lock($1)", int64(lock.DefaultLockID))
	ok(t, err)
	began := time.Now()
	current, known, err := storetest.Postgres(t, same).Schema(t.Context())
	if took := time.Since(began); err != nil || current != known || took > 900*time.Millisecond {
		t.Errorf("it took %v to open schema %d of %d, %v", took, current, known, err)
	}
}
