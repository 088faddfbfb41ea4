package store

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"muster/models"
)

// LookAtSchema notes whether a newer Muster has brought the schema further while this one
// runs, as another instance on the same database does when it is updated first. This one
// does not know what it would write into it, and takes no more writes.
func (s *Store) LookAtSchema(ctx context.Context) error {
	pool, err := s.reads.DB()
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	var version int64
	if err := pool.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version); err != nil {
		return fmt.Errorf("read the schema version: %w", classify(err))
	}
	s.outdated.Store(version > knownSchema())
	return s.current()
}

// current refuses what only the newer program may do.
func (s *Store) current() error {
	if !s.outdated.Load() {
		return nil
	}
	return models.Errorf(models.Unavailable, "", "A newer Muster has brought the database to a schema that this one does not know, nothing was written.").
		WithAdvice("Start the newer version here too.").WithCode("schemaNewer")
}

// knownSchema is the newest version that this program can bring a database to. Both
// engines have the same.
func knownSchema() int64 {
	newest := int64(0)
	names, _ := fs.Glob(migrations, "migrations/sqlite/*.sql") // the pattern is right
	for _, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/sqlite/"), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}
