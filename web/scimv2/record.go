package scimv2

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/secret"
	"muster/web/session"
)

const (
	exchangeKey = "exchange"
	keptBody    = 32 << 10 // of each body, after masking
	keptPath    = 2000
)

// exchange is the record of the request under way.
func exchange(c echo.Context) *models.Exchange {
	if e, ok := c.Get(exchangeKey).(*models.Exchange); ok {
		return e
	}
	e := &models.Exchange{Notes: []string{}}
	c.Set(exchangeKey, e)
	return e
}

// recorded wraps an endpoint so that the request and its answer are kept, masked,
// for the log's Request tab. Bodies of reads are not kept.
func (s *Server) recorded(next func(*Server, echo.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := s.Now()
		e := exchange(c)
		s, done, err := s.on(c)
		if err != nil {
			Error(c, s.Log, err) // nobody is there to write it down
			return nil
		}
		defer done()
		if err := s.Rate.admit(c, func(c echo.Context) error { return next(s, c) }); err != nil {
			Error(c, s.Log, err)
		}
		s.fill(c, e)
		e.At, e.DurationMicros = models.TimeOf(started), s.Now().Sub(started).Microseconds()
		e.RequestBody, e.ResponseBody = kept(e.RequestBody), kept(e.ResponseBody)
		s.Recorder.Record(*e)
		return nil
	}
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

func kept(body string) string {
	if body == "" {
		return ""
	}
	return secret.Redact(body, keptBody)
}

func (s *Server) fill(c echo.Context, e *models.Exchange) {
	by, r := session.Actor(c), c.Request()
	e.OrganizationID, e.RequestID = by.OrganizationID, by.RequestID
	e.TokenID, e.TokenName, e.Address, e.Client = by.ID, by.Name, by.Address, clip(by.Client, 300)
	e.HTTPMethod, e.Path, e.Status = r.Method, clip(secret.RedactText(r.URL.RequestURI()), keptPath), c.Response().Status
}
