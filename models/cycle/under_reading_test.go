package cycle_test

import (
	"context"
	"net/http"
	"testing"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// Mappings that change while the directory is read make the cycle a preview.
func TestMappingChangesWhileReading(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(10)
		b.settled(everyone())
		b.graph.EditUser(ids[0], entratest.Props{"jobTitle": "Head"})
		b.graph.Inject(entratest.Fault{Path: "/groups/delta", Alter: func(*http.Request, *entratest.Answer) {
			_, err := b.SaveMapping(context.Background(), b.admin, "", func(m *models.Mapping) error { m.Name = "Everybody"; return nil })
			ok(t, err)
		}})
		b.state(b.sync(), models.CyclePreviewed)
	})
}
