package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Plans runs reads and gives SQLite's query plans of their statements.
func (s *Store) Plans(t *testing.T, _ string, read func(*Store) error) string {
	t.Helper()
	watch := &statements{Interface: logger.Discard}
	watched := &Store{Reader: s.Reader, engine: s.engine}
	watched.db = s.reads.Session(&gorm.Session{Logger: watch})
	if err := read(watched); err != nil {
		t.Fatal(err)
	}
	var plans strings.Builder
	for _, sql := range watch.list {
		// The text of a statement has its values in the quotes of names.
		sql = strings.ReplaceAll(sql, `path = "title"`, `path = 'title'`)
		if s.engine == postgresEngine {
			s.explain(t, sql, &plans)
			continue
		}
		var rows []struct{ Detail string }
		if err := s.reads.Raw("EXPLAIN QUERY PLAN " + sql).Scan(&rows).Error; err != nil {
			t.Fatalf("%v in %s", err, sql)
		}
		for _, r := range rows {
			plans.WriteString(r.Detail + "\n")
		}
	}
	return plans.String()
}

// explain gives PostgreSQL's plan with tables read through only where there is no
// other way, since a small table is always read through.
func (s *Store) explain(t *testing.T, sql string, into *strings.Builder) {
	t.Helper()
	err := s.writes.Transaction(func(db *gorm.DB) error {
		if err := db.Exec("SET LOCAL enable_seqscan = off").Error; err != nil {
			return err
		}
		var lines []string
		err := db.Raw("EXPLAIN " + sql).Scan(&lines).Error
		into.WriteString(strings.Join(lines, "\n") + "\n")
		return err
	})
	if err != nil {
		t.Fatalf("%v in %s", err, sql)
	}
}

// statements remembers what ran.
type statements struct {
	logger.Interface
	list []string
}

func (l *statements) LogMode(logger.LogLevel) logger.Interface { return l }

func (l *statements) Trace(_ context.Context, _ time.Time, fc func() (string, int64), _ error) {
	sql, _ := fc()
	l.list = append(l.list, sql)
}

// PlanOf gives SQLite's plan of a statement.
func (s *Store) PlanOf(t *testing.T, sql string) []string {
	t.Helper()
	var rows []struct{ Detail string }
	if err := s.reads.Raw("EXPLAIN QUERY PLAN " + sql).Scan(&rows).Error; err != nil {
		t.Fatalf("%v in %s", err, sql)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Detail
	}
	return out
}

// Statements runs reads and gives the statements that they ran.
func (s *Store) Statements(t *testing.T, read func(*Store) error) []string {
	t.Helper()
	watch := &statements{Interface: logger.Discard}
	watched := &Store{Reader: s.Reader, engine: s.engine}
	watched.db = s.reads.Session(&gorm.Session{Logger: watch})
	if err := read(watched); err != nil {
		t.Fatal(err)
	}
	return watch.list
}

// CounterText asks for one counter.
const CounterText = counterText
