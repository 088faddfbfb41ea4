package ui

import "github.com/a-h/templ"

// AlertModel is a message inside the page; the children are its buttons.
type AlertModel struct {
	Tone  Tone
	Title string
	Text  string
	// Live announces the message when it appears through a fragment.
	Live bool
	// Focus puts the reader here when the page opens: at most one on a page.
	Focus bool
	ID    string
}

func (m AlertModel) attrs() templ.Attributes {
	a := templ.Attributes{}
	if m.ID != "" {
		a["id"] = m.ID
	}
	if m.Live {
		a["role"] = "status"
		if m.Tone == Error {
			a["role"] = "alert"
		}
	}
	if m.Focus {
		a["tabindex"], a["autofocus"] = "-1", true
	}
	return a
}

// EmptyModel says why a list is empty and what fills it; the children are buttons.
type EmptyModel struct {
	Icon  string
	Title string
	Text  string
	Small bool // inside a card
}

// FlashModel is the result of the last action, shown once after a redirect.
type FlashModel struct {
	Tone Tone
	Text string
}
