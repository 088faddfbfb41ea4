package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// MappingsModel is the ordered list of a method's rules.
type MappingsModel struct {
	layout.Chrome
	Sub        string
	Buttons    []ui.ButtonModel
	Tabs       []ui.TabModel // methods that have rules; one alone shows none
	Evaluation *EvaluationModel
	Dormant    ui.AlertModel // Title set while another method is in charge
	Filter     ui.FilterModel
	Rows       []MappingRow
	Pager      ui.PagerModel
	Manage     bool
	Method     string
	Unmatched  string // what happens to whom no rule matches
	Settings   string // where that is set
	Empty      EmptyListModel
}

// MappingRow is one rule of the list.
type MappingRow struct {
	ID          string
	Href        string
	Position    int64
	Name        string
	Sentence    string
	Profile     ui.Link // Label empty for none
	Users       int64
	UsersHref   string
	Warnings    []string // broken, or never asked
	Disabled    bool
	Parked      bool // another method is in charge
	Everyone    bool // the catch-all
	First, Last bool
	Focus       string // the button that was pressed: up or down
}

// EvaluationModel is how far the background is with bringing users in line.
type EvaluationModel struct {
	Poll     bool // it goes on: the fragment asks again
	Done     bool // a line is enough
	Tone     ui.Tone
	Title    string
	Text     string
	Progress ui.ProgressModel
	Facts    []ui.KVModel
	Stop     string // addresses, or ""
	Resume   string
	Ended    time.Time
	Now      time.Time
}

// MappingFormModel is the editor of a rule.
type MappingFormModel struct {
	layout.Chrome
	Head        ui.PageHeadModel
	Buttons     []ui.ButtonModel
	Action      string
	Manage      bool
	Broken      ui.AlertModel // Title set when the stored condition cannot be read
	Errors      []ui.FormError
	Hidden      []ui.Option // Label is the name
	Name        ui.FieldModel
	Description ui.FieldModel
	Method      ui.FieldModel // Name empty when it is settled
	Place       ui.FieldModel // of a new rule; Name empty otherwise
	Groups      GroupPickerModel
	Condition   ConditionModel
	CaseExact   ui.CheckboxModel
	Profile     ui.FieldModel
	NewProfile  string
	Local       GroupPickerModel
	Status      ui.RadioCardsModel
	ShowGroups  ui.CheckboxModel
	Enabled     ui.CheckboxModel
	Submit      string
	Cancel      string
	Preview     RulePreviewModel
}

// GroupPickerModel chooses several groups, with a search.
type GroupPickerModel struct {
	ID     string // of the part that a search renews
	Name   string // of the checkboxes
	Legend string
	Hint   string
	Error  string
	Find   ui.FieldModel
	Source string // address that renews the part
	Chosen []ui.Option
	Found  []ui.Option
	Note   string // what the search found, in words
}

// ConditionModel is the condition, as rows or as text.
type ConditionModel struct {
	AsText bool
	Note   string // why it stays a text, or ""
	Error  string
	Join   ui.FieldModel // all or any
	Rows   []ConditionRow
	Text   ui.FieldModel
}

// ConditionRow is one row: attribute, operator, value.
type ConditionRow struct {
	Number int
	Attr   ui.FieldModel
	Op     ui.FieldModel
	Value  ui.FieldModel
	Error  string
	Remove string // value of the button that takes it out
}

// RulePreviewModel is what saving would do.
type RulePreviewModel struct {
	Wrong    string // why there is no preview
	Advice   string
	Count    string // 412 users
	Unasked  string // whom Count is, where nothing was counted anew
	Gains    string // +12; "" when nobody comes and nobody goes
	Loses    string // −3
	ShutOut  string // who loses the application
	Shadow   string // a rule before this one leaves nothing for it
	Moves    []MoveRow
	Overlaps []MoveRow
	First    []PreviewUser
	More     string
}

// MoveRow counts users who go from one rule to another.
type MoveRow struct {
	From  string
	To    string
	Users int64
}

// PreviewUser is one of the users whom a rule would hold, and what of the rule they
// match.
type PreviewUser struct {
	Href  string
	Name  string
	Sub   string
	Marks []string
}

// RuleConfirmModel shows the difference once more before it is made.
type RuleConfirmModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Preview RulePreviewModel
	Confirm ui.ConfirmModel
}
