package page

import "muster/views/ui"

var (
	countColumns = []ui.Column{
		{Label: "Mode"},
		{Label: "Active", Number: true},
		{Label: "Inactive", Number: true},
		{Label: "Preserved", Number: true},
		{Label: "All", Number: true},
	}
	cycleColumns = []ui.Column{
		{Label: "Cycle"},
		{Label: "State"},
		{Label: "Duration", Number: true},
		{Label: "Changes sent", Number: true},
		{Label: "Created", Number: true},
		{Label: "Updated", Number: true},
		{Label: "Removed", Number: true},
		{Label: "Failed", Number: true},
	}
	historyColumns  = []ui.Column{{Label: "Change"}, {Label: "When"}, {Label: "By"}, {Label: "Effect"}}
	affectedColumns = []ui.Column{{Label: "Name"}, {Label: "Now"}, {Label: "After"}, {Label: "Why"}}
)

func (m DeploymentModel) actions() []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Change user deployment method", Icon: "rocket", Href: "/deployment/change"}}
	if m.Method == "scim" {
		items = append(items, ui.MenuItem{Label: "New SCIM token", Icon: "key-round", Href: "/scim/tokens/new"})
	}
	items = append(items, ui.MenuItem{Label: "Attach users", Icon: "users", Href: "/deployment/attach"}, ui.MenuItem{Label: "Parked things", Icon: "pause", Href: "/deployment/parked"})
	items = append(items, ui.MenuItem{Label: "Shadow mode", Icon: "history", Href: "/deployment/shadow"})
	return append(items, ui.MenuItem{Label: "All cycles", Icon: "refresh-cw", Href: "/deployment/cycles"})
}

func choiceKind(primary bool) ui.Kind {
	if primary {
		return ui.Primary
	}
	return ui.Secondary
}
