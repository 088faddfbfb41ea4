package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"muster/models"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema to the version this program knows. It refuses a
// database that a newer Muster has already migrated.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	current, target, err := versions(ctx, p)
	if err != nil {
		return err
	}
	if current > target {
		return models.Errorf(models.Conflict, "", "The data was written by a newer Muster (schema %d, this program knows %d).", current, target).
			WithAdvice("Start the newer version, or restore a backup that this version made.")
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
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	return versions(ctx, p)
}

func versions(ctx context.Context, p *goose.Provider) (current, known int64, err error) {
	current, err = p.GetDBVersion(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read the schema version: %w", err)
	}
	for _, src := range p.ListSources() {
		known = max(known, src.Version)
	}
	return current, known, nil
}

// provider gives goose its own handle on the write pool: the sources are the
// engine's folder, and on PostgreSQL a session lock keeps two instances apart.
func (s *Store) provider() (*goose.Provider, error) {
	pool, err := s.writes.DB()
	if err != nil {
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	var opts []goose.ProviderOption
	if s.engine == postgresEngine {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
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
