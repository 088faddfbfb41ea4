package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const attachPath = "/deployment/attach"

func (k *Console) attachRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: attachPath, Access: read, Handler: k.listAttachments},
		{Method: http.MethodPost, Path: attachPath, Access: change, Handler: k.attachUsers},
		{Method: http.MethodGet, Path: attachPath + "/users.csv", Access: change, Handler: k.exportAttachments},
		{Method: http.MethodGet, Path: attachPath + "/safe", Access: change, Handler: k.askAttachSafe},
		{Method: http.MethodPost, Path: attachPath + "/safe", Access: change, Handler: k.attachSafe},
		{Method: http.MethodGet, Path: attachPath + "/run", Access: read, Handler: k.showAttachRun},
		{Method: http.MethodPost, Path: attachPath + "/run/:id/stop", Access: change, Handler: k.stopAttaching},
		{Method: http.MethodPost, Path: attachPath + "/run/:id/resume", Access: change, Handler: k.resumeAttaching},
		{Method: http.MethodGet, Path: "/users/:id/put-back", Access: change, Handler: k.askPutBack},
		{Method: http.MethodPost, Path: "/users/:id/put-back", Access: change, Handler: k.putBack},
	}
}

const attachPageSize = 25

// attachParts are the parts of the assistant in their order.
var attachParts = []struct {
	standing directory.Standing
	label    string
}{{directory.Safe, "Safe to attach"}, {directory.Undecided, "Needs a decision"}, {directory.Unknown, "No record"}}

// attachFilter is what the address of the assistant asks for.
type attachFilter struct {
	show, search  string
	after, before string
	first         int64
}

func (f attachFilter) link(more ...string) string {
	return address(attachPath, append([]string{"show", f.show, "q", f.search}, more...)...)
}

func (f attachFilter) query() directory.AttachQuery {
	return directory.AttachQuery{
		Standing: directory.Standing(f.show), Search: f.search, Page: models.Page{Limit: attachPageSize, After: f.after, Before: f.before},
	}
}

// attachFilterOf reads the address. Without a part it is the first that has users.
func attachFilterOf(c echo.Context, counts directory.AttachCounts) (attachFilter, error) {
	f := attachFilter{show: c.QueryParam("show"), search: strings.TrimSpace(c.QueryParam("q")), after: c.QueryParam("after"), before: c.QueryParam("before")}
	f.first, _ = strconv.ParseInt(c.QueryParam("at"), 10, 64)
	for _, part := range attachParts {
		if f.show == string(part.standing) || f.show == "" && counts.Of[part.standing] > 0 {
			f.show = string(part.standing)
			return f, nil
		}
	}
	if f.show == "" {
		f.show = string(directory.Safe)
		return f, nil
	}
	return f, models.Errorf(models.Invalid, "show", "The assistant has no part %q.", f.show).WithAdvice("Open it and choose one of its parts.")
}

// listAttachments shows the users whom nobody manages.
func (k *Console) listAttachments(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	counts, err := k.Directory.CountAttachments(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	f, err := attachFilterOf(c, counts)
	if err != nil {
		return err
	}
	m := k.attachModel(c, o)
	if o.Method == models.Manual || counts.Manual == 0 {
		m.Empty = nobodyToAttach(o, may(c, models.Admin))
		return respond.HTML(c, http.StatusOK, page.Attach(m))
	}
	found, err := k.Directory.Attachments(ctx, by.OrganizationID, f.query())
	if err != nil {
		return err
	}
	m.Tabs, m.Counted, m.Show = attachTabs(f, counts), countedWords(counts), f.show
	m.Filter = ui.FilterModel{Action: attachPath, Label: "Search users", Value: f.search, Placeholder: "Name, e-mail or number", Hidden: keptParameters("show", f.show)}
	if f.search != "" {
		m.Filter.Clear = attachFilter{show: f.show}.link()
	}
	v := attachView{mask: logMaskFor(by), org: o}
	for _, a := range found.Items {
		m.Rows = append(m.Rows, v.row(a))
	}
	m.Pager = attachPager(f, found, counts)
	if found.Next != "" && len(found.Items) < attachPageSize {
		m.Looked = ui.Count(found.Looked) + " users were looked at for this page, which is as many as one page takes. The next page goes on behind them."
	}
	m.Empty = emptyAttachments(f, found, o)
	if err := k.attachActions(c, &m, f, counts); err != nil {
		return err
	}
	return respond.HTML(c, http.StatusOK, page.Attach(m))
}

func (k *Console) attachModel(c echo.Context, o models.Organization) page.AttachModel {
	m := page.AttachModel{
		Chrome: k.chrome(c, "Attach users", "deployment"),
		Head: ui.PageHeadModel{
			Title: "Attach users", Crumbs: []ui.Link{{Label: "Deployment", Href: "/deployment"}},
			Sub: "Users whom nobody manages, with the record, mapping and profile that they get from " + o.Method.Label() + ". Attaching changes who manages them; their data stays until the directory delivers it.",
		},
	}
	if o.Method == models.Manual {
		m.Head.Sub = "Gives users whom nobody manages to the deployment method in charge."
	}
	m.Live = true
	return m
}

// attachActions adds the run under way and what an administrator may do.
func (k *Console) attachActions(c echo.Context, m *page.AttachModel, f attachFilter, counts directory.AttachCounts) error {
	var err error
	if m.Run, err = k.attachRun(c); err != nil || !may(c, models.Admin) {
		return err
	}
	if len(m.Rows) > 0 {
		m.Buttons = append(m.Buttons, ui.ButtonModel{Label: "Export", More: " these users as CSV", Icon: "download", Href: address(attachPath+"/users.csv", "show", f.show, "q", f.search)})
	}
	if counts.Of[directory.Safe] > 0 || counts.More {
		m.Buttons = append(m.Buttons, ui.ButtonModel{Label: "Attach all safe ones", Icon: "check", Kind: ui.Primary, Href: attachPath + "/safe"})
	}
	for _, r := range m.Rows {
		if r.Open {
			m.Choose = attachPath
		}
	}
	return nil
}

func attachTabs(f attachFilter, counts directory.AttachCounts) []ui.TabModel {
	var tabs []ui.TabModel
	for _, part := range attachParts {
		show := string(part.standing)
		tabs = append(tabs, ui.TabModel{
			Label: part.label, Href: attachFilter{show: show}.link(), Count: counts.Of[part.standing], ShowCount: true, Current: f.show == show,
		})
	}
	return tabs
}

func countedWords(counts directory.AttachCounts) string {
	if !counts.More {
		return ""
	}
	return "Counted among the first " + ui.Count(counts.Looked) + " of " + ui.Count(counts.Manual) + " users whom nobody manages."
}

func attachPager(f attachFilter, found directory.AttachPage, counts directory.AttachCounts) ui.PagerModel {
	total := int64(-1)
	if f.search == "" && !counts.More {
		total = counts.Of[directory.Standing(f.show)]
	}
	return pagerOf(models.Slice[directory.Attachment]{Items: found.Items, Next: found.Next, Prev: found.Prev, Total: total}, f.first, attachPageSize, "users", f.link)
}
