package page

import (
	"cmp"

	"github.com/a-h/templ"

	"muster/views/layout"
	"muster/views/ui"
)

// ChangePreviewModel is step 2 of a change: everything counted and named. The preview
// of an undo has the same shape.
type ChangePreviewModel struct {
	Chrome     layout.Chrome
	Head       ui.PageHeadModel
	Steps      []ui.StepModel
	Tabs       []ui.TabModel
	Stale      []ui.DiffRow // the figures that moved since the confirmed preview
	IsStale    bool
	Blockers   []BlockerModel
	Notes      []BlockerModel
	Now, After ui.SideModel
	Keep       *KeepModel
	Impact     []ui.ImpactModel
	Title      string        // of the sample
	Sample     FateListModel // the first by name; without rows, Nobody says why
	Nobody     string
	More       ui.Link
	Lists      []FateCardModel
	Forecast   *ForecastModel
	Confirm    *ChangeConfirmModel // nil: a blocker stands, or the role may not
	Page       string              // the confirmation as a page of its own
	ReadOnly   bool
	Back       []ui.Link // where else to go when there is nothing to confirm
}

// BlockerModel stands in the way of a change, or should be known before it.
type BlockerModel struct {
	Text   string
	Advice string
	Link   ui.Link
}

// KeepModel is the choice to keep the old method's mappings and tokens.
type KeepModel struct {
	Action  string
	Label   string
	Hint    string
	Checked bool
}

// FateModel is one record and what becomes of it.
type FateModel struct {
	Name, Sub, Href string
	Now, After      templ.Component
	Why             string
}

// FateListModel is a table of records with what becomes of each.
type FateListModel struct {
	Caption string
	What    string // heading of the first column
	Now     string // heading of the second; "Now" when empty
	After   string // heading of the third; "After" when empty
	Why     string // heading of the last; "Why" when empty
	Rows    []FateModel
}

// FateCardModel is such a table with its title.
type FateCardModel struct {
	ID, Title, Sub string
	List           FateListModel
}

// ChangePartModel is one part of what a change does, by name.
type ChangePartModel struct {
	Chrome layout.Chrome
	Head   ui.PageHeadModel
	Steps  []ui.StepModel
	Tabs   []ui.TabModel
	Note   string
	Filter *ui.FilterModel
	Facets []FacetModel
	Capped string
	List   FateListModel
	Pager  *ui.PagerModel
	Empty  EmptyListModel
	Export string // the same list as CSV
}

// FacetModel is one row of pills.
type FacetModel struct {
	Label string
	Pills []ui.TabModel
}

// ForecastModel is what the first run of the target would do.
type ForecastModel struct {
	Known   []KnownForecastModel
	Unknown string // nothing is known: how it can be
	Links   []ui.Link
	Kept    []KeptRuleModel
	KeptSub string
}

// KnownForecastModel is one source of what is known.
type KnownForecastModel struct {
	Source string
	When   templ.Component
	Impact []ui.ImpactModel
	Link   ui.Link
}

// KeptRuleModel is a kept mapping of the target. Count is empty where it is not counted.
type KeptRuleModel struct {
	Name, Sentence, Href string
	Profile              string
	Count                string
}

// ChangeConfirmModel is step 3, as a dialog and as a page.
type ChangeConfirmModel struct {
	Chrome   layout.Chrome
	Head     ui.PageHeadModel
	Steps    []ui.StepModel
	Ask      ui.ConfirmModel
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
	Chrome  layout.Chrome
	Title   string
	Sub     string
	Tone    ui.Tone
	Alert   *BannerModel // it was undone, or can be
	Impact  []ui.ImpactModel
	Facts   []ui.KVModel
	Lists   []FateCardModel
	Next    []ui.CheckItem
	Log     string
	Reports []ui.MenuItem
}

func (m FateListModel) columns() []ui.Column {
	return []ui.Column{{Label: m.What}, {Label: cmp.Or(m.Now, "Now")}, {Label: cmp.Or(m.After, "After")}, {Label: cmp.Or(m.Why, "Why")}}
}

func (m FateListModel) label(column int) string { return m.columns()[column].Label }

func (m ForecastModel) columns() []ui.Column {
	return []ui.Column{{Label: "Mapping"}, {Label: "Gives"}, {Label: "Would match", Number: true}}
}
