package console

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// evaluationShown is how long an ended re-evaluation stays on the page.
const evaluationShown = time.Hour

const inLine = "Users are in line with the mappings"

// evaluationModel tells how far a re-evaluation is; nil when it is of no interest any
// more.
func evaluationModel(e models.Evaluation, now time.Time, manage bool) *page.EvaluationModel {
	m := page.EvaluationModel{Ended: e.Ended.Time(), Now: now, Text: e.Reason}
	at := mappingsPath + "/evaluation/" + e.ID
	m.Progress = ui.ProgressModel{
		Label: "Users looked at", Value: e.Seen, Max: max(e.Total, e.Seen),
		Text: ui.Count(e.Seen) + " of " + ui.Plural(max(e.Total, e.Seen), "user", "users") + " · " + ui.Percent(e.Seen, max(e.Total, e.Seen)),
	}
	switch e.State {
	case models.EvaluationRunning:
		m.Poll, m.Tone, m.Title = true, ui.Info, "Bringing users in line with the mappings"
		if manage {
			m.Stop = at + "/stop"
		}
	case models.EvaluationStopped:
		m.Tone, m.Title = ui.Warn, "Stopped: some users are not in line with the mappings yet"
		if manage {
			m.Resume = at + "/resume"
		}
	case models.EvaluationDone:
		if now.Sub(e.Ended.Time()) > evaluationShown {
			return nil
		}
		m.Done, m.Tone, m.Title = true, ui.Ok, inLine
		m.Text += " " + ui.Plural(e.Changed, "user changed.", "users changed.")
		if e.Failed > 0 {
			m.Title, m.Text = "Not all users are in line with the mappings", m.Text+" "+ui.Plural(e.Failed, "user failed: ", "users failed, the last one: ")+e.LastError
		}
	}
	m.Facts = evaluationFacts(e, now)
	if e.Failed > 0 {
		m.Tone = ui.Warn
	}
	return &m
}

func evaluationFacts(e models.Evaluation, now time.Time) []ui.KVModel {
	facts := []ui.KVModel{
		{Label: "Changed", Value: ui.Plural(e.Changed, "user", "users")},
		{Label: "Started", Body: ui.Time(e.Started.Time(), now), Note: "by " + e.StartedBy},
	}
	if e.State == models.EvaluationStopped && e.StoppedBy != "" {
		facts = append(facts, ui.KVModel{Label: "Stopped", Body: ui.Time(e.Updated.Time(), now), Note: "by " + e.StoppedBy})
	}
	if e.Failed > 0 {
		facts = append(facts, ui.KVModel{Label: "Failed", Value: ui.Plural(e.Failed, "user", "users"), Note: e.LastError})
	}
	if e.Again {
		facts = append(facts, ui.KVModel{Label: "Then", Value: "Once more", Note: "something changed since it began"})
	}
	return facts
}

// showEvaluation is the card alone, for the page that shows it; a browser is sent to
// that page.
func (k *Console) showEvaluation(c echo.Context) error {
	if !respond.Fragment(c) {
		return respond.See(c, mappingsPath)
	}
	m, err := k.evaluation(c, may(c, models.Admin))
	if err != nil {
		return err
	}
	if m == nil {
		m = &page.EvaluationModel{Done: true, Tone: ui.Ok, Title: inLine, Ended: k.Now(), Now: k.Now()}
	}
	return respond.HTML(c, http.StatusOK, page.Evaluation(*m))
}

func (k *Console) stopEvaluation(c echo.Context) error {
	if err := k.Directory.StopEvaluation(c.Request().Context(), session.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return k.done(c, mappingsPath, "Stopped. Who was brought in line stays; resume goes on from there.")
}

func (k *Console) resumeEvaluation(c echo.Context) error {
	if err := k.Directory.ResumeEvaluation(c.Request().Context(), session.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return k.done(c, mappingsPath, "Bringing users in line goes on.")
}
