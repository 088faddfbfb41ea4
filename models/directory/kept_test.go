package directory_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory/directorytest"
)

// TestKeptMatches counts, over everybody who is here, whom the rules of a method that
// is not in charge would hold: in their order, those that are off left out.
func TestKeptMatches(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		ctx := t.Context()
		for n := range 5 {
			by := w.Client()
			if n == 4 {
				by = w.Admin()
			}
			_, err := w.CreateUser(ctx, by, func(u *models.User) error {
				u.Attributes["userName"], u.Attributes["title"] = fmt.Sprintf("user%d", n), []string{"Seller", "Clerk"}[n%2]
				if by.Directory() {
					u.Attributes["externalId"] = fmt.Sprint(n)
				}
				return nil
			})
			done(t, err)
		}
		gone, err := w.UserByName(ctx, w.Org.Key, "user0")
		done(t, err)
		done(t, w.DeleteUser(ctx, w.Client(), gone.ID, func(models.User) error { return nil }))
		for _, m := range []struct {
			name, filter string
			off          bool
		}{{"Off", "", true}, {"Sellers", `title eq "Seller"`, false}, {"Also sellers", `title sw "Sell"`, false}} {
			_, err := w.SaveMapping(ctx, w.Admin(), "", func(rule *models.Mapping) error {
				rule.Method, rule.Name, rule.Filter, rule.Disabled = models.Entra, m.name, m.filter, m.off
				return nil
			})
			done(t, err)
		}
		list, nobody, err := w.KeptMatches(ctx, w.Org.Key, models.Entra)
		done(t, err)
		got := map[string]int64{"": nobody}
		for _, m := range list {
			got[m.Rule.Name] = m.Users
		}
		if diff := cmp.Diff(map[string]int64{"Off": 0, "Sellers": 2, "Also sellers": 0, "": 2}, got); diff != "" {
			t.Errorf("kept rules (-want +got):\n%s", diff)
		}
		if list, _, err := w.KeptMatches(ctx, w.Org.Key, models.LDAP); err != nil || len(list) != 0 {
			t.Errorf("a method without rules: %v, %v", list, err)
		}
	})
}
