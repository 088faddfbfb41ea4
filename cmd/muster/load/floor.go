package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// NoOp measures requests per second against an echo server in this process that
// answers nothing.
func NoOp(ctx context.Context, clients int, length time.Duration) (Result, error) {
	e := echo.New()
	e.GET("/noop", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return Result{}, fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	return Target{Address: l.Addr().String()}.Run(ctx, Options{Clients: clients, Time: length}, func(c *Conn, _ int) error {
		_, err := c.Want(http.StatusNoContent, http.MethodGet, "/noop", "")
		return err
	})
}
