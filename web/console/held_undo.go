package console

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const (
	approvedPath = heldPath + "/approved/"
	// approvedFor is how long the queue lists approvals, and approvedMost how many.
	approvedFor  = 30 * 24 * time.Hour
	approvedMost = 10
)

// approvals lists the last approvals of held removals, each with the way to take it back.
func (k *Console) approvals(c echo.Context) ([]page.ApprovalRow, error) {
	by := session.Actor(c)
	found, err := k.Read.AuditEntries(c.Request().Context(), models.AuditQuery{
		Action: "held.approve", From: models.TimeOf(k.Now().Add(-approvedFor)), Page: models.Page{Limit: approvedMost},
	})
	if err != nil {
		return nil, err
	}
	var rows []page.ApprovalRow
	for _, e := range found.Items {
		if e.OrganizationID == by.OrganizationID && e.RequestID != "" {
			rows = append(rows, page.ApprovalRow{What: e.TargetName, By: actorName(k.masked(by), e), At: e.At.Time(), Href: approvedPath + e.RequestID})
		}
	}
	return rows, nil
}

// askTakeBack asks who of an approval shall be restored.
func (k *Console) askTakeBack(c echo.Context) error {
	found, err := k.approved(c)
	if err != nil {
		return err
	}
	if len(found.Back) == 0 {
		return k.done(c, heldPath, "Everybody whom this approval preserved was changed since; nothing was done.")
	}
	return respond.HTML(c, http.StatusOK, page.QueueConfirm(k.takeBackQuestion(c, found.Back, found.Since)))
}

// takeBack restores whom an approval preserved, once that is confirmed.
func (k *Console) takeBack(c echo.Context) error {
	if c.FormValue("confirmed") != "yes" {
		return k.askTakeBack(c)
	}
	if _, err := k.approved(c); err != nil {
		return err
	}
	done, err := k.Directory.TakeBackApproval(c.Request().Context(), session.Actor(c), c.Param("request"))
	if err != nil {
		return err
	}
	text := ui.Plural(done.Done, "user was ", "users were ") + "restored."
	if n := len(done.Failed); n > 0 {
		text += " " + ui.Plural(n, "user", "users") + " could not be: " + done.Failed[0].Err.Error()
	}
	return k.done(c, heldPath, text)
}

// approved finds what the approval did that the address names.
func (k *Console) approved(c echo.Context) (directory.Approved, error) {
	found, err := k.Directory.ApprovedBy(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("request"))
	if err == nil && len(found.Back) == 0 && found.Since == 0 {
		err = models.Errorf(models.NotFound, "request", "No approval of held removals is known by this address.").
			WithAdvice("The log entries it was made of may have been removed since. Restore users one by one on their pages.")
	}
	return found, err
}

func (k *Console) takeBackQuestion(c echo.Context, users []models.User, since int64) page.QueueConfirmModel {
	who := ui.Plural(len(users), "user", "users")
	title := "Restore " + who + "?"
	m := page.QueueConfirmModel{
		Chrome: k.chrome(c, title, "queue"),
		Head:   ui.PageHeadModel{Title: title, Crumbs: []ui.Link{{Label: "Queue", Href: queuePath}, {Label: "Held removals", Href: heldPath}}},
		Impact: []ui.ImpactModel{{Count: int64(len(users)), Label: "active again: may use the application", Tone: ui.Warn}},
		Confirm: ui.ConfirmModel{
			Consequence: "The approval is taken back: the users may use the application again at once and take a seat, or wait for one while all are taken.",
			Stays:       "Ids, profiles, groups and history are as they were.",
			Undo:        "The directory is not told. While it still has somebody disabled, its next change of them removes them again; whom it deleted is manual until it sends them anew.",
			Action:      c.Request().URL.Path, CancelHref: heldPath, Cancel: "Leave them preserved", Label: "Restore " + who, Harmless: true,
		},
	}
	if since > 0 {
		m.Impact = append(m.Impact, ui.ImpactModel{Count: since, Label: "changed since the approval: stay as they are"})
	}
	m.Names, m.More = queueNames(users)
	return m
}

// queueNames are links to the first of some users, and of how many they are the first.
func queueNames(users []models.User) (names []ui.Link, more string) {
	for _, u := range users[:min(len(users), queueNamesMost)] {
		names = append(names, ui.Link{Label: u.DisplayName, Href: "/users/" + u.ID})
	}
	if len(users) > len(names) {
		more = "The first " + ui.Count(len(names)) + " of " + ui.Count(len(users))
	}
	return names, more
}
