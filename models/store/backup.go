package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Backup writes a consistent copy of all data as of one instant, while others
// read and write. It needs free space for one uncompressed copy: beside the data
// with SQLite, in the folder for temporary files with PostgreSQL.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	dir, err := s.scratch("backup")
	if err != nil {
		return err
	}
	defer dir.drop()
	file := dir.file(archiveName)
	if s.engine == postgresEngine {
		err = s.copyOut(ctx, file)
	} else {
		err = s.vacuumInto(ctx, file)
	}
	if err != nil {
		return fmt.Errorf("back up: %w", classify(err))
	}
	return pack(w, file)
}

// vacuumInto copies on a connection of its own: the read pool may not write, and
// the writer is not to wait.
func (s *Store) vacuumInto(ctx context.Context, file string) error {
	db, err := openPlain(s.file)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return err
}

// openPlain opens a SQLite file for copying: one connection, no foreign keys
// checked row by row.
func openPlain(file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", sqliteAddress(file, map[string][]string{
		"_busy_timeout": {"60000"}, "_txlock": {"immediate"}, "_foreign_keys": {"off"}, "_cache_size": {"-65536"}, "_synchronous": {"FULL"},
	}))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// likeness makes a fresh SQLite file with the schema that the data have, which may be an
// older one.
func (s *Store) likeness(ctx context.Context, file string) error {
	version, _, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	fresh, err := Open(ctx, Options{File: file, Now: s.now, Log: s.log, NoMigrate: true})
	if err != nil {
		return err
	}
	p, err := fresh.provider()
	if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	return errors.Join(err, fresh.Close())
}

// copyOut copies PostgreSQL's tables, as of one snapshot, into a fresh SQLite file.
func (s *Store) copyOut(ctx context.Context, file string) error {
	if err := s.likeness(ctx, file); err != nil {
		return err
	}
	to, err := openPlain(file)
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := to.ExecContext(ctx, "PRAGMA journal_mode = DELETE"); err != nil {
		return err
	}
	from, err := s.writes.DB()
	if err != nil {
		return err
	}
	snapshot, err := from.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = snapshot.Rollback() }()
	tables, err := tablesOf(ctx, to)
	if err != nil {
		return err
	}
	into, err := to.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = into.Rollback() }()
	for _, t := range tables {
		if err := t.copyRows(ctx, snapshot, into); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return into.Commit()
}

// table is one table of the schema as SQLite knows it.
type table struct {
	name    string
	columns []string
}

// tablesOf lists the tables that hold data, each after those it refers to.
func tablesOf(ctx context.Context, db *sql.DB) ([]table, error) {
	rows, err := db.QueryContext(ctx, `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version' ORDER BY m.rowid, c.cid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []table
	for rows.Next() {
		var name, column string
		if err := rows.Scan(&name, &column); err != nil {
			return nil, err
		}
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, table{name: name})
		}
		last := &list[len(list)-1]
		last.columns = append(last.columns, column)
	}
	return list, rows.Err()
}

func (t table) names() string { return `"` + strings.Join(t.columns, `", "`) + `"` }

func (t table) copyRows(ctx context.Context, from, to *sql.Tx) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	insert, err := to.PrepareContext(ctx, "INSERT INTO "+t.name+" ("+t.names()+") VALUES ("+marks+")") //nolint:gosec // names come from the schema, never from a request
	if err != nil {
		return err
	}
	defer insert.Close()
	rows, err := from.QueryContext(ctx, "SELECT "+t.names()+" FROM "+t.name) //nolint:gosec // names come from the schema, never from a request
	if err != nil {
		return err
	}
	defer rows.Close()
	values := t.values()
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
		asText(values)
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// asText turns what PostgreSQL gives as bytes, its jsonb, into the text that SQLite
// keeps.
func asText(values []any) {
	for _, v := range values {
		if place, ok := v.(*any); ok {
			if body, ok := (*place).([]byte); ok {
				*place = string(body)
			}
		}
	}
}

// values gives a row to scan into and to insert from.
func (t table) values() []any {
	out := make([]any, len(t.columns))
	for i := range out {
		out[i] = new(any)
	}
	return out
}
