package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// adminQuestions are what is asked before an account is cut off, by the last part
// of the address that does it.
func adminQuestions(x models.AdminAccount) map[string]ui.ConfirmModel {
	to := "/admins/" + x.ID
	reset := "The password stops working and all sessions end; you get a new one-use link to hand over."
	if x.PasswordHash == "" {
		reset = "You get a new one-use link to hand over; the one before stops working."
	}
	return map[string]ui.ConfirmModel{
		"disable": {
			ID: "disable", Title: "Disable the account of " + x.Email + "?",
			Consequence: "The person is signed out everywhere at once and cannot sign in.", Stays: "What they did stays in the audit log.",
			Undo: "You can enable the account again at any time.", Action: to + "/disable", Label: "Disable account", Cancel: "Keep it enabled", CancelHref: to,
		},
		"reset": {
			ID: "reset", Title: "Make a new link for " + x.Email + "?", Consequence: reset,
			Stays: "Role and name stay.", Action: to + "/reset", Label: "Make new link", Cancel: "Keep things as they are", CancelHref: to,
		},
		"remove": {
			ID: "remove", Title: "Remove the account of " + x.Email + "?",
			Consequence: "The account ends with its sessions.", Stays: "What the person did stays in the audit log.",
			Undo: "There is no undo; you would have to invite the person again.", Action: to + "/remove", Label: "Remove account", Cancel: "Keep account", CancelHref: to,
		},
	}
}

func (k *Console) askAdmin(c echo.Context) error {
	x, err := k.Read.AdminByID(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	m, ok := adminQuestions(x)[c.Param("what")]
	if !ok {
		return echo.ErrNotFound
	}
	return k.askAboutAdmin(c, http.StatusOK, x, m)
}

func (k *Console) askAboutAdmin(c echo.Context, status int, x models.AdminAccount, m ui.ConfirmModel) error {
	return respond.HTML(c, status, page.AdminAsk(k.chrome(c, m.Title, "admins"), ui.Link{Label: x.Email, Href: "/admins/" + x.ID}, m))
}

func (k *Console) updateAdmin(c echo.Context) error {
	to := "/admins/" + c.Param("id")
	if sent, err := k.needConfirmed(c, to); sent {
		return err
	}
	by := session.Actor(c)
	x, err := k.Accounts.EditAdmin(c.Request().Context(), by, c.Param("id"), c.FormValue("name"), models.Role(c.FormValue("role")))
	if e, ok := refusal(err); ok {
		return k.adminPage(c, respond.Status(e.Kind), e)
	}
	if err != nil {
		return err
	}
	if x.ID == by.ID && x.Role != by.Role {
		// A session's id does not outlive a change of what it may do.
		if err := k.Sessions.Change(c, k.Accounts.Renew); err != nil {
			return err
		}
	}
	return k.done(c, to, "The account of "+x.Email+" is saved.")
}

// changeAdmin runs one of the changes that are only a press: after step-up, with
// the result said on the account's page.
func (k *Console) changeAdmin(c echo.Context, text string, do func(context.Context, models.Actor, string) (models.AdminAccount, error)) error {
	to := "/admins/" + c.Param("id")
	if sent, err := k.needConfirmed(c, to); sent {
		return err
	}
	x, err := do(c.Request().Context(), session.Actor(c), c.Param("id"))
	if e, ok := refusal(err); ok {
		return k.refuse(c, to, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, to, text+x.Email+".")
}

// refuse says on the next page why a press did nothing.
func (k *Console) refuse(c echo.Context, to string, e *models.Error) error {
	if err := k.Sessions.Flash(c, string(ui.Error), e.Error()); err != nil {
		return err
	}
	return respond.See(c, to)
}

func (k *Console) disableAdmin(c echo.Context) error {
	return k.changeAdmin(c, "Disabled the account of ", k.Accounts.DisableAdmin)
}

func (k *Console) enableAdmin(c echo.Context) error {
	return k.changeAdmin(c, "Enabled the account of ", k.Accounts.EnableAdmin)
}

func (k *Console) resetAdmin(c echo.Context) error {
	to := "/admins/" + c.Param("id")
	if sent, err := k.needConfirmed(c, to); sent {
		return err
	}
	inv, err := k.Accounts.ResetAdmin(c.Request().Context(), session.Actor(c), c.Param("id"))
	if e, ok := refusal(err); ok {
		return k.refuse(c, to, e)
	}
	if err != nil {
		return err
	}
	return k.handOver(c, inv)
}

func (k *Console) removeAdmin(c echo.Context) error {
	to := "/admins/" + c.Param("id")
	if sent, err := k.needConfirmed(c, to); sent {
		return err
	}
	err := k.Accounts.RemoveAdmin(c.Request().Context(), session.Actor(c), c.Param("id"))
	if e, ok := refusal(err); ok {
		return k.refuse(c, to, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, "/admins", "The account is removed.")
}
