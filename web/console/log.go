package console

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/web/respond"
	"muster/web/session"
)

// logReader is what the log's pages read.
type logReader interface {
	LogEntries(ctx context.Context, organization int64, q models.LogQuery) (models.Slice[models.LogEntry], error)
	LogEntry(ctx context.Context, organization int64, id string) (models.LogEntry, error)
	EachLogEntry(ctx context.Context, organization int64, q models.LogQuery, fn func([]models.LogEntry) error) error
	LogSince(ctx context.Context, organization int64, q models.LogQuery, after int64, most int) ([]models.LogEntry, error)
	LogHistogram(ctx context.Context, organization int64, q models.LogQuery, n int) ([]models.Bucket, error)
	LogFacets(ctx context.Context, organization int64, q models.LogQuery) (map[models.Action]int64, map[models.Outcome]int64, error)
	Exchange(ctx context.Context, organization int64, requestID string) (models.Exchange, error)
	Exchanges(ctx context.Context, organization int64, q models.ExchangeQuery) (models.Slice[models.Exchange], error)
	Cycle(ctx context.Context, organization, key int64) (models.Cycle, error)
	Organization(ctx context.Context, key int64) (models.Organization, error)
	Tokens(ctx context.Context, organization int64) ([]models.Token, error)
	Admins(ctx context.Context) ([]models.AdminAccount, error)
}

func (k *Console) logRoutes() []session.Route {
	read := session.Role(models.Auditor)
	return []session.Route{
		{Method: http.MethodGet, Path: "/logs", Access: read, Handler: k.listLog},
		{Method: http.MethodGet, Path: "/logs/tail", Access: read, Handler: k.tailLog},
		{Method: http.MethodGet, Path: "/logs/export", Access: read, Handler: k.exportLog},
		{Method: http.MethodGet, Path: "/logs/requests", Access: read, Handler: k.listRequests},
		{Method: http.MethodGet, Path: "/logs/requests/:id", Access: read, Handler: k.showRequest},
		{Method: http.MethodGet, Path: "/logs/:id", Access: read, Handler: k.showLogEntry},
	}
}

const (
	logPageSize    = 50
	slowestRefresh = 60 // seconds
)

// listLog answers the whole page, or to htmx the list with the chosen entry.
func (k *Console) listLog(c echo.Context) error {
	f, err := logFilterOf(c)
	if err != nil {
		return err
	}
	v := k.logView(c, f)
	rows, err := k.Read.LogEntries(v.ctx, v.org, f.query(v.now))
	if err != nil {
		return err
	}
	m := page.LogsModel{Chrome: k.chrome(c, "Logs", "logs")}
	m.Chrome.Wide, m.Chrome.Live, m.Chrome.Scripts = true, true, []string{"js/tail.js", "js/rows.js"}
	v.list(&m, rows)
	if len(rows.Items) == 0 {
		if err := v.beforeTheLog(&m); err != nil {
			return err
		}
	}
	if f.entry != "" {
		if err := v.open(&m); err != nil {
			return err
		}
	}
	if respond.Fragment(c) {
		return respond.HTML(c, http.StatusOK, fragment(page.Logs(m), page.LogSplit))
	}
	if err := v.frame(&m); err != nil {
		return err
	}
	if f.refresh > 0 {
		c.Response().Header().Set("Refresh", strconv.Itoa(f.refresh))
	}
	return respond.HTML(c, http.StatusOK, page.Logs(m))
}

// showLogEntry is the permanent page of an entry.
func (k *Console) showLogEntry(c echo.Context) error {
	v := k.logView(c, logFilter{entry: c.Param("id")})
	m, err := v.entry(c.Param("id"))
	if err != nil {
		return err
	}
	m.Chrome = k.chrome(c, m.Title, "logs")
	return respond.HTML(c, http.StatusOK, page.LogEntry(m))
}

// logView is what building the log's pages needs: who looks, at what, and when.
type logView struct {
	k      *Console
	ctx    context.Context //nolint:containedctx // lives as long as the request that it belongs to
	org    int64
	now    time.Time
	filter logFilter
	mask   logMask
}

func (k *Console) logView(c echo.Context, f logFilter) logView {
	by := session.Actor(c)
	return logView{k: k, ctx: c.Request().Context(), org: by.OrganizationID, now: k.Now().UTC(), filter: f, mask: logMaskFor(by)}
}

// fragment renders one named fragment of a page.
func fragment(view templ.Component, name string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return templ.RenderFragments(ctx, w, view, name)
	})
}
