package page

import (
	"muster/views/layout"
	"muster/views/ui"
)

// ImportModel asks for a file of users.
type ImportModel struct {
	layout.Chrome
	Errors  []ui.FormError
	File    ui.FieldModel
	Columns []string
}

// ImportJobModel is an uploaded file: checked, under way, or imported.
type ImportJobModel struct {
	layout.Chrome
	Head       ui.PageHeadModel
	Steps      []ui.StepModel
	Running    bool
	Progress   ui.ProgressModel
	Result     ui.AlertModel
	Charset    *ui.AlertModel // that the letters of the file were guessed
	Seats      *ui.AlertModel // what it means for the seats, when there are not enough
	Stats      []ui.StatModel
	Columns    []ImportColumnRow
	Issues     []ImportIssueRow
	IssuesSub  string
	IssuesHref string
	Action     string // where the confirmation posts; "" when there is nothing to import
	Submit     string
	Buttons    []ui.ButtonModel
}

// ImportColumnRow is a column of the file and where it goes.
type ImportColumnRow struct {
	Header  string
	Field   string
	Example string
	Why     string // why the column is left out
}

// ImportIssueRow is a row of the file with something to correct.
type ImportIssueRow struct {
	Line     string
	UserName string
	Outcome  string
	Column   string
	Text     string
	Advice   string
}

func importEmptyCells() ui.RadioCardsModel {
	return ui.RadioCardsModel{Legend: "Empty cells", Name: "empty", Value: "keep", Columns: true, Options: []ui.Option{
		{Value: "keep", Label: "Keep the value", Hint: "An empty cell leaves what the user has."},
		{Value: "clear", Label: "Clear the value", Hint: "An empty cell removes what the user has."},
	}}
}

func issueColumns() []ui.Column {
	return []ui.Column{{Label: "Line", Number: true}, {Label: "userName"}, {Label: "Result"}, {Label: "Column"}, {Label: "What happened, and what to do"}}
}
