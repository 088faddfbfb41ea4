package page

import (
	"time"

	"github.com/a-h/templ"

	"muster/views/layout"
	"muster/views/ui"
)

// PressModel is a button: one that posts by itself when Post is set, else any other.
type PressModel struct {
	ui.ButtonModel
	Post   string
	Hidden []ui.Option
}

// NoticeModel is a message with its ways on.
type NoticeModel struct {
	Alert ui.AlertModel
	Ways  []PressModel
}

// ConnectorModel is the page of a connector: its settings, and how it is doing.
type ConnectorModel struct {
	Chrome layout.Chrome
	Head   ui.PageHeadModel
	Edit   bool
	Menu   ui.MenuModel
	Asks   []ui.ConfirmModel // dialogs of the buttons
	Setup  []ui.CheckItem    // what is still to be done before the first cycle
	Sub    string            // of the list
	State  ConnectorState
	Facts  []ConnectorFacts
}

// ConnectorFacts is a card of settings with the way to change them.
type ConnectorFacts struct {
	Title string
	Rows  []ui.KVModel
	Edit  ui.Link
	More  string // of the link, for screen readers
}

// ConnectorState is the part of the page that follows the connector as it works.
type ConnectorState struct {
	Stream   string // what tells of changes; "" when there is nothing to follow
	Renew    string // the page that reloads itself, for browsers without scripts
	Renewing bool
	Notices  []NoticeModel
	Badge    ui.AlertModel // tone and word of the state
	Text     string        // what the state means
	Rows     []ui.KVModel  // last start, last success, next run
	Presses  []PressModel
	Progress *ProgressCard
	Cycles   []CycleLine
	Now      time.Time
}

// ProgressCard is how far a cycle is.
type ProgressCard struct {
	Title string
	Steps []ui.StepModel
	Bar   ui.ProgressModel
	Rows  []ui.KVModel
}

// CycleLine is one cycle of a connector in a list.
type CycleLine struct {
	Href, Kind                               string
	Tone                                     ui.Tone
	State                                    string
	Started                                  time.Time
	Duration                                 string
	Created, Updated, Removed, Failed, Users int64
	Failures                                 string
}

// CycleLinesModel is the list of all cycles of a connector.
type CycleLinesModel struct {
	Chrome layout.Chrome
	Head   ui.PageHeadModel
	Rows   []CycleLine
	Now    time.Time
	Pager  ui.PagerModel
	Empty  EmptyListModel
}

// CyclePageModel is one cycle.
type CyclePageModel struct {
	Chrome layout.Chrome
	Head   ui.PageHeadModel
	State  CycleState
}

// CycleState is the part of a cycle's page that follows it.
type CycleState struct {
	ConnectorState
	Impact []ui.ImpactModel // what it did, or wants to do
	Title  string           // of the impact
	Sub    string
	Log    ui.Link
}

// ConnectorGuideModel is what to create in the directory before Muster can read it.
type ConnectorGuideModel struct {
	Chrome layout.Chrome
	Head   ui.PageHeadModel
	Steps  []ui.StepModel
	Parts  []GuideStep
	Links  []ui.ButtonModel // per part, by its number; an empty label is none
	Notes  []string
	Next   ui.ButtonModel
}

// ConnectorFormModel is a step of the wizard with fields.
type ConnectorFormModel struct {
	Chrome   layout.Chrome
	Head     ui.PageHeadModel
	Steps    []ui.StepModel
	Errors   []ui.FormError
	Action   string
	Upload   bool
	Fields   []ui.FieldModel
	Kind     *ui.RadioCardsModel // secret or certificate
	Secret   []ui.FieldModel
	Password *ui.FieldModel
	More     string // heading of the fields that few need
	Few      []ui.FieldModel
	FewOpen  bool
	Submit   []ui.ButtonModel
	Cancel   string
	Note     *NoticeModel
}

// ConnectorTestModel is the connection test with what came of it.
type ConnectorTestModel struct {
	Chrome  layout.Chrome
	Head    ui.PageHeadModel
	Steps   []ui.StepModel // of the wizard
	Verdict *ui.AlertModel
	Trace   []ui.TraceStep
	Sub     string
	Run     PressModel
	Next    []ui.ButtonModel
	Empty   string
}

// ConnectorScopeModel is whose records are read.
type ConnectorScopeModel struct {
	Chrome   layout.Chrome
	Head     ui.PageHeadModel
	Steps    []ui.StepModel
	Errors   []ui.FormError
	Action   string
	Mode     ui.RadioCardsModel
	Groups   GroupPickerModel
	Nested   ui.CheckboxModel
	App      ui.FieldModel
	Password *ui.FieldModel
	Count    ScopeCountModel
	Note     *NoticeModel
	Submit   ui.ButtonModel
	Cancel   string
	Hidden   []ui.Option
}

// ScopeCountModel tells how many users a scope would hold.
type ScopeCountModel struct {
	Text  string
	Sub   string
	Wrong string
}

// PlanModel is what a cycle would do, or what an undo would: counted, named, and a
// question when somebody has to decide.
type PlanModel struct {
	Chrome  layout.Chrome
	Head    ui.PageHeadModel
	Notices []NoticeModel
	Impact  []ui.ImpactModel
	Tabs    []ui.TabModel
	Filter  *ui.FilterModel // nil where there is nothing to search
	Export  string          // the list as CSV
	Rows    []PlanRow
	What    string // the rows are: User or Group
	More    string // of rows that are not listed
	Pager   *ui.PagerModel
	Empty   EmptyListModel
	Causes  []PlanCause
	Confirm []PlanAnswer
}

// PlanRow is one record with what becomes of it.
type PlanRow struct {
	Name, Sub, Href string
	Tone            ui.Tone
	Word            string // what happens
	Why             string
	Detail          string
}

// PlanCause is records of a plan that have something in common.
type PlanCause struct {
	Title, Sub string
	Rows       []PlanRow
	More       string
}

// PlanAnswer is one way to decide.
type PlanAnswer struct {
	Title   string
	Confirm ui.ConfirmModel
	Ack     *ui.CheckboxModel
}

// DemandModel is provisioning on demand: one user, step by step.
type DemandModel struct {
	Chrome  layout.Chrome
	Head    ui.PageHeadModel
	Notices []NoticeModel
	Errors  []ui.FormError
	Value   string
	Wrong   string
	Ran     bool
	Title   string // of the steps
	Sub     string
	Trace   []ui.TraceStep
	Verdict ui.AlertModel
	Apply   *PressModel
	Done    ui.Link
	Empty   *EmptyListModel
}

func cycleLineColumns() []ui.Column {
	return []ui.Column{
		{Label: "Cycle"},
		{Label: "State"},
		{Label: "Duration", Number: true},
		{Label: "Users", Number: true},
		{Label: "Created", Number: true},
		{Label: "Updated", Number: true},
		{Label: "Removed", Number: true},
		{Label: "Failed", Number: true},
	}
}

func planColumns(what string) []ui.Column {
	return []ui.Column{{Label: what}, {Label: "What happens"}, {Label: "Why"}}
}

// show is the main button until there are steps to apply.
func (m DemandModel) show() ui.ButtonModel {
	b := ui.ButtonModel{Label: "Show the steps", Icon: "play", Kind: ui.Primary}
	if m.Apply != nil {
		b.Kind = ui.Secondary
	}
	return b
}

// encoding lets a form carry a file.
func (m ConnectorFormModel) encoding() templ.Attributes {
	if !m.Upload {
		return nil
	}
	return templ.Attributes{"enctype": "multipart/form-data"}
}
