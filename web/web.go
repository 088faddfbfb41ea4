// Package web puts the surfaces together: one table of routes, the middleware in
// its order, and the one error handler.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/static"
	"muster/web/console"
	"muster/web/scimv2"
	"muster/web/session"
)

// Options are what the server is made of; all fields but Stopping, Classed, Front and Origin are required.
type Options struct {
	Console  *console.Console
	SCIM     *scimv2.Server
	Sessions *session.Sessions
	Ready    func(context.Context) error // nil when the instance can serve
	Stopping <-chan struct{}             // closed when the server begins to shut down; nil for never
	Classed  func(error) error           // gives words to a database that is away; nil leaves errors as they are
	Metrics  *Metrics
	Log      *slog.Logger
	Now      func() time.Time
	NewID    func() string
	Proxies  Proxies        // whose X-Forwarded-For is believed
	Front    *session.Front // notices other proxies; nil notices none
	Secure   bool           // the public address is https
	Origin   string         // of the public address, where it was told; a proxy need not pass Host on for it
}

// Server is the handler of the public listener.
type Server struct {
	Options
	echo   *echo.Echo
	routes []session.Route
	fixed  []headerField
	guard  *http.CrossOriginProtection
}

// New builds the server from the table of routes. It refuses a table in which a
// route admits nobody, because that is a mistake and not a wish.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, echo: echo.New(), fixed: fixedHeaders(o.Secure), guard: http.NewCrossOriginProtection()}
	if o.Origin != "" {
		if err := s.guard.AddTrustedOrigin(o.Origin); err != nil {
			return nil, fmt.Errorf("trust the public address: %w", err)
		}
	}
	s.routes = s.table()
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.fail
	s.echo.IPExtractor = o.Proxies.extractor()
	s.echo.Pre(scimv2.TidyPath)
	s.middleware()
	for _, r := range s.routes {
		if r.Access == (session.Access{}) {
			return nil, errors.New("route " + r.Method + " " + r.Path + " has no access: it would admit nobody")
		}
		s.echo.Add(r.Method, r.Path, o.Sessions.Require(r))
	}
	return s, nil
}

// Handler serves requests.
func (s *Server) Handler() http.Handler { return s.echo }

// Routes is the table of routes, for the test that holds each to its roles.
func (s *Server) Routes() []session.Route { return s.routes }

func (s *Server) table() []session.Route {
	routes := s.Console.Routes()
	routes = append(routes, s.SCIM.Routes()...)
	return append(routes,
		session.Route{Method: http.MethodGet, Path: "/static/*", Access: session.Public(), Handler: echo.WrapHandler(static.Handler())},
		session.Route{Method: http.MethodHead, Path: "/static/*", Access: session.Public(), Handler: echo.WrapHandler(static.Handler())},
		session.Route{Method: http.MethodGet, Path: "/favicon.ico", Access: session.Public(), Handler: favicon},
		session.Route{Method: http.MethodGet, Path: "/healthz", Access: session.Public(), Handler: healthy},
		session.Route{Method: http.MethodGet, Path: "/readyz", Access: session.Public(), Handler: s.ready},
		// Load balancers and monitors ask with either.
		session.Route{Method: http.MethodHead, Path: "/healthz", Access: session.Public(), Handler: healthy},
		session.Route{Method: http.MethodHead, Path: "/readyz", Access: session.Public(), Handler: s.ready},
	)
}

func favicon(c echo.Context) error {
	return c.Redirect(http.StatusFound, static.URL("img/favicon.svg"))
}

func healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func (s *Server) stopping() bool {
	select {
	case <-s.Stopping:
		return true
	default:
		return false
	}
}

// readyTime is how long the database has to answer who asks whether it does. Behind a
// network that swallows everything it would be half a minute, in which a load balancer
// that waits as long goes on sending people here.
const readyTime = 5 * time.Second

func (s *Server) ready(c echo.Context) error {
	if s.stopping() {
		return c.String(http.StatusServiceUnavailable, "not ready: it is being stopped\n")
	}
	ctx, stop := context.WithTimeout(c.Request().Context(), readyTime)
	defer stop()
	if err := s.Ready(ctx); err != nil {
		s.Log.Warn("not ready", "error", err)
		if ctx.Err() != nil {
			return c.String(http.StatusServiceUnavailable, "not ready: the database does not answer\n")
		}
		return c.String(http.StatusServiceUnavailable, "not ready: the database does not take writes\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
