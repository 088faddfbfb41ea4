package directory_test

import (
	"fmt"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory/directorytest"
)

// An instance whose clock is minutes behind the one at which SCIM was put in charge knows a
// burst of traffic for one cycle, as the others do.
func TestABurstUnderAClockThatIsBehind(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		w.Configure(t, func(o *models.Organization) { o.MethodSince = models.TimeOf(w.Clock.Now().Add(10 * time.Minute)) })
		for n := range 5 {
			_, err := w.Directory.CreateUser(t.Context(), w.Client(), func(u *models.User) error {
				u.Attributes = models.Attributes{"userName": fmt.Sprint("user", n), "externalId": fmt.Sprint(n)}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		found, err := w.Store.Cycles(t.Context(), w.Org.Key, models.Page{})
		if err != nil || len(found.Items) != 1 || found.Items[0].Requests != 5 {
			t.Errorf("%d cycles: %+v, %v", len(found.Items), found.Items, err)
		}
	})
}
