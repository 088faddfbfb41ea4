package cycle_test

import (
	"strings"
	"testing"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// Names that no database or no index holds are refused, one by one, and everybody else
// goes on.
func TestHostileText(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(5)
		b.settled(everyone())
		b.graph.EditUser(ids[0], entratest.Props{"userPrincipalName": "nul\x00nul@contoso.test"})
		b.graph.EditUser(ids[1], entratest.Props{"displayName": "a\x00b\x1f\x1b[31m"})
		b.graph.EditUser(ids[2], entratest.Props{"jobTitle": "Head"})
		b.graph.EditUser(ids[3], entratest.Props{"userPrincipalName": strings.Repeat("长", 9000) + "@contoso.test"})
		g := b.graph.AddGroup(entratest.Props{"displayName": "g\x00g"})
		b.graph.AddMembers(g, ids...)
		c := b.sync()
		b.state(c, models.CycleDone)
		if u := b.user(ids[2]); u.Title != "Head" || b.actives() != 5 || c.Plan.Groups[models.PlanConflict] != 1 || c.Plan.Users[models.PlanConflict] != 3 {
			t.Errorf("%s, %d users, %+v", u.Title, b.actives(), c.Plan)
		}
	})
}
