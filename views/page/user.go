package page

import (
	"time"

	"github.com/a-h/templ"

	"muster/views/layout"
	"muster/views/ui"
)

// UsersModel is the list of users.
type UsersModel struct {
	layout.Chrome
	Sub      string
	Buttons  []ui.ButtonModel
	Filter   ui.FilterModel
	Statuses []ui.TabModel
	Modes    []ui.TabModel
	Narrow   BannerModel // who is listed, when few are
	Rows     []UserRow
	Capped   string // says that a search found more than it shows
	Pager    ui.PagerModel
	Empty    EmptyListModel
}

// UserRow is one user of a list.
type UserRow struct {
	Href       string
	Name       string
	UserName   string
	Email      string
	Department string
	Title      string
	Status     string
	StatusNote string
	Mode       string
	Updated    time.Time
	Pending    templ.Component // what is pending about the user, as badges; nil for nothing
}

// EmptyListModel stands where a list has no rows; the first button is the next step.
type EmptyListModel struct {
	ui.EmptyModel
	Buttons []ui.ButtonModel
}

func userColumns() []ui.Column {
	return []ui.Column{{Label: "Name"}, {Label: "E-mail"}, {Label: "Department"}, {Label: "Status"}, {Label: "Managed by"}, {Label: "Changed"}}
}
