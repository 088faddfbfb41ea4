package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// ShadowModel is the page of shadow mode.
type ShadowModel struct {
	layout.Chrome
	Badge    ui.Tone
	State    string // as one word
	Facts    []ui.KVModel
	Alert    *ui.AlertModel // what to do next
	Links    []ui.ButtonModel
	Copying  *ShadowProgress
	Bringing *ShadowProgress
	Ask      []ui.ConfirmModel // what the menu opens
	Menu     []ui.MenuItem
	Told     bool
	Users    []ui.ImpactModel
	Ways     []ui.KVModel
	Groups   []ui.ImpactModel
	List     ShadowListModel
	Empty    *EmptyListModel
}

// ShadowProgress is work under way, or what is to be pressed to begin it.
type ShadowProgress struct {
	Title, Sub string
	Tone       ui.Tone
	Poll       string // address of this card while it moves
	Progress   ui.ProgressModel
	Facts      []ui.KVModel
	Buttons    []ShadowButton
}

// ShadowButton posts to an address.
type ShadowButton struct {
	Action string
	Button ui.ButtonModel
}

// ShadowListModel is what becomes of each record.
type ShadowListModel struct {
	Tabs     []ui.TabModel
	Filter   ui.FilterModel
	Outcome  string
	Outcomes []ui.Option
	Groups   bool
	Rows     []ShadowRow
	Pager    ui.PagerModel
	CSV      string
	Nobody   ui.EmptyModel
	All      string // the list without search and filter
}

// ShadowRow is one record and what becomes of it.
type ShadowRow struct {
	Name, Sub, Href   string
	Outcome           string
	Tone              ui.Tone
	How               string
	Mapping, Profile  string
	Status            string
	Why, Entry, Label string
	At                time.Time
}

// ShadowLogModel is the log of shadow mode.
type ShadowLogModel struct {
	layout.Chrome
	Filter   ui.FilterModel
	Status   string
	Statuses []ui.Option
	Partial  string // as LogsModel's
	Rows     []LogRowModel
	Pager    ui.PagerModel
	Empty    EmptyListModel
}

func (m ShadowListModel) columns() []ui.Column {
	if m.Groups {
		return []ui.Column{{Label: "Group"}, {Label: "Would be"}, {Label: "Why"}}
	}
	return []ui.Column{{Label: "User"}, {Label: "Would be"}, {Label: "Mapping"}, {Label: "Profile"}, {Label: "Status then"}, {Label: "Why"}}
}

func (m ShadowListModel) caption() string {
	if m.Groups {
		return "What would become of groups"
	}
	return "What would become of users"
}
