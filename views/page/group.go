package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// GroupsModel is the list of groups.
type GroupsModel struct {
	layout.Chrome
	Buttons []ui.ButtonModel
	Filter  ui.FilterModel
	Modes   []ui.TabModel
	Rows    []GroupRow
	Capped  string // says that a search found more than it shows
	Pager   ui.PagerModel
	Empty   EmptyListModel
}

// GroupRow is one group of the list.
type GroupRow struct {
	Href    string
	Name    string
	Members int64
	Mode    string
	Updated time.Time
}

// GroupModel is one group with a page of its members.
type GroupModel struct {
	layout.Chrome
	Head         ui.PageHeadModel
	Buttons      []ui.ButtonModel
	Locked       ui.AlertModel // Title empty for a group managed by hand
	Facts        []ui.KVModel
	Note         string
	NoteHref     string
	IDs          []ui.CopyModel
	Within       []ui.Link // groups this one is in
	Nested       []NestedRow
	Searchable   bool
	Filter       ui.FilterModel
	Members      []GroupMemberRow
	NoMembers    ui.EmptyModel
	Pager        ui.PagerModel
	Add          ui.FieldModel
	AddAction    string // "" when members cannot be changed here
	RemoveAction string
	Safeguards   []SafeguardModel
	Delete       ui.ConfirmModel
	Events       []ui.TimelineItem
	Earlier      []ui.TimelineItem
	LogHref      string
}

// NestedRow is a group in the group.
type NestedRow struct {
	ui.Link
	ID string
}

// GroupMemberRow is a user in the group.
type GroupMemberRow struct {
	UserRow
	ID string
}

// GroupFormModel is the form of a new or known group.
type GroupFormModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Action  string
	Version string
	Errors  []ui.FormError
	Name    ui.FieldModel
	Note    ui.FieldModel
	Submit  string
	Cancel  string
}

func (m GroupModel) memberColumns() []ui.Column {
	list := []ui.Column{{Label: "Name"}, {Label: "Department"}, {Label: "Status"}}
	if m.RemoveAction != "" {
		list = append(list, ui.Column{Label: "Remove", Hidden: true})
	}
	return list
}
