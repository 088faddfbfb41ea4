package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"muster/models/store"
)

// server is the process's PostgreSQL, found or started by the first test that
// asks. It holds a migrated database that every test's own is a copy of.
type server struct {
	once     sync.Once
	address  *url.URL // of the maintenance database
	template string
	lasting  bool // the environment's: what a test leaves there stays
	err      error
	ahead    chan made
}

var postgres server //nolint:gochecknoglobals // one server per test process is the point

// PostgresURL makes an empty, migrated database and gives its address. On
// a server that lives on, it is dropped when the test ends.
//
// The server is the one at MUSTER_TEST_POSTGRES (a postgres:// address whose
// user may create databases), else one started from installed binaries. That one
// ends with the test process, however the process ends, so no TestMain is needed.
func PostgresURL(t testing.TB) string {
	t.Helper()
	postgres.once.Do(postgres.start)
	if postgres.err != nil {
		missing(t, "PostgreSQL tests: "+postgres.err.Error())
	}
	if !postgres.lasting {
		// Made ahead, and never dropped: the server's folder goes as a whole.
		next, open := <-postgres.ahead
		if !open || next.err != nil {
			t.Fatalf("no database for the test: %v", next.err)
		}
		return postgres.of(next.name)
	}
	name, err := postgres.create()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return postgres.of(name)
}

// made is a database for one test.
type made struct {
	name string
	err  error
}

func (s *server) create() (string, error) {
	name := "muster_test_" + strings.ToLower(rand.Text()[:12])
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + s.template); err != nil {
		return "", fmt.Errorf("make a database for the test: %w", err)
	}
	return name, nil
}

// makeAhead hides from the tests what a database costs to make.
func (s *server) makeAhead() {
	for {
		name, err := s.create()
		s.ahead <- made{name, err}
		if err != nil {
			close(s.ahead)
			return
		}
	}
}

func (s *server) of(database string) string {
	address := *s.address
	address.Path = "/" + database
	return address.String()
}

func (s *server) start() {
	if given := os.Getenv("MUSTER_TEST_POSTGRES"); given != "" {
		s.lasting = true
		s.address, s.err = url.Parse(given)
	} else {
		s.address, s.err = launch()
	}
	if s.err == nil {
		s.err = s.await(30 * time.Second)
	}
	if s.err == nil {
		s.err = s.prepare()
	}
	if s.err == nil && !s.lasting {
		s.ahead = make(chan made, 1)
		go s.makeAhead()
	}
}

func (s *server) await(limit time.Duration) error {
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = s.exec("SELECT 1"); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the server does not answer: %w", err)
}

// prepare migrates the database that others are copied from. Its name is this
// process's own, so that test processes on one server do not meet.
func (s *server) prepare() error {
	s.template = "muster_template_" + strings.ToLower(rand.Text()[:12])
	if err := s.exec("CREATE DATABASE " + s.template); err != nil {
		return fmt.Errorf("make the template database: %w", err)
	}
	made, err := store.Open(context.Background(), store.Options{
		DatabaseURL: s.of(s.template),
		Now:         time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return fmt.Errorf("migrate the template database: %w", err)
	}
	return made.Close()
}

func (s *server) exec(statement string) error {
	db, err := sql.Open("pgx", s.address.String())
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// Main runs a package's tests and then drops the template database. It is only
// worth a TestMain where MUSTER_TEST_POSTGRES names a server that lives on.
func Main(m *testing.M) {
	code := m.Run()
	if postgres.lasting && postgres.template != "" {
		_ = postgres.exec("DROP DATABASE IF EXISTS " + postgres.template + " WITH (FORCE)")
	}
	os.Exit(code)
}
