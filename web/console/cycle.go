package console

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func cycleGap(o models.Organization) string {
	if o.Method == models.Entra {
		return "Every run of the connector is one cycle."
	}
	return "A burst of SCIM traffic counts as one cycle; " + ui.Plural(o.Settings.CycleGapMinutes, "minute", "minutes") + " of silence end it."
}

func cycleRows(list []models.Cycle, now time.Time) []page.CycleRowModel {
	var out []page.CycleRowModel
	for _, x := range list {
		end := x.Ended.Time()
		if x.Running() {
			end = x.LastSeen.Time()
		}
		key := strconv.FormatInt(x.Key, 10)
		to := "/logs?cycle=" + key
		if x.Method == models.Entra {
			to = cyclePath(x)
		}
		out = append(out, page.CycleRowModel{
			Href: to, Failures: "/logs?cycle=" + key + "&status=failure", Kind: sentenceCase(string(x.Kind)) + " cycle",
			Running: x.Running(), By: x.Method.Label() + ", ", Started: x.Started.Time(), Now: now, Duration: cycleTime(end.Sub(x.Started.Time())),
			Requests: x.Requests, Created: x.Created, Updated: x.Updated, Removed: x.Removed, Failed: x.Failed,
		})
	}
	return out
}

// cycleTime rounds up what is too short to compare.
func cycleTime(d time.Duration) string {
	if d < time.Second {
		return "under 1 s"
	}
	return ui.Duration(d)
}

// listCycles lists all cycles that are kept.
func (k *Console) listCycles(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	list, err := k.Read.Cycles(ctx, by.OrganizationID, models.Page{Limit: 50, After: c.QueryParam("after"), Before: c.QueryParam("before")})
	if err != nil {
		return err
	}
	m := page.CyclesModel{
		Chrome: k.chrome(c, "Cycles", "deployment"), Rows: cycleRows(list.Items, k.Now().UTC()), Gap: cycleGap(o),
		Pager: ui.PagerModel{Noun: "cycles", TotalUnknown: true, PrevLabel: "Newer", NextLabel: "Older"},
	}
	if list.Prev != "" {
		m.Pager.Prev = "/deployment/cycles?before=" + list.Prev
	}
	if list.Next != "" {
		m.Pager.Next = "/deployment/cycles?after=" + list.Next
	}
	return respond.HTML(c, http.StatusOK, page.Cycles(m))
}
