package directory_test

import (
	"testing"

	"muster/models"
)

// TestASavedAttributeMappingReachesEverybody: a directory does not send again whom
// nothing changed about, so saving a mapping is what brings them in line.
func TestASavedAttributeMappingReachesEverybody(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.update(t, w.Client(), u.ID, attrs{"title": "engineer"})
		hand := w.byHand(t, "bob")
		w.update(t, w.Admin(), hand.ID, attrs{"title": "clerk"})
		saved, err := w.SaveAttributeMapping(t.Context(), w.Admin(), models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: `upper(title) + "!"`})
		done(t, err)
		w.evaluate(t)
		if got := w.User(t, u.ID).Attributes["title"]; got != "ENGINEER!" {
			t.Errorf("title = %v", got)
		}
		if got := w.User(t, hand.ID).Attributes["title"]; got != "clerk" {
			t.Errorf("the title of a user made by hand = %v", got)
		}
		e := w.logged(t, "update/success/")
		if len(e.Details.Modified) != 1 || e.Details.Modified[0] != (models.Change{Path: "title", Old: "engineer", New: "ENGINEER!"}) || e.Source != models.SCIM {
			t.Errorf("entry: %+v", e)
		}
		if o, ok := w.User(t, u.ID).Origins.Of("title"); !ok || o.Rule != saved.ID {
			t.Errorf("origin of the title = %+v, %v", o, ok)
		}
		entries := len(w.Log(t))
		saved.Fallback = "nobody"
		saved, err = w.SaveAttributeMapping(t.Context(), w.Admin(), saved)
		done(t, err)
		w.evaluate(t) // the same value: nothing over its own result, nothing logged
		if n := len(w.Log(t)); n != entries || w.User(t, u.ID).Attributes["title"] != "ENGINEER!" {
			t.Errorf("%d entries, title %v", n-entries, w.User(t, u.ID).Attributes["title"])
		}
		_, err = w.DeleteAttributeMapping(t.Context(), w.Admin(), saved.ID)
		done(t, err)
		w.evaluate(t)
		if got := w.User(t, u.ID).Attributes["title"]; got != "engineer" {
			t.Errorf("after the mapping went, title = %v", got)
		}
	})
}
