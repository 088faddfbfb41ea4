package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// HeldModel is the removals that a guard holds back, by cause.
type HeldModel struct {
	layout.Chrome
	Tabs   []ui.TabModel
	Alert  ui.AlertModel
	Total  int64
	Edit   bool
	Action string
	Causes []HeldCause
	Empty  EmptyListModel

	Everybody string // how many the causes hold together, where there are several
	All       string // where the other causes are, on the page of one
	Approvals []ApprovalRow
	Pager     *ui.PagerModel // through the users of one cause
}

// HeldCause is users who have something in common.
type HeldCause struct {
	Key     string
	Title   string
	Sub     string
	Rows    []HeldRow
	More    string // leads to those who are not listed
	Href    string
	Approve string
	Reject  string
}

// HeldRow is one user whose removal is held back.
type HeldRow struct {
	ID, Href, Name, UserName, Department string
	Deleted, Protected                   bool
	Since                                time.Time
}

// ApprovalRow is one approval of held removals, which can be taken back.
type ApprovalRow struct {
	What, By, Href string
	At             time.Time
}

// WaitingModel is a list of users who wait.
type WaitingModel struct {
	layout.Chrome
	Tabs     []ui.TabModel
	Alert    *ui.AlertModel
	Filter   ui.FilterModel
	Numbered bool // in the order in which they come in
	First    int64
	Rows     []WaitingRow
	Pager    ui.PagerModel
	Empty    EmptyListModel
}

// WaitingRow is one user who waits.
type WaitingRow struct {
	Href, Name, UserName, Department, Mode, Status string
	Since                                          time.Time
	Explain                                        bool // a page explains why
}

func (m WaitingModel) columns() []ui.Column {
	list := []ui.Column{{Label: "User"}, {Label: "Department"}, {Label: "Managed by"}, {Label: "Waits since"}}
	if m.Numbered {
		list = append([]ui.Column{{Label: "Place", Number: true}}, list...)
	}
	return list
}

func (m HeldModel) columns() []ui.Column {
	list := []ui.Column{{Label: "User"}, {Label: "Department"}, {Label: "The directory wants"}, {Label: "Since"}}
	if m.Edit {
		list = append([]ui.Column{{Label: "Choose", Hidden: true}}, list...)
	}
	return list
}

func (r HeldRow) wants() string {
	if r.Deleted {
		return "Deleted"
	}
	return "Disabled"
}
