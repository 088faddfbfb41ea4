package store

import (
	"database/sql"
	"fmt"
	"net/url"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

const readConnections = 8

// openSQLite opens the file twice: one connection that writes, with immediate
// transactions so that a lock is never upgraded, and a pool that only reads.
// synchronous=FULL: an answer is given only after the commit is on disk.
func openSQLite(file string) (writes, reads *gorm.DB, err error) {
	common := url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"},
		"_foreign_keys": {"on"}, "_busy_timeout": {"30000"}, "_stmt_cache_size": {"200"},
	}
	// Caches in KiB: a write touches a dozen indexes, a read a few pages.
	w := url.Values{"_txlock": {"immediate"}, "_cache_size": {"-32768"}}
	r := url.Values{"_query_only": {"on"}, "_cache_size": {"-4096"}}
	for k, v := range common {
		w[k], r[k] = v, v
	}
	if writes, err = openSQLitePool(file, w, 1); err != nil {
		return nil, nil, err
	}
	if reads, err = openSQLitePool(file, r, readConnections); err != nil {
		return nil, nil, err
	}
	return writes, reads, nil
}

func openSQLitePool(file string, params url.Values, connections int) (*gorm.DB, error) {
	pool, err := sql.Open("sqlite3", sqliteAddress(file, params))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	db, err := gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	return db, nil
}

func sqliteAddress(file string, params url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: params.Encode()}).String()
}

// waitForLock sets how long SQLite itself waits for another program's write. The
// writer waits in its own way; migrations have no other.
func (s *Store) waitForLock(d time.Duration) error {
	if s.engine != sqliteEngine {
		return nil
	}
	if err := s.writes.Exec(fmt.Sprintf("PRAGMA busy_timeout = %d", d.Milliseconds())).Error; err != nil {
		return fmt.Errorf("set the time to wait for the database: %w", err)
	}
	return nil
}
