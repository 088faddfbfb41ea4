package cycle_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// A plan is accepted once: whoever presses second, here or at another instance, is told who
// did, and the audit log has one decision.
func TestAcceptedTwice(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(10)
		b.connect(everyone())
		b.state(b.start(), models.CyclePreviewed)
		v := b.latest().Plan.Version
		_, err := b.Accept(t.Context(), b.admin, models.Entra, v)
		ok(t, err)
		other := b.instance("other", nil)
		_, err = other.Accept(t.Context(), b.admin, models.Entra, v)
		if e, classed := models.AsError(err); !classed || e.Code != "alreadyDecided" {
			t.Errorf("the second gets %v", err)
		}
		ok(t, other.RunOne(t.Context(), b.connector().Key))
		b.state(b.latest(), models.CycleDone)
		found, err := b.AuditEntries(t.Context(), models.AuditQuery{Action: "connector.accept"})
		ok(t, err)
		if len(found.Items) != 1 || b.actives() != 10 {
			t.Errorf("%d decisions, %d users", len(found.Items), b.actives())
		}
	})
}

// A connection to the database that is ended under a read is no fault of the connector: its
// cycle goes on later, and nothing is written about it.
func TestADatabaseThatEndsAConnection(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(10)
		b.settled(everyone())
		before := b.connector()
		two := b.hook(func() error {
			return fmt.Errorf("list users: %w", &pgconn.PgError{Severity: "FATAL", Code: "57P01", Message: "terminating connection"})
		})
		b.due()
		err := two.RunOne(t.Context(), before.Key)
		if conn := b.connector(); models.KindOf(err) != models.Unavailable || conn.Failures != 0 || conn.Code != before.Code || b.latest().State == models.CycleFailed {
			t.Errorf("%v; the connector is %s (%s) after %d failures, its cycle %s", err, conn.State, conn.Code, conn.Failures, b.latest().State)
		}
	})
}
