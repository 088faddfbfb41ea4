// Package layout is the frame around every page: Page for signed-in pages,
// Bare for setup, sign-in and errors.
package layout

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"muster/views/ui"
)

// Chrome is what the frame of a signed-in page shows. Every page model
// carries one.
type Chrome struct {
	Title        string // of the page; the window shows "Title · Muster"
	Current      string // key of the sidebar item
	Organization string
	AdminName    string
	AdminEmail   string
	Role         string // owner, admin or auditor
	Theme        string // "light", "dark" or "" for the system's
	Flash        ui.FlashModel
	Nav          []NavGroup
	Now          time.Time
	Path         string // of this page with its query; forms send it back
	Version      string
	Search       string   // what the top search box holds
	Scripts      []string // more files by static name: "js/tail.js"
	Live         bool     // loads htmx and its SSE extension
	Wide         bool     // uses the whole width: logs
}

// NavGroup is a titled part of the sidebar; the first usually has no title.
type NavGroup struct {
	Title string
	Items []NavItem
}

// NavItem is one page of the sidebar. Count above zero shows as a pill, for
// things that wait for a decision; More says that there are more, uncounted.
type NavItem struct {
	Key   string
	Label string
	Href  string
	Icon  string
	Count int64
	More  bool
}

func (i NavItem) waiting() string {
	if i.More {
		return ui.Count(i.Count) + "+"
	}
	return ui.Count(i.Count)
}

// BareModel is a page without navigation: one centred card below the brand.
type BareModel struct {
	Title   string // the window's and the card's
	Sub     string
	Theme   string
	Version string
	Flash   ui.FlashModel
	Wide    bool // for setup steps with choices
	Live    bool
	Scripts []string
}

// htmxConfig keeps htmx inside the content security policy: no style of its
// own, nothing evaluated, and a fragment that fails leaves the page as it is.
const htmxConfig = `{"includeIndicatorCSS":false,"history":"reload","defaultFocusScroll":true}`

type head struct {
	title   string
	live    bool
	scripts []string
}

// themeAttr overrides the system's colours; the server writes it from the
// cookie, so the first paint is already right.
func themeAttr(theme string) templ.Attributes {
	if theme != "light" && theme != "dark" {
		return nil
	}
	return templ.Attributes{"data-theme": theme}
}

func pressed(yes bool) string { return strconv.FormatBool(yes) }

var themes = []ui.Option{
	{Value: "system", Label: "Like the system", Icon: "monitor"},
	{Value: "light", Label: "Light", Icon: "sun"},
	{Value: "dark", Label: "Dark", Icon: "moon"},
}

func (c Chrome) themeIcon() string {
	for _, t := range themes {
		if t.Value == c.Theme {
			return t.Icon
		}
	}
	return "monitor"
}

func (c Chrome) chosen(theme string) bool {
	return theme == c.Theme || (theme == "system" && c.Theme != "light" && c.Theme != "dark")
}

func (c Chrome) person() string {
	if c.AdminName != "" {
		return c.AdminName
	}
	return c.AdminEmail
}

func groupID(n int) string { return "nav-" + strconv.Itoa(n) }
