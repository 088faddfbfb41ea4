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
