package page

import (
	"slices"

	"muster/views/ui"
)

// LogSplit names the fragment of Logs that holds the list and the panel: an
// opened or closed entry swaps it and leaves the rest of the page alone.
const LogSplit = "log-split"

var logColumns = []ui.Column{
	{Label: "Time"},
	{Label: "Action"},
	{Label: "Outcome"},
	{Label: "Target"},
	{Label: "Source"},
	{Label: "Initiator"},
	{Label: "Duration", Number: true},
}

// columns leaves room for the panel.
func (m LogsModel) columns() []ui.Column {
	if m.Entry == nil {
		return logColumns
	}
	return append(slices.Clone(logColumns[:4]), logColumns[6])
}

var requestColumns = []ui.Column{
	{Label: "Time"},
	{Label: "Method"},
	{Label: "Status"},
	{Label: "Path"},
	{Label: "Token"},
	{Label: "Client"},
	{Label: "Duration", Number: true},
}

// firstPrimary makes the first of some buttons the main one.
func firstPrimary(n int) ui.Kind {
	if n == 0 {
		return ui.Primary
	}
	return ui.Secondary
}

var needColumns = []ui.Column{{Label: "What"}, {Label: "State"}, {Label: "Next", Hidden: true}}
