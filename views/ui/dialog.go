package ui

// ConfirmModel asks before something ends. The same model fills a dialog and
// a page, so a browser without dialogs loses nothing.
type ConfirmModel struct {
	ID          string   // of the dialog; Button{Opens: ID} shows it
	Title       string   // a question that names the record: "Revoke “Okta production”?"
	Consequence string   // first what ends
	Points      []string // the same in numbers, a sentence each
	Stays       string   // then what stays
	Undo        string   // then the way back
	Action      string   // where the form posts
	Label       string   // the verb with its object: "Revoke token"
	Cancel      string   // the safe verb: "Keep token"
	CancelHref  string   // of the page form
	Hidden      []Option
	Harmless    bool // the action is not red: "Enable token"
	Minor       bool // harmless, and not what most want: its button is a plain one
}

func (m ConfirmModel) kind() Kind {
	if m.Minor {
		return Secondary
	}
	if m.Harmless {
		return Primary
	}
	return Danger
}

func (m ConfirmModel) cancel() string {
	if m.Cancel == "" {
		return "Cancel"
	}
	return m.Cancel
}

// MenuModel is a button with a list of links and actions below it.
type MenuModel struct {
	ID    string
	Label string // names what it acts on: "Actions for Okta production"
	Icon  string // "ellipsis" when empty
	Text  string // shows a worded button instead of the icon
	Items []MenuItem
}

// MenuItem is one line: a link (Href), a dialog (Opens) or a form post (Post).
type MenuItem struct {
	Label  string
	Icon   string
	Href   string
	Opens  string
	Post   string
	Name   string // submitted with Value when Post is set
	Value  string
	Danger bool
	Line   bool // a rule above
}

func (m MenuModel) icon() string {
	if m.Icon == "" {
		return "ellipsis"
	}
	return m.Icon
}

func (i MenuItem) class() string {
	if i.Danger {
		return "menu-item danger"
	}
	return "menu-item"
}
