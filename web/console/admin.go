package console

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// adminReader is what the pages about admins read.
type adminReader interface {
	Admins(ctx context.Context) ([]models.AdminAccount, error)
	AdminByID(ctx context.Context, id string) (models.AdminAccount, error)
}

func (k *Console) adminRoutes() []session.Route {
	read, own := session.Role(models.Auditor), session.Role(models.Owner)
	return []session.Route{
		{Method: http.MethodGet, Path: "/admins", Access: read, Handler: k.listAdmins},
		{Method: http.MethodGet, Path: "/admins/new", Access: own, Handler: k.newAdmin},
		{Method: http.MethodPost, Path: "/admins", Access: own, Handler: k.createAdmin},
		{Method: http.MethodGet, Path: "/admins/:id", Access: read, Handler: k.showAdmin},
		{Method: http.MethodPost, Path: "/admins/:id", Access: own, Handler: k.updateAdmin},
		{Method: http.MethodGet, Path: "/admins/:id/link", Access: own, Handler: k.showAdminLink},
		{Method: http.MethodGet, Path: "/admins/:id/ask/:what", Access: own, Handler: k.askAdmin},
		{Method: http.MethodPost, Path: "/admins/:id/disable", Access: own, Handler: k.disableAdmin},
		{Method: http.MethodPost, Path: "/admins/:id/enable", Access: own, Handler: k.enableAdmin},
		{Method: http.MethodPost, Path: "/admins/:id/reset", Access: own, Handler: k.resetAdmin},
		{Method: http.MethodPost, Path: "/admins/:id/remove", Access: own, Handler: k.removeAdmin},
	}
}

func (k *Console) listAdmins(c echo.Context) error {
	list, err := k.Read.Admins(c.Request().Context())
	if err != nil {
		return err
	}
	m := page.AdminsModel{Chrome: k.chrome(c, "Admins", "admins"), Manage: may(c, models.Owner)}
	for _, r := range models.Roles() {
		m.Roles = append(m.Roles, ui.KVModel{Label: roleName(r), Value: roleText(r)})
	}
	hide := k.masked(session.Actor(c))
	for _, x := range list {
		m.Rows = append(m.Rows, page.AdminRow{
			Href: "/admins/" + x.ID, Name: adminName(hide, x), Email: hideEmail(hide, x.Email),
			Role: roleName(x.Role), State: adminState(x), LastSignIn: x.LastSignIn.Time(), Created: x.Created.Time(),
			CreatedBy: hideText(hide, x.CreatedBy), Self: x.ID == session.Actor(c).ID,
		})
	}
	return respond.HTML(c, http.StatusOK, page.Admins(m))
}

func adminName(hide bool, x models.AdminAccount) string {
	switch {
	case hide && x.Name == x.Email:
		return secret.MaskEmail(x.Email)
	case hide:
		return secret.MaskName(x.Name)
	}
	return x.Name
}

func roleName(r models.Role) string {
	return map[models.Role]string{models.Owner: "Owner", models.Admin: "Admin", models.Auditor: "Auditor"}[r]
}

func roleOptions() []ui.Option {
	var out []ui.Option
	for _, r := range models.Roles() {
		out = append(out, ui.Option{Value: string(r), Label: roleName(r), Hint: roleText(r)})
	}
	return out
}

func adminState(x models.AdminAccount) templ.Component {
	switch {
	case x.Disabled:
		return ui.Badge(ui.Neutral, "Disabled")
	case x.PasswordHash == "":
		return ui.Badge(ui.Info, "Invited")
	}
	return ui.Badge(ui.Ok, "Active")
}

func (k *Console) newAdmin(c echo.Context) error {
	if sent, err := k.needConfirmed(c, "/admins/new"); sent {
		return err
	}
	return k.adminForm(c, http.StatusOK, account.AdminSpec{Role: models.Admin}, nil)
}

func (k *Console) adminForm(c echo.Context, status int, in account.AdminSpec, wrong *models.Error) error {
	m := page.AdminNewModel{
		Chrome: k.chrome(c, "Add admin", "admins"), Email: in.Email, Name: in.Name, Role: string(in.Role),
		Roles: roleOptions(), At: map[string]string{}, Errors: formErrors(wrong, "email", "name"),
	}
	if wrong != nil {
		m.At[wrong.Attr] = wrong.Error()
	}
	return respond.HTML(c, status, page.AdminNew(m))
}

func (k *Console) createAdmin(c echo.Context) error {
	if sent, err := k.needConfirmed(c, "/admins/new"); sent {
		return err
	}
	in := account.AdminSpec{Email: c.FormValue("email"), Name: c.FormValue("name"), Role: models.Role(c.FormValue("role"))}
	inv, err := k.Accounts.AddAdmin(c.Request().Context(), session.Actor(c), in)
	if e, ok := refusal(err); ok {
		return k.adminForm(c, respond.Status(e.Kind), in, e)
	}
	if err != nil {
		return err
	}
	return k.handOver(c, inv)
}

// linkKey names the session value that holds a link until it was shown.
func linkKey(id string) string { return "link " + id }

// handOver shows a one-use link on the next page, which is the only one.
func (k *Console) handOver(c echo.Context, inv account.Invitation) error {
	if err := k.Sessions.Set(c, linkKey(inv.Admin.ID), inv.Code); err != nil {
		return err
	}
	return respond.See(c, "/admins/"+inv.Admin.ID+"/link")
}

func (k *Console) showAdminLink(c echo.Context) error {
	x, err := k.Read.AdminByID(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	code := k.Sessions.Value(c, linkKey(x.ID))
	if err := k.Sessions.Set(c, linkKey(x.ID), ""); err != nil {
		return err
	}
	m := page.AdminLinkModel{
		Chrome: k.chrome(c, "Link for "+x.Email, "admins"), Email: x.Email, Href: "/admins/" + x.ID, Gone: code == "",
		Expires: k.Now().Add(account.LinkLife),
		Link: ui.CopyModel{
			ID: "link", Label: "One-use link", Primary: true,
			Value: k.BaseURL + "/invite?code=" + url.QueryEscape(code),
		},
	}
	return respond.HTML(c, http.StatusOK, page.AdminLink(m))
}

func (k *Console) showAdmin(c echo.Context) error { return k.adminPage(c, http.StatusOK, nil) }

func (k *Console) adminPage(c echo.Context, status int, wrong *models.Error) error {
	x, err := k.Read.AdminByID(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	hide, now := k.masked(session.Actor(c)), k.Now()
	title := adminName(hide, x)
	m := page.AdminModel{
		Chrome: k.chrome(c, title, "admins"), Title: title, Href: "/admins/" + x.ID, Email: hideEmail(hide, x.Email),
		Name: x.Name, Role: string(x.Role), Roles: roleOptions(), State: adminState(x), At: map[string]string{},
		Manage: may(c, models.Owner), Disabled: x.Disabled, Invited: x.PasswordHash == "", Self: x.ID == session.Actor(c).ID,
		Facts: []ui.KVModel{
			{Label: "Role", Value: roleName(x.Role), Note: roleText(x.Role)},
			{Label: "Last sign-in", Body: ui.Time(x.LastSignIn.Time(), now)},
			{Label: "Password set", Body: ui.Time(x.PasswordSet.Time(), now)},
			{Label: "Added", Body: ui.Time(x.Created.Time(), now), Note: "by " + hideText(hide, x.CreatedBy)},
		},
	}
	ask := adminQuestions(x)
	m.Disable, m.Reset, m.Remove = ask["disable"], ask["reset"], ask["remove"]
	if m.Email == title {
		m.Email = "" // until the person gave a name, the title is the address
	}
	if wrong != nil {
		m.Name, m.Role = c.FormValue("name"), c.FormValue("role")
		m.At[wrong.Attr], m.Errors = wrong.Error(), formErrors(wrong, "name")
	}
	return respond.HTML(c, status, page.Admin(m))
}
