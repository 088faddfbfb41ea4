package console

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/layout"
	"muster/views/page"
	"muster/views/ui"
)

// fetchFacts are what the overview and the deployment page tell of a connector that is
// in charge.
func fetchFacts(s deployment.Summary, now time.Time) []ui.KVModel {
	w := fetchWorld(s, now)
	if s.LastCycle != nil {
		w.recent = []models.Cycle{*s.LastCycle}
	}
	rows := w.runFacts()[:3]
	if s.LastCycle != nil {
		rows = append(rows, ui.KVModel{Label: "Last cycle", Value: cycleWords(*s.LastCycle)})
	}
	return rows
}

// fetchWorld is the connector in charge as the summary knows it.
func fetchWorld(s deployment.Summary, now time.Time) connectorWorld {
	f := s.Fetching
	w := connectorWorld{now: now, org: s.Organization, known: f.SetUp, c: f.Connector, under: f.Waiting, good: f.Good}
	if last := s.LastCycle; last != nil && w.under == nil && last.Ended.IsZero() {
		w.under = last
	}
	return w
}

// fetchNeeds are what needs somebody at the connector in charge.
func fetchNeeds(s deployment.Summary, now time.Time) []page.NeedModel {
	if s.Fetching == nil || !s.Fetching.SetUp {
		return nil
	}
	w := fetchWorld(s, now)
	var out []page.NeedModel
	tone, word := w.word()
	to := ui.Link{Label: "Open", Href: entraPath}
	switch {
	case w.c.State == models.ConnectorQuarantined:
		out = append(out, page.NeedModel{Tone: ui.Error, Title: "Microsoft Entra ID is in quarantine", Text: joinText(w.c.Reason, w.c.Advice), Link: to, Badge: ui.Badge(tone, word)})
	case w.waits():
		n := w.waiting().Alert
		out = append(out, page.NeedModel{Tone: ui.Warn, Title: n.Title, Text: n.Text, Link: ui.Link{Label: "Decide", Href: cyclePath(*w.under) + "/plan"}, Badge: ui.Badge(tone, word)})
	case w.c.State == models.ConnectorStopped:
		out = append(out, page.NeedModel{Tone: ui.Warn, Title: "Microsoft Entra ID is stopped", Text: joinText(w.c.Reason, "Nothing is read until somebody starts it."), Link: to, Badge: ui.Badge(tone, word)})
	case w.c.Failures > 0:
		n := w.failing().Alert
		out = append(out, page.NeedModel{Tone: ui.Warn, Title: n.Title, Text: n.Text, Link: to, Badge: ui.Badge(tone, word)})
	}
	if tone, title, due := w.remindSecret(); due {
		word := "Expires soon"
		if left, _ := w.secretLeft(); left <= 0 {
			word = "Expired"
		}
		out = append(out, page.NeedModel{
			Tone: tone, Title: title, Text: "Make a new one in Entra and enter it here before Muster is locked out.",
			Link: ui.Link{Label: "Enter a new one", Href: credentialsPath + "?replace=1"}, Badge: ui.Badge(tone, word),
		})
	}
	return out
}

// fetchChecks lead through the first days with a connector in charge.
func fetchChecks(s deployment.Summary) []ui.CheckItem {
	f := s.Fetching
	if f == nil {
		return nil
	}
	started := f.SetUp && (f.Connector.State != models.ConnectorOff || f.Good != nil)
	accept := ui.CheckItem{Title: "Accept the first preview", Text: "Who is adopted, created or in conflict, by name. Nothing is written before.", Done: f.Connector.Accepted != "", Href: entraPath, Action: "Open the connector"}
	if f.Waiting != nil {
		accept.Href, accept.Action = cyclePath(*f.Waiting)+"/plan", "Open the preview"
	}
	return []ui.CheckItem{
		{Title: "Connect Microsoft Entra ID", Text: "An app registration that may read users and groups, and its secret or certificate.", Done: f.SetUp, Href: entraPath, Action: "Connect"},
		{Title: "Start the first cycle", Text: "It reads the directory once and ends with a preview.", Done: started, Href: schedulePath, Action: "Start"},
		accept,
	}
}

// connectorNav puts the connector into the navigation where there is one, or where one
// is wanted.
func (k *Console) connectorNav(c echo.Context, by models.Actor, nav []layout.NavGroup) {
	conn, known, err := k.Cycles.Connector(c.Request().Context(), by.OrganizationID, models.Entra)
	if err != nil || len(nav) == 0 {
		return
	}
	if !known {
		o, err := k.Read.Organization(c.Request().Context(), by.OrganizationID)
		if err != nil || o.Method != models.Entra {
			return
		}
	}
	item := layout.NavItem{Key: "entra", Label: "Entra ID", Href: entraPath, Icon: "cloud"}
	if known && !conn.Parked && (conn.State == models.ConnectorHeld || conn.State == models.ConnectorQuarantined) {
		item.Count = 1
	}
	nav[0].Items = slices.Insert(nav[0].Items, 2, item)
}
