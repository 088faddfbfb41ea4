package scimv2

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
	"muster/web/respond"
)

const (
	mediaType = "application/scim+json"
	jsonType  = "application/json"
)

// send answers with a body that is encoded already.
func send(c echo.Context, status int, body []byte) error {
	if !safe(c.Request().Method) {
		exchange(c).ResponseBody = string(body[:min(len(body), 2*keptBody)])
	}
	return put(c, status, body)
}

// put tells the length of a body that net/http would otherwise send in chunks; of a
// shorter one it tells the length by itself.
func put(c echo.Context, status int, body []byte) error {
	w := packed(c, len(body))
	if w.packer == nil && len(body) > chunkedFrom {
		c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	}
	c.Response().WriteHeader(status)
	_, err := w.Write(body)
	return errors.Join(err, w.Close())
}

const chunkedFrom = 2048

// Error answers a request with a SCIM error body (RFC 7644 §3.12). What was never
// classed becomes a 500 whose cause only the log sees.
func Error(c echo.Context, log *slog.Logger, err error) {
	if c.Response().Committed {
		return
	}
	status, scimType, detail := describe(c, log, err)
	exchange(c).ScimType = scimType
	body := scim.Errorf(status, scimType, "%s", detail).JSON()
	if status == http.StatusUnauthorized && c.Response().Header().Get(echo.HeaderWWWAuthenticate) == "" {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="muster"`)
	}
	if h := c.Response().Header(); h.Get(echo.HeaderRetryAfter) == "" {
		switch status {
		case http.StatusServiceUnavailable:
			h.Set(echo.HeaderRetryAfter, "5")
		case http.StatusTooManyRequests:
			h.Set(echo.HeaderRetryAfter, "1")
		}
	}
	if sendErr := send(c, status, body); sendErr != nil {
		log.Warn("send a SCIM error", "error", sendErr)
	}
}

// half gives words to a failure that met the answer to a change and not the change: who
// is told that nothing was changed, or written, takes that for true.
func (s *Server) half(c *call, err error) error {
	if err == nil || safe(c.Request().Method) || c.Request().Context().Err() != nil {
		return err
	}
	s.Log.Error("what a change was to be answered with could not be read", "error", err, "method", c.Request().Method, "path", c.Path(),
		"request_id", c.Response().Header().Get(echo.HeaderXRequestID))
	return models.Errorf(models.Unavailable, "", "The change was made, but what the resource is now could not be read for the answer.").
		WithAdvice("Read the resource; the change need not be sent again.")
}

func describe(c echo.Context, log *slog.Logger, err error) (status int, scimType, detail string) {
	err = translate(err)
	if e, ok := models.AsError(err); ok && e.Kind != models.Internal {
		return respond.Status(e.Kind), respond.ScimType(e), e.Error()
	}
	var h *echo.HTTPError
	if errors.As(err, &h) && h.Code < http.StatusInternalServerError {
		return h.Code, "", httpWords(c, h.Code)
	}
	if respond.Abandoned(c, err) {
		return respond.ClientGone, "", "The client left before the answer."
	}
	log.Error("SCIM request failed", "error", err, "method", c.Request().Method, "path", c.Path(),
		"request_id", c.Response().Header().Get(echo.HeaderXRequestID))
	return http.StatusInternalServerError, "", "The request failed inside Muster; nothing was changed. Ask the administrator to look up request " +
		c.Response().Header().Get(echo.HeaderXRequestID) + " in the server's log."
}

func httpWords(c echo.Context, status int) string {
	switch status {
	case http.StatusNotFound:
		return "There is nothing at " + clip(c.Request().URL.Path, 200) + ". The endpoints are " + Prefix + "/Users, /Groups, /Bulk, /.search, /Schemas, /ResourceTypes and /ServiceProviderConfig."
	case http.StatusMethodNotAllowed:
		return c.Request().Method + " is not possible on " + clip(c.Request().URL.Path, 200) + ". Possible is: " + c.Response().Header().Get(echo.HeaderAllow) + "."
	case http.StatusRequestEntityTooLarge:
		return "The body is larger than the limit. Send it in several requests."
	}
	return http.StatusText(status) + "."
}

// ref is one entry of groups or members.
type ref struct {
	Value   string `json:"value"`
	Ref     string `json:"$ref"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type"`
}

func groupRefs(root string, groups []models.MemberRef) []byte {
	list := make([]ref, len(groups))
	for i, g := range groups {
		list[i] = ref{g.ID, root + "/Groups/" + g.ID, g.Display, "direct"}
	}
	return encoded(list)
}

func memberRefs(root string, members []models.MemberRef) []byte {
	list := make([]ref, 0, len(members))
	for _, m := range members {
		switch {
		case m.Hidden: // deleted at the source: a $ref would lead nowhere
		case m.Kind == models.GroupMember:
			list = append(list, ref{m.ID, root + "/Groups/" + m.ID, m.Display, "Group"})
		default:
			list = append(list, ref{m.ID, root + "/Users/" + m.ID, m.Display, "User"})
		}
	}
	return encoded(list)
}

func encoded(list []ref) []byte {
	if len(list) == 0 {
		return nil
	}
	body, err := json.Marshal(list)
	if err != nil {
		return nil
	}
	return body
}

// listing answers with resources that are encoded already.
func listing(c echo.Context, resources [][]byte) error {
	return send(c, http.StatusOK, scim.ListResponse{Total: len(resources), StartIndex: 1, Resources: resources}.JSON())
}

// tagged sets the headers of a single resource and tells whether the client
// already has this version.
func tagged(c echo.Context, tag string, location []string) (fresh bool) {
	h := c.Response().Header()
	h["Etag"] = []string{tag} // as http.Header spells it
	h["Content-Location"] = location
	have := c.Request().Header.Get("If-None-Match")
	return have != "" && matches(have, tag)
}
