package page

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"muster/views/layout"
	"muster/views/ui"
)

// UserModel is everything about one user.
type UserModel struct {
	layout.Chrome
	Head       ui.PageHeadModel
	Buttons    []ui.ButtonModel
	Banners    []BannerModel
	Facts      []ui.KVModel
	Manager    ui.Link // Href empty when nobody here has that id yet
	ManagerOf  string  // the note below a manager who is not known here
	Reports    []ui.Link
	MoreOf     string // "and more" below a list of reports that was cut
	Groups     []ui.Link
	Profile    UserProfileModel
	Safeguards []SafeguardModel
	Note       string
	NoteHref   string
	IDs        []ui.CopyModel
	Events     []ui.TimelineItem
	Earlier    []ui.TimelineItem
	LogHref    string
	Attributes []AttributeRow
	Confirms   []StateChangeModel
}

// BannerModel is an alert with links.
type BannerModel struct {
	ui.AlertModel
	Buttons []ui.ButtonModel
}

// AttributeRow is one attribute, and where its value came from.
type AttributeRow struct {
	Label    string
	Path     string
	Value    string
	LockedBy string // mode of the directory that manages it
	Source   string // "" when it is not known
	Who      string
	At       time.Time
	Href     string  // the log entry of the change that wrote it
	Rule     ui.Link // the attribute mapping that computed it, or without a label
}

// StateChangeModel asks before a user's state changes. Reason asks for one.
type StateChangeModel struct {
	ui.ConfirmModel
	Reason      bool
	ReasonValue string
	ReasonError string
}

// StateChangePageModel is the same question as a page.
type StateChangePageModel struct {
	layout.Chrome
	Head    ui.PageHeadModel
	Confirm StateChangeModel
}

// EmailFact is an address that breaks at its @ where there is no room.
func EmailFact(address string) templ.Component {
	if i := strings.LastIndexByte(address, '@'); i > 0 {
		return emailFact(address[:i], address[i:])
	}
	return nil
}

func attributeColumns() []ui.Column {
	return []ui.Column{{Label: "Attribute"}, {Label: "Value"}, {Label: "Came from"}}
}
