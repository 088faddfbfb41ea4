package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

const postgresConnections = 24

// lockPatience is how long a change that shares its transaction with others waits
// for a lock before it goes on alone.
const lockPatience = 150 * time.Millisecond

// idleMost is how long a transaction may wait for its program. What it has locked, every
// other instance waits for: one that stands still, or whose machine lost its network, would
// hold all of them up until PostgreSQL finds out by itself, which takes it hours.
const idleMost = 30 * time.Second

// openPostgres opens a pool and, beside it, the connection of the writer.
func openPostgres(o Options) (pool, writes *gorm.DB, err error) {
	config, err := pgx.ParseConfig(o.DatabaseURL)
	if err != nil {
		return nil, nil, fmt.Errorf("read the address of the PostgreSQL database: %w", err)
	}
	config.DialFunc = dialer(config.ConnectTimeout).DialContext
	if o.schema != "" {
		config.RuntimeParams["search_path"] = o.schema
	}
	bounds := fmt.Sprintf("SET idle_in_transaction_session_timeout = %d", o.Idle.Milliseconds())
	if pool, err = openPostgresPool(config, o.connections, beginning(bounds)); err != nil {
		return nil, nil, err
	}
	impatient := fmt.Sprintf("%s; SET lock_timeout = %d", bounds, lockPatience.Milliseconds())
	if writes, err = openPostgresPool(config, 1, beginning(impatient)); err != nil {
		return nil, nil, errors.Join(err, closed(pool))
	}
	return pool, writes, nil
}

// beginning runs a statement on each connection before anything else.
func beginning(statement string) stdlib.OptionOpenDB {
	return stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, statement)
		return err //nolint:wrapcheck // the connection was not made
	})
}

func closed(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return pool.Close() //nolint:wrapcheck // goes with another error
}

func openPostgresPool(config *pgx.ConnConfig, connections int, options ...stdlib.OptionOpenDB) (*gorm.DB, error) {
	pool := stdlib.OpenDB(*config, options...)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the PostgreSQL database: %w", err), pool.Close())
	}
	return db, nil
}
