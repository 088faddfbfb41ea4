package console

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/shadow"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const shadowPath = "/deployment/shadow"

func (k *Console) shadowRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: shadowPath, Access: read, Handler: k.showShadow},
		{Method: http.MethodGet, Path: shadowPath + "/progress", Access: read, Handler: k.showShadowWork},
		{Method: http.MethodGet, Path: shadowPath + "/export", Access: read, Handler: k.exportShadow},
		{Method: http.MethodGet, Path: shadowPath + "/log", Access: read, Handler: k.listShadowLog},
		{Method: http.MethodGet, Path: shadowPath + "/log/:id", Access: read, Handler: k.showShadowEntry},
		{Method: http.MethodGet, Path: shadowPath + "/start", Access: change, Handler: k.askShadow("start")},
		{Method: http.MethodGet, Path: shadowPath + "/discard", Access: change, Handler: k.askShadow("discard")},
		{Method: http.MethodPost, Path: shadowPath + "/start", Access: change, Handler: k.startShadow},
		{Method: http.MethodPost, Path: shadowPath + "/stop", Access: change, Handler: k.stopShadow},
		{Method: http.MethodPost, Path: shadowPath + "/discard", Access: change, Handler: k.discardShadow},
		{Method: http.MethodPost, Path: shadowPath + "/bring", Access: change, Handler: k.bringShadow},
	}
}

// shadowView is an organization's rehearsal as it stands now.
type shadowView struct {
	org      models.Organization
	shadow   models.Shadow
	told     bool
	predict  models.Prediction
	bringing shadow.Bringing
	tokens   []models.Token // that rehearse
	now      time.Time
	edit     bool
}

func (k *Console) shadowView(c echo.Context) (shadowView, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	v := shadowView{now: k.Now().UTC(), edit: may(c, models.Admin)}
	var err error
	if v.org, err = k.Read.Organization(ctx, by.OrganizationID); err != nil {
		return v, err
	}
	if v.predict, v.told, err = k.Shadow.Predict(ctx, by.OrganizationID); err != nil {
		return v, err
	}
	v.shadow = v.predict.Shadow
	if v.bringing, err = k.Shadow.BringingOf(ctx, by.OrganizationID); err != nil {
		return v, err
	}
	v.tokens, err = k.shadowTokens(ctx, by.OrganizationID)
	return v, err
}

func (k *Console) shadowTokens(ctx context.Context, organization int64) ([]models.Token, error) {
	list, err := k.Read.Tokens(ctx, organization)
	var out []models.Token
	for _, t := range list {
		if t.Shadow && t.Live(k.Now()) {
			out = append(out, t)
		}
	}
	return out, err
}

// showShadow tells how the rehearsal is doing, what would happen, and to whom.
func (k *Console) showShadow(c echo.Context) error {
	v, err := k.shadowView(c)
	if err != nil {
		return err
	}
	m := page.ShadowModel{Chrome: k.chrome(c, "Shadow mode", "deployment"), Told: v.told, Empty: v.empty(), Copying: v.copying(), Bringing: v.taking(), Facts: v.facts()}
	m.Badge, m.State = v.badge()
	m.Alert, m.Links = v.next()
	m.Menu, m.Ask = v.menu()
	if m.Copying != nil || m.Bringing != nil {
		m.Chrome.Live = true
	}
	if !v.told {
		return respond.HTML(c, http.StatusOK, page.Shadow(m))
	}
	m.Users, m.Groups, m.Ways = shadowImpact(models.UserTarget, v.predict.Users), shadowImpact(models.GroupTarget, v.predict.Groups), v.ways()
	if m.List, err = k.shadowList(c, v); err != nil {
		return err
	}
	return respond.HTML(c, http.StatusOK, page.Shadow(m))
}

// showShadowWork is the card of what is under way, for the page that shows it.
func (k *Console) showShadowWork(c echo.Context) error {
	if !respond.Fragment(c) {
		return respond.See(c, shadowPath)
	}
	v, err := k.shadowView(c)
	if err != nil {
		return err
	}
	for _, m := range []*page.ShadowProgress{v.copying(), v.taking()} {
		if m != nil && m.Poll != "" {
			return respond.HTML(c, http.StatusOK, page.ShadowWork(*m))
		}
	}
	c.Response().Header().Set("HX-Redirect", shadowPath) // done: the whole page has more to tell
	return c.NoContent(http.StatusOK)
}

func (v shadowView) badge() (ui.Tone, string) {
	switch v.shadow.State {
	case models.ShadowCopying:
		return ui.Info, "Preparing"
	case models.ShadowStopped:
		return ui.Warn, "Stopped"
	case models.ShadowReady:
		return ui.Ok, "Rehearsing"
	case models.ShadowClosed:
		return ui.Neutral, "Ended: SCIM is in charge"
	case models.ShadowDiscarded:
	}
	return ui.Neutral, "Off"
}

func (v shadowView) off() bool {
	return v.shadow.State == "" || v.shadow.State == models.ShadowDiscarded
}

func (v shadowView) facts() []ui.KVModel {
	if v.off() {
		return nil
	}
	sh := v.shadow
	facts := []ui.KVModel{{Label: "Started", Body: ui.Time(sh.Started.Time(), v.now), Note: "by " + sh.StartedBy}}
	if v.told && sh.State == models.ShadowReady {
		note := ""
		if v.predict.Behind {
			note = "later changes are on their way"
		}
		facts = append(facts, ui.KVModel{Label: "Compared with the organization", Body: ui.Time(v.predict.As.Time(), v.now), Note: note})
	}
	if sh.State == models.ShadowClosed {
		facts = append(facts, ui.KVModel{Label: "Ended", Body: ui.Time(sh.Ended.Time(), v.now)},
			ui.KVModel{Label: "Kept until", Body: ui.Date(sh.Ended.Time().Add(v.org.Settings.UndoTime())), Note: "as long as the change can be undone"})
	}
	for _, t := range v.tokens {
		facts = append(facts, ui.KVModel{Label: "Token", Value: t.Description, Note: t.Prefix + "…, " + lastUse(t)})
	}
	return facts
}

func lastUse(t models.Token) string {
	if t.LastUsed == 0 {
		return "not used yet"
	}
	return "last used " + ui.Exact(t.LastUsed.Time())
}

// empty is the page while there is no rehearsal.
func (v shadowView) empty() *page.EmptyListModel {
	if !v.off() {
		return nil
	}
	m := &page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "history", Title: "Shadow mode is off",
		Text: "Make a token that rehearses and enter it in the identity provider. What it sends is answered and evaluated on a copy of the organization, so that you see what SCIM would do to each user before it is in charge.",
	}}
	switch {
	case v.org.Method == models.SCIM:
		m.Text = "SCIM is in charge, so there is nothing to rehearse. What directories send is carried out; the logs show it."
		m.Buttons = []ui.ButtonModel{{Label: "Open the logs", Href: "/logs"}}
	case !v.edit:
		m.Text += " An administrator can start it."
	case len(v.tokens) == 0:
		m.Buttons = []ui.ButtonModel{{Label: "Make a token", Kind: ui.Primary, Href: tokensPath + "/new?shadow=1"}}
	default:
		m.Text = ui.Plural(len(v.tokens), "token waits", "tokens wait") + " for it and get 403 until it is started. It begins with a copy of the organization."
		m.Buttons = []ui.ButtonModel{{Label: "Start shadow mode", Kind: ui.Primary, Href: shadowPath + "/start"}}
	}
	return m
}

// next says what to do, by what there is to see.
func (v shadowView) next() (*ui.AlertModel, []ui.ButtonModel) {
	sent := int64(0)
	for outcome, n := range v.predict.Users {
		if outcome != models.ShadowNobody {
			sent += n
		}
	}
	switch {
	case v.shadow.State == models.ShadowClosed:
		return &ui.AlertModel{Tone: ui.Info, Title: "SCIM is in charge.", Text: "What was predicted is kept to compare with. Ids that the identity provider was given in shadow mode stay good."},
			[]ui.ButtonModel{{Label: "Open the logs", Href: "/logs"}, {Label: "See the users", Href: "/users?mode=scim"}}
	case !v.told:
		return nil, nil
	case sent == 0 && len(v.tokens) == 0:
		return &ui.AlertModel{Tone: ui.Warn, Title: "Nobody rehearses yet.", Text: "Make a token that rehearses and enter it in the identity provider."},
			[]ui.ButtonModel{{Label: "Make a token", Href: tokensPath + "/new?shadow=1"}}
	case sent == 0:
		return &ui.AlertModel{Tone: ui.Info, Title: "Waiting for the identity provider.", Text: "Start provisioning there. What it sends shows here at once."},
			[]ui.ButtonModel{{Label: "Guides", Href: "/scim/guides"}}
	}
	links := []ui.ButtonModel{{Label: "Change to SCIM", Href: "/deployment/change/" + string(models.SCIM)}}
	if v.predict.Users[models.ShadowConflict]+v.predict.Users[models.ShadowOutOfScope]+v.predict.Users[models.ShadowRefused] > 0 {
		return &ui.AlertModel{
			Tone: ui.Warn, Title: "Some users would not be taken in.",
			Text: "Look at those with a conflict, outside of all mappings, or refused. Correct them in the identity provider, in the mappings or here; what changes shows by itself. When the list is as you want it, put SCIM in charge.",
		}, links
	}
	return &ui.AlertModel{Tone: ui.Ok, Title: "Everything that came would be taken in.", Text: "When a whole cycle of the identity provider has run, put SCIM in charge. Nothing real has changed so far."}, links
}
