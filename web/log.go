package web

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/web/session"
)

// levelOf keeps what happens all the time out of the way.
func levelOf(route string, status int) slog.Level {
	switch {
	case route == "/readyz": // why it says no is logged where that is known
		return slog.LevelDebug
	case status >= http.StatusInternalServerError && status != http.StatusNotImplemented:
		return slog.LevelError
	case strings.HasPrefix(route, "/static/"), route == "/healthz":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// attrs are what a request's line tells: ids, never names, addresses or values.
func attrs(c echo.Context, route string, status int, took time.Duration) []slog.Attr {
	list := []slog.Attr{
		slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)),
		slog.String("method", c.Request().Method),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Int64("bytes", c.Response().Size),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if by := session.Actor(c); by.ID != "" {
		list = append(list, slog.String("actor", string(by.Kind)+":"+by.ID))
	}
	if parent := c.Request().Header.Get("traceparent"); len(parent) == 55 {
		list = append(list, slog.String("traceparent", parent))
	}
	return list
}
