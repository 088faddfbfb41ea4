package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// Reads wrap what they meet; who answers for them can still tell that the database is
// away, and from everything else.
func TestADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	address := l.Addr().String()
	ok(t, l.Close())
	_, refused := pgconn.Connect(t.Context(), "postgres://nobody@"+address+"/none?sslmode=disable")
	// A program that gave up, or ran out of time, before anything was sent.
	conn, err := pgconn.Connect(t.Context(), storetest.PostgresURL(t))
	ok(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	gaveUp := conn.Exec(gone, "SELECT 1").Close()
	past, end := context.WithTimeout(t.Context(), -time.Second)
	defer end()
	late := conn.Exec(past, "SELECT 1").Close()
	for name, c := range map[string]struct {
		err  error
		kind models.Kind
	}{
		"no server":       {refused, models.Unavailable},
		"server stops":    {&pgconn.PgError{Code: "57P01"}, models.Unavailable},
		"no connection":   {&pgconn.PgError{Code: "53300"}, models.Unavailable},
		"a failed query":  {&pgconn.PgError{Code: "42601"}, models.Internal},
		"another failure": {errors.New("something else"), models.Internal},
		"given up":        {gaveUp, models.Internal},
		"out of time":     {late, models.Internal},
		"a refusal":       {models.Errorf(models.NotFound, "", "No."), models.NotFound},
	} {
		if kind := models.KindOf(store.Unreachable(fmt.Errorf("list admins: %w", c.err))); kind != c.kind {
			t.Errorf("%s (%v): kind %d, want %d", name, c.err, kind, c.kind)
		}
	}
}
