package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// ProfilesModel is the list of profiles.
type ProfilesModel struct {
	layout.Chrome
	Tabs    []ui.TabModel
	Buttons []ui.ButtonModel
	Filter  ui.FilterModel
	Rows    []ProfileRow
	Pager   ui.PagerModel
	Empty   EmptyListModel
}

// ProfileRow is one profile of the list.
type ProfileRow struct {
	Href        string
	Name        string
	Description string
	Default     bool // what users have whom no mapping matches
	Sets        string
	Users       int64
	UsersHref   string
	Mappings    int
	Updated     time.Time
}

// ProfileModel is one profile.
type ProfileModel struct {
	layout.Chrome
	Head     ui.PageHeadModel
	Buttons  []ui.ButtonModel
	Stats    []ui.StatModel
	Settings []SettingRow
	Declare  string // where settings are declared, or ""
	Facts    []ui.KVModel
	Mappings []ui.Link
}

// SettingRow is one application setting with its value and where that comes from.
type SettingRow struct {
	Name   string
	About  string
	Type   string
	Value  string // "" is none
	Source string // Default, Profile Sales, Own value
	Own    bool   // the value is set here and not inherited
	Href   string // of the source, or ""
}

// ProfileFormModel is the form of a new or known profile.
type ProfileFormModel struct {
	layout.Chrome
	Head        ui.PageHeadModel
	Action      string
	Version     string
	Reach       ui.AlertModel // how many users an edit reaches; Title empty for none
	Errors      []ui.FormError
	Name        ui.FieldModel
	Description ui.FieldModel
	Settings    []ui.FieldModel
	Declare     ui.Link // where settings are declared
	Submit      string
	Cancel      string
}

// ProfileDeleteModel asks before a profile is deleted; one in use needs another in
// its place.
type ProfileDeleteModel struct {
	layout.Chrome
	Head        ui.PageHeadModel
	Errors      []ui.FormError
	Confirm     ui.ConfirmModel
	Replacement ui.FieldModel // Name empty for an unused profile
	Blocked     BannerModel   // Title set when there is no other profile
}

// SettingKeysModel is the list of declared settings.
type SettingKeysModel struct {
	layout.Chrome
	Tabs    []ui.TabModel
	Buttons []ui.ButtonModel
	Filter  ui.FilterModel
	Rows    []SettingKeyRow
	Pager   ui.PagerModel
	Full    string // why no more can be declared, or ""
	Empty   EmptyListModel
}

// SettingKeyRow is one declared setting.
type SettingKeyRow struct {
	Href     string // "" for who may not change it
	Name     string
	About    string
	Type     string
	Default  string
	Profiles string // how many set it
}

// SettingKeyFormModel declares a setting or edits one.
type SettingKeyFormModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Action  string
	Errors  []ui.FormError
	New     bool
	Name    ui.FieldModel
	Type    ui.FieldModel
	Fixed   string // why the type stays, or ""
	Default ui.FieldModel
	About   ui.FieldModel
	Submit  string
	Cancel  string
	Delete  string // address, or ""
}

// SettingKeyDeleteModel asks before a declaration ends.
type SettingKeyDeleteModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Confirm ui.ConfirmModel
}
