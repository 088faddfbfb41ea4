package page

import (
	"muster/views/layout"
	"muster/views/ui"
)

// AttributeMappingsModel is the list of what is computed from what a directory sends.
type AttributeMappingsModel struct {
	Chrome  layout.Chrome
	Tabs    []ui.TabModel
	Methods []ui.TabModel // when more than one method has mappings
	Filter  ui.FilterModel
	New     string // address, or "" when nobody here may add one
	Sub     string
	Rows    []AttributeMappingRow
	Empty   ui.EmptyModel
	Manage  bool
	Parked  string // which method is in charge instead, as a sentence; "" for this one
	Broken  string // how many cannot run, or ""
	Full    string // why no more can be added, or ""
	Passes  []AttributePass
	Open    bool // the list of what passes as it comes
}

// AttributeMappingRow is one mapping of the list.
type AttributeMappingRow struct {
	ID         string
	Href       string // "" for auditors
	Label      string
	Target     string
	Expression string
	When       string
	Default    string
	Tone       ui.Tone
	State      string
	Problem    string // why it cannot run, or ""
	Up, Down   bool
}

// AttributePass is an attribute that is stored as it comes.
type AttributePass struct{ Label, Target, Type string }

// AttributeMappingFormModel is the editor of a mapping with its tester and its help.
type AttributeMappingFormModel struct {
	Chrome  layout.Chrome
	Head    ui.PageHeadModel
	Action  string
	Submit  string
	Errors  []ui.FormError
	Hidden  []ui.Option // Value by Label
	Cancel  string
	Note    string // when values change
	Target  ui.FieldModel
	Source  ui.FieldModel
	When    ui.RadioCardsModel
	Default ui.FieldModel
	On      ui.CheckboxModel
	Remove  ui.ConfirmModel // without an ID for none
	Tester  AttributeTesterModel
	Help    []AttributeFunction
	Names   []AttributeName
}

// AttributeTesterModel tries the form as it stands on a real user.
type AttributeTesterModel struct {
	Path   string
	Search ui.FieldModel
	Result AttributeTrialModel
}

// AttributeTrialModel is the part of the tester that changes while somebody types.
type AttributeTrialModel struct {
	Users   []ui.Option // whom the search finds
	User    string      // public id of the one that is tried
	Nobody  string      // why there is nobody to try, or ""
	Wrong   string      // why the draft cannot run, or ""
	Failure string      // why it fails on this user, or ""
	Tried   bool
	Name    string
	Href    string
	Label   string // of the attribute
	Sent    string
	Now     string
	After   string
	Same    string // said instead when nothing would change, or ""
}

// AttributeFunction explains a function.
type AttributeFunction struct{ Form, Says, Example, Gives string }

// AttributeName is an attribute that expressions can name.
type AttributeName struct{ Name, Parts string }

func mappingColumns(manage bool) []ui.Column {
	list := []ui.Column{{Label: "Attribute"}, {Label: "Computed from"}, {Label: "When"}, {Label: "Default"}, {Label: "State"}}
	if manage {
		list = append(list, ui.Column{Label: "Order"})
	}
	return list
}
