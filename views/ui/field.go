package ui

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// FieldModel is one labelled form control with its hint and its error.
type FieldModel struct {
	Label string
	Name  string
	// Type is an input type ("text" when empty, password, number, date,
	// email, url, search, file …), "textarea" or "select".
	Type         string
	Value        string
	Hint         string
	Error        string // says what is wrong and what would be right
	ID           string // "f-" + Name when empty
	Autocomplete string
	Placeholder  string
	Pattern      string
	Title        string // what Pattern wants, shown by the browser
	Min, Max     string
	Step         string
	InputMode    string
	Accept       string // file types
	Suffix       string // unit after the control: "days"
	LockedBy     string // method that manages this field: shown read-only
	MinLength    int
	MaxLength    int
	Rows         int
	Options      []Option // of a select
	Required     bool
	Optional     bool // says "optional" beside the label
	Disabled     bool
	ReadOnly     bool
	Mono         bool
	Narrow       bool // for short values: numbers, dates
	Focus        bool
	Attrs        templ.Attributes
}

// Option is one choice of a select, a radio card or a filter.
type Option struct {
	Value    string
	Label    string
	Hint     string
	Icon     string
	Selected bool
	Disabled bool
}

func (m FieldModel) id() string {
	if m.ID != "" {
		return m.ID
	}
	return "f-" + m.Name
}

func (m FieldModel) class() string {
	c := "field"
	if m.Error != "" {
		c += " wrong"
	}
	if m.Narrow {
		c += " narrow"
	}
	return c
}

func (m FieldModel) inputType() string {
	if m.Type == "" {
		return "text"
	}
	return m.Type
}

func (m FieldModel) rows() string {
	if m.Rows == 0 {
		return "4"
	}
	return strconv.Itoa(m.Rows)
}

// attrs are shared by input, textarea and select; only set ones are written.
func (m FieldModel) attrs() templ.Attributes {
	a := templ.Attributes{
		"id": m.id(), "name": m.Name,
		"required": m.Required, "disabled": m.Disabled, "autofocus": m.Focus,
		"readonly": (m.ReadOnly || m.LockedBy != "") && m.Type != "select",
	}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("autocomplete", m.Autocomplete)
	set("placeholder", m.Placeholder)
	set("pattern", m.Pattern)
	set("title", m.Title)
	set("min", m.Min)
	set("max", m.Max)
	set("step", m.Step)
	set("inputmode", m.InputMode)
	set("accept", m.Accept)
	set("aria-describedby", describedBy(m.id(), m.Hint, m.Error, m.LockedBy))
	if m.MinLength > 0 {
		a["minlength"] = strconv.Itoa(m.MinLength)
	}
	if m.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(m.MaxLength)
	}
	if m.Error != "" {
		a["aria-invalid"] = "true"
	}
	if m.Mono {
		a["class"] = "mono"
	}
	return merge(a, m.Attrs)
}

func describedBy(id, hint, wrong, locked string) string {
	var ids []string
	for _, part := range []struct{ text, suffix string }{{wrong, "-error"}, {hint, "-hint"}, {locked, "-lock"}} {
		if part.text != "" {
			ids = append(ids, id+part.suffix)
		}
	}
	return strings.Join(ids, " ")
}

// CheckboxModel is one checkbox with its sentence.
type CheckboxModel struct {
	Name     string
	Value    string // "on" when empty
	Label    string
	Hint     string
	Error    string
	ID       string
	Gates    string // id of a button that stays disabled until this is checked (needs scripts; set Required too, which works without)
	Checked  bool
	Required bool
	Disabled bool
}

func (m CheckboxModel) attrs() templ.Attributes {
	f := FieldModel{Name: m.Name, ID: m.ID}
	a := templ.Attributes{"id": f.id(), "name": m.Name, "checked": m.Checked, "required": m.Required, "disabled": m.Disabled}
	if m.Value != "" {
		a["value"] = m.Value
	}
	if m.Gates != "" {
		a["data-gates"] = m.Gates
	}
	if d := describedBy(f.id(), m.Hint, m.Error, ""); d != "" {
		a["aria-describedby"] = d
	}
	if m.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func (m CheckboxModel) id() string { return FieldModel{Name: m.Name, ID: m.ID}.id() }

// RadioCardsModel is a group of radio buttons shown as cards.
type RadioCardsModel struct {
	Legend  string
	Name    string
	Value   string // the chosen one
	Hint    string
	Error   string
	Options []Option
	Columns bool // side by side where there is room
}

// FormError is one wrong field for FormErrors.
type FormError struct {
	Name string // of the field; the entry links to it
	Text string
}
