package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"muster/models"
)

// Restore replaces all data by a backup's, of either engine. The backup is read
// and checked whole first; then one transaction replaces everything, so that a
// server on the same data sees the old data or the new and a failure changes
// nothing. Nobody stays signed in: sessions are not restored.
func (s *Store) Restore(ctx context.Context, r io.Reader) error {
	dir, err := s.scratch("restore")
	if err != nil {
		return err
	}
	defer dir.drop()
	file := dir.file(archiveName)
	if err := unpack(r, file); err != nil {
		return err
	}
	tables, err := s.checkBackup(ctx, file)
	if err != nil {
		return err
	}
	if s.engine == postgresEngine {
		err = s.copyIn(ctx, file, tables)
	} else {
		err = s.attach(ctx, file, tables)
	}
	if err != nil {
		return fmt.Errorf("restore: %w", classify(err))
	}
	return nil
}

// checkBackup holds the database to its own rules, brings an older schema up to
// date and refuses a newer one.
func (s *Store) checkBackup(ctx context.Context, file string) ([]table, error) {
	if err := checkFile(ctx, file); err != nil {
		return nil, err
	}
	b, err := Open(ctx, Options{File: file, Now: s.now, Log: s.log})
	if e, ok := models.AsError(err); ok && e.Kind == models.Conflict {
		return nil, models.Errorf(models.Conflict, "file", "The backup was made by a newer Muster. Nothing was changed.").
			WithAdvice("Restore it with the version that made it, or a newer one.").WithCode("backupNewer")
	}
	if err != nil {
		return nil, fmt.Errorf("open the backup: %w", err)
	}
	if err := b.Close(); err != nil {
		return nil, fmt.Errorf("close the backup: %w", err)
	}
	db, err := openPlain(file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	tables, err := tablesOf(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("read the backup's tables: %w", err)
	}
	return tables, nil
}

func checkFile(ctx context.Context, file string) error {
	db, err := openPlain(file)
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return damaged("the database in it fails its integrity check")
	}
	var versions int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM goose_db_version").Scan(&versions); err != nil || versions == 0 {
		return models.Errorf(models.Invalid, "file", "The file holds a database, but not one of Muster. Nothing was changed.").
			WithAdvice("Give the file that muster backup wrote.").WithCode("notABackup")
	}
	broken, err := db.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return fmt.Errorf("check the backup: %w", err)
	}
	defer broken.Close()
	if broken.Next() {
		return damaged("records in it refer to others that are missing")
	}
	return broken.Err()
}

// kept tells whether a table comes back with a restore.
func kept(t table) bool { return t.name != "sessions" }

// attach replaces SQLite's data on a connection of its own. The writer waits for
// the lock as for any other program.
func (s *Store) attach(ctx context.Context, file string, tables []table) error {
	db, err := openPlain(s.file)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "ATTACH DATABASE ? AS backup", file); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var count int64
	if err := tx.QueryRowContext(ctx, countedChanges).Scan(&count); err != nil {
		return fmt.Errorf("read the count of changes: %w", err)
	}
	for _, t := range slices.Backward(tables) {
		if _, err := tx.ExecContext(ctx, "DELETE FROM main."+t.name); err != nil { //nolint:gosec // names come from the schema, never from a request
			return fmt.Errorf("empty %s: %w", t.name, err)
		}
	}
	for _, t := range tables {
		if !kept(t) {
			continue
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO main."+t.name+" ("+t.names()+") SELECT "+t.names()+" FROM backup."+t.name) //nolint:gosec // names come from the schema, never from a request
		if err != nil {
			return fmt.Errorf("fill %s: %w", t.name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, countPast(count)); err != nil {
		return fmt.Errorf("count the change: %w", err)
	}
	return tx.Commit()
}

// copyIn replaces PostgreSQL's data. Writers wait at the locks; readers see the
// old rows until the commit, which TRUNCATE would not grant them.
func (s *Store) copyIn(ctx context.Context, file string, tables []table) error {
	pool, err := s.writes.DB()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	from, err := openPlain(file)
	if err != nil {
		return err
	}
	defer from.Close()
	return conn.Raw(func(driver any) error {
		return pgx.BeginFunc(ctx, driver.(*stdlib.Conn).Conn(), func(tx pgx.Tx) error {
			return replaceAll(ctx, tx, from, tables)
		})
	})
}

func replaceAll(ctx context.Context, tx pgx.Tx, from *sql.DB, tables []table) error {
	for _, t := range tables {
		if _, err := tx.Exec(ctx, "LOCK TABLE "+t.name+" IN EXCLUSIVE MODE"); err != nil {
			return fmt.Errorf("lock %s: %w", t.name, err)
		}
	}
	var count int64
	if err := tx.QueryRow(ctx, countedChanges).Scan(&count); err != nil {
		return fmt.Errorf("read the count of changes: %w", err)
	}
	for _, t := range slices.Backward(tables) {
		if _, err := tx.Exec(ctx, "DELETE FROM "+t.name); err != nil {
			return fmt.Errorf("empty %s: %w", t.name, err)
		}
	}
	for _, t := range tables {
		if !kept(t) {
			continue
		}
		if err := t.fill(ctx, tx, from); err != nil {
			return fmt.Errorf("fill %s: %w", t.name, err)
		}
	}
	if _, err := tx.Exec(ctx, countPast(count)); err != nil {
		return fmt.Errorf("count the change: %w", err)
	}
	return nil
}

// fill streams a table into PostgreSQL and moves its identity past the keys that
// came, never back: a key is not used twice.
func (t table) fill(ctx context.Context, tx pgx.Tx, from *sql.DB) error {
	booleans, err := t.booleans(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := from.QueryContext(ctx, "SELECT "+t.names()+" FROM "+t.name) //nolint:gosec // names come from the schema, never from a request
	if err != nil {
		return err
	}
	defer rows.Close()
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, &copier{rows: rows, columns: t.columns, booleans: booleans}); err != nil {
		return err
	}
	if !slices.Contains(t.columns, "id") {
		return nil
	}
	_, err = tx.Exec(ctx, `SELECT setval(pg_get_serial_sequence($1, 'id'), greatest(nextval(pg_get_serial_sequence($1, 'id')),
		(SELECT coalesce(max(id), 1) FROM `+t.name+`)))`, t.name)
	return err
}

// booleans are the columns that SQLite keeps as 0 and 1.
func (t table) booleans(ctx context.Context, tx pgx.Tx) (map[string]bool, error) {
	rows, err := tx.Query(ctx, "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND data_type = 'boolean'", t.name)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out, err
}

// copier hands SQLite's rows to COPY.
type copier struct {
	rows     *sql.Rows
	columns  []string
	booleans map[string]bool
}

func (c *copier) Next() bool { return c.rows.Next() }
func (c *copier) Err() error { return c.rows.Err() }

func (c *copier) Values() ([]any, error) {
	values, places := make([]any, len(c.columns)), make([]any, len(c.columns))
	for i := range values {
		places[i] = &values[i]
	}
	if err := c.rows.Scan(places...); err != nil {
		return nil, err
	}
	for i, name := range c.columns {
		if n, ok := values[i].(int64); ok && c.booleans[name] {
			values[i] = n != 0
		}
	}
	return values, nil
}
