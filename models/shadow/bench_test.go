package shadow_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
	"muster/models/store/storetest"
)

// TestACopyIsWhole copies an organization of MUSTER_SHADOW_USERS users (500 unless set),
// rehearses as many newcomers, and tells how long that and the figures took.
func TestACopyIsWhole(t *testing.T) {
	users := 500
	if n, err := strconv.Atoi(os.Getenv("MUSTER_SHADOW_USERS")); err == nil {
		users = n
	}
	each(t, func(t *testing.T, s *stage) {
		org, err := storetest.Seed(t.Context(), s.Store, storetest.Size{Users: users, Groups: users / 100}, s.Clock.Now())
		s.must(err)
		s.Org = org
		s.charge(models.Manual)
		began := time.Now()
		s.must(s.shadows.Start(t.Context(), s.Admin()))
		for {
			sh, err := s.shadows.Status(t.Context(), s.Org.Key)
			s.must(err)
			if sh.State == models.ShadowReady {
				break
			}
			if sh.LastError != "" {
				t.Fatal(sh.LastError)
			}
			time.Sleep(20 * time.Millisecond)
		}
		took := time.Since(began)
		t.Logf("copied %d users in %v: %.0f users/s", users, took.Round(time.Millisecond), float64(users)/took.Seconds())
		s.on(func(d *directory.Directory, _ *store.Store, by models.Actor) {
			began := time.Now()
			for i := range 500 {
				_, err := create(t, d, by, fmt.Sprint("fresh-", i), fmt.Sprintf("fresh%d@example.com", i))
				s.must(err)
			}
			t.Logf("one client, one after the other: %.0f creates/s", 500/time.Since(began).Seconds())
		})
		for range 3 {
			s.Pause(5 * time.Second)
			began = time.Now()
			p, known, err := s.shadows.Predict(t.Context(), s.Org.Key)
			s.must(err)
			if !known || p.Users[models.ShadowCreated] != 500 || p.Users[models.ShadowNobody] == 0 || p.Users[models.ShadowNobody] > int64(users) {
				t.Errorf("of %d users and 500 newcomers it is said: %v (known %t)", users, p.Users, known)
			}
			t.Logf("predict: %v (known %t, behind %t, %v)", time.Since(began).Round(time.Millisecond), known, p.Behind, p.Users)
			began = time.Now()
			_, err = s.shadows.Predicted(t.Context(), s.Org.Key, models.ShadowQuery{Search: "fresh1"})
			s.must(err)
			_, err = s.shadows.Predicted(t.Context(), s.Org.Key, models.ShadowQuery{Outcome: models.ShadowNobody})
			s.must(err)
			t.Logf("two lists: %v", time.Since(began).Round(time.Millisecond))
		}
	})
}
