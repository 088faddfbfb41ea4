package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// QueueModel is a part of the queue: what waits for a decision, or what was decided.
type QueueModel struct {
	layout.Chrome
	Tabs      []ui.TabModel
	Filter    ui.FilterModel
	Decided   bool
	Conflicts bool
	Safe      *ui.ButtonModel // accepts all that change nobody's sign-in
	Choose    string          // where the chosen rows are posted; "" for who may only look
	Rows      []QueueRow
	Pager     ui.PagerModel
	Empty     EmptyListModel
}

// QueueRow is one decision of the list.
type QueueRow struct {
	ID       string
	Href     string
	Name     string // whom the record meets
	Sub      string
	Record   string // the record's name
	From     string // by whom it was sent
	Claim    string // what they meet in
	Diff     []ui.DiffRow
	More     string // "and 3 more"
	SignIn   bool   // the userName changes
	Seen     time.Time
	Attempts string

	State    string // what was decided
	Tone     ui.Tone
	Decision string
	By       string
	At       time.Time
}

// QueueItemModel is one decision with all that it rests on.
type QueueItemModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Banners []BannerModel
	Here    QueueSide
	Record  QueueSide
	Diff    []ui.DiffRow
	DiffSub string
	Same    string // why there is no difference to show
	Accept  *QueueAnswer
	Refuse  *QueueAnswer
	Ways    []QueueWay
	Hint    string // what settles it without a decision
	Facts   []ui.KVModel
}

// QueueSide is one of the two who meet.
type QueueSide struct {
	Title string
	Name  string
	Href  string
	Facts []ui.KVModel
}

// QueueAnswer is a button that decides at once, with what it does in words.
type QueueAnswer struct {
	Action string
	Button ui.ButtonModel
	Hidden []ui.Option
	Text   string
}

// QueueWay is one of the two ways out of a conflict; its button leads to a question.
type QueueWay struct {
	Title  string
	Text   []string
	Button ui.ButtonModel
}

// QueueConfirmModel asks before many are decided, or before a conflict is.
type QueueConfirmModel struct {
	layout.Chrome
	Head     ui.PageHeadModel
	Errors   []ui.FormError
	Impact   []ui.ImpactModel
	Forecast *ui.AlertModel // of seats that run out
	Names    []ui.Link      // of whom it is about, the first of them
	More     string
	Confirm  ui.ConfirmModel
}

// QueueReportModel tells what could not be decided.
type QueueReportModel struct {
	layout.Chrome
	Head   ui.PageHeadModel
	Done   ui.AlertModel
	Failed []QueueFailed
}

// QueueFailed is one that stayed open, and why.
type QueueFailed struct {
	Name, Href, Why, Advice string
}

func (m QueueModel) columns() []ui.Column {
	if m.Decided {
		return []ui.Column{{Label: "Record"}, {Label: "Decision"}, {Label: "What was done"}, {Label: "By"}, {Label: "When"}}
	}
	list := []ui.Column{{Label: "Here"}, {Label: "Delivered"}, {Label: "Matched by"}, {Label: "Would change"}, {Label: "Last attempt"}}
	if m.Conflicts {
		list = []ui.Column{{Label: "Held by"}, {Label: "Claimed by"}, {Label: "What"}, {Label: "Last attempt"}, {Label: "Decide", Hidden: true}}
	}
	if m.Choose != "" {
		list = append([]ui.Column{{Label: "Choose", Hidden: true}}, list...)
	}
	return list
}
