package account

import (
	"slices"

	"muster/models"
	"muster/models/store"
)

// evaluate has users evaluated anew when a setting changed that decides on them: what
// happens to whom no mapping matches, the default profile, or an attribute that a
// mapping may ask for. Seats are looked at anyway.
func (a *Accounts) evaluate(tx *store.Tx, by models.Actor, old, now models.Organization) error {
	was, is := old.Settings, now.Settings
	if is.RulesVersion == 0 || now.Method == models.Manual ||
		was.Unmatched == is.Unmatched && was.DefaultProfile == is.DefaultProfile && slices.Equal(was.Attributes, is.Attributes) {
		return nil
	}
	id, err := a.newID()
	if err != nil {
		return err
	}
	return tx.ScheduleEvaluation(models.Evaluation{
		ID: id, OrganizationID: now.Key, Method: now.Method, StartedBy: by.Name, Reason: "The settings of " + now.Name + " changed.",
	})
}
