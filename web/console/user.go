package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/secret"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// userReader is what the pages about users read.
type userReader interface {
	User(ctx context.Context, organization int64, id string) (models.User, error)
	UserByName(ctx context.Context, organization int64, userName string) (models.User, error)
	EmailHolder(ctx context.Context, organization int64, emailKey string, besides int64) (models.User, error)
	EmployeeHolder(ctx context.Context, organization int64, number string, besides int64) (models.User, error)
	Users(ctx context.Context, organization int64, q models.UserQuery) (models.Slice[models.User], error)
	UserCounts(ctx context.Context, organization int64) (models.UserCounts, error)
	ExportUsers(ctx context.Context, organization int64, q models.UserQuery, fn func([]models.User) error) error
	Reports(ctx context.Context, organization int64, managerID string, most int) ([]models.User, error)
	GroupsOf(ctx context.Context, kind models.MemberKind, key int64, most int) ([]models.MemberRef, error)
	Resolve(ctx context.Context, organization int64, ids []string) (map[string]models.MemberRef, error)
	LogEntries(ctx context.Context, organization int64, q models.LogQuery) (models.Slice[models.LogEntry], error)
	LogEntry(ctx context.Context, organization int64, id string) (models.LogEntry, error)
	Organization(ctx context.Context, key int64) (models.Organization, error)
}

func (k *Console) userRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	routes := []session.Route{
		{Method: http.MethodGet, Path: "/users", Access: read, Handler: k.listUsers},
		{Method: http.MethodGet, Path: "/users/new", Access: change, Handler: k.newUser},
		{Method: http.MethodPost, Path: "/users/new", Access: change, Handler: k.createUser},
		{Method: http.MethodGet, Path: "/users/:id", Access: read, Handler: k.showUser},
		{Method: http.MethodGet, Path: "/users/:id/edit", Access: change, Handler: k.editUser},
		{Method: http.MethodPost, Path: "/users/:id/edit", Access: change, Handler: k.updateUser},
	}
	for _, m := range userMoves() {
		routes = append(routes,
			session.Route{Method: http.MethodGet, Path: "/users/:id/" + m.verb, Access: change, Handler: k.askUserMove(m)},
			session.Route{Method: http.MethodPost, Path: "/users/:id/" + m.verb, Access: change, Handler: k.moveUser(m)})
	}
	return routes
}

const userPageSize = 50

func (k *Console) listUsers(c echo.Context) error {
	f, err := k.userFilter(c)
	if err != nil {
		return err
	}
	ctx, by := c.Request().Context(), session.Actor(c)
	found, err := k.Read.Users(ctx, by.OrganizationID, f.query())
	if err != nil {
		return err
	}
	counts, err := k.Read.UserCounts(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	org, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	m := usersModel(f, found, counts, org, by)
	if respond.Fragment(c) {
		m.Now = k.Now()
		return respond.HTML(c, http.StatusOK, page.UserList(m))
	}
	m.Chrome = k.chrome(c, "Users", "users")
	m.Live = true
	return respond.HTML(c, http.StatusOK, page.Users(m))
}

// userFilter is what the address of the list asks for.
type userFilter struct {
	userNarrow
	search string
	status models.Status
	mode   models.Method
	after  string
	before string
	first  int64 // position of the first row, as the pager's links carry it
}

func userFilterOf(c echo.Context) (userFilter, error) {
	f := userFilter{
		search: strings.TrimSpace(c.QueryParam("q")), status: models.Status(c.QueryParam("status")),
		mode: models.Method(c.QueryParam("mode")), after: c.QueryParam("after"), before: c.QueryParam("before"),
	}
	f.first = positionOf(c)
	if f.status != "" && !f.status.Valid() {
		return f, models.Errorf(models.Invalid, "status", "There is no status %q.", f.status).
			WithAdvice("Users are active, inactive or preserved.")
	}
	if f.mode != "" && !f.mode.Valid() {
		return f, models.Errorf(models.Invalid, "mode", "There is no provisioning mode %q.", f.mode).
			WithAdvice("Users are managed by manual, scim, entra or ldap.")
	}
	return f, nil
}

// positionOf is the place of a page's first row, as the pager's links carry it.
func positionOf(c echo.Context) int64 {
	at, _ := strconv.ParseInt(c.QueryParam("at"), 10, 64)
	return at
}

func (f userFilter) query() models.UserQuery {
	return f.into(models.UserQuery{
		Search: f.search, Status: f.status, Mode: f.mode,
		Page: models.Page{Limit: userPageSize, After: f.after, Before: f.before},
	})
}

// link is the address of a path under this filter, without the page.
func (f userFilter) link(path string, more ...string) string {
	return address(path, slices.Concat([]string{"q", f.search, "status", string(f.status), "mode", string(f.mode)}, f.pairs(), more)...)
}

// address adds parameters, given as name and value, that are not empty.
func address(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// keptParameters are hidden fields that keep what else an address asks for.
func keptParameters(pairs ...string) []ui.Option {
	var list []ui.Option
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, ui.Option{Label: pairs[i], Value: pairs[i+1]})
		}
	}
	return list
}

func (f userFilter) narrowed() bool {
	return f.search != "" || f.status != "" || f.mode != "" || f.special()
}

// counted tells whether the counters, which know statuses and modes, count these.
func (f userFilter) counted() bool { return f.search == "" && !f.special() }

func usersModel(f userFilter, found models.Slice[models.User], counts models.UserCounts, org models.Organization, by models.Actor) page.UsersModel {
	mask := logMaskFor(by)
	m := page.UsersModel{
		Sub:      "Everybody who may use the application or once could. Nobody is ever deleted here.",
		Statuses: userStatusPills(f, counts), Modes: userModePills(f, counts), Narrow: f.banner(),
		Filter: ui.FilterModel{
			Action: "/users", Label: "Search users", Value: f.search, Placeholder: "Name, userName, e-mail or employee number",
			Hidden: keptParameters(append([]string{"status", string(f.status), "mode", string(f.mode)}, f.pairs()...)...),
		},
		Pager: pagerOf(found, f.first, userPageSize, "users", func(more ...string) string { return f.link("/users", more...) }),
	}
	if f.narrowed() {
		m.Filter.Clear = "/users"
	}
	for _, u := range found.Items {
		m.Rows = append(m.Rows, userRow(mask, u))
	}
	if found.Capped {
		m.Capped = cappedWords(found.Total)
		m.Pager.More = true
	}
	if by.Role.Includes(models.Admin) {
		m.Buttons = []ui.ButtonModel{
			{Label: "Export", More: " these users as CSV", Icon: "download", Href: f.link("/users/export.csv")},
			{Label: "Import", More: " users from CSV", Icon: "upload", Href: "/users/import"},
			{Label: "Add user", Icon: "plus", Kind: ui.Primary, Href: "/users/new"},
		}
	}
	m.Empty = emptyUsers(f, counts, org, by)
	if counts.Total == 0 && len(m.Buttons) > 0 {
		m.Buttons = m.Buttons[1:]
	}
	return m
}

func userRow(mask logMask, u models.User) page.UserRow {
	var pending templ.Component
	if list := ruleBadges(u); len(list) > 0 {
		pending = list
	}
	return page.UserRow{
		Pending: pending,
		Href:    "/users/" + u.ID, Name: mask.value("displayName", u.DisplayName), UserName: mask.value("userName", u.UserName),
		Email: mask.value("emails", u.Email), Department: u.Department, Title: u.Title,
		Status: string(u.Status), StatusNote: mask.plain(u.StatusNote), Mode: string(u.Mode), Updated: u.Updated.Time(),
	}
}

// plain masks free text that is about nobody in particular.
func (m logMask) plain(text string) string {
	if !m.on {
		return text
	}
	return secret.MaskText(text)
}

// pagerOf makes the pager of a keyset-paged list. The position travels in the
// links, because a keyset itself does not know it.
func pagerOf[T any](found models.Slice[T], first int64, size int, noun string, link func(...string) string) ui.PagerModel {
	first = max(first, 1)
	m := ui.PagerModel{From: first, To: first + int64(len(found.Items)) - 1, Total: found.Total, TotalUnknown: found.Total < 0, Noun: noun}
	if found.Next != "" {
		m.Next = link("after", found.Next, "at", strconv.FormatInt(m.To+1, 10))
	}
	if found.Prev != "" {
		m.Prev = link("before", found.Prev, "at", strconv.FormatInt(max(first-int64(size), 1), 10))
	}
	return m
}

func userStatusPills(f userFilter, counts models.UserCounts) []ui.TabModel {
	tones := map[models.Status]ui.Tone{models.Active: ui.Ok, models.Inactive: ui.Warn}
	all := f
	all.status = ""
	pills := []ui.TabModel{{Label: "All", Href: all.link("/users"), Count: counts.Of("", f.mode), ShowCount: f.counted(), Current: f.status == ""}}
	for _, s := range models.Statuses() {
		one := f
		one.status = s
		pills = append(pills, ui.TabModel{
			Label: titled(string(s)), Href: one.link("/users"), Count: counts.Of(s, f.mode),
			ShowCount: f.counted(), Current: f.status == s, Tone: tones[s],
		})
	}
	return pills
}

// userModePills name a directory only while it manages somebody, or is asked for.
func userModePills(f userFilter, counts models.UserCounts) []ui.TabModel {
	one := f
	one.mode = ""
	pills := []ui.TabModel{{Label: "Managed by anyone", Href: one.link("/users"), Current: f.mode == ""}}
	for _, mode := range []models.Method{models.SCIM, models.Entra, models.LDAP, models.Manual} {
		if mode != models.Manual && counts.Of("", mode) == 0 && f.mode != mode {
			continue
		}
		one.mode = mode
		label := "Managed by directory (" + ui.MethodName(string(mode)) + ")"
		if mode == models.Manual {
			label = "Manual"
		}
		pills = append(pills, ui.TabModel{
			Label: label, Href: one.link("/users"), Count: counts.Of(f.status, mode),
			ShowCount: f.counted(), Current: f.mode == mode,
		})
	}
	return pills
}

// cappedWords says that a search found more than it shows.
func cappedWords(shown int64) string {
	return "These are the first " + ui.Plural(shown, "match", "matches") + ", and there may be more. Add another word to narrow the search."
}

func titled(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// nobodyFound says why a list is empty. A search among some leads to the same among all:
// whoever is looked for may be in another state.
func nobodyFound(f userFilter) page.EmptyListModel {
	m := page.EmptyListModel{
		EmptyModel: ui.EmptyModel{Icon: "search", Title: "Nobody found", Text: "No user has this status and provisioning mode now."},
		Buttons:    []ui.ButtonModel{{Label: "Show all users", Href: "/users"}},
	}
	const looks = "A search looks at the beginnings of names, userNames, e-mail addresses and employee numbers; “e” finds “é” as well."
	among := f.status != "" || f.mode != "" || f.special()
	switch {
	case f.search != "" && among:
		m.Text = "Nobody among these users has a name that begins with “" + f.search + "”. " + looks
		m.Buttons = []ui.ButtonModel{{Label: "Search all users", Href: userFilter{search: f.search}.link("/users")}}
	case f.search != "":
		m.Text = "Nothing begins with “" + f.search + "”. " + looks
	case f.special():
		m.Text = "There is nobody now."
	}
	return m
}

func emptyUsers(f userFilter, counts models.UserCounts, org models.Organization, by models.Actor) page.EmptyListModel {
	if counts.Total > 0 || f.search != "" {
		return nobodyFound(f)
	}
	e := page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "users", Title: "No users yet", Text: "An administrator adds the first ones."}}
	if !by.Role.Includes(models.Admin) {
		return e
	}
	byHand := []ui.ButtonModel{{Label: "Add user", Href: "/users/new"}, {Label: "Import CSV", Href: "/users/import"}}
	switch {
	case !org.MethodSet:
		e.Text = "First choose how users get here: from a directory over SCIM, or by hand. Adding and importing works beside every method."
		e.Buttons = append([]ui.ButtonModel{{Label: "Choose the method", Kind: ui.Primary, Href: "/deployment"}}, byHand...)
	case org.Method == models.SCIM:
		e.Text = "SCIM is in charge: create a token and paste it into the identity provider, and the users it assigns appear here."
		e.Buttons = append([]ui.ButtonModel{{Label: "Create token", Kind: ui.Primary, Href: "/scim/tokens/new"}}, byHand...)
	case org.Method == models.Manual:
		e.Text = "Users are managed by hand: add them one by one, or many at once from a CSV file."
		byHand[0].Kind = ui.Primary
		e.Buttons = byHand
	default:
		e.Text = org.Method.Label() + " is in charge: its first cycle brings the users here."
		e.Buttons = append([]ui.ButtonModel{{Label: "Open deployment", Kind: ui.Primary, Href: "/deployment"}}, byHand...)
	}
	return e
}
