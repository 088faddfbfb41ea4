package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"muster/models"
)

// PlaceOfUser gives the cursor beside a user of a list.
func PlaceOfUser(u models.User) string { return cursor{Sort: u.SortKey, Key: u.Key}.String() }

// PlaceOfGroup gives the cursor beside a group of a list.
func PlaceOfGroup(g models.Group) string { return cursor{Sort: g.DisplayNameKey, Key: g.Key}.String() }

// PlaceOfEntry gives the cursor beside a log entry.
func PlaceOfEntry(e models.LogEntry) string { return cursor{At: e.At, Key: e.Key}.String() }

// Dialer connects to PostgreSQL.
var Dialer = dialer(0)

// Pack makes a backup of a database file.
var Pack = pack

// Tables lists the tables of the schema with their columns, from SQLite.
func Tables(ctx context.Context, s *Store) (map[string][]string, error) {
	db, err := s.reads.DB()
	if err != nil {
		return nil, err
	}
	list, err := tablesOf(ctx, db)
	out := map[string][]string{}
	for _, t := range list {
		out[t.name] = t.columns
	}
	return out, err
}

// Run executes a statement behind the store's back.
func (s *Store) Run(ctx context.Context, sql string, args ...any) error {
	return s.writes.WithContext(ctx).Exec(sql, args...).Error
}

// CountRows counts the rows of a table.
func (s *Store) CountRows(ctx context.Context, table string) (n int, err error) {
	err = s.reads.WithContext(ctx).Raw("SELECT count(*) FROM " + table).Scan(&n).Error
	return n, err
}

// EachRow gives every row that a backup keeps, the same on both engines.
func (s *Store) EachRow(ctx context.Context, fn func(table, row string)) error {
	for name := range strings.FieldsSeq("organizations instance users user_values groups group_words members cycles log_entries exchanges tallies tokens token_uses method_changes terms profiles mappings attribute_mappings queue_items evaluations admins throttles audit_entries") {
		rows, err := s.reads.WithContext(ctx).Raw("SELECT * FROM " + name).Rows()
		if err != nil {
			return err
		}
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			values, places := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				places[i] = &values[i]
			}
			if err := rows.Scan(places...); err != nil {
				return err
			}
			text := ""
			for i, v := range values {
				if b, ok := v.(bool); ok {
					v = map[bool]int{true: 1}[b]
				}
				if columns[i] == "folded" { // PostgreSQL keeps it parsed
					var object any
					if err := json.Unmarshal(fmt.Appendf(nil, "%s", v), &object); err != nil {
						return err
					}
					v = object
				}
				text += fmt.Sprintf(" %s=%v", columns[i], v)
			}
			fn(name, text)
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Synchronous is how the connection that writes brings its commits to the disk.
func (s *Store) Synchronous(ctx context.Context) (level int, err error) {
	db, err := s.writes.DB()
	if err == nil {
		err = db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level)
	}
	return level, err
}

// RunOnWriter executes a statement on the connection that writes, outside any
// transaction.
func (s *Store) RunOnWriter(ctx context.Context, sql string) error {
	db, err := s.writes.DB()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, sql)
	return err
}

// OpenRaw opens a file as the writer does, without the store.
func OpenRaw(b *testing.B, file string) *sql.DB {
	db, err := openPlain(file)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec("PRAGMA journal_mode = WAL"); err != nil {
		b.Fatal(err)
	}
	return db
}

// EndConnection makes PostgreSQL end the transaction's connection.
func (tx *Tx) EndConnection() error {
	_, err := tx.exec("SELECT pg_terminate_backend(pg_backend_pid())")
	return err
}

// LeaveOpen begins a query whose rows nobody reads or closes.
func (tx *Tx) LeaveOpen() error {
	_, err := tx.db.Statement.ConnPool.QueryContext(tx.ctx, "SELECT id FROM organizations")
	return err
}

// KnownRows is how many rows PostgreSQL believes a table to have.
func (s *Store) KnownRows(t testing.TB, table string) (n float64) {
	t.Helper()
	if err := s.reads.Raw("SELECT reltuples FROM pg_class WHERE oid = to_regclass(?)", table).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// FillWide takes every place of searches that no index leads, until release.
func (s *Store) FillWide() (release func()) {
	for range wideMost {
		s.wide <- struct{}{}
	}
	return func() {
		for range wideMost {
			<-s.wide
		}
	}
}

// Term is what a record holds that a method takes over in the transaction.
func (tx *Tx) Term(organization int64, m models.Method) (string, error) {
	return tx.term(organization, m)
}
