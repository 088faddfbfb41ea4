// Package respond sends answers: HTML, redirects and SCIM, and holds the tables
// that translate a models.Kind for each surface.
package respond

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"muster/models"
)

// statuses translates a Kind to its HTTP status; the SCIM and HTML surfaces agree.
var statuses = map[models.Kind]int{
	models.Invalid:      http.StatusBadRequest,
	models.Syntax:       http.StatusBadRequest,
	models.Filter:       http.StatusBadRequest,
	models.Path:         http.StatusBadRequest,
	models.NoTarget:     http.StatusBadRequest,
	models.Mutability:   http.StatusBadRequest,
	models.TooManyFound: http.StatusBadRequest,
	models.Unauthorized: http.StatusUnauthorized,
	models.Forbidden:    http.StatusForbidden,
	models.NotFound:     http.StatusNotFound,
	models.Uniqueness:   http.StatusConflict,
	models.Conflict:     http.StatusConflict,
	models.Stale:        http.StatusPreconditionFailed,
	models.TooLarge:     http.StatusRequestEntityTooLarge,
	models.Unsupported:  http.StatusUnsupportedMediaType,
	models.RateLimited:  http.StatusTooManyRequests,
	models.NotSupported: http.StatusNotImplemented,
	models.Unavailable:  http.StatusServiceUnavailable,
}

// Status gives the HTTP status of a kind; 500 for an unclassed failure.
func Status(k models.Kind) int {
	if s, ok := statuses[k]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// ClientGone is the status, in the logs alone, of a request whose client left before the
// answer; nginx made the number known.
const ClientGone = 499

// Abandoned tells whether a request failed because its client left, which is no failure
// of the server's.
func Abandoned(c echo.Context, err error) bool {
	return errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil
}

// scimTypes translates a Kind to the scimType of RFC 7644 §3.12; kinds without an
// entry have none.
var scimTypes = map[models.Kind]string{
	models.Invalid:      "invalidValue",
	models.Syntax:       "invalidSyntax",
	models.Filter:       "invalidFilter",
	models.Path:         "invalidPath",
	models.NoTarget:     "noTarget",
	models.Mutability:   "mutability",
	models.TooManyFound: "tooMany",
	models.Uniqueness:   "uniqueness",
}

// ownTypes are the codes of refusals that RFC 9865 §2.1 has a scimType of their own
// for.
var ownTypes = map[string]bool{"invalidCursor": true, "invalidCount": true}

// ScimType gives the scimType of a refusal, or "".
func ScimType(e *models.Error) string {
	if ownTypes[e.Code] {
		return e.Code
	}
	return scimTypes[e.Kind]
}

// HTML renders a view. Pages are private to the person who asked for them, and
// the same address gives a fragment to htmx.
func HTML(c echo.Context, status int, view templ.Component) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Add(echo.HeaderVary, "HX-Request")
	c.Response().WriteHeader(status)
	return view.Render(c.Request().Context(), c.Response())
}

// Later tells, in the header that programs read, after how many seconds what was refused
// can be tried again, if that is known.
func Later(c echo.Context, e *models.Error) {
	seconds := int64(math.Ceil(e.Wait.Seconds()))
	if e.Kind == models.Unavailable {
		seconds = max(seconds, 5)
	}
	if seconds > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.FormatInt(seconds, 10))
	}
}

// See sends the browser on with a GET, after a form was taken.
func See(c echo.Context, path string) error { return c.Redirect(http.StatusSeeOther, path) }

// Fragment tells whether htmx asked, so that only a part of the page is wanted.
func Fragment(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }
