package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const (
	requestsShown  = 10
	waitingRefresh = "5" // seconds; without scripts the page looks again by itself when asked to
)

func (k *Console) showToken(c echo.Context) error {
	ctx, by, now := c.Request().Context(), session.Actor(c), k.Now()
	t, err := k.Read.Token(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	t = k.Accounts.Fresh(t)[0]
	if respond.Fragment(c) {
		return respond.HTML(c, http.StatusOK, page.TokenReached(k.reached(c, t)))
	}
	uses, err := k.Read.TokenUses(ctx, by.OrganizationID, models.TimeOf(now.Add(-sparkDays*24*time.Hour)))
	if err != nil {
		return err
	}
	recent, err := k.Read.Exchanges(ctx, by.OrganizationID, models.ExchangeQuery{TokenID: t.ID, Page: models.Page{Limit: requestsShown}})
	if err != nil {
		return err
	}
	spoken, err := k.Read.Deviations(ctx, by.OrganizationID, t.ID)
	if err != nil {
		return err
	}
	m := page.TokenModel{
		Chrome: k.chrome(c, t.Description, "tokens"), Title: t.Description, Sub: t.Prefix + "…", Href: tokensPath + "/" + t.ID,
		State: tokenBadge(t, now), Reached: k.reached(c, t), Stats: tokenStats(t, uses[t.Key], now), Bars: tokenBars(uses[t.Key], now),
		Facts: tokenFacts(t, now, k.masked(by)), Dialect: dialect(spoken, now), AllHref: "/logs/requests?token=" + url.QueryEscape(t.ID),
		Manage: may(c, models.Admin), Live: t.Live(now), Disabled: t.Disabled,
	}
	if m.Rotation, err = k.rotation(c, t, now); err != nil {
		return err
	}
	m.Alert = stateAlert(t, now)
	m.Requests = recentRequests(recent.Items, now, logMaskFor(by))
	if m.Manage && m.Live {
		ask := tokenQuestions(t)
		m.Questions = append(m.Questions, ask["revoke"])
		if !t.Disabled {
			m.Questions = append(m.Questions, ask["disable"])
		}
	}
	m.ShowReached = m.Live && t.RetiresAt == 0 || t.LastUsed != 0
	if m.ShowReached && t.LastUsed == 0 {
		m.Chrome.Live = true
		// With scripts a reload would take away a question that is being read.
		if c.QueryParam("refresh") != "" {
			c.Response().Header().Set("Refresh", waitingRefresh)
		}
	}
	return respond.HTML(c, http.StatusOK, page.Token(m))
}

func tokenStats(t models.Token, uses []models.TokenUse, now time.Time) []ui.StatModel {
	day := now.Add(-24 * time.Hour)
	failed := failuresSince(uses, day)
	tone := ui.Neutral
	if failed > 0 {
		tone = ui.Error
	}
	ends := "Ends"
	if !t.Live(now) {
		ends = "Ended"
	}
	return []ui.StatModel{
		{Label: "Requests in 24 h", Value: ui.Count(requestsSince(uses, day))},
		{Label: "Failed in 24 h", Value: ui.Count(failed), Tone: tone, Href: "/logs/requests?status=failed&token=" + url.QueryEscape(t.ID)},
		{Label: "Last used", Value: ui.Relative(t.LastUsed.Time(), now), Note: joined(t.LastClient, t.LastAddress)},
		{Label: ends, Value: ui.Relative(endOf(t).Time(), now), Note: ui.Exact(endOf(t).Time())},
	}
}

func tokenFacts(t models.Token, now time.Time, hide bool) []ui.KVModel {
	from := "Any address"
	if len(t.AllowList) > 0 {
		from = strings.Join(t.AllowList, ", ")
	}
	facts := []ui.KVModel{
		{Label: "May", Value: scopeName(t.Scope)},
		{Label: "Allowed from", Value: from, Mono: len(t.AllowList) > 0},
		{Label: "Begins with", Value: t.Prefix + "…", Mono: true},
		{Label: "Created", Body: ui.Time(t.Created.Time(), now), Note: "by " + hideText(hide, t.CreatedBy)},
		{Label: "Expires", Body: ui.Time(t.Expires.Time(), now), Note: ui.Exact(t.Expires.Time())},
	}
	if t.Shadow {
		facts = append(facts, ui.KVModel{Label: "Shadow mode", Body: page.ShadowLink()})
	}
	if t.Revoked != 0 {
		facts = append(facts, ui.KVModel{Label: "Ended", Body: ui.Time(t.Revoked.Time(), now), Note: "by " + hideText(hide, t.RevokedBy)})
	}
	return facts
}

// stateAlert says what is special about a token that does not simply work.
func stateAlert(t models.Token, now time.Time) *page.TokenAlert {
	if t.Shadow && t.Live(now) && !t.Disabled {
		return &page.TokenAlert{Alert: ui.AlertModel{
			Tone: ui.Info, Title: "This token rehearses in shadow mode.",
			Text: "What it sends is answered and evaluated on a copy of the organization and changes nothing real. Deployment, Shadow mode shows what would happen. It becomes a normal token when SCIM is put in charge.",
		}, Link: ui.Link{Label: "See what would happen", Href: shadowPath}}
	}
	switch t.State(now) {
	case models.TokenDisabled:
		return &page.TokenAlert{Alert: ui.AlertModel{Tone: ui.Warn, Title: "This token is disabled.", Text: "Requests with it are refused with 401 until it is enabled."}}
	case models.TokenParked:
		return &page.TokenAlert{
			Alert: ui.AlertModel{Tone: ui.Info, Title: "This token is parked.", Text: "It comes back when SCIM is in charge again."},
			Link:  ui.Link{Label: "Go to Deployment", Href: "/deployment"},
		}
	case models.TokenExpired:
		return &page.TokenAlert{
			Alert: ui.AlertModel{Tone: ui.Error, Title: "This token has expired.", Text: "Make a new one and enter it in the directory."},
			Link:  ui.Link{Label: "New token", Href: tokensPath + "/new"},
		}
	case models.TokenRevoked, models.TokenRetiring, models.TokenActive:
	}
	return nil
}

// dialectShown bounds how many deviations a token's page lists.
const dialectShown = 50

func dialect(list []models.Deviation, now time.Time) []page.DeviationModel {
	out := make([]page.DeviationModel, 0, min(len(list), dialectShown))
	for _, d := range list[:min(len(list), dialectShown)] {
		out = append(out, page.DeviationModel{
			Attr: strings.TrimPrefix(d.Attr, models.EnterpriseURN+":"), Msg: d.Msg, Advice: d.Advice, Requests: ui.Plural(int(d.Requests), "request", "requests"),
			Last: d.Last.Time(), Now: now, Href: "/logs/requests/" + d.RequestID,
		})
	}
	return out
}

func recentRequests(list []models.Exchange, now time.Time, mask logMask) []page.RequestRowModel {
	var out []page.RequestRowModel
	for _, e := range list[:min(len(list), requestsShown)] {
		r := page.RequestRowModel{
			Href: "/logs/requests/" + e.RequestID, At: e.At.Time(), Now: now, Method: e.HTTPMethod, Path: mask.path(e.Path),
			Status: strconv.Itoa(e.Status), ScimType: e.ScimType, Tone: ui.Ok, Client: e.Client, Address: e.Address,
			Took: ui.Duration(time.Duration(e.DurationMicros) * time.Microsecond), Failed: e.Status >= http.StatusBadRequest,
		}
		if r.Failed {
			r.Tone = ui.Error
		}
		out = append(out, r)
	}
	return out
}

// clientName is the product behind a User-Agent, as people call it.
func clientName(client string) string {
	for _, k := range []struct{ mark, name string }{
		{"okta", "Okta"},
		{"azure", "Entra ID"},
		{"microsoft", "Entra ID"},
		{"entra", "Entra ID"},
		{"onelogin", "OneLogin"},
		{"jumpcloud", "JumpCloud"},
		{"google", "Google"},
	} {
		if strings.Contains(strings.ToLower(client), k.mark) {
			return k.name
		}
	}
	if client == "" {
		return "A client"
	}
	return "“" + client + "”"
}
