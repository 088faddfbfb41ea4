package cycle

import (
	"muster/models"
	"muster/models/source"
)

// mayChange refuses whoever may not steer a connector. Commands on the server's own
// machine and Muster itself may.
func mayChange(by models.Actor) error {
	switch {
	case by.Kind == models.CLIActor, by.Kind == models.SystemActor:
		return nil
	case by.Kind == models.AdminActor && by.Role.Includes(models.Admin):
		return nil
	}
	return models.Errorf(models.Forbidden, "", "This needs the role %s.", models.Admin).
		WithAdvice("Ask an owner to do it, or to change your role.").WithCode("role")
}

func audit(by models.Actor, c models.Connector, action, text string, changes []models.Change) models.AuditEntry {
	return models.AuditEntry{
		OrganizationID: by.OrganizationID, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name,
		Address: by.Address, RequestID: by.RequestID,
		Action: action, TargetType: "connector", TargetID: c.ID, TargetName: c.Method.Label(), Summary: text, Changes: changes,
	}
}

// differences pairs facts by name; those that are the same are left out.
func differences(before, after []source.Fact) []models.Change {
	old := map[string]string{}
	for _, f := range before {
		old[f.Name] = f.Value
	}
	out := []models.Change{}
	for _, f := range after {
		if old[f.Name] != f.Value {
			out = append(out, models.Change{Path: f.Name, Old: old[f.Name], New: f.Value})
		}
	}
	return out
}
