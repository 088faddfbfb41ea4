package store_test

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/models"
	"muster/models/store"
)

// Reads wrap what they meet; who answers for them can still tell that the database is
// away, and from everything else.
func TestADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	address := l.Addr().String()
	ok(t, l.Close())
	_, refused := pgconn.Connect(t.Context(), "postgres://nobody@"+address+"/none?sslmode=disable")
	for name, c := range map[string]struct {
		err  error
		kind models.Kind
	}{
		"no server":       {refused, models.Unavailable},
		"server stops":    {&pgconn.PgError{Code: "57P01"}, models.Unavailable},
		"no connection":   {&pgconn.PgError{Code: "53300"}, models.Unavailable},
		"a failed query":  {&pgconn.PgError{Code: "42601"}, models.Internal},
		"another failure": {errors.New("something else"), models.Internal},
		"a refusal":       {models.Errorf(models.NotFound, "", "No."), models.NotFound},
	} {
		if kind := models.KindOf(store.Unreachable(fmt.Errorf("list admins: %w", c.err))); kind != c.kind {
			t.Errorf("%s (%v): kind %d, want %d", name, c.err, kind, c.kind)
		}
	}
}
