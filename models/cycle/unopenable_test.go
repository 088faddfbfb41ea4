package cycle_test

import (
	"net/http"
	"testing"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// A connector that cannot be opened any more ends the cycle that was under way.
func TestUnopenable(t *testing.T) {
	each(t, entratest.Options{PageSize: 5}, func(t *testing.T, b *bench) {
		b.people(30)
		b.connect(everyone())
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 2, Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "120")})
		c := b.start()
		b.state(c, models.CycleParked)
		two := b.hook(func() error { return models.Errorf(models.Invalid, "secret", "No.").WithCode("secretUnreadable") })
		_ = two.RunOne(t.Context(), b.connector().Key)
		c = b.latest()
		if conn := b.connector(); conn.State != models.ConnectorQuarantined || c.State != models.CycleFailed || c.Ended == 0 || conn.CycleID != 0 {
			t.Errorf("%s %s %d", conn.State, c.State, conn.CycleID)
		}
	})
}
