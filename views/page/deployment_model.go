package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// DeploymentModel is the deployment page once a method is in charge.
type DeploymentModel struct {
	Chrome  layout.Chrome
	Method  string
	Name    string
	Facts   []ui.KVModel
	Health  HealthModel
	Counts  []ModeCountModel
	Groups  int64
	Cycles  []CycleRowModel
	Gap     string // how a cycle is told apart, as a sentence
	History []MethodChangeRowModel
	More    bool       // there are earlier changes than History shows
	Undo    *UndoOffer // the last change can be taken back
	Edit    bool       // the role may change the method
}

// UndoOffer says that a change can be taken back, and until when.
type UndoOffer struct {
	Title string
	Text  string
	Href  string
}

// ModeCountModel counts the users of one provisioning mode; each number opens its
// list.
type ModeCountModel struct {
	Mode  string
	Href  string
	Cells []CountModel // active, inactive, preserved, all
}

// CountModel is a number that opens what it counts.
type CountModel struct {
	Label string
	Count int64
	Href  string
}

// ChooserModel is the choice of a method: the first one, or step 1 of a change.
type ChooserModel struct {
	Chrome layout.Chrome
	First  bool
	Steps  []ui.StepModel
	Advice AdviceModel
	Cards  []MethodCardModel
	Edit   bool
}

// AdviceModel is the recommendation by two questions. Text is empty until both are
// answered.
type AdviceModel struct {
	Questions []ui.RadioCardsModel
	Title     string
	Text      string
	Open      bool
	Clear     string
}

// MethodCardModel is one method to choose. Post chooses at once (the first time),
// Href leads to the preview.
type MethodCardModel struct {
	Card    ui.ChoiceModel
	Has     []ui.Link // what is kept or configured already
	Advised string    // why it is recommended
	Caveat  string    // what this version cannot do with it
	Label   string
	Post    string
	Href    string
	Method  string
	Version string
	Primary bool
	Why     string // there is no button
}

// CycleRowModel is one cycle.
type CycleRowModel struct {
	Href     string
	Kind     string
	Running  bool
	By       string // the method, in words
	Started  time.Time
	Now      time.Time
	Duration string
	Requests int64
	Created  int64
	Updated  int64
	Removed  int64
	Failed   int64
	Failures string
}

// CyclesModel is the list of cycles.
type CyclesModel struct {
	Chrome layout.Chrome
	Rows   []CycleRowModel
	Pager  ui.PagerModel
	Gap    string
}

// MethodChangeRowModel is one past change of the method.
type MethodChangeRowModel struct {
	Href     string
	At, Now  time.Time
	From, To string // words; From is empty for the first choice
	By       string
	Reason   string
	Effect   string
	Undoes   bool   // it took an earlier change back
	Undone   bool   // it was taken back
	Undo     string // where it can be taken back; "" when it cannot
}

// HistoryModel is the list of all changes of the method.
type HistoryModel struct {
	Chrome layout.Chrome
	Rows   []MethodChangeRowModel
	Pager  ui.PagerModel
}
