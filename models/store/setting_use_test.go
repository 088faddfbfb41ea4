package store_test

import (
	"testing"

	"muster/models/store"
	"muster/models/store/storetest"
)

func TestOverrideUsesCountsOwnValues(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := organization(t, s)
		for i, own := range []map[string]any{
			{"region": "us", "nested": map[string]any{"quota": 1}}, {"region": nil}, {"quota": 2, "re_ion": "x"}, nil,
		} {
			u := person(o, "Own", "Value", string(rune('a'+i)))
			u.Override(own)
			create(t, s, u)
		}
		for name, want := range map[string]int64{"region": 2, "quota": 1, "re_ion": 1, "beta": 0} {
			got, err := s.OverrideUses(t.Context(), o, name)
			if err != nil || got != want {
				t.Errorf("%s: %d users have an own value, want %d: %v", name, got, want, err)
			}
		}
		if n, err := s.OverrideUses(t.Context(), o+1, "region"); n != 0 || err != nil {
			t.Errorf("another organization counts %d: %v", n, err)
		}
	})
}
