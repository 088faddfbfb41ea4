package console

import (
	"muster/models"
	"muster/models/deployment"
	"muster/views/ui"
)

// nextSteps say what the new method needs; those that have happened are green.
func (p pastChange) nextSteps(s deployment.Summary, edit bool) []ui.CheckItem {
	to := p.change.To
	var list []ui.CheckItem
	switch to {
	case models.SCIM:
		list = []ui.CheckItem{
			{Title: "Have a token that works", Text: "A new one, or one that was parked.", Done: s.LiveTokens > 0, Href: "/scim/tokens/new", Action: "New token"},
			{Title: "Check the mappings", Text: "Who gets which profile when SCIM delivers them.", Href: mappingsOf(to), Action: "See mappings"},
			{Title: "Start provisioning in the identity provider", Text: "Existing users become managed when it sends a record that matches them.", Done: s.Users.ByMode[models.SCIM] > 0, Href: "/scim/tokens", Action: "Show the endpoint"},
		}
	case models.Entra:
		list = append(fetchChecks(s), ui.CheckItem{Title: "Check the mappings", Text: "Who gets which profile when " + to.Label() + " delivers them.", Href: mappingsOf(to), Action: "See mappings"})
	case models.LDAP:
		list = []ui.CheckItem{
			{Title: "Prepare the mappings", Text: "Who gets which profile when " + to.Label() + " delivers them.", Href: mappingsOf(to), Action: "See mappings"},
			{Title: "Add whom you need meanwhile", Text: "This version does not connect to " + to.Label() + " yet, so nobody is delivered. Adding by hand and by CSV works.", Href: "/users", Action: "See users"},
		}
	case models.Manual:
		if p.change.From == models.SCIM {
			list = append(list, ui.CheckItem{Title: "Stop provisioning in the identity provider", Text: "Its requests are refused from now on; switching it off there ends its error messages.", Href: "/logs/requests?failed=1", Action: "See refused requests"})
		}
		list = append(list, ui.CheckItem{Title: "Look after your users here", Text: "All their fields can be edited now.", Href: "/users?mode=manual", Action: "See users"})
	}
	if to != models.Manual && s.Users.ByMode[models.Manual] > 0 {
		list = append(list, ui.CheckItem{Title: "Attach the users who are here", Text: ui.Plural(s.Users.ByMode[models.Manual], "user is", "users are") + " manual. The assistant shows the record, mapping and profile that each would get.", Href: attachPath, Action: "Attach users"})
	}
	if n := p.change.Counts; n.RulesParked+n.TokensParked > 0 {
		list = append(list, ui.CheckItem{Title: "See what is parked", Text: "Kept mappings and tokens of " + p.change.From.Label() + ", to look at or to delete.", Href: "/deployment/parked", Action: "See what is parked"})
	}
	if p.undoable() {
		list = append(list, ui.CheckItem{Title: "Undo until " + day(p.change.UndoUntil.Time()), Text: "If it was not what you wanted. What returns is shown first.", Href: p.path("/undo"), Action: "Preview the undo"})
	}
	return actionable(list, edit)
}

// actionable shows the button of the first step that is not done, and links only for
// those who may act.
func actionable(list []ui.CheckItem, edit bool) []ui.CheckItem {
	current := false
	for i := range list {
		if !edit {
			list[i].Href = ""
		} else if !list[i].Done && !current {
			list[i].Current, current = true, true
		}
	}
	return list
}
