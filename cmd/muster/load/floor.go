package load

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/labstack/echo/v4"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// The floor is what the machine gives without us: figures mean something only
// beside it, in the same run.

const rawInsert = "INSERT INTO raw (a, b) VALUES (?, ?)"

// RawSQLite measures rows per second that clients insert into a fresh SQLite file,
// grouped into one commit as they come, with the same promise of the disk.
func RawSQLite(ctx context.Context, file string, clients int, length time.Duration) (Result, error) {
	db, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		return Result{}, fmt.Errorf("open the floor's file: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS raw (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL)"); err != nil {
		return Result{}, fmt.Errorf("make the floor's table: %w", err)
	}
	insert, err := db.PrepareContext(ctx, rawInsert)
	if err != nil {
		return Result{}, fmt.Errorf("prepare the floor: %w", err)
	}
	defer insert.Close()
	jobs := make(chan chan error, clients)
	go group(db, insert, jobs)
	defer close(jobs)
	return rows(ctx, clients, length, func() error {
		done := make(chan error)
		jobs <- done
		return <-done
	})
}

func group(db *sql.DB, insert *sql.Stmt, jobs chan chan error) {
	for first := range jobs {
		waiting := []chan error{first}
		tx, err := db.Begin()
		for more := true; more && err == nil; {
			_, err = tx.Stmt(insert).Exec("ada@example.com", "a document of some length, but not of much")
			select {
			case j, ok := <-jobs:
				if more = ok; ok {
					waiting = append(waiting, j)
				}
			default:
				more = false
			}
		}
		if err == nil {
			err = tx.Commit()
		}
		for _, w := range waiting {
			w <- err
		}
	}
}

// RawPostgres measures rows per second that as many connections insert, a
// transaction each.
func RawPostgres(ctx context.Context, address string, clients int, length time.Duration) (Result, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return Result{}, fmt.Errorf("open the floor's database: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(clients)
	db.SetMaxIdleConns(clients)
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text NOT NULL, b text NOT NULL)"); err != nil {
		return Result{}, fmt.Errorf("make the floor's table: %w", err)
	}
	return rows(ctx, clients, length, func() error {
		_, err := db.ExecContext(ctx, "INSERT INTO raw (a, b) VALUES ($1, $2)", "ada@example.com", "a document of some length, but not of much")
		return err
	})
}

func rows(ctx context.Context, clients int, length time.Duration, insert func() error) (Result, error) {
	stop := time.Now().Add(length) //nolint:forbidigo // a measurement
	took := make(chan []time.Duration, clients)
	errs := make(chan error, clients)
	start := time.Now() //nolint:forbidigo // a measurement
	for range clients {
		go func() {
			var own []time.Duration
			var err error
			for err == nil && ctx.Err() == nil {
				began := time.Now() //nolint:forbidigo // a measurement
				if began.After(stop) {
					break
				}
				err = insert()
				own = append(own, time.Since(began))
			}
			took <- own
			errs <- err
		}()
	}
	var all []time.Duration
	for range clients {
		all = append(all, <-took...)
		if err := <-errs; err != nil {
			return Result{}, fmt.Errorf("insert at the floor: %w", err)
		}
	}
	return summary(all, time.Since(start)), nil
}

// NoOp measures requests per second against an echo server in this process that
// answers nothing.
func NoOp(ctx context.Context, clients int, length time.Duration) (Result, error) {
	e := echo.New()
	e.GET("/noop", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return Result{}, fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	return Target{Address: l.Addr().String()}.Run(ctx, Options{Clients: clients, Time: length}, func(c *Conn, _ int) error {
		_, err := c.Want(http.StatusNoContent, http.MethodGet, "/noop", "")
		return err
	})
}
