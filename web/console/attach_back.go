package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

const putBackVerb = "put-back"

// putBackQuestion asks before a user is made manual whom a directory manages; false
// for who cannot be.
func putBackQuestion(u models.User) (page.StateChangeModel, bool) {
	method := u.Mode.Label()
	return page.StateChangeModel{ConfirmModel: ui.ConfirmModel{
		ID: putBackVerb, Action: "/users/" + u.ID + "/" + putBackVerb, CancelHref: "/users/" + u.ID,
		Title: "Put “" + u.DisplayName + "” back to manual?", Label: "Put back to manual", Cancel: "Leave it to " + method,
		Consequence: method + " does not manage " + u.DisplayName + " any more, and the fields can be edited here.",
		Stays:       "Data, status, profile, groups and history stay, and so does the source anchor.",
		Undo:        "Attach users, on the Deployment page, gives the user to " + method + " again. So does its next delivery, as the adoption setting has it.",
	}}, u.Managed() && !u.Hidden && u.Staged == models.NotStaged
}

// putBackAction adds the button to a user's page.
func putBackAction(u models.User, name string, m *page.UserModel) {
	if q, fits := putBackQuestion(u); fits {
		m.Confirms = append(m.Confirms, q)
		m.Buttons = append(m.Buttons, ui.ButtonModel{Label: "Put back to manual", More: " " + name, Icon: "undo-2", Opens: putBackVerb})
	}
}

func (k *Console) askPutBack(c echo.Context) error {
	u, err := k.Read.User(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	q, fits := putBackQuestion(u)
	if !fits {
		return k.done(c, "/users/"+u.ID, u.DisplayName+" cannot be put back: the user is manual already, or the directory removed them. Nothing was changed.")
	}
	return k.userQuestion(c, http.StatusOK, u, q)
}

func (k *Console) putBack(c echo.Context) error {
	u, err := k.Directory.PutBack(c.Request().Context(), session.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return k.done(c, "/users/"+u.ID, u.DisplayName+" is manual now. All data is kept.")
}
