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
	Edit    bool // the role may change the method
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
	Cards  []MethodCardModel // what can be put in charge
	Later  []MethodCardModel // what this version cannot connect to
	Edit   bool
}

// MethodCardModel is one method to choose. Post chooses at once (the first time),
// Href leads to the preview; neither where this version cannot put it in charge.
type MethodCardModel struct {
	Card    ui.ChoiceModel
	Label   string
	Post    string
	Href    string
	Method  string
	Version string
	Primary bool
	Why     string // there is no button
	// Unsupported cards stand under a heading that says so.
	Unsupported bool
}

// CycleRowModel is one cycle.
type CycleRowModel struct {
	Href     string
	Kind     string
	Running  bool
	Method   string
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
}

// ChangePreviewModel is step 2 of a change: everything counted and named.
type ChangePreviewModel struct {
	Chrome     layout.Chrome
	Title      string
	Steps      []ui.StepModel
	Stale      []ui.DiffRow // the figures that moved since the confirmed preview
	IsStale    bool
	Blockers   []BlockerModel
	Now, After ui.SideModel
	Keep       *KeepModel
	Impact     []ui.ImpactModel
	From       string // word of the old method, for the empty sample
	Sample     []AffectedModel
	More       ui.Link
	Confirm    *ChangeConfirmModel // nil: a blocker stands, or the role may not
	Page       string              // the confirmation as a page of its own
	ReadOnly   bool
}

// BlockerModel stands in the way of a change.
type BlockerModel struct {
	Text   string
	Advice string
	Link   ui.Link
}

// KeepModel is the choice to keep the old method's tokens and mappings.
type KeepModel struct {
	Action  string
	Label   string
	Hint    string
	Checked bool
}

// AffectedModel is one person or group of the sample.
type AffectedModel struct {
	Name, Sub, Href string
	Now, After, Why string
}

// ChangeConfirmModel is step 3, as a dialog and as a page.
type ChangeConfirmModel struct {
	Chrome   layout.Chrome
	Steps    []ui.StepModel
	Ask      ui.ConfirmModel
	Effects  []string // the numbers again, one sentence each
	Ack      string
	AckError string
	Acked    bool
	Name     string // the organization's name must be typed
	Pattern  string
	Typed    string
	NameErr  string
	Reason   string
	ReasErr  string
	Password bool // the password is asked for again
	PassErr  string
	Errors   []ui.FormError
}

// ChangeDoneModel is the result of a change.
type ChangeDoneModel struct {
	Chrome layout.Chrome
	Title  string
	Sub    string
	Tone   ui.Tone
	Impact []ui.ImpactModel
	Facts  []ui.KVModel
	Next   []ui.CheckItem
	Log    string
}
