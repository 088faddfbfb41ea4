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
	historyColumns = []ui.Column{{Label: "Change"}, {Label: "When"}, {Label: "By"}, {Label: "Effect"}, {Label: "Undo", Hidden: true}}
)

func (m DeploymentModel) actions() []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Change user deployment method", Icon: "rocket", Href: "/deployment/change"}}
	if m.Method == "scim" {
		items = append(items, ui.MenuItem{Label: "New SCIM token", Icon: "key-round", Href: "/scim/tokens/new"})
	}
	if m.Undo != nil {
		items = append(items, ui.MenuItem{Label: "Undo the last change", Icon: "undo-2", Href: m.Undo.Href})
	}
	return append(items,
		ui.MenuItem{Label: "Attach users", Icon: "users", Href: "/deployment/attach", Line: true},
		ui.MenuItem{Label: "Parked things", Icon: "pause", Href: "/deployment/parked"},
		ui.MenuItem{Label: "Shadow mode", Icon: "monitor", Href: "/deployment/shadow"},
		ui.MenuItem{Label: "All cycles", Icon: "refresh-cw", Href: "/deployment/cycles", Line: true},
		ui.MenuItem{Label: "All changes", Icon: "history", Href: "/deployment/changes"})
}

func choiceKind(primary bool) ui.Kind {
	if primary {
		return ui.Primary
	}
	return ui.Secondary
}

// title says in a few words what a change was.
func (r MethodChangeRowModel) title() string {
	switch {
	case r.From == "":
		return "Chose " + r.To
	case r.Undoes:
		return "Undo: back to " + r.To
	}
	return r.From + " to " + r.To
}
