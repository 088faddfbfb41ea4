package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/source/entra"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// connectorReader is what the pages of connectors read beside what the runner tells.
type connectorReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	User(ctx context.Context, organization int64, id string) (models.User, error)
	GroupsOfUsers(ctx context.Context, users []int64) (map[int64][]models.MemberRef, error)
}

func (k *Console) connectorRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: entraPath, Access: read, Handler: k.showConnector},
		{Method: http.MethodGet, Path: entraPath + "/live", Access: read, Handler: k.followConnector},
		{Method: http.MethodGet, Path: setupPath, Access: read, Handler: k.showConnectorGuide},
		{Method: http.MethodGet, Path: credentialsPath, Access: change, Handler: k.showCredentials},
		{Method: http.MethodPost, Path: credentialsPath, Access: change, Handler: k.saveCredentials},
		{Method: http.MethodGet, Path: probePath, Access: read, Handler: k.showConnectorTest},
		{Method: http.MethodPost, Path: probePath, Access: change, Handler: k.runConnectorTest},
		{Method: http.MethodGet, Path: scopePath, Access: change, Handler: k.showScope},
		{Method: http.MethodPost, Path: scopePath, Access: change, Handler: k.saveScope},
		{Method: http.MethodPost, Path: scopePath + "/groups", Access: change, Handler: k.findScopeGroups},
		{Method: http.MethodGet, Path: schedulePath, Access: change, Handler: k.showSchedule},
		{Method: http.MethodPost, Path: schedulePath, Access: change, Handler: k.saveSchedule},
		{Method: http.MethodGet, Path: entraPath + "/ask/:verb", Access: change, Handler: k.askConnector},
		{Method: http.MethodPost, Path: entraPath + "/:verb", Access: change, Handler: k.steerConnector},
	}
}

// connectorWorld reads the connector for Entra as it is now.
func (k *Console) connectorWorld(c echo.Context) (connectorWorld, error) {
	return k.connectorOf(c.Request().Context(), session.Actor(c))
}

func (k *Console) connectorOf(ctx context.Context, by models.Actor) (connectorWorld, error) {
	w := connectorWorld{by: by, now: k.Now().UTC()}
	var err error
	if w.org, err = k.Read.Organization(ctx, by.OrganizationID); err != nil {
		return w, err
	}
	s, err := k.Cycles.Status(ctx, by.OrganizationID, models.Entra)
	if err != nil {
		return w, err
	}
	w.known, w.c, w.under, w.good, w.pace = s.SetUp, s.Connector, s.Now, s.Good, s.Progress
	if !w.known {
		return w, nil
	}
	// Settings that cannot be read are as good as none: they are entered again.
	w.set, _ = entra.ReadSettings([]byte(w.c.Settings))
	list, err := k.Cycles.Cycles(ctx, by.OrganizationID, models.Entra, models.Page{Limit: recentRuns})
	w.recent = list.Items
	return w, err
}

func (k *Console) showConnector(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	m := page.ConnectorModel{
		Chrome: k.chrome(c, "Microsoft Entra ID", "entra"), Edit: w.manage(), Setup: w.checklist(), State: w.state(),
		Head: ui.PageHeadModel{Title: "Microsoft Entra ID", Sub: "Muster fetches users and groups from Microsoft Graph."},
	}
	m.Chrome.Live = true
	m.Menu = w.menu()
	if w.known {
		m.Facts = w.facts(c)
	}
	w.follow(c, &m.State)
	return respond.HTML(c, http.StatusOK, page.Connector(m))
}

// follow lets a page renew itself: by the stream, or by reloading where scripts are off.
func (w connectorWorld) follow(c echo.Context, m *page.ConnectorState) {
	if !w.known {
		return
	}
	here := c.Request().URL.Path
	m.Stream, m.Renew = here+"/live", here+"?refresh=5"
	if c.QueryParam("refresh") != "" {
		c.Response().Header().Set("Refresh", "5")
		m.Stream, m.Renew, m.Renewing = "", here, true
	}
}

// menu is what is done more rarely.
func (w connectorWorld) menu() ui.MenuModel {
	m := ui.MenuModel{ID: "connector-menu", Text: "Actions", Label: "Actions for Microsoft Entra ID"}
	if !w.known {
		return m
	}
	m.Items = []ui.MenuItem{{Label: "Test connection", Icon: "activity", Href: probePath}}
	if !w.asleep() {
		m.Items = append(m.Items, ui.MenuItem{Label: "Provision on demand", Icon: "user-plus", Href: demandPath})
		if w.c.Works() {
			m.Items = append(m.Items,
				ui.MenuItem{Label: "Read everything", Icon: "refresh-cw", Href: entraPath + "/ask/full", Line: true},
				ui.MenuItem{Label: "Restart", Icon: "history", Href: entraPath + "/ask/restart"},
				ui.MenuItem{Label: "Stop", Icon: "pause", Href: entraPath + "/ask/stop"})
		}
	}
	return m
}

// facts are the cards of settings.
func (w connectorWorld) facts(c echo.Context) []page.ConnectorFacts {
	secret := ui.KVModel{Label: "Signs in with", Value: w.secretWords()}
	test := ui.KVModel{Label: "Connection test", Body: ui.TimeOr(w.c.TestedAt.Time(), w.now, "Never run with these settings")}
	if len(w.lastTest()) > 0 && !w.tested() {
		test.Note = "failed"
	} else if w.tested() {
		test.Note = "passed"
	}
	out := []page.ConnectorFacts{
		{Title: "Connection", Edit: ui.Link{Label: "Change", Href: credentialsPath}, More: " the connection", Rows: []ui.KVModel{
			{Label: "Tenant", Value: w.set.Tenant, Mono: true},
			{Label: "Application", Value: w.set.ClientID, Mono: true},
			{Label: "Cloud", Value: w.set.Cloud.Label()},
			secret, test,
		}},
		{Title: "Scope and schedule", Edit: ui.Link{Label: "Change", Href: scopePath}, More: " the scope", Rows: []ui.KVModel{
			{Label: "Scope", Value: scopeWords(w.set.Scope)},
			{Label: "Reads changes", Value: sentenceCase(everyInterval(w.c.IntervalMinutes))},
			{Label: "Whole directory compared", Body: ui.TimeOr(w.c.FullReadAt.Time(), w.now, "Not yet")},
			{Label: "Settings changed", Body: ui.TimeOr(w.c.Updated.Time(), w.now, "Never"), Note: by(w.changedBy(c))},
		}},
	}
	return out
}

// checklist leads to the first plan; while that waits, the notice above leads to it.
func (w connectorWorld) checklist() []ui.CheckItem {
	if w.everRan() || w.waits() {
		return nil
	}
	started := w.known && (w.c.State != models.ConnectorOff || w.c.CycleID != 0)
	list := []ui.CheckItem{
		{Title: "Prepare Microsoft Entra ID", Text: "An app registration that may read users and groups, with admin consent.", Done: w.known, Href: setupPath, Action: "Show what to create"},
		{Title: "Enter the credentials", Text: "Tenant, application, and a secret or certificate.", Done: w.known, Href: credentialsPath, Action: "Enter credentials"},
		{Title: "Test the connection", Text: "Every step that a cycle needs, with the likely cause where one fails.", Done: w.known && (w.tested() || !w.c.FullReadAt.IsZero()), Href: probePath, Action: "Test connection"},
		{Title: "Choose whom", Text: "Everyone, chosen groups, or who is assigned to the application. You see the number before you save.", Done: started, Href: scopePath, Action: "Choose the scope"},
	}
	if !w.inCharge() {
		list = append(list, ui.CheckItem{Title: "Put Microsoft Entra ID in charge", Text: "The preview shows what the change does; nobody is lost.", Href: "/deployment/change/entra", Action: "Preview the change"})
	}
	list = append(list,
		ui.CheckItem{Title: "Start", Text: "The directory is read once. Nothing is written.", Done: started, Href: schedulePath, Action: "Set the schedule and start"},
		ui.CheckItem{Title: "Accept the first preview", Text: "Who is adopted, created or in conflict, by name. It shows here by itself."})
	return w.nextOf(list)
}

// nextOf shows the button of the first step that is not done.
func (w connectorWorld) nextOf(list []ui.CheckItem) []ui.CheckItem {
	next := false
	for i := range list {
		switch {
		case !w.manage():
			list[i].Href = ""
		case !list[i].Done && !next:
			list[i].Current, next = list[i].Href != "", true
		}
	}
	return list
}
