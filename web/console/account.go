package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) accountRoutes() []session.Route {
	anyone, own := session.Public(), session.Role(models.Auditor)
	return []session.Route{
		{Method: http.MethodGet, Path: "/setup", Access: anyone, Handler: k.showSetup},
		{Method: http.MethodPost, Path: "/setup", Access: anyone, Handler: k.setUp},
		{Method: http.MethodGet, Path: "/invite", Access: anyone, Handler: k.showInvite},
		{Method: http.MethodPost, Path: "/invite", Access: anyone, Handler: k.acceptInvite},
		{Method: http.MethodGet, Path: "/login", Access: anyone, Handler: k.showLogin},
		{Method: http.MethodPost, Path: "/login", Access: anyone, Handler: k.signIn},
		{Method: http.MethodPost, Path: "/logout", Access: anyone, Handler: k.signOut},
		{Method: http.MethodPost, Path: "/preferences", Access: anyone, Handler: k.setPreferences},
		{Method: http.MethodGet, Path: "/confirm", Access: own, Handler: k.showConfirm},
		{Method: http.MethodPost, Path: "/confirm", Access: own, Handler: k.confirm},
		{Method: http.MethodGet, Path: "/account", Access: own, Handler: k.showAccount},
		{Method: http.MethodPost, Path: "/account", Access: own, Handler: k.renameSelf},
		{Method: http.MethodPost, Path: "/account/password", Access: own, Handler: k.changePassword},
		{Method: http.MethodPost, Path: "/account/sessions/:id/end", Access: own, Handler: k.endSession},
		{Method: http.MethodGet, Path: "/account/sessions/end", Access: own, Handler: k.askEndSessions},
		{Method: http.MethodPost, Path: "/account/sessions/end", Access: own, Handler: k.endSessions},
	}
}

func roleText(r models.Role) string {
	switch r {
	case models.Owner:
		return "Owners do everything, and manage admins and their roles."
	case models.Admin:
		return "Admins change everything but admins: users, tokens, method, settings."
	case models.Auditor:
		return "Auditors read everything and change nothing; personal data is masked."
	}
	return ""
}

func (k *Console) showAccount(c echo.Context) error {
	return k.accountPage(c, http.StatusOK, accountForm{})
}

// accountForm is what a refused form of the account page shows again.
type accountForm struct {
	name     string
	wrong    *models.Error
	password bool // the refusal is about the password form
}

func (k *Console) accountPage(c echo.Context, status int, f accountForm) error {
	in, _ := k.Sessions.Current(c)
	list, err := k.Accounts.Sessions(c.Request().Context(), session.Actor(c))
	if err != nil {
		return err
	}
	m := page.AccountModel{
		Chrome: k.chrome(c, "Your account", ""), Email: in.Admin.Email, Name: in.Admin.Name,
		Role: string(in.Admin.Role), RoleText: roleText(in.Admin.Role), PasswordSet: in.Admin.PasswordSet.Time(),
		At: map[string]string{}, EndOthers: endOthersModel(len(list) - 1),
	}
	for _, s := range list {
		m.Sessions = append(m.Sessions, page.SessionRow{
			ID: s.ID, Device: device(s.Client), Client: s.Client, Address: s.Address,
			Started: s.Created.Time(), LastSeen: s.LastSeen.Time(), Current: s.ID == in.Session.ID,
		})
	}
	m.Others = len(list) - 1
	if f.wrong != nil {
		m.At[f.wrong.Attr] = f.wrong.Error()
		if f.password {
			m.PasswordErrors = formErrors(f.wrong, "current", "password")
		} else {
			m.Name, m.Errors = f.name, formErrors(f.wrong, "name")
		}
	}
	return respond.HTML(c, status, page.Account(m))
}

func endOthersModel(n int) ui.ConfirmModel {
	return ui.ConfirmModel{
		ID: "end-others", Title: "End all your other sessions?",
		Consequence: ui.Plural(n, "other browser", "other browsers") + " will be signed out at once.",
		Stays:       "This browser stays signed in.", Action: "/account/sessions/end",
		Label: "End other sessions", Cancel: "Keep them", CancelHref: "/account",
	}
}

func (k *Console) renameSelf(c echo.Context) error {
	err := k.Accounts.Rename(c.Request().Context(), session.Actor(c), c.FormValue("name"))
	if e, ok := refusal(err); ok {
		return k.accountPage(c, respond.Status(e.Kind), accountForm{name: c.FormValue("name"), wrong: e})
	}
	if err != nil {
		return err
	}
	return k.done(c, "/account", "Your name is saved.")
}

func (k *Console) changePassword(c echo.Context) error {
	err := k.Sessions.Change(c, func(ctx context.Context, in *account.SignedIn) error {
		return k.Accounts.ChangePassword(ctx, in, session.Actor(c), c.FormValue("current"), c.FormValue("password"))
	})
	if e, ok := refusal(err); ok {
		return k.accountPage(c, respond.Status(e.Kind), accountForm{wrong: e, password: true})
	}
	if err != nil {
		return err
	}
	return k.done(c, "/account", "Your password is changed. All your other sessions have ended.")
}

func (k *Console) endSession(c echo.Context) error {
	if err := k.Accounts.EndSession(c.Request().Context(), session.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return k.done(c, "/account", "The session has ended.")
}

func (k *Console) askEndSessions(c echo.Context) error {
	list, err := k.Accounts.Sessions(c.Request().Context(), session.Actor(c))
	if err != nil {
		return err
	}
	m := endOthersModel(len(list) - 1)
	return respond.HTML(c, http.StatusOK, page.AccountConfirm(k.chrome(c, m.Title, ""), m))
}

func (k *Console) endSessions(c echo.Context) error {
	if err := k.Accounts.EndOtherSessions(c.Request().Context(), session.Actor(c)); err != nil {
		return err
	}
	return k.done(c, "/account", "All your other sessions have ended.")
}
