package store

import (
	"errors"
	"fmt"
	"strconv"
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

// openPostgres opens a pool and, beside it, the connection of the writer.
func openPostgres(address string) (pool, writes *gorm.DB, err error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, nil, fmt.Errorf("read the address of the PostgreSQL database: %w", err)
	}
	if pool, err = openPostgresPool(config, postgresConnections); err != nil {
		return nil, nil, err
	}
	impatient := config.Copy()
	impatient.RuntimeParams["lock_timeout"] = strconv.FormatInt(lockPatience.Milliseconds(), 10)
	writes, err = openPostgresPool(impatient, 1)
	return pool, writes, err
}

func openPostgresPool(config *pgx.ConnConfig, connections int) (*gorm.DB, error) {
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the PostgreSQL database: %w", err), pool.Close())
	}
	return db, nil
}
