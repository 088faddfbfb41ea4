package store

import (
	"context"

	"gorm.io/gorm/schema"
)

// Naming is how fields become columns.
func Naming() schema.Namer { return gormConfig().NamingStrategy }

// ColumnTypes lists all columns with their types, by table.
func (s *Store) ColumnTypes(ctx context.Context) (map[string]map[string]string, error) {
	sql := `SELECT m.name AS t, c.name AS c, c.type AS k FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'`
	if s.engine == postgresEngine {
		sql = `SELECT table_name AS t, column_name AS c, data_type AS k FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name <> 'goose_db_version'`
	}
	var rows []struct{ T, C, K string }
	if err := s.writes.WithContext(ctx).Raw(sql).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for _, r := range rows {
		if out[r.T] == nil {
			out[r.T] = map[string]string{}
		}
		out[r.T][r.C] = r.K
	}
	return out, nil
}

// Indexes names the indexes that were made by name.
func (s *Store) Indexes(ctx context.Context) (names []string, err error) {
	sql := "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
	if s.engine == postgresEngine {
		sql = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname !~ '_(pkey|key)$'"
	}
	err = s.writes.WithContext(ctx).Raw(sql).Scan(&names).Error
	return names, err
}

// MigrateDown takes the migrations after a version back.
func (s *Store) MigrateDown(ctx context.Context, version int64) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	_, err = p.DownTo(ctx, version)
	return err
}

// SetSchema has the database say that it was brought to a version, and with 0 that it was
// not.
func (s *Store) SetSchema(ctx context.Context, version int64) error {
	if version == 0 {
		return s.writes.WithContext(ctx).Exec("DELETE FROM goose_db_version WHERE version_id > ?", knownSchema()).Error
	}
	return s.writes.WithContext(ctx).Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)", version, true).Error
}

// IndexesOf gives the statements that make a table's indexes, by name.
func (s *Store) IndexesOf(ctx context.Context, table string) (map[string]string, error) {
	var rows []struct{ Name, SQL string }
	err := s.reads.WithContext(ctx).Raw(`SELECT name, sql AS "sql" FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?`, table).Scan(&rows).Error
	out := map[string]string{}
	for _, r := range rows {
		out[r.Name] = r.SQL
	}
	return out, err
}
