package page

import (
	"muster/views/layout"
	"muster/views/ui"
)

// UserFormModel is the form of a new or known user.
type UserFormModel struct {
	layout.Chrome
	Head     ui.PageHeadModel
	Action   string
	Version  string // of the user as shown, so that nobody overwrites another's change
	Errors   []ui.FormError
	Taken    BannerModel // who holds what was asked for
	Locked   string      // mode of the directory that manages the user
	Identity []ui.FieldModel
	Names    []ui.FieldModel
	Contact  []ui.FieldModel
	Work     []ui.FieldModel
	Locale   []ui.FieldModel
	Note     ui.FieldModel
	Submit   string
	Cancel   string
}
