package deployment_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/deployment"
	"muster/models/store"
	"muster/models/store/storetest"
)

// kept tells what is parked as counts: mappings, attribute mappings, tokens.
func (w *world) kept() map[models.Method][3]int {
	w.t.Helper()
	list, err := w.deps.Parked(w.t.Context(), w.org)
	w.must(err)
	out := map[models.Method][3]int{}
	for _, p := range list {
		out[p.Method] = [3]int{len(p.Mappings), len(p.Attributes), len(p.Tokens)}
	}
	return out
}

// TestParkedIsWhatIsKeptOfOtherMethods, until it is deleted for good, which changes
// nobody.
func TestParkedIsWhatIsKeptOfOtherMethods(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, m := range []models.Method{models.SCIM, models.Entra} {
			_, err := w.dir.SaveMapping(t.Context(), w.by, "", func(r *models.Mapping) error { r.Method, r.Name = m, "Everyone"; return nil })
			w.must(err)
		}
		_, err := w.dir.SaveAttributeMapping(t.Context(), w.by, models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: "upper(title)"})
		w.must(err)
		if diff := cmp.Diff(map[models.Method][3]int{models.Entra: {1, 0, 0}}, w.kept()); diff != "" {
			t.Errorf("while SCIM is in charge (-want +got):\n%s", diff)
		}
		_, err = w.deps.DropParked(t.Context(), w.by, models.SCIM, "Northwind")
		if e, ok := models.AsError(err); !ok || e.Code != "methodInCharge" {
			t.Fatalf("the method in charge: %v", err)
		}
		done, err := w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Manual, Keep: true})
		w.must(err)
		list, err := w.deps.Parked(t.Context(), w.org)
		w.must(err)
		if diff := cmp.Diff(map[models.Method][3]int{models.Entra: {1, 0, 0}, models.SCIM: {1, 1, 2}}, w.kept()); diff != "" || list[0].Left.ID != done.ID || list[1].Left.ID != "" {
			t.Errorf("after the change, since %+v (-want +got):\n%s", list[0].Left, diff)
		}
		auditor := w.by
		auditor.Role = models.Auditor
		if _, err := w.deps.DropParked(t.Context(), auditor, models.SCIM, "Northwind"); models.KindOf(err) != models.Forbidden {
			t.Errorf("an auditor: %v", err)
		}
		if _, err := w.deps.DropParked(t.Context(), w.by, models.SCIM, "northwind"); models.KindOf(err) != models.Invalid {
			t.Errorf("another name: %v", err)
		}
		before := w.users()
		_, err = w.deps.DropParked(t.Context(), w.by, models.SCIM, " Northwind ")
		w.must(err)
		if diff := cmp.Diff(map[models.Method][3]int{models.Entra: {1, 0, 0}}, w.kept()); diff != "" {
			t.Errorf("deleted (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, w.users()); diff != "" {
			t.Errorf("users changed:\n%s", diff)
		}
		if diff := cmp.Diff(map[string]models.TokenState{"first": models.TokenRevoked, "second": models.TokenRevoked}, w.states()); diff != "" {
			t.Errorf("tokens (-want +got):\n%s", diff)
		}
		if _, err := w.deps.DropParked(t.Context(), w.by, models.SCIM, "Northwind"); models.KindOf(err) != models.Conflict {
			t.Errorf("once more: %v", err)
		}
	})
}
