package console

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/web/session"
)

// liveLife ends a stream after a while, so that the browser’s reconnect is held to its
// session again. liveMost is how many looks bring a sign of life, whether or not
// something moved.
const (
	liveLife = 10 * time.Minute
	liveBeat = 15 * time.Second
)

// followConnector streams the moving part of the connector's page.
func (k *Console) followConnector(c echo.Context) error {
	by := session.Actor(c)
	return k.stream(c, by.OrganizationID, func(ctx context.Context) (templ.Component, error) {
		w, err := k.connectorOf(ctx, by)
		if err != nil {
			return nil, err
		}
		m := w.state()
		m.Renew = entraPath + "?refresh=5"
		return page.ConnectorInside(m), nil
	})
}

// followCycle streams the moving part of a cycle's page.
func (k *Console) followCycle(c echo.Context) error {
	by := session.Actor(c)
	if _, err := k.cycleOf(c); err != nil {
		return err
	}
	return k.stream(c, by.OrganizationID, func(context.Context) (templ.Component, error) {
		w, x, err := k.cycleWorld(c)
		if err != nil {
			return nil, err
		}
		return page.CycleInside(w.cycleState(x)), nil
	})
}

// stream sends a part of a page whenever it looks otherwise than before.
func (k *Console) stream(c echo.Context, organization int64, part func(context.Context) (templ.Component, error)) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), liveLife)
	defer cancel()
	go func() {
		select {
		case <-k.Stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Time{})
	c.Response().WriteHeader(http.StatusOK)
	s, asked := sender{out: c.Response()}, k.Now()
	err := k.Cycles.Follow(ctx, organization, func() error {
		if now := k.Now(); now.Sub(asked) >= liveBeat {
			if asked = now; !k.Sessions.Alive(c) {
				cancel()
				return ctx.Err()
			}
		}
		body, err := part(ctx)
		if err != nil {
			return err
		}
		return s.send(ctx, body, k.Now())
	})
	// Once it runs, an error can only be told by ending: the browser tries again.
	if err != nil && ctx.Err() == nil && !s.gone {
		k.Log.WarnContext(ctx, "a live page ended", "error", err, "request_id", session.Actor(c).RequestID)
	}
	return nil
}

// sender remembers what the reader has.
type sender struct {
	out  *echo.Response
	last string
	beat time.Time
	gone bool
}

func (s *sender) send(ctx context.Context, body templ.Component, now time.Time) error {
	var text bytes.Buffer
	if err := body.Render(ctx, &text); err != nil {
		return err
	}
	event := ": still here\n\n"
	if text.String() != s.last {
		s.last = text.String()
		event = "data: " + strings.ReplaceAll(s.last, "\n", "\ndata: ") + "\n\n"
	} else if now.Sub(s.beat) < liveBeat {
		return nil
	}
	if _, err := fmt.Fprint(s.out, event); err != nil {
		s.gone = true
		return err
	}
	s.beat = now
	s.out.Flush()
	return nil
}

// cycleOf is the cycle that the address names.
func (k *Console) cycleOf(c echo.Context) (models.Cycle, error) {
	key, err := cycleKey(c.Param("id"))
	if err != nil {
		return models.Cycle{}, err
	}
	x, err := k.Cycles.Cycle(c.Request().Context(), session.Actor(c).OrganizationID, key)
	if err == nil && x.Method != models.Entra {
		err = noCycle(c.Param("id"))
	}
	return x, err
}
