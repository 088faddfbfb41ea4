package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// ParkedModel is what is kept of the methods that are not in charge.
type ParkedModel struct {
	layout.Chrome
	Filter  ui.FilterModel
	Methods []ParkedMethod
	Manage  bool
	Empty   EmptyListModel
	Now     time.Time
}

// ParkedMethod is what is kept of one method.
type ParkedMethod struct {
	Method string
	Title  string
	Sub    string
	Since  time.Time // zero when it never was in charge
	Change string    // address of the change by which it left
	Back   ui.ButtonModel
	Delete ui.ButtonModel
	Rows   []ParkedRow
}

// ParkedRow is one thing that is kept.
type ParkedRow struct {
	Kind, Name, Href string
	Detail           string
	Returns          string // how it comes back
	Delete           ui.ButtonModel
}

// ParkedDeleteModel asks before all that is kept of a method is deleted for good.
type ParkedDeleteModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Errors  []ui.FormError
	Impact  []ui.ImpactModel
	Fields  []ui.FieldModel
	Confirm ui.ConfirmModel
}

func (m ParkedModel) columns() []ui.Column {
	list := []ui.Column{{Label: "What"}, {Label: "Name"}, {Label: "Comes back"}}
	if m.Manage {
		list = append(list, ui.Column{Label: "Delete", Hidden: true})
	}
	return list
}
