package directory

import (
	"fmt"

	"muster/models"
)

// deed is what an administrator did to a rule or a profile.
type deed struct {
	action, target, id, name string
	summary                  string
	changes                  []models.Change
}

func audited(by models.Actor, d deed) models.AuditEntry {
	return models.AuditEntry{
		OrganizationID: by.OrganizationID, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, Address: by.Address, RequestID: by.RequestID,
		Action: d.action, TargetType: d.target, TargetID: d.id, TargetName: d.name, Summary: d.summary, Changes: d.changes,
	}
}

// allowed refuses an actor who may not change rules: only administrators may, and
// the command line.
func allowed(by models.Actor) error {
	if by.Kind == models.CLIActor || by.Kind == models.SystemActor || by.Kind == models.AdminActor && by.Role.Includes(models.Admin) {
		return nil
	}
	return models.Errorf(models.Forbidden, "", "Only an administrator may change this.").WithAdvice("Ask an owner or an administrator.")
}

// differing lists what differs between two sets of named values, in their order.
func differing(old, now []models.Change) []models.Change {
	var out []models.Change
	for i := range now {
		if was := old[i].New; was != now[i].New {
			out = append(out, models.Change{Path: now[i].Path, Old: was, New: now[i].New})
		}
	}
	return out
}

// said gives a named value as text.
func said(path string, v any) models.Change {
	return models.Change{Path: path, New: shown(fmt.Sprint(v))}
}
