package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

const readConnections = 8

// openSQLite opens the file three times: one connection that writes, with immediate
// transactions so that a lock is never upgraded, a pool that only reads, and a
// connection that copies the log to its place.
// synchronous=FULL: an answer is given only after the commit is on disk.
func openSQLite(file string) (writes, reads *gorm.DB, settles *sql.DB, err error) {
	common := url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"},
		"_foreign_keys": {"on"}, "_busy_timeout": {"30000"}, "_stmt_cache_size": {"200"},
		"_mutex": {"no"}, // database/sql gives a connection to one goroutine at a time
	}
	// Caches in KiB: a write touches a dozen indexes, a read a few pages.
	w := url.Values{"_txlock": {"immediate"}, "_cache_size": {"-32768"}}
	r := url.Values{"_query_only": {"on"}, "_cache_size": {"-4096"}}
	for k, v := range common {
		w[k], r[k] = v, v
	}
	if writes, err = openSQLitePool(file, w, 1); err != nil {
		return nil, nil, nil, err
	}
	if reads, err = openSQLitePool(file, r, readConnections); err != nil {
		return nil, nil, nil, err
	}
	c := maps.Clone(common)
	c.Set("_cache_size", "-256")
	settles = sql.OpenDB(&sqliteConnector{address: sqliteAddress(file, c)})
	settles.SetMaxOpenConns(1)
	return writes, reads, settles, nil
}

func openSQLitePool(file string, params url.Values, connections int) (*gorm.DB, error) {
	pool := sql.OpenDB(&sqliteConnector{address: sqliteAddress(file, params)})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	db, err := gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	return db, nil
}

// sqliteConnector opens connections with what an address cannot say.
type sqliteConnector struct {
	driver  sqlite3.SQLiteDriver
	address string
}

// Connect opens a connection. What SQLite sets aside to undo a change it keeps in
// memory: a file for that costs more than the change.
func (c *sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.address)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if _, err := conn.(*sqlite3.SQLiteConn).Exec("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 16000", nil); err != nil {
		return nil, errors.Join(fmt.Errorf("set up the database: %w", err), conn.Close())
	}
	return conn, nil
}

// Driver is what the connector opens with.
func (c *sqliteConnector) Driver() driver.Driver { return &c.driver }

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
