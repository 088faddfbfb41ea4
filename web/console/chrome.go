package console

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/secret"
	"muster/views/layout"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// chromeReader is what the frame around every page reads.
type chromeReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	Tokens(ctx context.Context, organization int64) ([]models.Token, error)
	QueueCounts(ctx context.Context, organization int64) (map[models.QueueKind]int64, error)
	Held(ctx context.Context, organization int64, most int) (int64, error)
}

// navHeld is up to how many held removals the menu counts.
const navHeld = 99

// themeCookie holds "light" or "dark"; without it the system decides.
const themeCookie = "theme"

// chrome gives the frame of a signed-in page: who, where, the navigation, and the
// result of the last action, which is thereby shown. It never fails; a page whose
// frame cannot be read whole is still worth showing.
func (k *Console) chrome(c echo.Context, title, key string) layout.Chrome {
	by := session.Actor(c)
	m := layout.Chrome{
		Title: title, Current: key, AdminEmail: by.Name, Role: string(by.Role),
		Theme: theme(c), Now: k.Now(), Path: c.Request().URL.RequestURI(), Version: k.Version,
	}
	if in, ok := k.Sessions.Current(c); ok {
		m.AdminName, m.AdminEmail = in.Admin.Name, in.Admin.Email
	}
	if !respond.Fragment(c) {
		tone, text := k.Sessions.TakeFlash(c)
		m.Flash = ui.FlashModel{Tone: ui.Tone(tone), Text: text}
	}
	if o, err := k.Read.Organization(c.Request().Context(), by.OrganizationID); err == nil {
		m.Organization = o.Name
	}
	m.Nav = k.nav(c, by)
	k.connectorNav(c, by, m.Nav)
	return m
}

func (k *Console) nav(c echo.Context, by models.Actor) []layout.NavGroup {
	reminders, err := k.Accounts.Reminders(c.Request().Context(), by.OrganizationID)
	if err != nil {
		reminders = nil
	}
	waiting, err := k.Read.QueueCounts(c.Request().Context(), by.OrganizationID)
	if err != nil {
		waiting = nil
	}
	held, err := k.Read.Held(c.Request().Context(), by.OrganizationID, navHeld+1)
	if err != nil {
		held = 0
	}
	return []layout.NavGroup{
		{Items: []layout.NavItem{
			{Key: "overview", Label: "Overview", Href: "/", Icon: "layout-dashboard"},
			{Key: "deployment", Label: "Deployment", Href: "/deployment", Icon: "workflow"},
			{Key: "tokens", Label: "SCIM tokens", Href: "/scim/tokens", Icon: "key-round", Count: int64(len(reminders))},
			{Key: "queue", Label: "Queue", Href: queuePath, Icon: "inbox", Count: queued(waiting) + min(held, navHeld), More: held > navHeld},
			{Key: "logs", Label: "Logs", Href: "/logs", Icon: "scroll-text"},
		}},
		{Title: "Directory", Items: []layout.NavItem{
			{Key: "users", Label: "Users", Href: "/users", Icon: "users"},
			{Key: "groups", Label: "Groups", Href: "/groups", Icon: "users-round"},
			{Key: "mappings", Label: "Mappings", Href: "/mappings", Icon: "route"},
			{Key: "profiles", Label: "Profiles", Href: "/profiles", Icon: "sliders"},
			{Key: "attributes", Label: "Attributes", Href: "/attributes", Icon: "file-text"},
		}},
		{Title: "Administration", Items: []layout.NavItem{
			{Key: "settings", Label: "Settings", Href: "/settings", Icon: "settings"},
			{Key: "admins", Label: "Admins", Href: "/admins", Icon: "shield-check"},
			{Key: "audit", Label: "Audit log", Href: "/audit", Icon: "history"},
		}},
	}
}

// bare gives the frame of a page for somebody who is not signed in.
func (k *Console) bare(c echo.Context, title, sub string) layout.BareModel {
	return layout.BareModel{Title: title, Sub: sub, Theme: theme(c), Version: k.Version}
}

func theme(c echo.Context) string {
	cookie, err := c.Cookie(themeCookie)
	if err != nil || cookie.Value != "light" && cookie.Value != "dark" {
		return ""
	}
	return cookie.Value
}

// setPreferences keeps the theme in a cookie, so that the first paint has it.
func (k *Console) setPreferences(c echo.Context) error {
	cookie := &http.Cookie{ //nolint:gosec // Secure on https; a plain local address must keep its theme too
		Name: themeCookie, Value: c.FormValue("theme"), Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: k.Sessions.Secure, SameSite: http.SameSiteLaxMode,
	}
	if cookie.Value != "light" && cookie.Value != "dark" {
		cookie.Value, cookie.MaxAge = "", -1
	}
	c.SetCookie(cookie)
	return respond.See(c, session.Next(c.FormValue("back")))
}

// masked tells whether personal data is hidden from the actor.
func (k *Console) masked(by models.Actor) bool { return !by.Role.Includes(models.Admin) }

// may tells whether the actor's role includes what a button asks for.
func may(c echo.Context, role models.Role) bool { return session.Actor(c).Role.Includes(role) }

// hideEmail and hideText mask for auditors.
func hideEmail(hide bool, email string) string {
	if hide {
		return secret.MaskEmail(email)
	}
	return email
}

func hideText(hide bool, text string) string {
	if hide {
		return secret.MaskText(text)
	}
	return text
}

// done ends a form that was taken: the result is said on the next page.
func (k *Console) done(c echo.Context, path, text string) error {
	if err := k.Sessions.Flash(c, string(ui.Ok), text); err != nil {
		return err
	}
	return respond.See(c, path)
}

// refusal gives the refusal of a form, which is shown on it again; anything else,
// or a record that does not exist, is the error page's.
func refusal(err error) (*models.Error, bool) {
	e, ok := models.AsError(err)
	if !ok || e.Kind == models.Internal || e.Kind == models.NotFound || e.Kind == models.Unavailable || e.Code == "role" {
		return nil, false
	}
	return e, true
}

// formErrors lists a refusal at the top of a form. Only a field of the form gets
// a link; names give the fields that it has.
func formErrors(e *models.Error, names ...string) []ui.FormError {
	if e == nil {
		return nil
	}
	item := ui.FormError{Text: e.Error()}
	for _, n := range names {
		if n == e.Attr {
			item.Name = n
		}
	}
	return []ui.FormError{item}
}

// at gives the text of a refusal that is about a field, or "".
func at(e *models.Error, name string) string {
	if e == nil || e.Attr != name {
		return ""
	}
	return e.Error()
}

// needConfirmed sends somebody whose password was given too long ago to give it
// again, and back afterwards; sent tells that the answer is given.
func (k *Console) needConfirmed(c echo.Context, back string) (sent bool, err error) {
	if k.Sessions.Confirmed(c) {
		return false, nil
	}
	to := "/confirm?next=" + url.QueryEscape(back)
	if c.Request().Method == http.MethodPost {
		to += "&again=1"
	}
	return true, respond.See(c, to)
}
