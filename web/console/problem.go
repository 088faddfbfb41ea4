package console

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/views/layout"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// Problem answers with a page that says what happened and what to do; in the
// frame for somebody who is signed in, bare for anybody else.
func (k *Console) Problem(c echo.Context, status int, what *models.Error) error {
	m := page.ProblemModel{
		Status: status, Text: what.Msg, Advice: what.Advice,
		RequestID: c.Response().Header().Get(echo.HeaderXRequestID),
		Bare:      layout.BareModel{Theme: theme(c), Version: k.Version},
	}
	if in, signedIn := k.Sessions.Current(c); signedIn {
		k.knownActor(c, in)
		chrome := k.chrome(c, "", "")
		m.Chrome = &chrome
		if status < http.StatusInternalServerError && status != http.StatusForbidden {
			chrome.Current, m.Back = wayBack(chrome.Nav, c.Request().URL.Path)
		}
	}
	respond.Later(c, what)
	return respond.HTML(c, status, page.Problem(m))
}

// knownActor notes who asks where no route did: an address that leads nowhere still has
// the frame of the admin's own organization.
func (k *Console) knownActor(c echo.Context, in account.SignedIn) {
	if session.Actor(c).OrganizationID != 0 {
		return
	}
	if home, err := k.Accounts.Home(c.Request().Context()); err == nil {
		session.SetActor(c, in.Actor(home, session.Visitor(c)))
	}
}

// wayBack is the page of the sidebar that an address lies under: a record that is gone, or
// a filter that cannot be read, leads to its list. None is the overview.
func wayBack(nav []layout.NavGroup, path string) (key string, to ui.Link) {
	for _, group := range nav {
		for _, n := range group.Items {
			if n.Href != "/" && (path == n.Href || strings.HasPrefix(path, n.Href+"/")) {
				return n.Key, ui.Link{Label: "Go to " + n.Label, Href: n.Href}
			}
		}
	}
	return "", ui.Link{}
}
