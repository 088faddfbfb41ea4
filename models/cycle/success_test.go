package cycle_test

import (
	"testing"
	"time"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// The last success is a cycle that read the directory, not an undo.
func TestLastSuccess(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		ids := b.people(10)
		b.settled(everyone())
		b.graph.EditUser(ids[0], entratest.Props{"jobTitle": "Head"})
		c := b.sync()
		b.Pause(time.Hour)
		b.undo(c)
		s, err := b.Status(t.Context(), b.Org.Key, models.Entra)
		ok(t, err)
		if s.Good == nil || s.Good.Key != c.Key {
			t.Errorf("%+v", s.Good)
		}
	})
}
