package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"muster/models"
)

// A store beside this one has the same engine and the same tables and shares nothing
// else: on SQLite it is a file of its own in the same folder, on PostgreSQL a schema of
// its own in the same database. What is written there cannot change anything here.

// besideName is what such a store may be called. The name becomes part of a file's and a
// schema's, so it has no character that either would read otherwise.
var besideName = regexp.MustCompile(`^[a-z]+-[0-9]+$`)

// besideConnections are enough for one client at a time and whoever looks on.
const besideConnections = 6

// Beside opens the store of a name, and makes it if there is none. Its witness is told of
// what is logged there. The caller closes it.
func (s *Store) Beside(ctx context.Context, name string, witness func(*Tx, []models.LogEntry) error) (*Store, error) {
	o := Options{Now: s.now, Log: s.log, Witness: witness}
	if err := checkBeside(name); err != nil {
		return nil, err
	}
	if s.engine == postgresEngine {
		o.DatabaseURL, o.schema, o.connections = s.options.DatabaseURL, besideSchema(name), besideConnections
		if err := s.writes.WithContext(ctx).Exec(`CREATE SCHEMA IF NOT EXISTS "` + o.schema + `"`).Error; err != nil {
			return nil, fmt.Errorf("make the schema %s: %w", o.schema, classify(err))
		}
	} else {
		o.File = s.besideFile(name)
	}
	return Open(ctx, o)
}

func checkBeside(name string) error {
	if !besideName.MatchString(name) {
		return fmt.Errorf("a store beside this one cannot be called %q", name)
	}
	return nil
}

func besideSchema(name string) string { return "muster_" + strings.ReplaceAll(name, "-", "_") }

// besideFile is beside muster.db, such as muster.shadow-1.db.
func (s *Store) besideFile(name string) string {
	return strings.TrimSuffix(s.file, filepath.Ext(s.file)) + "." + name + filepath.Ext(s.file)
}

// DropBeside removes the store of a name with all that is in it. It must be closed; one
// that is not there is no failure.
func (s *Store) DropBeside(ctx context.Context, name string) error {
	if err := checkBeside(name); err != nil {
		return err
	}
	if s.engine == postgresEngine {
		if err := s.writes.WithContext(ctx).Exec(`DROP SCHEMA IF EXISTS "` + besideSchema(name) + `" CASCADE`).Error; err != nil {
			return fmt.Errorf("remove the schema %s: %w", besideSchema(name), classify(err))
		}
		return nil
	}
	var errs []error
	for _, tail := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(s.besideFile(name) + tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove the store %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// AllBeside lists the stores beside this one whose names begin with a word.
func (s *Store) AllBeside(ctx context.Context, word string) ([]string, error) {
	var found []string
	if s.engine == postgresEngine {
		err := s.q(ctx).Raw("SELECT nspname FROM pg_namespace WHERE nspname LIKE ?", strings.ReplaceAll(besideSchema(word+"-"), "_", `\_`)+"%").Scan(&found).Error
		if err != nil {
			return nil, fmt.Errorf("list the schemas beside: %w", err)
		}
		for i, schema := range found {
			rest := strings.TrimPrefix(schema, besideSchema(word+"-"))
			found[i] = word + "-" + rest
		}
	} else {
		ext := filepath.Ext(s.file)
		files, err := os.ReadDir(filepath.Dir(s.file))
		if err != nil {
			return nil, fmt.Errorf("list the stores beside: %w", err)
		}
		base := strings.TrimSuffix(filepath.Base(s.file), ext) + "."
		for _, f := range files {
			rest, ours := strings.CutPrefix(f.Name(), base)
			if name, whole := strings.CutSuffix(rest, ext); ours && whole {
				found = append(found, name)
			}
		}
	}
	var names []string
	for _, name := range found {
		if strings.HasPrefix(name, word+"-") && besideName.MatchString(name) {
			names = append(names, name)
		}
	}
	return names, nil
}
