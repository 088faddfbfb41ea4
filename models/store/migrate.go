package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"muster/models"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema to the version this program knows. It refuses a
// database that a newer Muster has already migrated.
func (s *Store) Migrate(ctx context.Context) error {
	current, target, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	if current > target {
		return models.Errorf(models.Conflict, "", "The data was written by a newer Muster (schema %d, this program knows %d).", current, target).
			WithAdvice("Start the newer version, or restore a backup that this version made.")
	}
	if current == target { // as every command finds it: none waits for another one's lock
		return nil
	}
	p, err := s.provider()
	if err != nil {
		return err
	}
	if err := s.migrating(true); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return s.migrating(false)
}

// Schema tells the version the database has and the one this program knows.
func (s *Store) Schema(ctx context.Context) (current, known int64, err error) {
	current, err = s.schemaVersion(ctx)
	return current, knownSchema(), err
}

// schemaVersion reads the version that the database has, 0 before the first. It asks
// itself: goose would take its lock for that.
func (s *Store) schemaVersion(ctx context.Context) (version int64, err error) {
	pool, err := s.reads.DB()
	if err != nil {
		return 0, fmt.Errorf("reach the database: %w", err)
	}
	there := "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'goose_db_version'"
	if s.engine == postgresEngine {
		there = "SELECT to_regclass('goose_db_version') IS NOT NULL"
	}
	var begun bool
	if err = pool.QueryRowContext(ctx, there).Scan(&begun); err == nil && begun {
		err = pool.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	}
	if err != nil {
		return 0, fmt.Errorf("read the schema version: %w", err)
	}
	return version, nil
}

// knownSchema is the newest version that this program can bring a database to. Both
// engines have the same.
func knownSchema() int64 {
	newest := int64(0)
	names, _ := fs.Glob(migrations, "migrations/sqlite/*.sql") // the pattern is right
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// How often, in seconds, and how many times an instance looks whether another one has
// done with its migration.
const (
	migrateLook  = 1
	migrateLooks = 600
)

// provider gives goose its own handle on the write pool: the sources are the
// engine's folder, of which one file is run in Go, and on PostgreSQL a session lock
// keeps two instances apart.
func (s *Store) provider() (*goose.Provider, error) {
	pool, err := s.writes.DB()
	if err != nil {
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	var opts []goose.ProviderOption
	if s.engine == postgresEngine {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(migrateLook, migrateLooks))
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	words, err := wordsMigration(s.engine, folder)
	if err != nil {
		return nil, err
	}
	opts = append(opts, goose.WithExcludeNames([]string{wordsFile}), goose.WithGoMigrations(words))
	sub, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, errors.Join(errors.New("read the embedded migrations"), err)
	}
	p, err := goose.NewProvider(dialect, pool, sub, opts...)
	if err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	return p, nil
}
