package cycle_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// Another scope, other attribute mappings and other mappings each hold the next cycle as
// a preview that says why; what decides nothing does not.
func TestChangesArePreviewed(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(10)
		group := b.graph.AddGroup(entratest.Props{"displayName": "A"})
		b.graph.AddMembers(group, ids...)
		b.settled(everyone())
		previewed := func(why string) {
			t.Helper()
			c := b.sync()
			b.state(c, models.CyclePreviewed)
			if !strings.Contains(c.Text, why) || b.connector().Reason != c.Text {
				t.Errorf("it waits because %q", c.Text)
			}
			b.state(b.accept(), models.CycleDone)
			b.state(b.sync(), models.CycleDone)
		}
		rule, err := b.SaveMapping(t.Context(), b.admin, "", func(m *models.Mapping) error { m.Name, m.Filter = "Team", `department eq "Team 1"`; return nil })
		ok(t, err)
		previewed("changed the mappings,")
		edit := func(change func(*models.Mapping)) {
			t.Helper()
			_, err := b.SaveMapping(t.Context(), b.admin, rule.ID, func(m *models.Mapping) error { change(m); return nil })
			ok(t, err)
		}
		edit(func(m *models.Mapping) { m.Name, m.Description = "Team one", "Who is in it" })
		b.state(b.sync(), models.CycleDone)
		edit(func(m *models.Mapping) { m.Filter = `department eq "Team 2"` })
		b.rescope(source.Scope{Mode: source.ChosenGroups, Groups: []string{group}})
		previewed("changed what is read and who is in scope and the mappings,")
		edit(func(m *models.Mapping) { m.Disabled = true })
		_, err = b.SaveAttributeMapping(t.Context(), b.admin, models.AttributeMapping{Method: models.Entra, Target: "title", Expression: `upper(title)`})
		ok(t, err)
		previewed("changed the attribute mappings and the mappings,")
	})
}

// A plan that was shown under other mappings is shown again, and what versions accepted
// that did not look at mappings stays accepted.
func TestMappingChangesWhileAPlanWaits(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(10)
		b.connect(everyone())
		b.state(b.start(), models.CyclePreviewed)
		_, err := b.SaveMapping(t.Context(), b.admin, "", func(m *models.Mapping) error { m.Name = "Everybody"; return nil })
		ok(t, err)
		c := b.accept()
		b.state(c, models.CyclePreviewed)
		if c.Code != "planMoved" || b.actives() != 0 {
			t.Errorf("%s, %d users", c.Code, b.actives())
		}
		b.state(b.accept(), models.CycleDone)
		b.state(b.sync(), models.CycleDone)
		ok(t, b.Keep(t.Context(), func(tx *store.Tx) error {
			conn, _, err := tx.LockConnector(b.Org.Key, models.Entra)
			sum := sha256.Sum256([]byte(conn.Wanted + "\n"))
			conn.Accepted = base64.RawURLEncoding.EncodeToString(sum[:16])
			return errors.Join(err, tx.SaveConnector(&conn))
		}))
		b.state(b.sync(), models.CycleDone)
	})
}
