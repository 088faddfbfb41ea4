package console

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/web/session"
)

// How the live tail behaves: it looks this often, says that it lives this often,
// and ends after this long, so that the browser's reconnect is held to its session
// again. An entry that a parallel transaction finished late is still seen within
// tailOverlap.
const (
	tailEvery   = time.Second
	tailBeat    = 15 * time.Second
	tailLife    = 10 * time.Minute
	tailOverlap = 5 * time.Second
	tailMost    = 200
)

// tailLog streams new entries of a filter as server-sent events: data is a table
// row, id the entry's change id. It resumes after Last-Event-ID, or after.
func (k *Console) tailLog(c echo.Context) error {
	f, err := logFilterOf(c)
	if err != nil {
		return err
	}
	after := c.Request().Header.Get("Last-Event-ID")
	if after == "" {
		after = f.after
	}
	f.after, f.before = "", ""
	t := tail{logView: k.logView(c, f), out: c.Response(), alive: func() bool { return k.Sessions.Alive(c) }, sent: map[int64]time.Time{}}
	t.query = f.query(t.now)
	t.query.From, t.query.To = 0, 0
	mark, err := t.start(after)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold rows back
	stream := http.NewResponseController(c.Response())
	_ = stream.SetWriteDeadline(time.Time{})
	c.Response().WriteHeader(http.StatusOK)
	if _, err := fmt.Fprintf(c.Response(), "retry: 2000\n%s\n", mark); err != nil {
		return nil //nolint:nilerr // the reader has gone
	}
	c.Response().Flush()
	return t.follow(session.Actor(c))
}

// tail follows the log for one reader.
type tail struct {
	logView
	out   *echo.Response
	query models.LogQuery
	alive func() bool         // the session still stands
	floor int64               // keys up to here are settled
	sent  map[int64]time.Time // keys above the floor that were sent, and when
}

// start finds where to go on from. A reader who has seen nothing yet is told the
// newest id, so that a reconnect misses nothing.
func (t *tail) start(after string) (string, error) {
	if after != "" {
		e, err := t.k.Read.LogEntry(t.ctx, t.org, after)
		if err == nil {
			t.floor = e.Key
			return "", nil
		}
		if models.KindOf(err) != models.NotFound {
			return "", err
		}
	}
	newest, err := t.k.Read.LogEntries(t.ctx, t.org, models.LogQuery{Page: models.Page{Limit: 1}})
	if err != nil || len(newest.Items) == 0 {
		return "", err
	}
	t.floor = newest.Items[0].Key
	return "id: " + newest.Items[0].ID + "\n", nil
}

// follow sends rows until the reader goes or signs out, the stream's life ends or the
// server stops. Once it runs, an error can only be told by ending: the browser tries again.
func (t *tail) follow(by models.Actor) error {
	ctx, cancel := context.WithTimeout(t.ctx, tailLife)
	defer cancel()
	look, beat := time.NewTicker(tailEvery), time.NewTicker(tailBeat)
	defer look.Stop()
	defer beat.Stop()
	for {
		if err := t.send(); err != nil {
			if ctx.Err() == nil {
				t.k.Log.WarnContext(ctx, "the live tail ended", "error", err, "request_id", by.RequestID)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.k.Stopping:
			return nil
		case <-beat.C:
			if !t.alive() {
				return nil
			}
			if _, err := fmt.Fprint(t.out, ": still here\n\n"); err != nil {
				return nil //nolint:nilerr // the reader has gone
			}
			t.out.Flush()
		case <-look.C:
		}
	}
}

func (t *tail) send() error {
	t.now = t.k.Now().UTC()
	list, err := t.k.Read.LogSince(t.ctx, t.org, t.query, t.floor, tailMost)
	if err != nil {
		return err
	}
	fresh := false
	for _, e := range list {
		if _, known := t.sent[e.Key]; known {
			continue
		}
		if err := t.event(e); err != nil {
			return err
		}
		t.sent[e.Key], fresh = t.now, true
	}
	if fresh {
		t.out.Flush()
	}
	t.settle(len(list) == tailMost)
	return nil
}

// settle raises the floor to keys that no late transaction can still slip below;
// a full reading moves on at once, or it would read the same rows for ever.
func (t *tail) settle(full bool) {
	for key, at := range t.sent {
		if full || t.now.Sub(at) > tailOverlap {
			t.floor = max(t.floor, key)
		}
	}
	for key := range t.sent {
		if key <= t.floor {
			delete(t.sent, key)
		}
	}
}

// event writes one entry as an event.
func (t *tail) event(e models.LogEntry) error {
	var row bytes.Buffer
	if err := page.LogRow(t.row(e)).Render(t.ctx, &row); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "id: %s\ndata: %s\n\n", e.ID, strings.ReplaceAll(row.String(), "\n", "\ndata: "))
	return err
}
