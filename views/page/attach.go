package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// AttachModel is a part of the re-attach assistant: users whom nobody manages, with
// what they would get from the method in charge.
type AttachModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Buttons []ui.ButtonModel
	Run     *AttachRunModel
	Tabs    []ui.TabModel
	Counted string // whom the numbers are of, where not all were counted
	Filter  ui.FilterModel
	Choose  string // where the chosen rows are posted; "" for who may only look
	Show    string // the part, kept with what is posted
	Rows    []AttachRow
	Looked  string // a short page leads on: why
	Pager   ui.PagerModel
	Empty   EmptyListModel
}

// AttachRow is one user.
type AttachRow struct {
	ID, Href, Name, UserName string
	Status                   string
	Known                    string // where the record is known from
	Record                   string // its userName or anchor
	Mapping, Profile         ui.Link
	Given                    string // how they come to the profile, when not by the mapping
	Why, Advice              string
	Queue                    string // address of the decision to be made first
	Open                     bool   // can be chosen
}

// AttachRunModel is the card of attaching all who are safe, in the background.
type AttachRunModel struct {
	Poll, Done   bool
	Tone         ui.Tone
	Title, Text  string
	Progress     ui.ProgressModel
	Facts        []ui.KVModel
	Stop, Resume string // addresses, or ""
	Ended, Now   time.Time
}

// AttachReportModel tells who could not be attached.
type AttachReportModel struct {
	layout.Chrome
	Head   ui.PageHeadModel
	Back   string
	Done   ui.AlertModel
	Failed []QueueFailed
}

func (m AttachModel) columns() []ui.Column {
	list := []ui.Column{{Label: "User"}, {Label: "Status"}, {Label: "Record"}, {Label: "Would get"}, {Label: "Why"}}
	if m.Choose != "" {
		list = append([]ui.Column{{Label: "Choose", Hidden: true}}, list...)
	}
	return list
}
