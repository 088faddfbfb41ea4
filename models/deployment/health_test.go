package deployment_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/models/store/storetest"
)

// TestHeldRemovalsAreNotHealthy: while a guard holds back whom the directory removed, they
// still have access, and nothing says so but this.
func TestHeldRemovalsAreNotHealthy(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for n := range 100 {
		u := w.user(w.sync, fmt.Sprintf("more%d@northwind.example", n))
		if n < 70 {
			continue
		}
		_, err := w.dir.UpdateUser(t.Context(), w.sync, u.ID, func(u *models.User) error { u.Enabled = new(false); return nil })
		w.must(err)
	}
	s, err := w.deps.Summary(t.Context(), w.org)
	w.must(err)
	if h := s.Health; s.Held == 0 || h.Level != deployment.Watch || h.Link != "/queue/held" || !strings.Contains(h.Text, fmt.Sprint("holds back ", s.Held, " removals")) {
		t.Errorf("%d held, and the health is %+v", s.Held, h)
	}
}
