package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// lastTest is the last connection test; none when it was never run.
func (w connectorWorld) lastTest() []source.Step {
	return cycle.LastTest(w.c)
}

// tested tells whether the last test passed whole.
func (w connectorWorld) tested() bool { return passed(w.lastTest()) }

func passed(steps []source.Step) bool {
	for _, s := range steps {
		if s.Outcome != models.Success {
			return false
		}
	}
	return len(steps) > 0
}

// showConnectorTest shows the last test. Right after saving it offers to run at once;
// a GET itself calls nobody.
func (k *Console) showConnectorTest(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	if !w.known {
		return respond.See(c, setupPath)
	}
	return respond.HTML(c, http.StatusOK, page.ConnectorTest(k.connectorTest(c, w, w.lastTest(), w.c.TestedAt.Time())))
}

func (k *Console) runConnectorTest(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	if !w.known {
		return respond.See(c, setupPath)
	}
	steps, err := k.Cycles.Test(c.Request().Context(), session.Actor(c), stored())
	if err != nil {
		return err
	}
	if w, err = k.connectorWorld(c); err != nil {
		return err
	}
	return respond.HTML(c, http.StatusOK, page.ConnectorTest(k.connectorTest(c, w, steps, k.Now())))
}

func (k *Console) connectorTest(c echo.Context, w connectorWorld, steps []source.Step, at time.Time) page.ConnectorTestModel {
	m := page.ConnectorTestModel{
		Chrome: k.chrome(c, "Test connection", "entra"), Steps: w.steps(testStep), Trace: sourceTrace(steps),
		Head:  wizardHead("Test connection", "Tries everything that a cycle needs, from this server, and changes nothing."),
		Empty: "Saved. The connection was not tested with these settings yet.",
	}
	if w.manage() {
		m.Run = page.PressModel{Post: probePath, ButtonModel: ui.ButtonModel{Label: "Run the test", Kind: ui.Primary, Icon: "play"}}
	}
	if len(steps) == 0 {
		return m
	}
	if at.After(w.now) {
		at = w.now
	}
	m.Sub = "Run " + ui.Relative(at, w.now)
	m.Run.Label, m.Run.Kind = "Run it again", ui.Secondary
	v := sourceVerdict(steps)
	m.Verdict = &v
	if w.manage() {
		m.Next = w.afterTest(steps)
	}
	return m
}

// afterTest leads on, or to where the first failure is mended.
func (w connectorWorld) afterTest(steps []source.Step) []ui.ButtonModel {
	for _, s := range steps {
		if s.Outcome == models.Failure {
			if label, to := wayOut(s.Code); to != "" {
				return []ui.ButtonModel{{Label: label, Href: to, Small: true}}
			}
			return nil
		}
	}
	if w.everRan() {
		return []ui.ButtonModel{{Label: "Back to the connector", Href: entraPath, Small: true}}
	}
	return []ui.ButtonModel{{Label: "Choose the scope", Href: scopePath, Small: true, Kind: ui.Primary}}
}

// sourceTrace shows each step with the likely cause of its failure and the advice.
func sourceTrace(steps []source.Step) []ui.TraceStep {
	var out []ui.TraceStep
	for _, s := range steps {
		t := ui.TraceStep{Name: s.Title, Text: s.Detail, Took: s.Took, State: ui.Passed}
		switch s.Outcome {
		case models.Failure:
			t.State = ui.Failed
		case models.Skipped:
			t.State = ui.Skipped
		case models.Warning:
			t.State = ui.Warned
		case models.Success:
		}
		if s.Cause != "" {
			t.Facts = append(t.Facts, ui.KVModel{Label: "Likely cause", Value: s.Cause})
		}
		if s.Advice != "" {
			t.Facts = append(t.Facts, ui.KVModel{Label: "What to do", Value: s.Advice})
		}
		out = append(out, t)
	}
	return out
}

func sourceVerdict(steps []source.Step) ui.AlertModel {
	failed := 0
	var took time.Duration
	for _, s := range steps {
		took += s.Took
		if s.Outcome == models.Failure {
			failed++
		}
	}
	if failed > 0 {
		return ui.AlertModel{Tone: ui.Error, Live: true, Title: ui.Plural(failed, "step", "steps") + " failed.", Text: "The first failed step below has the likely cause and what to do."}
	}
	return ui.AlertModel{Tone: ui.Ok, Live: true, Title: "The connection works.", Text: "All " + strconv.Itoa(len(steps)) + " steps passed in " + ui.Duration(took) + "."}
}

// wholeNumber reads the number of a field.
func wholeNumber(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0, models.Errorf(models.Invalid, "minutes", "%q is not a number of minutes.", text).
			WithAdvice("Choose one of the list, or a number from %d to %d.", models.IntervalLeast, models.IntervalMost)
	}
	return n, nil
}

func wholeText(n int) string { return strconv.Itoa(n) }
