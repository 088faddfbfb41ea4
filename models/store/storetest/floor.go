package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // the driver "sqlite3"
)

// What the engines give without us: figures of speed mean something only beside
// it, in the same run.
const (
	floorName = "ada@example.com"
	floorText = "a document of some length, but not of much"
)

// FloorSQLite tells how many rows per second clients insert into a fresh SQLite
// file, grouped into one commit as they come, with the same promise of the disk.
func FloorSQLite(ctx context.Context, file string, clients int, length time.Duration) (float64, error) {
	db, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		return 0, fmt.Errorf("open the floor's file: %w", err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS raw (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL)"); err != nil {
		return 0, fmt.Errorf("make the floor's table: %w", err)
	}
	insert, err := db.PrepareContext(ctx, "INSERT INTO raw (a, b) VALUES (?, ?)")
	if err != nil {
		return 0, fmt.Errorf("prepare the floor: %w", err)
	}
	defer func() { _ = insert.Close() }()
	jobs := make(chan chan error, clients)
	defer close(jobs)
	go groupRows(ctx, db, insert, jobs)
	return rowsPerSecond(ctx, clients, length, func() error {
		done := make(chan error)
		jobs <- done
		return <-done
	})
}

func groupRows(ctx context.Context, db *sql.DB, insert *sql.Stmt, jobs chan chan error) {
	for first := range jobs {
		waiting := []chan error{first}
		tx, err := db.BeginTx(ctx, nil)
		for more := true; more && err == nil; {
			_, err = tx.StmtContext(ctx, insert).ExecContext(ctx, floorName, floorText)
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

// FloorPostgres tells how many rows per second as many connections insert into
// PostgreSQL, a transaction each.
func FloorPostgres(ctx context.Context, address string, clients int, length time.Duration) (float64, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return 0, fmt.Errorf("open the floor's database: %w", err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(clients)
	db.SetMaxIdleConns(clients)
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text NOT NULL, b text NOT NULL)"); err != nil {
		return 0, fmt.Errorf("make the floor's table: %w", err)
	}
	return rowsPerSecond(ctx, clients, length, func() error {
		_, err := db.ExecContext(ctx, "INSERT INTO raw (a, b) VALUES ($1, $2)", floorName, floorText)
		return err //nolint:wrapcheck // wrapped once, below
	})
}

func rowsPerSecond(ctx context.Context, clients int, length time.Duration, insert func() error) (float64, error) {
	ctx, stop := context.WithTimeout(ctx, length)
	defer stop()
	var rows atomic.Int64
	errs := make([]error, clients)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for ctx.Err() == nil && errs[i] == nil {
				if errs[i] = insert(); errs[i] == nil {
					rows.Add(1)
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return 0, fmt.Errorf("insert at the floor: %w", err)
		}
	}
	return float64(rows.Load()) / took.Seconds(), nil
}
