package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const (
	memberPageSize = 50
	nestedMost     = 200
)

func (k *Console) showGroup(c echo.Context) error { return k.groupPage(c, http.StatusOK, "", "") }

// groupPage shows a group; entered and wrong are of the field that adds a member.
func (k *Console) groupPage(c echo.Context, status int, entered, wrong string) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	g, err := k.Read.Group(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	q := models.UserQuery{
		Group: g.Key, Search: strings.TrimSpace(c.QueryParam("q")),
		Page: models.Page{Limit: memberPageSize, After: c.QueryParam("after"), Before: c.QueryParam("before")},
	}
	members, err := k.Read.Users(ctx, by.OrganizationID, q)
	if err != nil {
		return err
	}
	nested, err := k.Read.Members(ctx, g.Key, models.MemberRef{Kind: models.GroupMember}, nestedMost)
	if err != nil {
		return err
	}
	within, err := k.Read.GroupsOf(ctx, models.GroupMember, g.Key, nestedMost)
	if err != nil {
		return err
	}
	events, err := k.eventsOf(ctx, by, g.ID)
	if err != nil {
		return err
	}
	mask := logMaskFor(by)
	m := groupModel(g, nested, within, mask, k.Now())
	m.Events, m.Earlier = timelineItems(maskMembers(events, mask), mask)
	first, _ := strconv.ParseInt(c.QueryParam("at"), 10, 64)
	groupMembers(&m, g, members, q.Search, first, int64(len(nested)), mask)
	m.Safeguards = groupSafeguards(g, by.Role.Includes(models.Admin))
	if by.Role.Includes(models.Admin) {
		groupActions(&m, g, entered, wrong)
	}
	m.Chrome = k.chrome(c, g.DisplayName, "groups")
	return respond.HTML(c, status, page.Group(m))
}

func groupModel(g models.Group, nested, within []models.MemberRef, mask logMask, now time.Time) page.GroupModel {
	m := page.GroupModel{
		Head: ui.PageHeadModel{
			Title: g.DisplayName, Sub: ui.Plural(g.MemberCount, "member", "members"),
			Crumbs: []ui.Link{{Label: "Groups", Href: "/groups"}}, Badge: groupBadges(g),
		},
		Facts: []ui.KVModel{
			{Label: "Members", Value: ui.Count(g.MemberCount)},
			{Label: "Created", Body: ui.Time(g.Created.Time(), now)},
			{Label: "Changed", Body: ui.Time(g.Updated.Time(), now)},
		},
		Note: mask.plain(g.Note), LogHref: address("/logs", "target", g.ID),
		IDs: []ui.CopyModel{{Label: "id", Value: g.ID, ID: "copy-id"}},
	}
	if g.ExternalID != "" {
		m.IDs = append(m.IDs, ui.CopyModel{Label: "externalId", Value: g.ExternalID, ID: "copy-external-id"})
	}
	for _, n := range nested {
		m.Nested = append(m.Nested, page.NestedRow{Link: ui.Link{Label: n.Display, Href: "/groups/" + n.ID}, ID: n.ID})
	}
	for _, n := range within {
		m.Within = append(m.Within, ui.Link{Label: n.Display, Href: "/groups/" + n.ID})
	}
	if g.Managed() {
		m.Locked = ui.AlertModel{
			Tone: ui.Info, Title: g.Mode.Label() + " manages this group.",
			Text: "Its name and members are changed in the directory; the next cycle brings them here. The note can be changed here.",
		}
	}
	return m
}

// maskMembers hides the members' names that a group's log entries carry.
func maskMembers(events []models.LogEntry, mask logMask) []models.LogEntry {
	if !mask.on {
		return events
	}
	for i := range events {
		for n, change := range events[i].Details.Modified {
			if change.Path == "members" && !strings.HasPrefix(change.New, "and ") {
				change.Old, change.New = mask.value("userName", change.Old), mask.value("userName", change.New)
				events[i].Details.Modified[n] = change
			}
		}
	}
	return events
}

func groupMembers(m *page.GroupModel, g models.Group, found models.Slice[models.User], search string, first, nested int64, mask logMask) {
	at := "/groups/" + g.ID
	if search == "" {
		found.Total = max(g.MemberCount-nested, int64(len(found.Items)))
	}
	m.Filter = ui.FilterModel{Action: at, Label: "Search members", Value: search, Placeholder: "Name, userName or e-mail"}
	if search != "" {
		m.Filter.Clear = at
	}
	m.Pager = pagerOf(found, first, memberPageSize, "members", func(more ...string) string {
		return address(at, append([]string{"q", search}, more...)...)
	})
	m.Pager.More = found.Capped
	for _, u := range found.Items {
		m.Members = append(m.Members, page.GroupMemberRow{UserRow: userRow(mask, u), ID: u.ID})
	}
	m.NoMembers = ui.EmptyModel{Icon: "users", Title: "No members yet", Text: "Add one by userName.", Small: true}
	switch {
	case search != "":
		m.NoMembers = ui.EmptyModel{Icon: "search", Title: "No member found", Text: "No member’s name, userName or e-mail begins with this.", Small: true}
	case g.Managed():
		m.NoMembers.Text = "The directory adds them."
	}
	m.Searchable = search != "" || g.MemberCount-nested > 10
}

// groupActions adds what an administrator may do: everything to a manual group,
// only the note of a managed one.
func groupActions(m *page.GroupModel, g models.Group, entered, wrong string) {
	at := "/groups/" + g.ID
	m.NoteHref = at + "/edit#f-note"
	if g.Managed() {
		return
	}
	m.Buttons = []ui.ButtonModel{
		{Label: "Delete", More: " " + g.DisplayName, Icon: "trash-2", Opens: "delete"},
		{Label: "Edit", More: " " + g.DisplayName, Icon: "pencil", Href: at + "/edit"},
	}
	m.Delete = deleteQuestion(g)
	m.AddAction, m.RemoveAction = at+"/members", at+"/members/remove"
	m.Add = ui.FieldModel{Label: "userName", Name: "userName", Value: entered, Error: wrong, Required: true, MaxLength: 256, Autocomplete: "off"}
}

// addGroupMember adds a user by userName, or else a group by its name.
func (k *Console) addGroupMember(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	entered := strings.TrimSpace(c.FormValue("userName"))
	if entered == "" {
		return k.groupPage(c, http.StatusUnprocessableEntity, entered, "Enter the userName of a user.")
	}
	id, name := "", ""
	u, err := k.Read.UserByName(ctx, by.OrganizationID, entered)
	if err == nil {
		id, name = u.ID, u.DisplayName
	} else if models.KindOf(err) != models.NotFound {
		return err
	} else if g, err := k.Read.GroupByName(ctx, by.OrganizationID, entered); err == nil {
		id, name = g.ID, g.DisplayName
	} else if models.KindOf(err) != models.NotFound {
		return err
	}
	if id == "" {
		return k.groupPage(c, http.StatusUnprocessableEntity, entered, "No user has this userName, and no group this name. Check the spelling, or add the user first.")
	}
	before, err := k.Read.Group(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	g, err := k.Directory.UpdateGroup(ctx, by, before.ID, []models.MemberChange{{Kind: models.AddMembers, IDs: []string{id}}}, unchanged)
	if refused, ok := refusal(err); ok && err != nil {
		return k.groupPage(c, respond.Status(refused.Kind), entered, refused.Error())
	}
	if err != nil {
		return err
	}
	if g.Version == before.Version {
		return k.done(c, "/groups/"+g.ID, name+" is a member already.")
	}
	return k.done(c, "/groups/"+g.ID, name+" was added to "+g.DisplayName+".")
}

func unchanged(*models.Group) error { return nil }

func (k *Console) removeGroupMember(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	refs, err := k.Read.Resolve(ctx, by.OrganizationID, []string{c.FormValue("member")})
	if err != nil {
		return err
	}
	ref, ok := refs[c.FormValue("member")]
	if !ok {
		return models.Errorf(models.NotFound, "member", "This member is not known here.").WithAdvice("Open the group again; somebody may have changed it meanwhile.")
	}
	g, err := k.Directory.UpdateGroup(ctx, by, c.Param("id"), []models.MemberChange{{Kind: models.RemoveMembers, IDs: []string{ref.ID}}}, unchanged)
	if err != nil {
		return err
	}
	back := "/groups/" + g.ID
	if q := strings.TrimSpace(c.FormValue("q")); q != "" {
		back += "?q=" + url.QueryEscape(q)
	}
	return k.done(c, back, ref.Display+" was removed from "+g.DisplayName+". The user stays.")
}
