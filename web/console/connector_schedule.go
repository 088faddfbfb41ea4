package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// saveSchedule keeps how often changes are read.
func (k *Console) saveSchedule(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	minutes, err := wholeNumber(c.FormValue("minutes"))
	if err == nil {
		_, err = k.Cycles.SetInterval(c.Request().Context(), session.Actor(c), models.Entra, minutes)
	}
	if e, ok := refusal(err); ok {
		return k.schedulePage(c, w, c.FormValue("minutes"), e)
	}
	if err != nil {
		return err
	}
	if c.FormValue("do") != "start" {
		return k.done(c, entraPath, "The schedule is saved: Muster reads changes "+everyInterval(minutes)+".")
	}
	if _, err := k.Cycles.Start(c.Request().Context(), session.Actor(c), models.Entra); err != nil {
		return err
	}
	return k.done(c, entraPath, "Started. The directory is read once; then you see what would happen before anything is written.")
}

func (k *Console) showSchedule(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	if !w.known {
		return respond.See(c, credentialsPath)
	}
	return k.schedulePage(c, w, "", nil)
}

func (k *Console) schedulePage(c echo.Context, w connectorWorld, entered string, wrong *models.Error) error {
	minutes := w.c.IntervalMinutes
	if minutes == 0 {
		minutes = models.IntervalDefault
	}
	m := page.ConnectorFormModel{
		Chrome: k.chrome(c, "Schedule", "entra"), Steps: w.steps(scheduleStep), Action: schedulePath, Cancel: entraPath,
		Head:   wizardHead("Schedule", "How often Muster asks Microsoft Graph for what changed. Sync now works at any time."),
		Errors: formErrors(wrong, "minutes"), Submit: []ui.ButtonModel{{Label: "Save", Kind: ui.Primary}},
		Fields: []ui.FieldModel{{
			Label: "Read changes", Name: "minutes", Type: "select", Value: or(entered, wholeText(minutes)), Error: at(wrong, "minutes"), Options: intervals(minutes),
			Hint: "Each run begins up to a tenth earlier or later, so that not all organizations ask at once. The whole directory is compared every six days.",
		}},
	}
	if canStart := !w.asleep() && (w.c.State == models.ConnectorOff || w.c.State == models.ConnectorStopped); canStart {
		m.Submit = []ui.ButtonModel{{Label: "Save and start", Kind: ui.Primary, Name: "do", Value: "start"}, {Label: "Save", Name: "do", Value: "save"}}
	}
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	return respond.HTML(c, status, page.ConnectorForm(m))
}

// intervals are the choices, with the present one among them.
func intervals(now int) []ui.Option {
	var out []ui.Option
	for _, n := range []int{15, 30, 60, 2 * 60, 4 * 60, 8 * 60, 12 * 60, 24 * 60} {
		if now > 0 && now < n {
			out, now = append(out, ui.Option{Value: wholeText(now), Label: sentenceCase(everyInterval(now))}), 0
		} else if now == n {
			now = 0
		}
		out = append(out, ui.Option{Value: wholeText(n), Label: sentenceCase(everyInterval(n))})
	}
	return out
}
