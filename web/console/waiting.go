package console

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// The parts of the queue that are lists of users.
const (
	heldTab    = "held"
	seatsTab   = "seats"
	mappingTab = "mapping"
)

func (k *Console) waitingRoutes() []session.Route {
	read := session.Role(models.Auditor)
	return []session.Route{
		{Method: http.MethodGet, Path: queuePath + "/" + seatsTab, Access: read, Handler: func(c echo.Context) error { return k.listWaiting(c, seatsTab) }},
		{Method: http.MethodGet, Path: queuePath + "/" + mappingTab, Access: read, Handler: func(c echo.Context) error { return k.listWaiting(c, mappingTab) }},
	}
}

// userTabs are the parts of the queue that are lists of users, with their numbers.
func (k *Console) userTabs(c echo.Context) ([]queueTab, error) {
	parked, staged, err := k.Read.Waiting(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return nil, err
	}
	return []queueTab{
		{heldTab, "Held removals", heldPath, staged, true},
		{seatsTab, "Waiting for a seat", queuePath + "/" + seatsTab, parked[models.WaitsForSeat], true},
		{mappingTab, "Waiting for a mapping", queuePath + "/" + mappingTab, parked[models.WaitsForRule], true},
	}, nil
}

// listWaiting lists who waits for a seat or for a mapping, longest first.
func (k *Console) listWaiting(c echo.Context, tab string) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	why := models.WaitsForSeat
	if tab == mappingTab {
		why = models.WaitsForRule
	}
	path := queuePath + "/" + tab
	search, at := c.QueryParam("q"), c.QueryParam("at")
	first, _ := strconv.ParseInt(at, 10, 64)
	found, err := k.Read.Users(ctx, by.OrganizationID, models.UserQuery{
		Search: search, Parked: why, Page: models.Page{Limit: queuePageSize, After: c.QueryParam("after"), Before: c.QueryParam("before")},
	})
	if err != nil {
		return err
	}
	tabs, err := k.queueTabs(c)
	if err != nil {
		return err
	}
	seats, err := k.seats(c)
	if err != nil {
		return err
	}
	m := page.WaitingModel{
		Chrome: k.chrome(c, waitingTitle(tab), "queue"), Tabs: shownTabs(tabs, tab), Numbered: tab == seatsTab && search == "",
		Filter: ui.FilterModel{Action: path, Label: "Search users", Value: search, Placeholder: "Name, userName or e-mail"},
		Pager: pagerOf(found, first, queuePageSize, "users", func(more ...string) string {
			return address(path, append([]string{"q", search}, more...)...)
		}),
		Empty: emptyWaiting(tab, search, seats), First: max(first, 1),
	}
	if search != "" {
		m.Filter.Clear = path
	}
	if tab == seatsTab {
		m.Alert = seatsAlert(seats)
	}
	mask := logMaskFor(by)
	for _, u := range found.Items {
		m.Rows = append(m.Rows, page.WaitingRow{
			Href: "/users/" + u.ID, Name: mask.value("displayName", u.DisplayName), UserName: mask.value("userName", u.UserName), Department: u.Department, Mode: string(u.Mode), Since: u.StatusSince.Time(),
			Status: string(u.Status), Explain: tab == mappingTab,
		})
	}
	return respond.HTML(c, http.StatusOK, page.Waiting(m))
}

func waitingTitle(tab string) string {
	if tab == seatsTab {
		return "Waiting for a seat"
	}
	return "Waiting for a mapping"
}

func seatsAlert(s models.Seats) *ui.AlertModel {
	if s.Limit == 0 {
		return nil
	}
	m := &ui.AlertModel{
		Tone: ui.Info, Title: ui.Count(s.Used) + " of " + ui.Count(s.Limit) + " seats are taken.",
		Text: "Active and suspended users hold a seat; preserved users and those who wait hold none.",
	}
	if s.Free() == 0 {
		m.Tone = ui.Warn
		m.Text = "Whoever waits comes in by themselves, in this order, when somebody is preserved or the limit is raised under Settings."
	}
	return m
}

func emptyWaiting(tab, search string, s models.Seats) page.EmptyListModel {
	m := page.EmptyListModel{}
	switch {
	case search != "":
		m.EmptyModel = ui.EmptyModel{Icon: "search", Title: "Nobody found", Text: "A search looks at the beginnings of names, userNames and e-mail addresses."}
		m.Buttons = []ui.ButtonModel{{Label: "Show all", Href: queuePath + "/" + tab}}
	case tab == mappingTab:
		m.EmptyModel = ui.EmptyModel{
			Icon: "workflow", Title: "Nobody waits for a mapping",
			Text: "When Settings say so, users whom no mapping matches wait here instead of coming in.",
		}
		m.Buttons = []ui.ButtonModel{{Label: "See the mappings", Href: "/mappings"}}
	case s.Limit == 0:
		m.EmptyModel = ui.EmptyModel{Icon: "users", Title: "There is no limit of seats", Text: "Every user who arrives comes in. A limit can be set under Settings."}
		m.Buttons = []ui.ButtonModel{{Label: "Open settings", Href: "/settings"}}
	default:
		m.EmptyModel = ui.EmptyModel{
			Icon: "users", Title: "Nobody waits for a seat",
			Text: ui.Count(s.Free()) + " of " + ui.Count(s.Limit) + " seats are free.",
		}
	}
	return m
}
