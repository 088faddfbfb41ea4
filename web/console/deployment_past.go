package console

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/transform"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

// lists name what a change did to tokens and mappings.
func (p pastChange) lists() []page.FateCardModel {
	var out []page.FateCardModel
	if rows := p.tokenRows(p.change.Record.Tokens); len(rows) > 0 {
		out = append(out, page.FateCardModel{ID: "tokens", Title: "Tokens", List: page.FateListModel{Caption: "Tokens that the change concerned", What: "Token", After: "The change", Why: "Created by", Rows: rows}})
	}
	if rows := deletedRules(p.change); len(rows) > 0 {
		out = append(out, page.FateCardModel{
			ID: "mappings", Title: "Deleted mappings", Sub: "Kept for an undo until " + day(p.change.UndoUntil.Time()) + ", then gone for good.",
			List: page.FateListModel{Caption: "Deleted mappings", What: "Mapping", Now: "Was", After: "The change", Why: "About", Rows: rows},
		})
	}
	return out
}

var tokenFates = map[models.TokenFate]string{
	models.TokenSleeps: "Parked", models.TokenDies: "Deleted", models.TokenWakes: "Works again",
	models.TokenOpens: "Counts from then on", models.TokenRehearses: "Back in shadow mode",
}

// tokenRows name tokens; those that are purged since have no name any more.
func (p pastChange) tokenRows(moves []models.TokenMove) []page.FateModel {
	var rows []page.FateModel
	for _, t := range p.tokens {
		for _, move := range moves {
			if move.ID == t.ID {
				rows = append(rows, page.FateModel{
					Name: t.Description, Sub: t.Prefix + "…", Href: "/scim/tokens/" + t.ID, Now: tokenBadge(t, p.now), After: ui.Badge(ui.Neutral, tokenFates[move.Is]),
					Why: logMaskFor(p.by).plain(t.CreatedBy),
				})
			}
		}
	}
	return rows
}

// deletedRules name the rules that a change deleted, while it remembers them.
func deletedRules(c models.MethodChange) []page.FateModel {
	var rows []page.FateModel
	for _, m := range c.Record.Mappings {
		rows = append(rows, page.FateModel{Name: m.Name, Sub: m.Method.Label() + " mapping " + ui.Count(m.Position), Now: ruleBadge(m.Disabled, m.Parked), After: ui.Badge(ui.Error, "Deleted"), Why: cmp.Or(m.Description, m.Filter, "No description.")})
	}
	for _, a := range c.Record.Attributes {
		rows = append(rows, page.FateModel{Name: targetLabel(a.Target), Sub: a.Method.Label() + " attribute mapping of " + transform.Short(a.Target), Now: ruleBadge(a.Disabled, a.Parked), After: ui.Badge(ui.Error, "Deleted"), Why: firstOf(a.Expression, 120)})
	}
	return rows
}

const touchedSince = "touched"

// pastFilter is what a list of whom a change concerned asks for.
type pastFilter struct {
	userFilter
	touched bool
}

func (p pastChange) filter(c echo.Context) pastFilter {
	f := pastFilter{touched: c.QueryParam("what") == touchedSince}
	f.search, f.after, f.before = strings.TrimSpace(c.QueryParam("q")), c.QueryParam("after"), c.QueryParam("before")
	f.first = positionOf(c)
	return f
}

func (f pastFilter) what() string {
	if f.touched {
		return touchedSince
	}
	return ""
}

// part heads a list of whom a change concerned.
func (p pastChange) part(title, path string, f pastFilter, untouched, touched int64) page.ChangePartModel {
	h := p.change
	pill := func(what, label string, n int64) ui.TabModel {
		return ui.TabModel{Label: label, Href: address(path, "what", what, "q", f.search), Count: n, ShowCount: true, Current: f.what() == what}
	}
	m := page.ChangePartModel{
		Head: ui.PageHeadModel{
			Title: title, Sub: "Whom the change from " + h.From.Label() + " to " + h.To.Label() + " made manual, and who was changed since.",
			Crumbs: []ui.Link{{Label: "Deployment", Href: "/deployment"}, {Label: "The change", Href: p.path("")}},
		},
		Facets: []page.FacetModel{{Label: "Narrow by what happened since", Pills: []ui.TabModel{pill("", "Not changed since", untouched), pill(touchedSince, "Changed since", touched)}}},
		List:   page.FateListModel{Caption: title, Now: "Before the change", After: "Now"},
		Empty:  page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "users", Title: "Nobody", Text: "Nobody is in this list."}},
	}
	if h.UndoneBy != "" {
		m.Note = "The change was undone, so who was not changed in between is managed by " + h.From.Label() + " again, together with whom it took over since."
	}
	if f.touched {
		m.Empty.Text = "Nobody was changed since. An undo would return everybody."
	}
	if f.search != "" {
		m.Empty.Title, m.Empty.Text = "Nobody found", "Nothing in this list begins with “"+f.search+"”."
		m.Empty.Buttons = []ui.ButtonModel{{Label: "Show all", Href: address(path, "what", f.what())}}
	}
	return m
}

// listChangedUsers lists whom a change made manual: those whom an undo would return,
// and those who were changed since and would stay.
func (k *Console) listChangedUsers(c echo.Context) error {
	p, err := k.pastChange(c)
	if err != nil {
		return err
	}
	f, path := p.filter(c), p.path("/users")
	found, err := p.users(c.Request().Context(), f)
	if err != nil {
		return err
	}
	m := p.part("Users of the change", path, f, p.undo.Counts.UsersReturn, p.undo.Counts.UsersTouched)
	m.Filter = &ui.FilterModel{Action: path, Label: "Search users", Value: f.search, Placeholder: "Name, userName, e-mail or employee number", Hidden: keptParameters("what", f.what())}
	if f.search != "" {
		m.Filter.Clear = address(path, "what", f.what())
	}
	if found.Capped {
		m.Capped = "There may be more matches. Add another word to narrow the search."
	}
	m.List.What, m.List.Rows = "User", p.userRows(found.Items, f.touched)
	pager := pagerOf(found, f.first, changePartSize, "users", func(more ...string) string {
		return address(path, append([]string{"what", f.what(), "q", f.search}, more...)...)
	})
	m.Pager = &pager
	m.Chrome = k.chrome(c, m.Head.Title, "deployment")
	return respond.HTML(c, http.StatusOK, page.ChangePart(m))
}

// users reads a page of whom the change concerned.
func (p pastChange) users(ctx context.Context, f pastFilter) (models.Slice[models.User], error) {
	ended, at := p.change.Record.Ended, models.Page{Limit: changePartSize, After: f.after, Before: f.before}
	switch {
	case ended == "":
		return models.Slice[models.User]{Total: 0}, nil
	case f.search != "":
		return p.searched(ctx, f)
	case f.touched:
		found, err := p.k.Read.TouchedUsers(ctx, p.by.OrganizationID, ended, p.change.At, at)
		found.Total = p.undo.Counts.UsersTouched
		return found, err
	}
	found, err := p.k.Read.Returning(ctx, p.by.OrganizationID, ended, at)
	found.Total = p.undo.Counts.UsersReturn
	return found, err
}

const searchedMost = 2000 // what a search looks through

// searched finds people by name and keeps those whom the change concerned.
func (p pastChange) searched(ctx context.Context, f pastFilter) (models.Slice[models.User], error) {
	var out models.Slice[models.User]
	q := models.UserQuery{Search: f.search, Page: models.Page{Limit: 200}}
	for looked := 0; looked < searchedMost && len(out.Items) < 200; looked += q.Page.Limit {
		found, err := p.k.Read.Users(ctx, p.by.OrganizationID, q)
		if err != nil {
			return out, err
		}
		for _, u := range found.Items {
			if f.touched {
				if u, err = p.k.Read.User(ctx, p.by.OrganizationID, u.ID); err != nil {
					return out, err
				}
			}
			if f.touched && u.Released == p.change.Record.Ended && u.Updated >= p.change.At || !f.touched && u.Term == p.change.Record.Ended {
				out.Items = append(out.Items, u)
			}
		}
		out.Capped = found.Capped || found.Next != ""
		if q.Page.After = found.Next; found.Next == "" {
			break
		}
	}
	out.Total = int64(len(out.Items))
	return out, nil
}

func (p pastChange) userRows(users []models.User, touched bool) []page.FateModel {
	mask := logMaskFor(p.by)
	var rows []page.FateModel
	for _, u := range users {
		rows = append(rows, page.FateModel{
			Name: mask.value("displayName", u.DisplayName), Sub: mask.value("userName", u.UserName), Href: "/users/" + u.ID,
			Now: ui.MethodBadge(string(p.change.From)), After: ui.MethodBadge(string(u.Mode)), Why: p.since(touched, u.Mode, u.Updated) + " Status: " + string(u.Status) + ".",
		})
	}
	return rows
}

// since says what an undo does with a record.
func (p pastChange) since(touched bool, mode models.Method, updated models.Time) string {
	switch {
	case touched && mode == models.Manual:
		return "Changed since, last on " + day(updated.Time()) + ". Keeps what was changed and stays manual in an undo."
	case touched:
		return "Managed by " + mode.Label() + " since. An undo makes this one manual."
	case !p.undoable():
		return "Not changed since."
	}
	return "Not changed since. An undo returns this one to " + p.change.From.Label() + "."
}

// groups reads a page of the groups that the change concerned.
func (p pastChange) groups(ctx context.Context, f pastFilter) (models.Slice[models.Group], error) {
	ended, at := p.change.Record.Ended, models.Page{Limit: changePartSize, After: f.after, Before: f.before}
	switch {
	case ended == "":
		return models.Slice[models.Group]{Total: 0}, nil
	case f.touched:
		found, err := p.k.Read.TouchedGroups(ctx, p.by.OrganizationID, ended, p.change.At, at)
		found.Total = p.undo.Counts.GroupsTouched
		return found, err
	}
	found, err := p.k.Read.ReturningGroups(ctx, p.by.OrganizationID, ended, at)
	found.Total = p.undo.Counts.GroupsReturn
	return found, err
}

// listChangedGroups is listChangedUsers for groups.
func (k *Console) listChangedGroups(c echo.Context) error {
	p, err := k.pastChange(c)
	if err != nil {
		return err
	}
	f, path := p.filter(c), p.path("/groups")
	found, err := p.groups(c.Request().Context(), f)
	if err != nil {
		return err
	}
	m := p.part("Groups of the change", path, f, p.undo.Counts.GroupsReturn, p.undo.Counts.GroupsTouched)
	m.List.What = "Group"
	for _, g := range found.Items {
		m.List.Rows = append(m.List.Rows, page.FateModel{
			Name: g.DisplayName, Sub: "Group of " + ui.Plural(g.MemberCount, "member", "members"), Href: "/groups/" + g.ID,
			Now: ui.MethodBadge(string(p.change.From)), After: ui.MethodBadge(string(g.Mode)), Why: p.since(f.touched, g.Mode, g.Updated),
		})
	}
	pager := pagerOf(found, f.first, changePartSize, "groups", func(more ...string) string {
		return address(path, append([]string{"what", f.what()}, more...)...)
	})
	m.Pager = &pager
	m.Chrome = k.chrome(c, m.Head.Title, "deployment")
	return respond.HTML(c, http.StatusOK, page.ChangePart(m))
}
