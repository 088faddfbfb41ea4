// Package store is the only place that runs SQL: GORM on SQLite (the default,
// embedded) or PostgreSQL, with the same behaviour on both. One file per noun;
// reads hang on Reader, writes on Tx, and a Tx exists only inside Provision,
// Administer or Keep, so that a change without its log or audit entry cannot be
// written by accident.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"

	"muster/models"
)

// Options are what a Store is opened with. Now and Log are required, and one of
// File and DatabaseURL.
type Options struct {
	File        string // SQLite database file; its folder must exist
	DatabaseURL string // postgres://…; wins over File
	Now         func() time.Time
	Log         *slog.Logger
	NoMigrate   bool // leave the schema as it is (muster migrate shows it first)

	// Idle is how long PostgreSQL waits in the midst of a transaction for a program that
	// stands still, or whose machine is gone, before it lets the others on; 30 s.
	Idle time.Duration

	// Witness, when set, is told the log entries of each change inside its transaction:
	// what it writes stands or falls with the change, and its failure is the change's.
	Witness func(*Tx, []models.LogEntry) error

	schema      string // of PostgreSQL, "" for the one that its address leads to
	connections int    // of PostgreSQL, 0 for as many as requests need
}

// Store reads and writes the database. Its Reader serves requests from a pool;
// inside a write use the Tx's own.
type Store struct {
	Reader
	engine  engine
	writer  *writer
	copies  *checkpointer // of SQLite's log; nil on PostgreSQL
	analyst *analyst      // of PostgreSQL's tables; nil on SQLite
	reads   *gorm.DB
	writes  *gorm.DB
	shared  *gorm.DB // the connection of the writer; on SQLite the one of writes
	apart   places   // of PostgreSQL, for changes that have a transaction of their own
	now     func() time.Time
	log     *slog.Logger
	file    string
	opened  os.FileInfo // the file of SQLite, as it was found; nil on PostgreSQL
	options Options
	starved atomic.Bool // the last write found no space, or a file that takes none

	outdated atomic.Bool // a newer program has brought the schema further
	memory   memory
	texts    insertTexts
}

type engine int

const (
	sqliteEngine engine = iota
	postgresEngine
)

// Reader answers questions. In a Tx it sees the transaction's own writes.
type Reader struct {
	db     *gorm.DB
	engine engine
	inTx   bool
	wide   lane // of searches that read through all of an organization; nil in a Tx
}

// q gives a session for one query. A request that goes away must not interrupt a
// transaction that it shares with others, so cancellation ends at the Tx.
func (r Reader) q(ctx context.Context) *gorm.DB {
	if r.inTx {
		ctx = context.WithoutCancel(ctx)
	}
	return r.db.WithContext(ctx)
}

// Open connects, migrates unless told not to, and starts the writer. Close ends it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil || o.Log == nil {
		return nil, errors.New("open store: Now and Log are required")
	}
	o.Idle, o.connections = cmp.Or(o.Idle, idleMost), cmp.Or(o.connections, postgresConnections)
	s := &Store{now: o.Now, log: o.Log, file: o.File, options: o, apart: newPlaces(o.connections)}
	var err error
	if o.DatabaseURL != "" {
		s.engine = postgresEngine
		s.writes, s.shared, err = openPostgres(o)
		s.reads = s.writes
	} else {
		s.writes, s.reads, err = openSQLite(o.File)
		s.shared = s.writes
	}
	if err != nil {
		return nil, s.opening(err)
	}
	s.Reader = Reader{db: s.reads, engine: s.engine, wide: make(lane, wideMost)}
	if err := s.prepare(ctx, o); err != nil {
		return nil, errors.Join(s.opening(err), s.closePools())
	}
	if err := s.migrating(false); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	if s.engine == sqliteEngine {
		if s.opened, err = os.Stat(o.File); err != nil {
			return nil, errors.Join(fmt.Errorf("find the database: %w", err), s.closePools())
		}
		s.copies = newCheckpointer(s)
	} else {
		s.analyst = newAnalyst(s)
	}
	s.writer = newWriter(s)
	return s, nil
}

func (s *Store) prepare(ctx context.Context, o Options) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	if err := s.compareClocks(ctx); err != nil || o.NoMigrate {
		return err
	}
	return s.Migrate(ctx)
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	db, err := s.reads.DB()
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return nil
}

// Where tells in words where the data lives, without any password.
func (s *Store) Where() string {
	if s.engine == postgresEngine {
		var name, host string
		row := s.reads.Raw("SELECT current_database(), coalesce(host(inet_server_addr()), 'local socket')").Row()
		if row != nil && row.Scan(&name, &host) == nil {
			return fmt.Sprintf("PostgreSQL database %s at %s", name, host)
		}
		return "PostgreSQL"
	}
	if abs, err := filepath.Abs(s.file); err == nil {
		return abs
	}
	return s.file
}

// Engine names the database engine: "SQLite" or "PostgreSQL".
func (s *Store) Engine() string {
	if s.engine == postgresEngine {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Close lets waiting writes finish, then closes the database.
func (s *Store) Close() error {
	if s.writer != nil {
		s.writer.stop()
	}
	if s.copies != nil {
		s.copies.stop()
	}
	if s.analyst != nil {
		s.analyst.stop()
	}
	return s.closePools()
}

func (s *Store) closePools() error {
	var errs []error
	for _, g := range []*gorm.DB{s.reads, s.writes, s.shared} {
		if g == nil {
			continue
		}
		if db, err := g.DB(); err == nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// gormConfig is tuned: no transaction around single statements, and silence,
// because errors are classed and logged above. Prepared statements are kept by the
// drivers, per connection: GORM's own cache prepares anew in every transaction.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		// Abbreviations that GORM does not know would fall apart into letters.
		NamingStrategy: schema.NamingStrategy{NameReplacer: strings.NewReplacer("LDAP", "Ldap", "SCIM", "Scim")},
		Logger:         logger.Discard,
		TranslateError: false,
	}
}

func nothing(err error) bool {
	return errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows)
}

// found wraps a single-record read: a missing record becomes the caller's words.
func found(err error, missing *models.Error) error {
	if err == nil {
		return nil
	}
	if nothing(err) {
		return missing
	}
	return classify(err)
}
