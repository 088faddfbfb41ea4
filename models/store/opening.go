package store

import (
	"errors"
	"net"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"muster/models"
)

// opening gives words to what keeps a database from being opened. Whoever starts the
// program can act on the reason, which clients of a running server are not told.
func (s *Store) opening(err error) error {
	if err == nil || s.engine != postgresEngine {
		return classify(err)
	}
	if _, classed := models.AsError(err); classed {
		return err
	}
	config, bad := pgx.ParseConfig(s.options.DatabaseURL)
	if bad != nil {
		return models.Errorf(models.Invalid, "database-url", "The address of the PostgreSQL database cannot be read: %v.", bad).
			WithAdvice("It looks like postgres://user:password@host:5432/name.").WithCode("databaseAddress")
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refusedBy(pg, config, err)
	}
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return models.Errorf(models.Unavailable, "database-url", "PostgreSQL cannot be reached at %s: %v.", addressOf(config), rootOf(failed)).
			WithAdvice("Start it, or correct --database-url or MUSTER_DATABASE_URL.").WithCode("databaseAway")
	}
	return classify(err)
}

// refusedBy tells what PostgreSQL answered to who came with the address.
func refusedBy(pg *pgconn.PgError, config *pgx.ConnConfig, err error) error {
	switch {
	case pg.Code == "3D000":
		return models.Errorf(models.Invalid, "database-url", "PostgreSQL at %s has no database %q.", addressOf(config), config.Database).
			WithAdvice("Create it, empty and owned by %q, or correct --database-url or MUSTER_DATABASE_URL.", config.User).WithCode("databaseMissing")
	case slices.Contains([]string{"28P01", "28000"}, pg.Code):
		return models.Errorf(models.Invalid, "database-url", "PostgreSQL at %s does not let the user %q in: %s.", addressOf(config), config.User, pg.Message).
			WithAdvice("Correct user and password in --database-url or MUSTER_DATABASE_URL, or what pg_hba.conf allows.").WithCode("databaseRefused")
	case pg.Code == "42501":
		return models.Errorf(models.Invalid, "database-url", "The user %q may not do in the database %q what Muster needs: %s.", config.User, config.Database, pg.Message).
			WithAdvice("Make %q the owner of the database, which may create tables in it.", config.User).WithCode("databaseRights")
	}
	return classify(err)
}

func addressOf(config *pgx.ConnConfig) string {
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

// rootOf is the reason below what a driver says of each address that it tried.
func rootOf(err error) error {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}
