package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
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

const heldPath = queuePath + "/held"

func (k *Console) heldRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: heldPath, Access: read, Handler: k.listHeld},
		{Method: http.MethodPost, Path: heldPath, Access: change, Handler: k.decideHeld},
		{Method: http.MethodGet, Path: approvedPath + ":request", Access: change, Handler: k.askTakeBack},
		{Method: http.MethodPost, Path: approvedPath + ":request", Access: change, Handler: k.takeBack},
	}
}

// heldShown is how many names of one cause a page spells out.
const heldShown = 50

// listHeld shows the removals that a guard holds back, sorted by what the users have
// in common; or those of one cause, page by page.
func (k *Console) listHeld(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	causes, total, err := k.Directory.HeldCauses(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	of := c.QueryParam("cause")
	i := slices.IndexFunc(causes, func(cause directory.Cause) bool { return cause.Key() == of })
	if of != "" && i < 0 {
		return k.done(c, heldPath, "None of these removals is held back any more.")
	}
	tabs, err := k.queueTabs(c)
	if err != nil {
		return err
	}
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	m := page.HeldModel{
		Chrome: k.chrome(c, "Held removals", "queue"), Tabs: shownTabs(tabs, heldTab), Total: total, Edit: by.Role.Includes(models.Admin),
		Action: heldPath, Empty: emptyHeld(o),
	}
	if total > 0 {
		m.Alert = heldAlert(o, total)
	}
	if of != "" {
		m.All, m.Pager = heldPath, heldPager(causes[i], c.QueryParam("from"))
		m.Causes = []page.HeldCause{heldCause(causes[i], total, m.Pager.From-1, logMaskFor(by))}
		return respond.HTML(c, http.StatusOK, page.Held(m))
	}
	sorted := 0
	for _, cause := range causes {
		m.Causes = append(m.Causes, heldCause(cause, total, 0, logMaskFor(by)))
		sorted += len(cause.Users)
	}
	if m.Approvals, err = k.approvals(c); err != nil {
		return err
	}
	if len(causes) > 1 {
		m.Everybody = ui.Count(sorted)
	}
	return respond.HTML(c, http.StatusOK, page.Held(m))
}

func heldAlert(o models.Organization, total int64) ui.AlertModel {
	percent, count, _ := o.Settings.Guard()
	return ui.AlertModel{
		Tone: ui.Warn, Title: ui.Plural(total, "removal is", "removals are") + " held back.",
		Text: "Within an hour the directory disabled or deleted more than " + ui.Count(percent) + " % of its users, and more than " + ui.Count(count) +
			". The first of them, up to that share, are preserved already; the log has them. " +
			"The rest was answered as if it were done, and those users stay as they are until you decide.",
	}
}

func emptyHeld(o models.Organization) page.EmptyListModel {
	percent, count, on := o.Settings.Guard()
	m := page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "shield-check", Title: "No removal is held back",
		Text: "When a directory disables or deletes more than " + ui.Count(percent) + " % of its users within an hour, and more than " + ui.Count(count) + ", the rest waits here for you.",
	}, Buttons: []ui.ButtonModel{{Label: "See the limits", Href: "/settings"}}}
	if !on {
		m.Title, m.Text = "The guard is off", "A directory may disable or delete as many users as it wants at once."
	}
	return m
}

// heldPager leads through the users of one cause.
func heldPager(cause directory.Cause, from string) *ui.PagerModel {
	n, _ := strconv.Atoi(from)
	most := len(cause.Users)
	n = min(max(n, 0), most-1) / heldShown * heldShown
	out := &ui.PagerModel{From: int64(n + 1), To: int64(min(n+heldShown, most)), Total: int64(most), Noun: "removals"}
	if n > 0 {
		out.Prev = heldLink(cause, n-heldShown)
	}
	if n+heldShown < most {
		out.Next = heldLink(cause, n+heldShown)
	}
	return out
}

func heldLink(cause directory.Cause, from int) string {
	v := url.Values{"cause": {cause.Key()}}
	if from > 0 {
		v.Set("from", strconv.Itoa(from))
	}
	return heldPath + "?" + v.Encode()
}

// heldCause is a cause with the names of a page of its users.
func heldCause(c directory.Cause, total, from int64, mask logMask) page.HeldCause {
	n := int64(len(c.Users))
	out := page.HeldCause{Key: c.Key(), Title: causeTitle(c, n == total)}
	if n > heldShown {
		out.More, out.Href = "See all "+ui.Count(n), heldLink(c, 0)
	}
	deleted := int64(0)
	for i, u := range c.Users {
		if u.Staged == models.StagedDelete {
			deleted++
		}
		if int64(i) >= from && int64(i) < from+heldShown {
			out.Rows = append(out.Rows, page.HeldRow{
				ID: u.ID, Href: "/users/" + u.ID, Name: mask.value("displayName", u.DisplayName), UserName: mask.value("userName", u.UserName), Department: u.Department,
				Deleted: u.Staged == models.StagedDelete, Since: u.StagedAt.Time(), Protected: u.Protected,
			})
		}
	}
	switch {
	case deleted == 0:
		out.Sub = "Disabled in the directory"
	case deleted == n:
		out.Sub = "Deleted in the directory"
	default:
		out.Sub = ui.Count(n-deleted) + " disabled and " + ui.Count(deleted) + " deleted in the directory"
	}
	out.Approve, out.Reject = "Approve these "+ui.Count(n), "Reject these "+ui.Count(n)
	if n == 1 {
		out.Approve, out.Reject = "Approve this one", "Reject this one"
	}
	return out
}

func causeTitle(c directory.Cause, all bool) string {
	n := ui.Plural(len(c.Users), "user", "users")
	if all && len(c.Users) > 1 {
		n = "All " + n
	}
	switch c.Kind {
	case directory.GroupCause:
		return n + " from group " + c.Name
	case directory.DepartmentCause:
		return n + " from department " + c.Name
	case directory.NoCause:
	}
	if all {
		return n
	}
	return n + " with nothing in common"
}

// heldVerb is one of the two decisions with its words.
type heldVerb struct {
	do, label, impact, consequence, consequenceOfOne, stays, done string
	harmless                                                      bool
	carry                                                         func(*directory.Directory, context.Context, models.Actor, []string) (directory.Batch, error)
}

func heldVerbs() []heldVerb {
	return []heldVerb{
		{
			do: "approve", label: "Approve the removal", impact: "preserved: may not use the application any more",
			consequence:      "The users are preserved, as the directory wanted. They may not use the application any more and free their seats.",
			consequenceOfOne: "The user is preserved, as the directory wanted, may not use the application any more, and the seat becomes free.",
			stays:            "All their data stays. The directory can bring them back, and so can you, together or one by one.", done: "preserved",
			carry: (*directory.Directory).ApproveHeld,
		},
		{
			do: "reject", label: "Reject the removal", impact: "stay as they are", harmless: true,
			consequence:      "The users stay as they are and go on using the application.",
			consequenceOfOne: "The user stays as they are and goes on using the application.",
			stays:            "The directory is not told. If it removes them again, the guard decides anew.", done: "left as they are",
			carry: (*directory.Directory).RejectHeld,
		},
	}
}

// decideHeld approves or rejects the chosen ones, those of a cause, or all; it asks
// once more first.
func (k *Console) decideHeld(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return models.Errorf(models.Syntax, "", "The form could not be read.").WithAdvice("Go back to the queue and try again.")
	}
	do, cause, _ := strings.Cut(form.Get("do"), " ")
	i := slices.IndexFunc(heldVerbs(), func(v heldVerb) bool { return v.do == do })
	if i < 0 {
		return models.Errorf(models.Invalid, "do", "The form does not say what to do.").WithAdvice("Go back to the queue and choose one of the buttons.")
	}
	verb := heldVerbs()[i]
	users, err := k.heldUsers(c, cause, form["item"])
	if err != nil {
		return err
	}
	if len(users) == 0 {
		if err := k.Sessions.Flash(c, string(ui.Warn), "Nothing was chosen, or it is decided already. Mark at least one line first."); err != nil {
			return err
		}
		return respond.See(c, heldPath)
	}
	if form.Get("confirmed") != "yes" {
		return respond.HTML(c, http.StatusOK, page.QueueConfirm(k.heldQuestion(c, verb, users)))
	}
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	done, err := verb.carry(k.Directory, c.Request().Context(), session.Actor(c), ids)
	if err != nil {
		return err
	}
	text := ui.Plural(done.Done, "user was ", "users were ") + verb.done + "."
	if n := len(done.Failed); n > 0 {
		text += " " + ui.Plural(n, "was", "were") + " decided meanwhile by somebody else, or withdrawn by the directory."
	}
	return k.done(c, heldPath, text)
}

// everyCause stands for all of them in a form.
const everyCause = "all"

// heldUsers are those whom a form is about: of a cause as it is now, or the marked.
func (k *Console) heldUsers(c echo.Context, cause string, marked []string) ([]models.User, error) {
	causes, _, err := k.Directory.HeldCauses(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return nil, err
	}
	var out []models.User
	for _, found := range causes {
		for _, u := range found.Users {
			if cause == found.Key() || cause == everyCause || cause == "" && slices.Contains(marked, u.ID) {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

func (k *Console) heldQuestion(c echo.Context, verb heldVerb, users []models.User) page.QueueConfirmModel {
	who := ui.Plural(len(users), "user", "users")
	title := verb.label + " of " + who + "?"
	m := page.QueueConfirmModel{
		Chrome: k.chrome(c, title, "queue"),
		Head:   ui.PageHeadModel{Title: title, Crumbs: []ui.Link{{Label: "Queue", Href: queuePath}, {Label: "Held removals", Href: heldPath}}},
		Impact: []ui.ImpactModel{{Count: int64(len(users)), Label: verb.impact, Tone: ui.Warn}, {Count: 0, Label: "deleted: no data is lost"}},
		Confirm: ui.ConfirmModel{
			Consequence: verb.consequence, Stays: verb.stays, Action: heldPath, CancelHref: heldPath, Cancel: "Decide later",
			Label: verb.label + " of " + who, Harmless: verb.harmless, Hidden: []ui.Option{{Label: "do", Value: verb.do}},
		},
	}
	m.Names, m.More = queueNames(users)
	// Exactly these, whatever arrives meanwhile.
	for _, u := range users {
		m.Confirm.Hidden = append(m.Confirm.Hidden, ui.Option{Label: "item", Value: u.ID})
	}
	return m
}
