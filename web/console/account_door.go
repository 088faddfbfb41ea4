package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// showSetup checks the link before anybody fills the form in.
func (k *Console) showSetup(c echo.Context) error {
	code := c.QueryParam("code")
	err := k.Accounts.CheckSetup(c.Request().Context(), code)
	if e, ok := refusal(err); ok {
		return k.setupPage(c, respond.Status(e.Kind), page.SetupModel{}, e)
	}
	if err != nil {
		return err
	}
	return k.setupPage(c, http.StatusOK, page.SetupModel{Code: code}, nil)
}

// setupPage shows the form, with what is wrong at its field; a refusal of the link
// itself takes the form's place.
func (k *Console) setupPage(c echo.Context, status int, m page.SetupModel, wrong *models.Error) error {
	m.Bare = k.bare(c, "Set up Muster", "You become its first owner.")
	m.At = map[string]string{}
	switch {
	case wrong != nil && wrong.Attr == "code":
		m.Problem = &ui.AlertModel{Tone: ui.Error, Title: wrong.Msg, Text: wrong.Advice}
		m.SignIn = wrong.Code == "setupDone"
		m.Bare.Sub = ""
	case wrong != nil:
		m.At[wrong.Attr] = wrong.Error()
		m.Errors = formErrors(wrong, "email", "name", "organization", "password")
	}
	return respond.HTML(c, status, page.Setup(m))
}

func (k *Console) setUp(c echo.Context) error {
	in := account.SetupRequest{
		Code: c.FormValue("code"), Email: c.FormValue("email"), Name: c.FormValue("name"),
		Password: c.FormValue("password"), Organization: c.FormValue("organization"), Visitor: session.Visitor(c),
	}
	owner, err := k.Accounts.Setup(c.Request().Context(), in)
	if e, ok := refusal(err); ok {
		again := page.SetupModel{Code: in.Code, Email: in.Email, Name: in.Name, Organization: in.Organization}
		return k.setupPage(c, respond.Status(e.Kind), again, e)
	}
	if err != nil {
		return err
	}
	if err := k.Sessions.Start(c, owner); err != nil {
		return err
	}
	return k.done(c, "/deployment", "Muster is set up. Next, choose how users get here.")
}

func (k *Console) showInvite(c echo.Context) error {
	code := c.QueryParam("code")
	x, err := k.Accounts.Invited(c.Request().Context(), code)
	if e, ok := refusal(err); ok {
		return k.invitePage(c, respond.Status(e.Kind), page.InviteModel{}, e)
	}
	if err != nil {
		return err
	}
	return k.invitePage(c, http.StatusOK, inviteModel(x, code), nil)
}

// inviteModel leaves the name empty while it is only the address repeated.
func inviteModel(x models.AdminAccount, code string) page.InviteModel {
	m := page.InviteModel{Code: code, Email: x.Email, Name: x.Name}
	if x.Name == x.Email {
		m.Name = ""
	}
	return m
}

func (k *Console) invitePage(c echo.Context, status int, m page.InviteModel, wrong *models.Error) error {
	m.Bare = k.bare(c, "Welcome to Muster", "Set a password to sign in.")
	m.At = map[string]string{}
	switch {
	case wrong != nil && wrong.Attr == "code":
		m.Problem = &ui.AlertModel{Tone: ui.Error, Title: wrong.Msg, Text: wrong.Advice}
		m.Bare.Sub = ""
	case wrong != nil:
		m.At[wrong.Attr] = wrong.Error()
		m.Errors = formErrors(wrong, "name", "password")
	}
	return respond.HTML(c, status, page.Invite(m))
}

func (k *Console) acceptInvite(c echo.Context) error {
	ctx, code := c.Request().Context(), c.FormValue("code")
	x, err := k.Accounts.Accept(ctx, code, c.FormValue("name"), c.FormValue("password"), session.Visitor(c))
	if e, ok := refusal(err); ok {
		known, _ := k.Accounts.Invited(ctx, code)
		m := inviteModel(known, code)
		m.Name = c.FormValue("name")
		return k.invitePage(c, respond.Status(e.Kind), m, e)
	}
	if err != nil {
		return err
	}
	if err := k.Sessions.Start(c, x); err != nil {
		return err
	}
	return k.done(c, "/", "Welcome, "+x.Name+". You are signed in.")
}

func (k *Console) showLogin(c echo.Context) error {
	next := session.Next(c.QueryParam("next"))
	if _, ok := k.Sessions.Current(c); ok {
		return respond.See(c, next)
	}
	m := page.LoginModel{Bare: k.bare(c, "Sign in", ""), Next: next}
	open, err := k.Accounts.SetupOpen(c.Request().Context())
	switch {
	case err != nil:
		return err
	case open:
		m.Note = &ui.AlertModel{
			Tone: ui.Info, Title: "This Muster has no owner yet.",
			Text: "Open the one-use link that the server printed when it started. Restart it for a new one.",
		}
	case c.QueryParam("kept") != "":
		m.Note = &ui.AlertModel{
			Tone: ui.Warn, Title: "Your browser did not keep you signed in.",
			Text: "You opened Muster over http, and its cookies travel over https only. Sign in at " + k.BaseURL + " instead.",
		}
	case c.QueryParam("out") != "":
		m.Note = &ui.AlertModel{Tone: ui.Ok, Title: "You are signed out."}
	case c.QueryParam("ended") != "":
		m.Note = &ui.AlertModel{
			Tone: ui.Info, Title: "Your session has ended.",
			Text: "That happens after 30 minutes without a request, and when your role or password changes. Sign in, and you are where you were.",
		}
		if c.QueryParam("ended") == "form" {
			m.Note.Tone, m.Note.Text = ui.Warn, "What you sent was not saved: sign in and enter it again."
		}
	}
	return respond.HTML(c, http.StatusOK, page.Login(m))
}

func (k *Console) signIn(c echo.Context) error {
	email, next := strings.TrimSpace(c.FormValue("email")), session.Next(c.FormValue("next"))
	err := k.Sessions.SignIn(c, email, c.FormValue("password"))
	if e, ok := refusal(err); ok {
		k.Log.WarnContext(c.Request().Context(), "sign-in refused", "code", e.Code, "request_id", session.Visitor(c).RequestID)
		m := page.LoginModel{
			Bare: k.bare(c, "Sign in", ""), Email: email, Next: next,
			Wrong: &ui.AlertModel{Tone: ui.Error, Title: e.Msg, Text: e.Advice, Live: true},
		}
		respond.Later(c, e)
		return respond.HTML(c, respond.Status(e.Kind), page.Login(m))
	}
	if err != nil {
		return err
	}
	if k.Sessions.Secure && strings.HasPrefix(c.Request().Header.Get("Origin"), "http://") {
		// Most browsers drop the cookie now: the sign-in page sees whether, and says why.
		return respond.See(c, "/login?kept=1&next="+url.QueryEscape(next))
	}
	return respond.See(c, next)
}

func (k *Console) signOut(c echo.Context) error {
	if err := k.Sessions.SignOut(c); err != nil {
		return err
	}
	return respond.See(c, "/login?out=1")
}

func (k *Console) showConfirm(c echo.Context) error {
	return k.confirmPage(c, http.StatusOK, session.Next(c.QueryParam("next")), c.QueryParam("again") != "", nil)
}

// confirmPage asks for the password. With again, a form was sent already, and is to be sent
// once more afterwards: what it changes needs the password first.
func (k *Console) confirmPage(c echo.Context, status int, next string, again bool, wrong *models.Error) error {
	m := page.ConfirmModel{
		Again: again,
		Bare:  k.bare(c, "Confirm that it is you", "What comes next changes who may do what. Your password counts for 10 minutes."),
		Email: session.Actor(c).Name, Next: next, Errors: formErrors(wrong, "current"), Wrong: at(wrong, "current"),
	}
	return respond.HTML(c, status, page.Confirm(m))
}

func (k *Console) confirm(c echo.Context) error {
	next := session.Next(c.FormValue("next"))
	err := k.Sessions.Confirm(c, c.FormValue("current"))
	if e, ok := refusal(err); ok {
		respond.Later(c, e)
		return k.confirmPage(c, respond.Status(e.Kind), next, c.FormValue("again") != "", e)
	}
	if err != nil {
		return err
	}
	if c.FormValue("again") != "" {
		if err := k.Sessions.Flash(c, string(ui.Warn), "Your password is confirmed, and nothing was changed yet. Make your change once more."); err != nil {
			return err
		}
	}
	return respond.See(c, next)
}
