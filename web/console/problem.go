package console

import (
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/layout"
	"muster/views/page"
	"muster/web/respond"
)

// Problem answers with a page that says what happened and what to do; in the
// frame for somebody who is signed in, bare for anybody else.
func (k *Console) Problem(c echo.Context, status int, what *models.Error) error {
	m := page.ProblemModel{
		Status: status, Text: what.Msg, Advice: what.Advice,
		RequestID: c.Response().Header().Get(echo.HeaderXRequestID),
		Bare:      layout.BareModel{Theme: theme(c), Version: k.Version},
	}
	if _, signedIn := k.Sessions.Current(c); signedIn {
		chrome := k.chrome(c, "", "")
		m.Chrome = &chrome
	}
	return respond.HTML(c, status, page.Problem(m))
}
