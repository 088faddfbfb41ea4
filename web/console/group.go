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

// groupReader is what the pages about groups read.
type groupReader interface {
	Group(ctx context.Context, organization int64, id string) (models.Group, error)
	GroupByName(ctx context.Context, organization int64, name string) (models.Group, error)
	Groups(ctx context.Context, organization int64, q models.GroupQuery) (models.Slice[models.Group], error)
	GroupCounts(ctx context.Context, organization int64) (map[models.Method]int64, error)
	GroupsOf(ctx context.Context, kind models.MemberKind, key int64, most int) ([]models.MemberRef, error)
	Members(ctx context.Context, group int64, after models.MemberRef, most int) ([]models.MemberRef, error)
	Users(ctx context.Context, organization int64, q models.UserQuery) (models.Slice[models.User], error)
	UserByName(ctx context.Context, organization int64, userName string) (models.User, error)
}

func (k *Console) groupRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: "/groups", Access: read, Handler: k.listGroups},
		{Method: http.MethodGet, Path: "/groups/new", Access: change, Handler: k.newGroup},
		{Method: http.MethodPost, Path: "/groups/new", Access: change, Handler: k.createGroup},
		{Method: http.MethodGet, Path: "/groups/:id", Access: read, Handler: k.showGroup},
		{Method: http.MethodGet, Path: "/groups/:id/edit", Access: change, Handler: k.editGroup},
		{Method: http.MethodPost, Path: "/groups/:id/edit", Access: change, Handler: k.updateGroup},
		{Method: http.MethodPost, Path: "/groups/:id/members", Access: change, Handler: k.addGroupMember},
		{Method: http.MethodPost, Path: "/groups/:id/members/remove", Access: change, Handler: k.removeGroupMember},
		{Method: http.MethodPost, Path: "/groups/:id/protect", Access: change, Handler: k.protectGroup},
		{Method: http.MethodGet, Path: "/groups/:id/delete", Access: change, Handler: k.askDeleteGroup},
		{Method: http.MethodPost, Path: "/groups/:id/delete", Access: change, Handler: k.deleteGroup},
	}
}

const groupPageSize = 50

// groupFilter is what the address of the list of groups asks for.
type groupFilter struct {
	search        string
	mode          models.Method
	after, before string
	first         int64
}

func (f groupFilter) link(path string, more ...string) string {
	return address(path, append([]string{"q", f.search, "mode", string(f.mode)}, more...)...)
}

func (k *Console) listGroups(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	f := groupFilter{
		search: strings.TrimSpace(c.QueryParam("q")), mode: models.Method(c.QueryParam("mode")),
		after: c.QueryParam("after"), before: c.QueryParam("before"),
	}
	f.first, _ = strconv.ParseInt(c.QueryParam("at"), 10, 64)
	if f.mode != "" && !f.mode.Valid() {
		return models.Errorf(models.Invalid, "mode", "There is no provisioning mode %q.", f.mode).
			WithAdvice("Groups are managed by manual, scim, entra or ldap.")
	}
	found, err := k.Read.Groups(ctx, by.OrganizationID, models.GroupQuery{
		Search: f.search, Mode: f.mode,
		Page: models.Page{Limit: groupPageSize, After: f.after, Before: f.before},
	})
	if err != nil {
		return err
	}
	counts, err := k.Read.GroupCounts(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	m := groupsModel(f, found, counts, by)
	if respond.Fragment(c) {
		m.Now = k.Now()
		return respond.HTML(c, http.StatusOK, page.GroupList(m))
	}
	m.Chrome = k.chrome(c, "Groups", "groups")
	m.Live = true
	return respond.HTML(c, http.StatusOK, page.Groups(m))
}

func groupsModel(f groupFilter, found models.Slice[models.Group], counts map[models.Method]int64, by models.Actor) page.GroupsModel {
	m := page.GroupsModel{
		Modes: groupModePills(f, counts),
		Filter: ui.FilterModel{
			Action: "/groups", Label: "Search groups", Value: f.search, Placeholder: "Beginning of any word of the name",
			Hidden: keptParameters("mode", string(f.mode)),
		},
		Pager: pagerOf(found, f.first, groupPageSize, "groups", func(more ...string) string { return f.link("/groups", more...) }),
	}
	if f.search != "" || f.mode != "" {
		m.Filter.Clear = "/groups"
	}
	for _, g := range found.Items {
		m.Rows = append(m.Rows, page.GroupRow{Href: "/groups/" + g.ID, Name: g.DisplayName, Members: g.MemberCount, Mode: string(g.Mode), Updated: g.Updated.Time()})
	}
	if m.Pager.More = found.Capped; found.Capped {
		m.Capped = cappedWords(found.Total)
	}
	if by.Role.Includes(models.Admin) {
		m.Buttons = []ui.ButtonModel{{Label: "Add group", Icon: "plus", Kind: ui.Primary, Href: "/groups/new"}}
	}
	m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "users-round", Title: "No groups yet",
		Text: "Groups arrive from the directory when it assigns them to the application, or are added here by hand.",
	}, Buttons: m.Buttons}
	if counts[""] > 0 || f.search != "" {
		m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{
			Icon: "search", Title: "No group found",
			Text: "No group is managed so now.",
		}, Buttons: []ui.ButtonModel{{Label: "Show all groups", Href: "/groups"}}}
		if f.search != "" {
			m.Empty.Text = "No group’s name has words that begin with “" + f.search + "”."
		}
		if f.search != "" && f.mode != "" {
			m.Empty.Text = "No name of these groups has words that begin with “" + f.search + "”."
			m.Empty.Buttons = []ui.ButtonModel{{Label: "Search all groups", Href: address("/groups", "q", f.search)}}
		}
	}
	return m
}

func groupModePills(f groupFilter, counts map[models.Method]int64) []ui.TabModel {
	one := f
	one.mode = ""
	pills := []ui.TabModel{{Label: "All", Href: one.link("/groups"), Count: counts[""], ShowCount: f.search == "", Current: f.mode == ""}}
	for _, mode := range []models.Method{models.SCIM, models.Entra, models.LDAP, models.Manual} {
		if mode != models.Manual && counts[mode] == 0 && f.mode != mode {
			continue
		}
		one.mode = mode
		label := "Managed by directory (" + ui.MethodName(string(mode)) + ")"
		if mode == models.Manual {
			label = "Manual"
		}
		pills = append(pills, ui.TabModel{Label: label, Href: one.link("/groups"), Count: counts[mode], ShowCount: f.search == "", Current: f.mode == mode})
	}
	return pills
}
