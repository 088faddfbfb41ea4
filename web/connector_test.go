package web_test

import (
	"strconv"
	"testing"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/store"
)

// connect sets a connector up with a preview that waits, and gives the cycle's key.
func (s *site) connect(t *testing.T) string {
	t.Helper()
	settings := entra.Settings{
		Tenant: nobody, ClientID: nobody, Cloud: entra.Global, Scope: source.Scope{Mode: source.Everyone, Nested: true},
	}
	d := cycle.Draft{Method: models.Entra, Settings: settings.JSON(), Secret: entra.Secret{ClientSecret: "secret~of-the_application"}.Reveal()}
	if _, err := s.runs.Save(t.Context(), s.cli, d); err != nil {
		t.Fatal(err)
	}
	x := models.Cycle{
		OrganizationID: s.Org.Key, Method: models.Entra, Kind: models.PreviewCycle, State: models.CyclePreviewed, Phase: models.PlanPhase,
		Started: models.TimeOf(s.Clock.Now()), Plan: models.CyclePlan{Users: map[models.Planned]int64{models.PlanCreate: 1}, Version: "one"},
	}
	err := s.Keep(t.Context(), func(tx *store.Tx) error {
		c, _, err := tx.LockConnector(s.Org.Key, models.Entra)
		if err != nil {
			return err
		}
		if err := tx.StartCycle(&x); err != nil {
			return err
		}
		c.CycleID = x.Key
		c.SetState(models.ConnectorHeld, "", "", "", tx.Now())
		return tx.SaveConnector(&c)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(x.Key, 10)
}
