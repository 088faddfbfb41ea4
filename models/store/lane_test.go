package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/models/store"
	"muster/models/store/storetest"
)

// However many searches read through everything, a look-up that an index answers waits
// for none of them (security check S23).
func TestWideSearchesKeepTheirLane(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
		find := func(patience time.Duration, text string) (int64, error) {
			e, err := filter.Parse(text, filter.Limits{})
			ok(t, err)
			ctx, end := context.WithTimeout(t.Context(), patience)
			defer end()
			found, err := s.FindUsers(ctx, org, models.Query{Filter: e, Types: scim.User(), Start: 1, Count: 10})
			return found.Total, err
		}
		release := s.FillWide()
		if n, err := find(5*time.Second, `userName eq "ada@example.com"`); n != 1 || err != nil {
			t.Errorf("a look-up found %d: %v", n, err)
		}
		if _, err := find(50*time.Millisecond, `nickName co "zz"`); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wide search did not wait for its turn: %v", err)
		}
		release()
		if n, err := find(5*time.Second, `nickName co "zz"`); n != 0 || err != nil {
			t.Errorf("afterwards it found %d: %v", n, err)
		}
	})
}
