package console

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// tokenReader is what the pages about SCIM tokens read.
type tokenReader interface {
	Tokens(ctx context.Context, organization int64) ([]models.Token, error)
	Token(ctx context.Context, organization int64, id string) (models.Token, error)
	TokenUses(ctx context.Context, organization int64, since models.Time) (map[int64][]models.TokenUse, error)
	Exchanges(ctx context.Context, organization int64, q models.ExchangeQuery) (models.Slice[models.Exchange], error)
	Deviations(ctx context.Context, organization int64, token string) ([]models.Deviation, error)
	Organization(ctx context.Context, key int64) (models.Organization, error)
}

const tokensPath = "/scim/tokens" //nolint:gosec // an address, no credential

func (k *Console) tokenRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	at := func(rest string) string { return tokensPath + rest }
	return []session.Route{
		{Method: http.MethodGet, Path: tokensPath, Access: read, Handler: k.listTokens},
		{Method: http.MethodGet, Path: at("/new"), Access: change, Handler: k.newToken},
		{Method: http.MethodPost, Path: tokensPath, Access: change, Handler: k.createToken},
		{Method: http.MethodGet, Path: at("/:id"), Access: read, Handler: k.showToken},
		{Method: http.MethodGet, Path: at("/:id/created"), Access: change, Handler: k.showCreatedToken},
		{Method: http.MethodPost, Path: at("/:id/stored"), Access: change, Handler: k.storedToken},
		{Method: http.MethodGet, Path: at("/:id/edit"), Access: change, Handler: k.editToken},
		{Method: http.MethodPost, Path: at("/:id"), Access: change, Handler: k.updateToken},
		{Method: http.MethodGet, Path: at("/:id/rotate"), Access: change, Handler: k.askRotation},
		{Method: http.MethodPost, Path: at("/:id/rotate"), Access: change, Handler: k.rotateToken},
		{Method: http.MethodGet, Path: at("/:id/ask/:what"), Access: change, Handler: k.askToken},
		{Method: http.MethodPost, Path: at("/:id/enable"), Access: change, Handler: k.enableToken},
		{Method: http.MethodPost, Path: at("/:id/disable"), Access: change, Handler: k.disableToken},
		{Method: http.MethodPost, Path: at("/:id/revoke"), Access: change, Handler: k.revokeToken},
		{Method: http.MethodPost, Path: at("/:id/cancel"), Access: change, Handler: k.cancelRotation},
		{Method: http.MethodPost, Path: at("/:id/retire"), Access: change, Handler: k.retireToken},
		{Method: http.MethodGet, Path: "/scim/guides", Access: read, Handler: k.showGuide},
		{Method: http.MethodGet, Path: "/scim/guides/:idp", Access: read, Handler: k.showGuide},
		{Method: http.MethodGet, Path: "/scim/test", Access: change, Handler: k.showProbe},
		{Method: http.MethodPost, Path: "/scim/test", Access: change, Handler: k.runProbe},
	}
}

// endpoint is the address that every directory is given.
func (k *Console) endpoint() string { return k.BaseURL + "/scim/v2" }

func (k *Console) endpointCopy() ui.CopyModel {
	return ui.CopyModel{ID: "endpoint", Label: "Endpoint URL", Value: k.endpoint()}
}

func (k *Console) listTokens(c echo.Context) error {
	ctx, by, now := c.Request().Context(), session.Actor(c), k.Now()
	list, err := k.Read.Tokens(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	uses, err := k.Read.TokenUses(ctx, by.OrganizationID, models.TimeOf(now.Add(-sparkDays*24*time.Hour)))
	if err != nil {
		return err
	}
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	list = k.Accounts.Fresh(list...)
	m := page.TokensModel{
		Chrome: k.chrome(c, "SCIM tokens", "tokens"), Endpoint: k.endpointCopy(),
		Manage: may(c, models.Admin), Alerts: tokenAlerts(o, list, now, may(c, models.Admin)),
	}
	live, ended := 0, 0
	all := c.QueryParam("all") != ""
	for _, t := range list {
		if t.Live(now) {
			live++
		} else if ended++; !all {
			continue
		}
		m.Rows = append(m.Rows, tokenRow(t, uses[t.Key], now, k.masked(by), m.Manage))
		if m.Manage && t.Live(now) {
			m.Questions = append(m.Questions, rowQuestion(t))
		}
	}
	if live >= models.MaxLiveTokens {
		m.Full = "All 5 places for live tokens are taken. Revoke one to make another."
	}
	switch {
	case ended > 0 && all:
		m.All = ui.Link{Label: "Hide ended tokens", Href: tokensPath}
	case ended > 0:
		m.All = ui.Link{Label: "Show " + ui.Plural(ended, "ended token", "ended tokens"), Href: tokensPath + "?all=1"}
	}
	return respond.HTML(c, http.StatusOK, page.Tokens(m))
}

func tokenRow(t models.Token, uses []models.TokenUse, now time.Time, hide, manage bool) page.TokenRow {
	to := tokensPath + "/" + t.ID
	r := page.TokenRow{
		Href: to, Description: t.Description,
		Sub:   t.Prefix + "… · by " + hideText(hide, t.CreatedBy) + " · " + t.Created.Time().Format("2 Jan 2006"),
		State: tokenBadge(t, now), Scope: scopeName(t.Scope), LastUsed: t.LastUsed.Time(), LastBy: joined(t.LastClient, t.LastAddress),
		Requests: requestsSince(uses, now.Add(-24*time.Hour)), Spark: tokenSpark(uses, now), Expires: endOf(t).Time(), Ended: !t.Live(now),
	}
	if manage && t.Live(now) {
		r.Menu = tokenMenu(t, to)
	}
	return r
}

func tokenMenu(t models.Token, to string) ui.MenuModel {
	items := []ui.MenuItem{{Label: "Details", Icon: "info", Href: to}, {Label: "Edit", Icon: "pencil", Href: to + "/edit"}}
	if t.RetiresAt == 0 {
		items = append(items, ui.MenuItem{Label: "Rotate", Icon: "refresh-cw", Href: to + "/rotate"})
	}
	if t.Disabled {
		items = append(items, ui.MenuItem{Label: "Enable", Icon: "play", Post: to + "/enable", Name: "enable", Value: "1"})
	} else {
		items = append(items, ui.MenuItem{Label: "Disable", Icon: "pause", Href: to + "/ask/disable"})
	}
	items = append(items, ui.MenuItem{Label: "Revoke", Icon: "trash-2", Opens: "revoke-" + t.ID, Danger: true, Line: true})
	return ui.MenuModel{ID: "menu-" + t.ID, Label: "Actions for " + t.Description, Items: items}
}

// tokenAlerts are the reminders, and a word when SCIM is not in charge.
func tokenAlerts(o models.Organization, list []models.Token, now time.Time, manage bool) []page.TokenAlert {
	var out []page.TokenAlert
	switch {
	case !o.MethodSet:
		out = append(out, page.TokenAlert{
			Link:  ui.Link{Label: "Choose the method", Href: "/deployment"},
			Alert: ui.AlertModel{Tone: ui.Info, Title: "No deployment method was chosen yet.", Text: "Requests with a token are refused until SCIM is in charge."},
		})
	case o.Method != models.SCIM:
		out = append(out, page.TokenAlert{
			Link: ui.Link{Label: "Go to Deployment", Href: "/deployment"},
			Alert: ui.AlertModel{
				Tone: ui.Info, Title: "SCIM is not in charge: the deployment method is " + o.Method.Label() + ".",
				Text: "Requests with a token are refused until the method is changed to SCIM.",
			},
		})
	}
	for _, r := range account.Reminders(list, now) {
		a := ui.AlertModel{
			Tone: ui.Warn, Title: "“" + r.Token.Description + "” expires " + ui.Relative(r.Token.Expires.Time(), now) + ".",
			Text: "Rotate it in time: both tokens work while you replace it in the directory.",
		}
		link := ui.Link{Label: "Start rotation", Href: tokensPath + "/" + r.Token.ID + "/rotate"}
		if r.Days <= 1 {
			a.Tone = ui.Error
		}
		if r.Level() == 0 {
			a.Title = "“" + r.Token.Description + "” expired " + ui.Relative(r.Token.Expires.Time(), now) + " and was in use."
			a.Text, link = "The directory’s requests with it are refused. Make a new token and enter it there.", ui.Link{Label: "New token", Href: tokensPath + "/new"}
		}
		if !manage {
			link = ui.Link{}
		}
		out = append(out, page.TokenAlert{Alert: a, Link: link})
	}
	return out
}

// joined puts a client and its address on one line.
func joined(parts ...string) string {
	return strings.Join(strings.FieldsFunc(strings.Join(parts, "\x00"), func(r rune) bool { return r == 0 }), " · ")
}
