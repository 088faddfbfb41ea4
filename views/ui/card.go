package ui

import "github.com/a-h/templ"

// Link is a label with its address.
type Link struct{ Label, Href string }

// PageHeadModel is the top of a page; the children are its buttons.
type PageHeadModel struct {
	Title  string
	Sub    string          // one grey line that says what the page is for
	Crumbs []Link          // the way back, nearest last: Users
	Badge  templ.Component // beside the title
	Avatar string          // a name, for people
}

// CardModel is a white panel with an optional head.
type CardModel struct {
	Title   string
	Sub     string
	Actions templ.Component // buttons at the right of the head
	Tone    Tone            // coloured edge: Error for dangerous parts, Warn for pending ones
	Flush   bool            // no padding: the content is a table or a list
	ID      string
}

func (m CardModel) class() string {
	c := "card"
	if m.Flush {
		c += " flush"
	}
	if m.Tone != Neutral {
		c += " edge " + string(m.Tone)
	}
	return c
}

func (m CardModel) attrs() templ.Attributes {
	if m.ID == "" {
		return nil
	}
	return templ.Attributes{"id": m.ID}
}

// StatModel is one number of an overview.
type StatModel struct {
	Label string
	Value string
	Note  string
	Href  string
	Tone  Tone
	Icon  string
	Chart templ.Component
}

// TabModel is one tab or one facet: a link with an optional count.
type TabModel struct {
	Label     string
	Href      string
	Count     int64
	ShowCount bool
	Current   bool
	Tone      Tone // dot of a facet
}

// ChoiceModel is one card of a chooser, such as a deployment method; the
// children are its buttons.
type ChoiceModel struct {
	Icon   string
	Title  string
	Text   string
	Active bool   // outlined, with Note as a badge
	Note   string // "In charge", "2 mappings kept"
	Facts  []KVModel
}

// KVModel is one row of a list of facts: a word and a value, or a component.
type KVModel struct {
	Label string
	Value string
	Body  templ.Component
	Mono  bool
	Note  string // grey, behind the value
}

// ImpactModel is one counted consequence: "1,204 users become manual".
type ImpactModel struct {
	Count int64
	Label string
	Note  string
	Href  string
	Tone  Tone
}

func (m ImpactModel) class() string {
	if m.Count == 0 {
		return "impact-n zero"
	}
	return "impact-n " + m.Tone.class()
}

// SideModel is one half of NowAfter.
type SideModel struct {
	Label string // "Now" or "After"
	Title string
	Icon  string
	Facts []KVModel
}
