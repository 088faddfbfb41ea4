package console

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

const changePartSize = 50

// tabs are the parts of a preview with what each counts.
func (v changeView) tabs(current string) []ui.TabModel {
	n, rules := v.impact.Counts, v.told()
	list := []ui.TabModel{{Label: "Summary", Href: v.form.path() + v.form.query(), Current: current == ""}}
	for _, part := range []struct {
		name, label string
		count       int64
	}{
		{"users", "Users", n.UsersToManual + n.UsersUnchanged},
		{"groups", "Groups", n.GroupsToManual},
		{"mappings", "Mappings", rules.leaving.mappings + rules.leaving.attributes + rules.waking.mappings + rules.waking.attributes},
		{"tokens", "Tokens", n.TokensParked + n.TokensRevoked + n.TokensWoken + n.TokensOpened},
		{"decisions", "Open decisions", n.QueueClosed},
		{"removals", "Held removals", n.HeldDropped},
	} {
		list = append(list, ui.TabModel{Label: part.label, Href: v.form.part(part.name), Count: part.count, ShowCount: true, Current: part.name == current})
	}
	return list
}

// changePart is the page of one part; fill puts its records in.
func (k *Console) changePart(name, title string, fill func(echo.Context, changeView, *page.ChangePartModel) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		f, err := changeFormOf(c)
		if err != nil {
			return err
		}
		v, err := k.changeView(c, f)
		if err != nil {
			return err
		}
		i := v.impact
		if i.First || i.From == i.To {
			return respond.See(c, f.path())
		}
		m := page.ChangePartModel{
			Head: ui.PageHeadModel{
				Title: "Change from " + i.From.Label() + " to " + i.To.Label() + ": " + title, Crumbs: append(changeCrumbs(), ui.Link{Label: "Preview", Href: f.path() + f.query()}),
				Sub: "By name, as it is right now. Nothing is changed before you confirm.",
			},
			Steps: changeSteps(1), Tabs: v.tabs(name),
		}
		m.Steps[1].Href = f.path() + f.query()
		if err := fill(c, v, &m); err != nil {
			return err
		}
		m.Chrome = k.chrome(c, m.Head.Title, "deployment")
		return respond.HTML(c, http.StatusOK, page.ChangePart(m))
	}
}

// search is the box above a part, which keeps what else the address asks for.
func (v changeView) search(c echo.Context, part, label, placeholder string, keep ...string) *ui.FilterModel {
	q := strings.TrimSpace(c.QueryParam("q"))
	m := &ui.FilterModel{
		Action: v.form.path() + "/" + part, Label: label, Value: q, Placeholder: placeholder,
		Hidden: keptParameters(append([]string{"keep", v.form.kept()}, keep...)...),
	}
	if q != "" {
		m.Clear = v.form.part(part, keep...)
	}
	return m
}

// changeUsers lists everybody with what becomes of them.
func (k *Console) changeUsers(c echo.Context, v changeView, m *page.ChangePartModel) error {
	f, err := userFilterOf(c)
	if err != nil {
		return err
	}
	found, err := k.Read.Users(c.Request().Context(), v.by.OrganizationID, f.query())
	if err != nil {
		return err
	}
	counts, err := k.Read.UserCounts(c.Request().Context(), v.by.OrganizationID)
	if err != nil {
		return err
	}
	m.Filter = v.search(c, "users", "Search users", "Name, userName, e-mail or employee number", "mode", string(f.mode), "status", string(f.status))
	m.Facets = []page.FacetModel{{Label: "Narrow by what happens", Pills: v.fatePills(f, counts)}, {Label: "Narrow by status", Pills: v.statusPills(f, counts)}}
	m.List = page.FateListModel{Caption: "Users and what becomes of them", What: "User", Rows: v.userRows(found.Items)}
	pager := pagerOf(found, f.first, userPageSize, "users", func(more ...string) string { return v.userLink("users", f, more...) })
	pager.More = found.Capped
	m.Pager = &pager
	if found.Capped {
		m.Capped = cappedWords(found.Total)
	}
	m.Export = v.userLink("users.csv", f)
	m.Empty = page.EmptyListModel{
		EmptyModel: ui.EmptyModel{Icon: "users", Title: "Nobody found", Text: "No user is in this part of the preview now."},
		Buttons:    []ui.ButtonModel{{Label: "Show all users", Href: v.form.part("users")}},
	}
	return nil
}

// userLink is the address of the list under a filter.
func (v changeView) userLink(part string, f userFilter, more ...string) string {
	return v.form.part(part, append([]string{"q", f.search, "mode", string(f.mode), "status", string(f.status)}, more...)...)
}

// fatePills narrow by what happens: the users of the method that leaves become manual,
// all others stay.
func (v changeView) fatePills(f userFilter, counts models.UserCounts) []ui.TabModel {
	one := f
	one.mode = ""
	pills := []ui.TabModel{{Label: "All", Href: v.userLink("users", one), Count: counts.Of(f.status, ""), ShowCount: f.search == "", Current: f.mode == ""}}
	for _, mode := range models.Methods() {
		becomes := v.leaves() && mode == v.impact.From
		if counts.ByMode[mode] == 0 && !becomes && f.mode != mode {
			continue
		}
		one.mode = mode
		label := "Stay " + ui.MethodName(string(mode))
		if becomes {
			label = "Become manual"
		} else if mode == models.Manual {
			label = "Stay manual"
		}
		pills = append(pills, ui.TabModel{Label: label, Href: v.userLink("users", one), Count: counts.Of(f.status, mode), ShowCount: f.search == "", Current: f.mode == mode})
	}
	return pills
}

func (v changeView) statusPills(f userFilter, counts models.UserCounts) []ui.TabModel {
	one := f
	one.status = ""
	pills := []ui.TabModel{{Label: "Any status", Href: v.userLink("users", one), Current: f.status == ""}}
	for _, s := range models.Statuses() {
		one.status = s
		pills = append(pills, ui.TabModel{Label: titled(string(s)), Href: v.userLink("users", one), Count: counts.Of(s, f.mode), ShowCount: f.search == "", Current: f.status == s})
	}
	return pills
}

// fate tells what becomes of a record that a method manages, and why.
func (v changeView) fate(mode models.Method) (after models.Method, why string) {
	switch {
	case v.leaves() && mode == v.impact.From:
		return models.Manual, "Managed by " + mode.Label() + " now, which will no longer be in charge."
	case mode == models.Manual:
		return models.Manual, "Manual already. A change gives nobody to a method by itself."
	}
	return mode, "Not managed by " + v.impact.From.Label() + "."
}

func (v changeView) userRows(users []models.User) []page.FateModel {
	var rows []page.FateModel
	mask := logMaskFor(v.by)
	for _, u := range users {
		after, why := v.fate(u.Mode)
		rows = append(rows, page.FateModel{
			Name: mask.value("displayName", u.DisplayName), Sub: mask.value("userName", u.UserName), Href: "/users/" + u.ID,
			Now: ui.MethodBadge(string(u.Mode)), After: ui.MethodBadge(string(after)), Why: why + " " + statusKept(u),
		})
	}
	return rows
}

// statusKept says that a status does not change.
func statusKept(u models.User) string {
	switch {
	case u.Status == models.Preserved && u.PreservedBy == models.ByAdmin:
		return "Preserved by an administrator before and after."
	case u.Status == models.Preserved:
		return "Preserved by the directory before and after."
	}
	return titled(string(u.Status)) + " before and after."
}

func (v changeView) groupRows(groups []models.Group) []page.FateModel {
	var rows []page.FateModel
	for _, g := range groups {
		after, why := v.fate(g.Mode)
		rows = append(rows, page.FateModel{
			Name: g.DisplayName, Sub: "Group of " + ui.Plural(g.MemberCount, "member", "members"), Href: "/groups/" + g.ID,
			Now: ui.MethodBadge(string(g.Mode)), After: ui.MethodBadge(string(after)), Why: why + " Keeps its members.",
		})
	}
	return rows
}

// changeGroups lists the groups that become manual, and on demand those that stay.
func (k *Console) changeGroups(c echo.Context, v changeView, m *page.ChangePartModel) error {
	f, err := userFilterOf(c)
	if err != nil {
		return err
	}
	found, err := k.Read.Groups(c.Request().Context(), v.by.OrganizationID, models.GroupQuery{
		Search: f.search, Mode: f.mode, Page: models.Page{Limit: changePartSize, After: f.after, Before: f.before},
	})
	if err != nil {
		return err
	}
	m.Filter = v.search(c, "groups", "Search groups", "Beginning of any word of a name", "mode", string(f.mode))
	one := func(mode models.Method, label string) ui.TabModel {
		return ui.TabModel{Label: label, Href: v.form.part("groups", "q", f.search, "mode", string(mode)), Current: f.mode == mode}
	}
	pills := []ui.TabModel{one("", "All")}
	if v.leaves() {
		pills = append(pills, one(v.impact.From, "Become manual"))
	}
	m.Facets = []page.FacetModel{{Label: "Narrow by what happens", Pills: append(pills, one(models.Manual, "Stay manual"))}}
	m.List = page.FateListModel{Caption: "Groups and what becomes of them", What: "Group", Rows: v.groupRows(found.Items)}
	pager := pagerOf(found, f.first, changePartSize, "groups", func(more ...string) string {
		return v.form.part("groups", append([]string{"q", f.search, "mode", string(f.mode)}, more...)...)
	})
	if pager.More = found.Capped; found.Capped {
		m.Capped = cappedWords(found.Total)
	}
	m.Pager = &pager
	m.Empty = page.EmptyListModel{
		EmptyModel: ui.EmptyModel{Icon: "users-round", Title: "No group found", Text: "No group is in this part of the preview now."},
		Buttons:    []ui.ButtonModel{{Label: "Show all groups", Href: v.form.part("groups")}},
	}
	return nil
}
