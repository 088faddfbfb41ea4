package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"muster/models/store/logfile"
)

const readConnections = 8

// openSQLite opens the file twice: one connection that writes, with immediate
// transactions so that a lock is never upgraded, and a pool that only reads.
// synchronous=FULL: an answer is given only after the commit is on disk.
func openSQLite(file string) (writes, reads *gorm.DB, err error) {
	if err := private(file); err != nil {
		return nil, nil, err
	}
	common := url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"},
		"_foreign_keys": {"on"}, "_busy_timeout": {"30000"}, "_stmt_cache_size": {"200"},
		"_mutex": {"no"}, // database/sql gives a connection to one goroutine at a time
	}
	// Caches in KiB: a write touches a dozen indexes, a read a few pages. More does not
	// help the writer: after a page was split, a commit walks through all it holds,
	// because SQLite numbers the halves by the page of its lock meanwhile, and takes
	// the cache for one that reaches that far (pcache1Truncate).
	w := url.Values{"_txlock": {"immediate"}, "_cache_size": {"-8192"}}
	if layer, err := logfile.Layer(); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", file, err)
	} else if layer != "" {
		w.Set("vfs", layer)
	}
	r := url.Values{"_query_only": {"on"}, "_cache_size": {"-4096"}}
	for k, v := range common {
		w[k], r[k] = v, v
	}
	if writes, err = openSQLitePool(file, w, 1); err != nil {
		return nil, nil, err
	}
	if reads, err = openSQLitePool(file, r, readConnections); err != nil {
		return nil, nil, errors.Join(err, closed(writes))
	}
	return writes, reads, nil
}

func openSQLitePool(file string, params url.Values, connections int) (*gorm.DB, error) {
	pool := sql.OpenDB(&sqliteConnector{address: sqliteAddress(file, params), writes: params.Has("_txlock")})
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
	writes  bool
}

// Where SQLite keeps what it sets aside: for the changes of every day in memory,
// because a file to undo one costs more than the change; for sorting tables to make
// an index in a file, because they may be larger than the memory.
const (
	asideInMemory = "PRAGMA temp_store = MEMORY"
	asideInFile   = "PRAGMA temp_store = FILE"
)

// Connect opens a connection.
func (c *sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.address)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	setup := fmt.Sprintf("PRAGMA wal_autocheckpoint = %d;", copyMost)
	if c.writes {
		setup += asideInMemory
	}
	if _, err := conn.(*sqlite3.SQLiteConn).Exec(setup, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("set up the database: %w", err), conn.Close())
	}
	return conn, nil
}

// Driver is what the connector opens with.
func (c *sqliteConnector) Driver() driver.Driver { return &c.driver }

func sqliteAddress(file string, params url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: params.Encode()}).String()
}

// migrating makes the connection that writes fit for a migration, and afterwards for
// changes again: a migration waits for another program's write as SQLite does, while
// the writer waits in its own way.
func (s *Store) migrating(begins bool) error {
	if s.engine != sqliteEngine {
		return nil
	}
	wait, aside := time.Duration(0), asideInMemory
	if begins {
		wait, aside = busyMost, asideInFile
	}
	for _, text := range []string{fmt.Sprintf("PRAGMA busy_timeout = %d", wait.Milliseconds()), aside} {
		if err := s.writes.Exec(text).Error; err != nil {
			return fmt.Errorf("set up the database: %w", err)
		}
	}
	return nil
}
