package ui

import (
	"maps"

	"github.com/a-h/templ"
)

// Kind is the weight of a button; the zero value is Secondary.
type Kind string

// One Primary per view, Danger only where something ends, Quiet inside tables.
const (
	Secondary Kind = ""
	Primary   Kind = "primary"
	Danger    Kind = "danger"
	Quiet     Kind = "quiet"
)

// ButtonModel is a button, or a link that looks like one when Href is set.
// Without Href, Opens, Menu or Closes it submits the form around it.
type ButtonModel struct {
	Label string
	// More is appended for screen readers: "Revoke" + " Okta production".
	More     string
	Icon     string // shown before the label
	IconOnly bool   // hides Label visually; it stays the accessible name
	Kind     Kind
	Small    bool
	Href     string
	Opens    string // id of the Dialog to show
	Closes   string // id of the Dialog to close
	Menu     string // id of the popover to toggle
	Form     string // id of a form elsewhere in the page
	Name     string // submitted with Value
	Value    string
	ID       string
	Disabled bool
	Focus    bool // autofocus
	Attrs    templ.Attributes
}

func (m ButtonModel) class() string {
	c := "btn"
	if m.Kind != Secondary {
		c += " " + string(m.Kind)
	}
	if m.Small {
		c += " small"
	}
	if m.IconOnly {
		c += " square"
	}
	return c
}

func (m ButtonModel) typ() string {
	if m.Opens != "" || m.Closes != "" || m.Menu != "" {
		return "button"
	}
	return "submit"
}

func (m ButtonModel) attrs() templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("id", m.ID)
	set("form", m.Form)
	set("name", m.Name)
	set("value", m.Value)
	set("popovertarget", m.Menu)
	switch {
	case m.Opens != "":
		a["command"], a["commandfor"], a["aria-haspopup"] = "show-modal", m.Opens, "dialog"
	case m.Closes != "":
		a["command"], a["commandfor"] = "close", m.Closes
	}
	a["disabled"], a["autofocus"] = m.Disabled, m.Focus
	return merge(a, m.Attrs)
}

func merge(a, b templ.Attributes) templ.Attributes {
	maps.Copy(a, b)
	return a
}

func (m ButtonModel) linkAttrs() templ.Attributes {
	a := templ.Attributes{"autofocus": m.Focus}
	if m.ID != "" {
		a["id"] = m.ID
	}
	return merge(a, m.Attrs)
}
