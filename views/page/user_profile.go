package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// UserProfileModel is what a user has and why.
type UserProfileModel struct {
	Profile   ui.Link // Label empty for none
	How       string
	Mapping   ui.Link   // Label empty for none
	Since     time.Time // when the present rule or profile came, zero when the log no longer knows
	SinceHref string
	Settings  []SettingRow
	Own       int // how many are the user's own
	Change    string
	Why       string
	WhyOpen   bool
	Hidden    string // says that values are hidden, or ""
	Reasons   []ReasonRow
}

// ReasonRow tells of one rule why it matches or does not.
type ReasonRow struct {
	Href     string
	Name     string
	Position string
	State    string
	Tone     ui.Tone
	Note     string
	Clauses  []ClauseRow
}

// ClauseRow is one condition of a rule.
type ClauseRow struct {
	Text string
	OK   bool
	Got  string // what the user has, of one that fails
	Hint string
}

// SafeguardModel is one thing that keeps a user, with the button that turns it.
type SafeguardModel struct {
	Title  string
	Text   string
	On     bool
	Action string // address, or ""
	Turn   string // the button's word
	Value  string // what it sends
}

// UserProfileFormModel gives a user a profile by hand, and own values.
type UserProfileFormModel struct {
	layout.Chrome
	Head       ui.PageHeadModel
	Errors     []ui.FormError
	GiveAction string
	Give       ui.FieldModel
	NewProfile string // address, or ""
	OwnAction  string
	Own        []ui.FieldModel
	Cancel     string
}
