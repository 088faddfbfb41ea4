package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// attachUsers asks about the chosen users, and attaches them once it was confirmed.
func (k *Console) attachUsers(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return models.Errorf(models.Syntax, "", "The form could not be read.").WithAdvice("Go back to the assistant and try again.")
	}
	ids, show := form["item"], form.Get("show")
	back := attachFilter{show: show}.link()
	switch {
	case len(ids) == 0:
		if err := k.Sessions.Flash(c, string(ui.Warn), "Nobody was chosen. Mark at least one line first."); err != nil {
			return err
		}
		return respond.See(c, back)
	case form.Get("confirmed") != "yes":
		return k.askAttach(c, ids, show)
	}
	done, err := k.Directory.Attach(c.Request().Context(), session.Actor(c), ids, show == string(directory.Undecided))
	if err != nil {
		return err
	}
	return k.attachDone(c, done, back)
}

func (k *Console) attachDone(c echo.Context, done directory.Batch, back string) error {
	result := ui.Plural(done.Done, "user is", "users are") + " attached."
	if len(done.Failed) == 0 {
		return k.done(c, back, result)
	}
	m := page.AttachReportModel{
		Chrome: k.chrome(c, "Not all could be attached", "deployment"), Back: back, Done: ui.AlertModel{Tone: ui.Ok, Title: result},
		Head: ui.PageHeadModel{
			Title: "Not all could be attached", Crumbs: attachCrumbs(),
			Sub: ui.Plural(len(done.Failed), "user is", "users are") + " still as before.",
		},
	}
	if done.Done == 0 {
		m.Done = ui.AlertModel{Tone: ui.Warn, Title: "Nothing was changed."}
	}
	for _, f := range done.Failed {
		row := page.QueueFailed{Name: f.Name, Href: "/users/" + f.ID, Why: f.Err.Msg, Advice: f.Err.Advice}
		if f.Name == "" {
			row.Name, row.Href = f.ID, ""
		}
		m.Failed = append(m.Failed, row)
	}
	return respond.HTML(c, http.StatusOK, page.AttachReport(m))
}

func attachCrumbs() []ui.Link {
	return []ui.Link{{Label: "Deployment", Href: "/deployment"}, {Label: "Attach users", Href: attachPath}}
}

// askAttach names the chosen and what speaks against each.
func (k *Console) askAttach(c echo.Context, ids []string, show string) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	list, err := k.Directory.AttachmentsOf(ctx, by.OrganizationID, ids)
	if err != nil {
		return err
	}
	m := k.attachQuestion(c, "Attach "+ui.Plural(len(list), "user", "users"), o)
	v, taken := attachView{mask: logMaskFor(by), org: o}, int64(0)
	for i, a := range list {
		if a.Item != "" {
			taken++
		}
		if i < queueNamesMost {
			m.Names = append(m.Names, ui.Link{Label: a.User.DisplayName + ": " + v.text(a.User, a.Why), Href: "/users/" + a.User.ID})
		}
		m.Confirm.Hidden = append(m.Confirm.Hidden, ui.Option{Label: "item", Value: a.User.ID})
	}
	if more := len(list) - len(m.Names); more > 0 {
		m.More = "The first " + ui.Count(len(m.Names)) + " of " + ui.Count(len(list))
	}
	m.Impact = attachImpact(int64(len(list)), taken, o)
	m.Confirm.Action, m.Confirm.CancelHref = attachPath, attachFilter{show: show}.link()
	m.Confirm.Hidden = append(m.Confirm.Hidden, ui.Option{Label: "show", Value: show})
	return respond.HTML(c, http.StatusOK, page.QueueConfirm(m))
}

func attachImpact(n, taken int64, o models.Organization) []ui.ImpactModel {
	list := []ui.ImpactModel{{Count: n, Label: "managed by " + o.Method.Label() + " from now on", Note: "Their fields are locked here; mapping and profile are as the rules say."}}
	if taken > 0 {
		list = append(list, ui.ImpactModel{Count: taken, Label: "take the values that the directory sent already", Note: "Their adoption waits in the queue and is accepted with it."})
	}
	return append(list, ui.ImpactModel{Label: "deleted: no data is lost"})
}

// attachQuestion is the question with its consequence; who and how many it is about,
// the caller adds.
func (k *Console) attachQuestion(c echo.Context, what string, o models.Organization) page.QueueConfirmModel {
	return page.QueueConfirmModel{
		Chrome: k.chrome(c, what+"?", "deployment"), Head: ui.PageHeadModel{Title: what + "?", Crumbs: attachCrumbs()},
		Confirm: ui.ConfirmModel{
			Consequence: o.Method.Label() + " manages them from now on. They get the mapping that matches and its profile.",
			Stays:       "Data, status, groups, own settings and history stay; values change when the directory delivers them.",
			Undo:        "Each of them can be put back to manual on their page.",
			Label:       what, Cancel: "Leave them manual", Harmless: true,
		},
	}
}
