package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const (
	historyShown    = 10 // changes on the deployment page
	historyPageSize = 25
)

func changeAddress(id string) string { return "/deployment/changes/" + id }

// undoOffer says that the last change can be taken back, and until when.
func undoOffer(c models.MethodChange) *page.UndoOffer {
	return &page.UndoOffer{
		Title: "The change to " + c.To.Label() + " can be undone until " + day(c.UndoUntil.Time()) + ".",
		Text:  "Undoing puts " + c.Record.Before.Method.Label() + " in charge again. You see what returns before anything happens.",
		Href:  changeAddress(c.ID) + "/undo",
	}
}

// listMethodChanges lists all changes of the method.
func (k *Console) listMethodChanges(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	list, err := k.Read.HistoryPage(ctx, by.OrganizationID, models.Page{Limit: historyPageSize, After: c.QueryParam("after"), Before: c.QueryParam("before")})
	if err != nil {
		return err
	}
	first, err := k.Read.FirstMethodChange(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	s, err := k.Deployment.Summary(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	now := k.Now().UTC()
	last, undoable := deployment.Undoable(s.History, now)
	m := page.HistoryModel{
		Chrome: k.chrome(c, "Changes of the method", "deployment"),
		Pager:  ui.PagerModel{Noun: "changes", TotalUnknown: true, PrevLabel: "Newer", NextLabel: "Older"},
	}
	for _, h := range list.Items {
		m.Rows = append(m.Rows, historyRow(h, h.ID == first, may(c, models.Admin) && undoable && h.ID == last.ID, now))
	}
	if list.Prev != "" {
		m.Pager.Prev = "/deployment/changes?before=" + list.Prev
	}
	if list.Next != "" {
		m.Pager.Next = "/deployment/changes?after=" + list.Next
	}
	return respond.HTML(c, http.StatusOK, page.History(m))
}

func historyRow(h models.MethodChange, first, undoable bool, now time.Time) page.MethodChangeRowModel {
	row := page.MethodChangeRowModel{
		Href: changeAddress(h.ID), At: h.At.Time(), Now: now, From: h.From.Label(), To: h.To.Label(),
		By: h.By, Reason: h.Reason, Effect: effectWords(h.Counts), Undoes: h.Undoes != "", Undone: h.UndoneBy != "",
	}
	if first {
		row.From, row.Effect = "", "First choice"
	}
	if undoable {
		row.Undo = row.Href + "/undo"
	}
	return row
}

// effectWords tell the figures of a change in one line.
func effectWords(n models.ChangeCounts) string {
	var parts []string
	add := func(count int64, one, many string) {
		if count > 0 {
			parts = append(parts, ui.Plural(count, one, many))
		}
	}
	add(n.UsersToManual, "user became manual", "users became manual")
	add(n.GroupsToManual, "group became manual", "groups became manual")
	add(n.UsersReturn, "user returned", "users returned")
	add(n.GroupsReturn, "group returned", "groups returned")
	add(n.UsersTouched, "user changed since stayed", "users changed since stayed")
	add(n.RulesParked, "mapping parked", "mappings parked")
	add(n.RulesDeleted, "mapping deleted", "mappings deleted")
	add(n.RulesRestored, "mapping restored", "mappings restored")
	add(n.RulesWoken, "kept mapping works again", "kept mappings work again")
	add(n.TokensParked, "token parked", "tokens parked")
	add(n.TokensRevoked, "token deleted", "tokens deleted")
	add(n.TokensWoken, "token works again", "tokens work again")
	add(n.TokensOpened, "shadow token counts", "shadow tokens count")
	add(n.TokensShadow, "token back in shadow mode", "tokens back in shadow mode")
	if n.UsersToManual+n.GroupsToManual+n.UsersReturn+n.GroupsReturn == 0 {
		parts = append([]string{"Nobody’s mode changed"}, parts...)
	}
	return strings.Join(parts, ", ")
}
