package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/web/respond"
	"muster/web/scimv2"
)

// fail is where every error ends: as a SCIM error body, or as a page that says
// what happened and what to do. What was never classed is logged here, once, and
// shown to nobody.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		if models.KindOf(err) == models.Internal {
			s.Log.Warn("the answer broke off", "error", err, "request_id", c.Response().Header().Get(echo.HeaderXRequestID))
		}
		return
	}
	if respond.Abandoned(c, err) {
		// Nobody waits for the answer any more: a page's preview was asked anew, or a tab closed.
		if err := c.NoContent(respond.ClientGone); err != nil {
			s.Log.Debug("end an abandoned request", "error", err)
		}
		return
	}
	if s.Classed != nil {
		err = s.Classed(err)
	}
	if isSCIM(c) {
		scimv2.Error(c, s.Log, err)
		return
	}
	status, problem := s.problem(c, err)
	if sendErr := s.Console.Problem(c, status, problem); sendErr != nil {
		s.Log.Warn("send an error page", "error", sendErr)
	}
}

func (s *Server) problem(c echo.Context, err error) (int, *models.Error) {
	if e, ok := models.AsError(err); ok && e.Kind != models.Internal {
		return respond.Status(e.Kind), e
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, httpProblem(http.StatusRequestEntityTooLarge)
	}
	var h *echo.HTTPError
	if errors.As(err, &h) && h.Code < http.StatusInternalServerError {
		return h.Code, httpProblem(h.Code)
	}
	s.Log.Error("request failed", "error", err, "method", c.Request().Method, "route", c.Path(),
		"request_id", c.Response().Header().Get(echo.HeaderXRequestID))
	return http.StatusInternalServerError, models.Errorf(models.Internal, "", "Something went wrong inside Muster. Nothing was changed.").
		WithAdvice("Try again. If it happens again, look up the request id below in the server's log.")
}

func httpProblem(status int) *models.Error {
	switch status {
	case http.StatusNotFound:
		return models.Errorf(models.NotFound, "", "There is no page at this address.").
			WithAdvice("It may have been removed, or the link is mistyped.")
	case http.StatusMethodNotAllowed:
		return models.Errorf(models.NotFound, "", "This address cannot be used that way.").
			WithAdvice("Go back to the page and use its buttons.")
	case http.StatusRequestEntityTooLarge:
		return models.Errorf(models.TooLarge, "", "What you sent is larger than Muster accepts.").
			WithAdvice("Split the file and send the parts.")
	}
	return models.Errorf(models.Invalid, "", "%s.", http.StatusText(status)).WithAdvice("Go back and try again.")
}
