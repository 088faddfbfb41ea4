package deployment

import (
	"fmt"

	"muster/models"
)

func logEntry(by models.Actor, org models.Organization, done models.MethodChange, text string) models.LogEntry {
	return models.LogEntry{
		ID: done.ID, OrganizationID: org.Key, Action: models.ActionOther, Status: models.Success, Source: done.To,
		RequestID: by.RequestID, InitiatorKind: by.Kind, InitiatorID: by.ID, InitiatorName: by.Name,
		TargetType: models.OrganizationTarget, TargetID: org.Slug, TargetName: org.Name, Summary: text,
		Details: models.LogDetails{
			Steps:    []models.Step{{Name: models.StepAction, Status: models.Success, Text: text}},
			Modified: changes(done, false),
		},
	}
}

func auditEntry(by models.Actor, org models.Organization, action, text string, done models.MethodChange, first bool) models.AuditEntry {
	list := changes(done, first)
	if done.Reason != "" {
		list = append(list, models.Change{Path: "reason", New: done.Reason})
	}
	return models.AuditEntry{
		OrganizationID: org.Key, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, Address: by.Address, RequestID: by.RequestID,
		Action: action, TargetType: "organization", TargetID: org.Slug, TargetName: org.Name,
		Summary: text, Changes: list,
	}
}

func summary(org models.Organization, plan Impact) string {
	if plan.First {
		return fmt.Sprintf("Chose %s as the first deployment method of %s.", plan.To.Label(), org.Name)
	}
	return fmt.Sprintf("Changed the deployment method of %s from %s to %s; %s and %s became manual, nobody was deleted.",
		org.Name, plan.From.Label(), plan.To.Label(), counted(plan.Counts.UsersToManual, "user", "users"), counted(plan.Counts.GroupsToManual, "group", "groups"))
}

// Consequence is the rule of every change in words, which the confirm dialog and the
// command line say first (product.md, "Deployment method change").
func Consequence(to models.Method) string {
	target := to.Label() + " "
	if to == models.Manual {
		target = ""
	}
	return "All existing users will be moved to manual provisioning mode and will not be mapped to any " + target + "mapping automatically."
}

// Figure is one of a change's counts with its words.
type Figure struct {
	Name  string // stable, as JSON has it
	Words string
	Count int64
}

// Figures are the counts of a change that are not zero, in the order in which pages, the
// command line and both logs tell them.
func Figures(c models.ChangeCounts) []Figure {
	all := []Figure{
		{"usersToManual", "users to manual", c.UsersToManual},
		{"groupsToManual", "groups to manual", c.GroupsToManual},
		{"usersReturn", "users back under their method", c.UsersReturn},
		{"groupsReturn", "groups back under their method", c.GroupsReturn},
		{"usersTouched", "users changed since, who stay as they are", c.UsersTouched},
		{"groupsTouched", "groups changed since, which stay as they are", c.GroupsTouched},
		{"tokensParked", "tokens parked", c.TokensParked},
		{"tokensRevoked", "tokens revoked", c.TokensRevoked},
		{"tokensWoken", "parked tokens that work again", c.TokensWoken},
		{"tokensOpened", "shadow tokens whose traffic counts from now on", c.TokensOpened},
		{"tokensShadow", "tokens back in shadow mode", c.TokensShadow},
		{"rulesParked", "mappings parked", c.RulesParked},
		{"rulesDeleted", "mappings deleted", c.RulesDeleted},
		{"rulesWoken", "parked mappings that work again", c.RulesWoken},
		{"rulesRestored", "deleted mappings restored", c.RulesRestored},
		{"connectorKept", "connector parked with its settings and credentials", c.ConnectorKept},
		{"connectorGone", "connector deleted with its settings and credentials", c.ConnectorGone},
		{"connectorBack", "connector that is here again with its settings and credentials", c.ConnectorBack},
		{"queueClosed", "open decisions closed", c.QueueClosed},
		{"queueReopened", "decisions opened again", c.QueueReopened},
		{"heldDropped", "removals held back that are dropped", c.HeldDropped},
	}
	var out []Figure
	for _, f := range all {
		if f.Count > 0 {
			out = append(out, f)
		}
	}
	return out
}

func changes(done models.MethodChange, first bool) []models.Change {
	from := string(done.From)
	if first {
		from = ""
	}
	out := []models.Change{{Path: "deployment method", Old: from, New: string(done.To)}}
	for _, f := range Figures(done.Counts) {
		out = append(out, models.Change{Path: f.Words, New: fmt.Sprint(f.Count)})
	}
	return out
}
