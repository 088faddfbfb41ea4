package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// userMove is one change of a user's state by hand: who may be asked about it,
// the question, and the act.
type userMove struct {
	verb   string
	label  string
	icon   string
	reason bool
	from   []models.Status
	ask    func(models.User, string) ui.ConfirmModel
	act    func(context.Context, *directory.Directory, models.Actor, string, string) (models.User, error)
	done   string // behind the user's name
}

func userMoves() []userMove {
	return []userMove{
		{
			verb: "suspend", label: "Suspend", icon: "pause", reason: true, from: []models.Status{models.Active}, ask: askSuspend, done: " is suspended.",
			act: func(ctx context.Context, d *directory.Directory, by models.Actor, id, why string) (models.User, error) {
				return d.Suspend(ctx, by, id, why)
			},
		},
		{verb: "activate", label: "Activate", icon: "play", from: []models.Status{models.Inactive}, ask: askActivate, done: " is active again.", act: restoreUser},
		{
			verb: "preserve", label: "Preserve", icon: "inbox", reason: true, from: []models.Status{models.Active, models.Inactive}, ask: askPreserve,
			done: " is preserved. All data is kept.",
			act: func(ctx context.Context, d *directory.Directory, by models.Actor, id, why string) (models.User, error) {
				return d.Preserve(ctx, by, id, why)
			},
		},
		{
			verb: "restore", label: "Restore", icon: "undo-2", from: []models.Status{models.Preserved}, ask: askRestore,
			done: " is active again, with the same id and all data.", act: restoreUser,
		},
	}
}

func restoreUser(ctx context.Context, d *directory.Directory, by models.Actor, id, _ string) (models.User, error) {
	return d.Restore(ctx, by, id)
}

func askSuspend(u models.User, name string) ui.ConfirmModel {
	q := ui.ConfirmModel{
		Title: "Suspend “" + name + "”?", Label: "Suspend user", Cancel: "Keep active",
		Consequence: name + " may not use the application from now on. The user keeps the seat.",
		Stays:       "Profile, groups and history stay as they are.",
		Undo:        "Activate brings the user back at any time.",
	}
	if u.Managed() {
		q.Stays += " " + u.Mode.Label() + " goes on updating the fields but does not reactivate the user."
	}
	return q
}

func askActivate(_ models.User, name string) ui.ConfirmModel {
	return ui.ConfirmModel{
		Title: "Activate “" + name + "”?", Label: "Activate user", Cancel: "Keep inactive", Harmless: true,
		Consequence: name + " may use the application again at once.", Stays: "Profile, groups and history are as they were.",
	}
}

func askPreserve(u models.User, name string) ui.ConfirmModel {
	q := ui.ConfirmModel{
		Title: "Preserve “" + name + "”?", Label: "Preserve user", Cancel: "Keep " + string(u.Status),
		Consequence: name + " may not use the application from now on, and the seat becomes free.",
		Stays:       "All data, groups and history are kept. Nothing is deleted.",
		Undo:        "Restore brings the same user back at any time.",
	}
	if u.Managed() {
		q.Undo = "Only Restore brings the user back: " + u.Mode.Label() + " does not revive whom an administrator preserved."
	}
	return q
}

func askRestore(u models.User, name string) ui.ConfirmModel {
	q := ui.ConfirmModel{
		Title: "Restore “" + name + "”?", Label: "Restore user", Cancel: "Keep preserved", Harmless: true,
		Consequence: name + " may use the application again at once and takes a seat, or waits for one while all are taken.",
		Stays:       "Id, profile, groups and history are the same as before.",
	}
	if u.Managed() && u.PreservedBy == models.ByDirectory {
		q.Undo = u.Mode.Label() + " preserved this user. While the directory still has the person disabled, its next change preserves them again."
	}
	return q
}

func (m userMove) fits(u models.User) bool {
	return slices.Contains(m.from, u.Status)
}

func (m userMove) question(u models.User) page.StateChangeModel {
	q := m.ask(u, u.DisplayName)
	q.ID, q.Action, q.CancelHref = m.verb, "/users/"+u.ID+"/"+m.verb, "/users/"+u.ID
	return page.StateChangeModel{ConfirmModel: q, Reason: m.reason}
}

// askUserMove is the question as a page: for browsers without dialogs, and for
// addresses that somebody sent.
func (k *Console) askUserMove(m userMove) echo.HandlerFunc {
	return func(c echo.Context) error {
		u, err := k.Read.User(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
		if err != nil {
			return err
		}
		if !m.fits(u) {
			return k.done(c, "/users/"+u.ID, u.DisplayName+" is "+string(u.Status)+" already; nothing was changed.")
		}
		return k.userQuestion(c, http.StatusOK, u, m.question(u))
	}
}

func (k *Console) userQuestion(c echo.Context, status int, u models.User, q page.StateChangeModel) error {
	return respond.HTML(c, status, page.UserStateChange(page.StateChangePageModel{
		Chrome: k.chrome(c, q.Title, "users"), Confirm: q,
		Head: ui.PageHeadModel{Title: q.Title, Crumbs: []ui.Link{{Label: "Users", Href: "/users"}, {Label: u.DisplayName, Href: "/users/" + u.ID}}},
	}))
}

const reasonMost = 300

func (k *Console) moveUser(m userMove) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, by := c.Request().Context(), session.Actor(c)
		why := strings.Join(strings.Fields(c.FormValue("reason")), " ")
		if utf8.RuneCountInString(why) > reasonMost {
			u, err := k.Read.User(ctx, by.OrganizationID, c.Param("id"))
			if err != nil {
				return err
			}
			q := m.question(u)
			q.ReasonValue, q.ReasonError = why, "A reason has at most 300 characters; the details can go into the note."
			return k.userQuestion(c, http.StatusUnprocessableEntity, u, q)
		}
		u, err := m.act(ctx, k.Directory, by, c.Param("id"), why)
		if err != nil {
			return err
		}
		if u.Parked == models.WaitsForSeat {
			return k.done(c, "/users/"+u.ID, u.DisplayName+" waits for a seat: all are taken. All data is kept, and the user comes in by itself when one is free.")
		}
		return k.done(c, "/users/"+u.ID, u.DisplayName+m.done)
	}
}
