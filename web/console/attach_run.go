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

// askAttachSafe asks before all who are safe are attached, with the number.
func (k *Console) askAttachSafe(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	counts, err := k.Directory.CountAttachments(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	n := counts.Of[directory.Safe]
	if n == 0 && !counts.More {
		return k.done(c, attachPath, "Nobody is safe to attach now; nothing was changed.")
	}
	m := k.attachQuestion(c, "Attach "+safeWords(n, counts.More), o)
	m.Impact = attachImpact(n, 0, o)
	m.Head.Sub = "All who kept their source anchor, or whose record is known under the same userName. Whoever is known by e-mail alone, was preserved or suspended by an administrator, or is protected is left for you to decide."
	if counts.More {
		m.Impact[0].Note = "At least: these are among the first " + ui.Count(counts.Looked) + " users. All " + ui.Count(counts.Manual) + " whom nobody manages are looked at."
	}
	m.Confirm.Action, m.Confirm.CancelHref = attachPath+"/safe", attachPath
	found, err := k.Directory.Attachments(ctx, by.OrganizationID, directory.AttachQuery{Standing: directory.Safe, Page: models.Page{Limit: queueNamesMost}})
	if err != nil {
		return err
	}
	for _, a := range found.Items {
		m.Names = append(m.Names, ui.Link{Label: a.User.DisplayName + ", " + a.User.UserName, Href: "/users/" + a.User.ID})
	}
	if n > int64(len(m.Names)) || counts.More {
		m.More = "The first " + ui.Count(len(m.Names))
	}
	return respond.HTML(c, http.StatusOK, page.QueueConfirm(m))
}

func safeWords(n int64, more bool) string {
	switch {
	case more && n == 0:
		return "all safe users"
	case more:
		return "more than " + ui.Plural(n, "user", "users")
	}
	return ui.Plural(n, "user", "users")
}

func (k *Console) attachSafe(c echo.Context) error {
	if c.FormValue("confirmed") != "yes" {
		return respond.See(c, attachPath+"/safe")
	}
	if err := k.Directory.AttachSafe(c.Request().Context(), session.Actor(c)); err != nil {
		return err
	}
	return k.done(c, attachPath, "All who are safe are being attached. You can leave this page.")
}

// attachRun is the card of the latest run while it matters: running, stopped, or
// ended within the hour.
func (k *Console) attachRun(c echo.Context) (*page.AttachRunModel, error) {
	e, ok, err := k.Directory.AttachRun(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil || !ok {
		return nil, err
	}
	return attachRunModel(e, k, may(c, models.Admin)), nil
}

func attachRunModel(e models.Evaluation, k *Console, manage bool) *page.AttachRunModel {
	now, all := k.Now(), max(e.Total, e.Seen)
	m := page.AttachRunModel{Ended: e.Ended.Time(), Now: now, Text: e.Reason}
	m.Progress = ui.ProgressModel{
		Label: "Users looked at", Value: e.Seen, Max: all, Text: ui.Count(e.Seen) + " of " + ui.Plural(all, "user", "users") + " · " + ui.Percent(e.Seen, all),
	}
	at := attachPath + "/run/" + e.ID
	switch e.State {
	case models.EvaluationRunning:
		m.Poll, m.Tone, m.Title = true, ui.Info, "Attaching users"
		if manage {
			m.Stop = at + "/stop"
		}
	case models.EvaluationStopped:
		m.Tone, m.Title = ui.Warn, "Stopped: not all are attached yet"
		if manage {
			m.Resume = at + "/resume"
		}
	case models.EvaluationDone:
		if now.Sub(e.Ended.Time()) > evaluationShown {
			return nil
		}
		m.Done, m.Tone, m.Title = true, ui.Ok, ui.Plural(e.Changed, "user is", "users are")+" attached."
		m.Text = "Whoever is left needs a decision, or the directory’s next delivery."
		if e.Failed > 0 {
			m.Tone, m.Text = ui.Warn, ui.Plural(e.Failed, "user could not be attached: ", "users could not be attached, the last one: ")+e.LastError
		}
	}
	m.Facts = attachFacts(e, k)
	return &m
}

func attachFacts(e models.Evaluation, k *Console) []ui.KVModel {
	facts := []ui.KVModel{
		{Label: "Attached", Value: ui.Plural(e.Changed, "user", "users")},
		{Label: "Started", Body: ui.Time(e.Started.Time(), k.Now()), Note: "by " + e.StartedBy},
	}
	if e.State == models.EvaluationStopped && e.StoppedBy != "" {
		facts = append(facts, ui.KVModel{Label: "Stopped", Body: ui.Time(e.Updated.Time(), k.Now()), Note: "by " + e.StoppedBy})
	}
	if e.Failed > 0 {
		facts = append(facts, ui.KVModel{Label: "Failed", Value: ui.Plural(e.Failed, "user", "users"), Note: e.LastError})
	}
	return facts
}

// showAttachRun is the card alone; a browser is sent to its page.
func (k *Console) showAttachRun(c echo.Context) error {
	if !respond.Fragment(c) {
		return respond.See(c, attachPath)
	}
	m, err := k.attachRun(c)
	if err != nil {
		return err
	}
	if m == nil {
		m = &page.AttachRunModel{Done: true, Tone: ui.Info, Title: "The run has ended", Ended: k.Now(), Now: k.Now()}
	}
	return respond.HTML(c, http.StatusOK, page.AttachRun(*m))
}

func (k *Console) stopAttaching(c echo.Context) error {
	if err := k.Directory.StopAttaching(c.Request().Context(), session.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return k.done(c, attachPath, "Stopped. Who was attached stays so; resume goes on from there.")
}

func (k *Console) resumeAttaching(c echo.Context) error {
	if err := k.Directory.ResumeAttaching(c.Request().Context(), session.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return k.done(c, attachPath, "Attaching users goes on.")
}
