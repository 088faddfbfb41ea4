package console

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// queueReader is what the pages of the queue read.
type queueReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	Queue(ctx context.Context, organization int64, q models.QueueQuery) (models.Slice[models.QueueItem], error)
	QueueItem(ctx context.Context, organization int64, id string) (models.QueueItem, error)
	QueueCounts(ctx context.Context, organization int64) (map[models.QueueKind]int64, error)
	SafeAdoptions(ctx context.Context, organization int64) ([]string, error)
	UsersByKey(ctx context.Context, organization int64, keys []int64) (map[int64]models.User, error)
	GroupsByKey(ctx context.Context, organization int64, keys []int64) (map[int64]models.Group, error)
	User(ctx context.Context, organization int64, id string) (models.User, error)
	LogEntry(ctx context.Context, organization int64, id string) (models.LogEntry, error)
	UserByAnchor(ctx context.Context, organization int64, m models.Method, anchor string) (models.User, error)
}

const queuePath = "/queue"

func (k *Console) queueRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: queuePath, Access: read, Handler: k.listQueue},
		{Method: http.MethodPost, Path: queuePath, Access: change, Handler: k.decideQueue},
		{Method: http.MethodGet, Path: queuePath + "/safe", Access: change, Handler: k.askSafeAdoptions},
		{Method: http.MethodPost, Path: queuePath + "/safe", Access: change, Handler: k.acceptSafeAdoptions},
		{Method: http.MethodGet, Path: queuePath + "/:id", Access: read, Handler: k.showQueueItem},
		{Method: http.MethodGet, Path: queuePath + "/:id/settle", Access: change, Handler: k.askSettleConflict},
		{Method: http.MethodPost, Path: queuePath + "/:id/settle", Access: change, Handler: k.settleConflict},
	}
}

// The parts of the queue, as the address names them.
const (
	adoptionsTab = string(models.AdoptionItem)
	conflictsTab = string(models.ConflictItem)
	decidedTab   = "decided"
)

// queueTab is a part of the queue with its number of open decisions.
type queueTab struct {
	key, label, href string
	count            int64
	counted          bool
}

// queueTabs are the parts of the queue in their order.
func (k *Console) queueTabs(c echo.Context) ([]queueTab, error) {
	counts, err := k.Read.QueueCounts(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return nil, err
	}
	lists, err := k.userTabs(c)
	if err != nil {
		return nil, err
	}
	tabs := []queueTab{
		{adoptionsTab, "Adoptions", queuePath + "?tab=" + adoptionsTab, counts[models.AdoptionItem], true},
		{conflictsTab, "Conflicts", queuePath + "?tab=" + conflictsTab, counts[models.ConflictItem], true},
	}
	return append(append(tabs, lists...), queueTab{key: decidedTab, label: "Decided", href: queuePath + "?tab=" + decidedTab}), nil
}

// shownTabs marks the current part.
func shownTabs(tabs []queueTab, current string) []ui.TabModel {
	list := make([]ui.TabModel, len(tabs))
	for i, t := range tabs {
		list[i] = ui.TabModel{Label: t.label, Href: t.href, Count: t.count, ShowCount: t.counted, Current: t.key == current}
	}
	return list
}

// queued counts what waits for a decision in all parts together.
func queued(counts map[models.QueueKind]int64) (n int64) {
	for _, kind := range models.QueueKinds() {
		n += counts[kind]
	}
	return n
}

const queuePageSize = 25

// queueFilter is what the address of the queue asks for.
type queueFilter struct {
	tab, search   string
	after, before string
	first         int64
}

func (f queueFilter) link(more ...string) string {
	return address(queuePath, append([]string{"tab", f.tab, "q", f.search}, more...)...)
}

// queueFilterOf reads the address. Without a part it is the first in which
// something waits.
func queueFilterOf(c echo.Context, tabs []queueTab) (queueFilter, error) {
	f := queueFilter{
		tab: c.QueryParam("tab"), search: strings.TrimSpace(c.QueryParam("q")),
		after: c.QueryParam("after"), before: c.QueryParam("before"),
	}
	f.first, _ = strconv.ParseInt(c.QueryParam("at"), 10, 64)
	for _, t := range tabs {
		if !strings.HasPrefix(t.href, queuePath+"?") {
			continue // a page of its own
		}
		if f.tab == t.key || f.tab == "" && t.count > 0 {
			f.tab = t.key
			return f, nil
		}
	}
	if f.tab == "" {
		f.tab = adoptionsTab
		return f, nil
	}
	return f, models.Errorf(models.Invalid, "tab", "The queue has no part %q.", f.tab).
		WithAdvice("Open the queue and choose one of its parts.")
}

func (k *Console) listQueue(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	tabs, err := k.queueTabs(c)
	if err != nil {
		return err
	}
	f, err := queueFilterOf(c, tabs)
	if err != nil {
		return err
	}
	q := models.QueueQuery{
		Search: f.search, Decided: f.tab == decidedTab,
		Page: models.Page{Limit: queuePageSize, After: f.after, Before: f.before},
	}
	if !q.Decided {
		q.Kind = models.QueueKind(f.tab)
	}
	found, err := k.Read.Queue(ctx, by.OrganizationID, q)
	if err != nil {
		return err
	}
	v, err := k.queueView(ctx, by, found.Items)
	if err != nil {
		return err
	}
	m := page.QueueModel{
		Chrome: k.chrome(c, "Queue", "queue"), Tabs: shownTabs(tabs, f.tab), Decided: q.Decided, Conflicts: f.tab == conflictsTab,
		Pager:  pagerOf(found, f.first, queuePageSize, "decisions", f.link),
		Filter: ui.FilterModel{Action: queuePath, Label: "Search by userName", Value: f.search, Placeholder: "Beginning of a userName", Hidden: keptParameters("tab", f.tab)},
		Empty:  emptyQueue(f, v.org),
	}
	if f.search != "" {
		m.Filter.Clear = queueFilter{tab: f.tab}.link()
	}
	for i := range found.Items {
		row, err := v.row(&found.Items[i])
		if err != nil {
			return err
		}
		m.Rows = append(m.Rows, row)
	}
	if f.tab == adoptionsTab && v.edits && len(m.Rows) > 0 {
		m.Choose = queuePath
		if m.Safe, err = k.safeButton(ctx, by.OrganizationID); err != nil {
			return err
		}
	}
	return respond.HTML(c, http.StatusOK, page.Queue(m))
}

func (k *Console) safeButton(ctx context.Context, organization int64) (*ui.ButtonModel, error) {
	ids, err := k.Read.SafeAdoptions(ctx, organization)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return &ui.ButtonModel{
		Label: "Accept all " + ui.Count(len(ids)) + " safe ones", Icon: "check", Href: queuePath + "/safe",
		More: ", those that change nobody’s userName and disable nobody",
	}, nil
}

func emptyQueue(f queueFilter, o models.Organization) page.EmptyListModel {
	m := page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "inbox", Title: "Nothing was decided yet", Text: "Every decision is kept here with who made it, when, and what was done."}}
	switch {
	case f.search != "":
		m.EmptyModel = ui.EmptyModel{Icon: "search", Title: "Nothing found", Text: "A search looks at the beginning of userNames, of the record and of whom it meets."}
		m.Buttons = []ui.ButtonModel{{Label: "Show all", Href: queueFilter{tab: f.tab}.link()}}
	case f.tab == conflictsTab:
		m.EmptyModel = ui.EmptyModel{Icon: "circle-check", Title: "No conflict", Text: "When the directory sends somebody under a userName that another person has, you decide here who is who."}
	case f.tab == adoptionsTab:
		m.EmptyModel = ui.EmptyModel{Icon: "circle-check", Title: "No adoption waits", Text: adoptionWords[o.Settings.Adoption]}
		m.Buttons = []ui.ButtonModel{{Label: "Open settings", Href: "/settings#f-adoption"}}
	}
	return m
}

// adoptionWords say what the setting makes of matching users.
var adoptionWords = map[string]string{
	models.AdoptAutomatic: "Matching users whom nobody manages are taken over at once. Only those who would sign in under another userName wait here.",
	models.AdoptAsk:       "When the directory sends somebody who is here already and whom nobody manages, you decide here whether it takes them over.",
	models.AdoptRefuse:    "The directory may take nobody over. To be asked instead, set adoption to ask.",
}

// queueNeeds tells on the overview what waits for a decision.
func queueNeeds(counts map[models.QueueKind]int64) []page.NeedModel {
	var out []page.NeedModel
	add := func(kind models.QueueKind, title, text string) {
		out = append(out, page.NeedModel{
			Tone: ui.Warn, Title: title, Text: text,
			Badge: ui.StatusBadge("waiting"), Link: ui.Link{Label: "Decide", Href: queuePath + "?tab=" + string(kind)},
		})
	}
	if n := counts[models.AdoptionItem]; n > 0 {
		add(models.AdoptionItem, ui.Plural(n, "adoption waits", "adoptions wait")+" for a decision",
			"The directory sent records of users or groups who are here already and whom nobody manages.")
	}
	if n := counts[models.ConflictItem]; n > 0 {
		add(models.ConflictItem, ui.Plural(n, "conflict waits", "conflicts wait")+" for a decision",
			"The directory sent somebody under a value that another person has. You say who is who.")
	}
	return out
}
