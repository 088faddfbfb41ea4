package deployment_test

import (
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/models/store"
	"muster/models/store/storetest"
)

// ruled puts a mapping and an attribute mapping of SCIM beside one of Entra.
func (w *world) ruled() {
	w.t.Helper()
	w.must(w.store.Keep(w.t.Context(), func(tx *store.Tx) error {
		for i, method := range []models.Method{models.SCIM, models.Entra} {
			m := models.Mapping{ID: "m" + string(method), OrganizationID: w.org, Method: method, Position: int64(i + 1), Name: string(method), InitialStatus: models.Active, Version: 1}
			if err := tx.InsertMapping(&m); err != nil {
				return err
			}
		}
		org, err := tx.LockOrganization(w.org)
		if err != nil {
			return err
		}
		org.Settings.MoveRules()
		return tx.SaveOrganization(&org)
	}))
}

func (w *world) mappings() map[string]bool {
	w.t.Helper()
	list, err := w.store.Mappings(w.t.Context(), w.org, "")
	w.must(err)
	out := map[string]bool{}
	for _, m := range list {
		out[m.Name] = m.Parked
	}
	return out
}

// TestRulesComeAndGoWithTheirMethod: kept ones sleep and wake, others are deleted; the
// preview counts them, and a rule that is made meanwhile makes it old.
func TestRulesComeAndGoWithTheirMethod(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		plan, err := w.deps.Preview(t.Context(), w.org, models.Manual, true)
		w.must(err)
		w.ruled()
		if _, err := w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Manual, Keep: true, Version: plan.Version}); models.KindOf(err) != models.Stale {
			t.Errorf("a preview from before the mapping was confirmed: %v", err)
		}
		done, err := w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Manual, Keep: true})
		w.must(err)
		if got := w.mappings(); done.Counts.RulesParked != 1 || !got["scim"] || got["entra"] {
			t.Errorf("parked %d: %v", done.Counts.RulesParked, got)
		}
		_, err = w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.SCIM, Keep: true})
		w.must(err)
		if got := w.mappings(); got["scim"] {
			t.Error("the mapping of SCIM sleeps though SCIM is back")
		}
		done, err = w.deps.Change(t.Context(), w.by, deployment.Order{Target: models.Manual})
		w.must(err)
		if got := w.mappings(); done.Counts.RulesDeleted != 1 || len(got) != 1 {
			t.Errorf("deleted %d, left %v", done.Counts.RulesDeleted, got)
		}
	})
}
