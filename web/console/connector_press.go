package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// connectorVerb is what a button does, and the question before it where it has one.
type connectorVerb struct {
	do, done                                 string
	title, consequence, stays, label, cancel string
	harmless                                 bool
	carry                                    func(*cycle.Cycles, echo.Context, models.Actor) error
}

var connectorVerbs = []connectorVerb{
	{do: "start", done: "Started. The directory is read in a moment.", carry: func(d *cycle.Cycles, c echo.Context, by models.Actor) error {
		_, err := d.Start(c.Request().Context(), by, models.Entra)
		return err
	}},
	{do: "sync", done: "Asked for. The cycle begins in a moment.", carry: func(d *cycle.Cycles, c echo.Context, by models.Actor) error {
		_, err := d.SyncNow(c.Request().Context(), by, models.Entra)
		return err
	}},
	{
		do: "stop", done: "Stopped. Start goes on where it was.", title: "Stop reading Microsoft Entra ID?", label: "Stop", cancel: "Keep it running", harmless: true,
		consequence: "A cycle under way finishes its page and ends. No other begins until somebody presses Start.",
		stays:       "Users stay as they are, also those who leave the directory meanwhile. What was read so far is kept.",
		carry: func(d *cycle.Cycles, c echo.Context, by models.Actor) error {
			_, err := d.Stop(c.Request().Context(), by, models.Entra)
			return err
		},
	},
	{
		do: "restart", done: "Restarted. The whole directory is read and everybody delivered anew.", title: "Restart from the beginning?", label: "Restart", cancel: "Go on as now", harmless: true,
		consequence: "The whole directory is read again, and every record is compared and delivered anew. That takes as long as the first cycle did.",
		stays:       "Users stay linked to their records. The guard holds back removals as always.",
		carry: func(d *cycle.Cycles, c echo.Context, by models.Actor) error {
			_, err := d.Restart(c.Request().Context(), by, models.Entra)
			return err
		},
	},
	{
		do: "full", done: "Asked for. The whole directory is read and compared.", title: "Read the whole directory now?", label: "Read everything", cancel: "Wait for the schedule", harmless: true,
		consequence: "Muster reads all users and groups and compares them with what it has. It does so by itself every six days.",
		stays:       "Only differences are written. The guard holds back removals as always.",
		carry: func(d *cycle.Cycles, c echo.Context, by models.Actor) error {
			_, err := d.FullSync(c.Request().Context(), by, models.Entra)
			return err
		},
	},
}

func connectorVerbOf(name string) (connectorVerb, error) {
	for _, v := range connectorVerbs {
		if v.do == name {
			return v, nil
		}
	}
	return connectorVerb{}, models.Errorf(models.NotFound, "verb", "A connector cannot %q.", name).WithAdvice("Use one of the buttons on its page.")
}

// askConnector asks before what takes long or stops something.
func (k *Console) askConnector(c echo.Context) error {
	v, err := connectorVerbOf(c.Param("verb"))
	if err != nil {
		return err
	}
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	if v.title == "" || !w.known {
		return respond.See(c, entraPath)
	}
	return respond.HTML(c, http.StatusOK, page.Plan(page.PlanModel{
		Chrome: k.chrome(c, v.title, "entra"), Head: wizardHead(v.title, ""),
		Confirm: []page.PlanAnswer{{Confirm: ui.ConfirmModel{
			Consequence: v.consequence, Stays: v.stays, Action: entraPath + "/" + v.do, Label: v.label, Cancel: v.cancel, CancelHref: entraPath, Harmless: v.harmless,
		}}},
	}))
}

// steerConnector is one press of a button. A refusal is told on the connector's page.
func (k *Console) steerConnector(c echo.Context) error {
	v, err := connectorVerbOf(c.Param("verb"))
	if err != nil {
		return err
	}
	err = v.carry(k.Cycles, c, session.Actor(c))
	if e, ok := refusal(err); ok {
		if err := k.Sessions.Flash(c, string(ui.Warn), e.Error()); err != nil {
			return err
		}
		return respond.See(c, entraPath)
	}
	if err != nil {
		return err
	}
	return k.done(c, entraPath, v.done)
}

// draft is settings as they are to be kept; a nil secret keeps the stored one.
func draft(s entra.Settings, secret []byte) cycle.Draft {
	return cycle.Draft{Method: models.Entra, Settings: s.JSON(), Secret: secret}
}

// saveDraft keeps settings once the password was given, where it has to be.
func (k *Console) saveDraft(c echo.Context, d cycle.Draft) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	ask, err := k.Cycles.NeedsStepUp(ctx, by.OrganizationID, d)
	if err != nil {
		return err
	}
	if ask {
		if err := k.stepUp(c); err != nil {
			return err
		}
	}
	_, err = k.Cycles.Save(ctx, by, d)
	return err
}

// stored is the draft that stands for what is kept.
func stored() cycle.Draft { return cycle.Draft{Method: models.Entra} }

// countScope counts whom a scope holds now, in words.
func (k *Console) countScope(c echo.Context, s source.Scope, app string, w connectorWorld) page.ScopeCountModel {
	set := w.set
	set.Scope, set.App = s, app
	n, err := k.Cycles.CountScope(c.Request().Context(), session.Actor(c), draft(set, nil), s)
	if err != nil {
		return page.ScopeCountModel{Wrong: failureWords(err), Sub: "The scope can be saved all the same; the first preview counts again."}
	}
	m := page.ScopeCountModel{Text: ui.Plural(n.Users, "user", "users"), Sub: "As the directory is now, before any mapping."}
	if n.AtMost {
		m.Text, m.Sub = "At most "+m.Text, "Users in several groups may be counted twice here. Each is provisioned once."
	}
	if n.Groups > 0 {
		m.Sub = "In " + ui.Plural(n.Groups, "group", "groups") + ". " + m.Sub
	}
	return m
}

// failureWords tells a failure of the directory, or that there is another.
func failureWords(err error) string {
	if f, ok := source.AsFailure(err); ok {
		return f.Error()
	}
	if e, ok := models.AsError(err); ok {
		return e.Error()
	}
	return "Something went wrong here. Try again."
}
