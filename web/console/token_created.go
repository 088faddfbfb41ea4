package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// heldToken is a new token's secret on its way to be shown once. After that it
// stays at hand for the connection test, for a short while, sealed with the
// browser's cookie like all values of a session.
type heldToken struct {
	ID          string      `json:"id"`
	Description string      `json:"description"`
	Secret      string      `json:"secret"`
	Shown       bool        `json:"shown"`
	Until       models.Time `json:"until"`
}

const (
	heldKey  = "new token"
	heldLife = 15 * time.Minute
)

// held gives the new token of this session, or false.
func (k *Console) held(c echo.Context) (heldToken, bool) {
	var h heldToken
	if json.Unmarshal([]byte(k.Sessions.Value(c, heldKey)), &h) != nil || h.Until <= models.TimeOf(k.Now()) {
		return heldToken{}, false
	}
	return h, true
}

func (k *Console) hold(c echo.Context, h heldToken) error {
	body, err := json.Marshal(h) //nolint:gosec // sealed with the cookie before it is stored
	if err != nil {
		return err
	}
	return k.Sessions.Set(c, heldKey, string(body))
}

// showOnce leads to the page that shows a new token; the secret goes through the
// session, never through an address.
func (k *Console) showOnce(c echo.Context, t models.Token, text string) error {
	h := heldToken{ID: t.ID, Description: t.Description, Secret: text, Until: models.TimeOf(k.Now().Add(heldLife))}
	if err := k.hold(c, h); err != nil {
		return err
	}
	return respond.See(c, tokensPath+"/"+t.ID+"/created")
}

func (k *Console) showCreatedToken(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	t, err := k.Read.Token(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	t = k.Accounts.Fresh(t)[0]
	if respond.Fragment(c) {
		return respond.HTML(c, http.StatusOK, page.TokenReached(k.reached(c, t)))
	}
	h, ok := k.held(c)
	ok = ok && h.ID == t.ID && !h.Shown
	title := "“" + t.Description + "” is ready"
	m := page.TokenCreatedModel{
		Chrome: k.chrome(c, title, "tokens"), Title: title, Href: tokensPath + "/" + t.ID,
		Endpoint: k.endpointCopy(), Facts: createdFacts(t, k.Now()), Reached: k.reached(c, t), Gone: !ok, Test: "/scim/test?token=" + t.ID,
	}
	m.Chrome.Live = true
	for _, g := range guides() {
		m.Guides = append(m.Guides, ui.Link{Label: g.name, Href: "/scim/guides/" + g.key})
	}
	if !ok {
		m.Title = "“" + t.Description + "”"
		m.Chrome.Title = m.Title
		return respond.HTML(c, http.StatusOK, page.TokenCreated(m))
	}
	h.Shown = true
	if err := k.hold(c, h); err != nil {
		return err
	}
	m.Secret = ui.CopyModel{ID: "secret", Label: "Token", Value: h.Secret, Primary: true}
	if m.Rotated, err = k.rotatedText(c, t); err != nil {
		return err
	}
	return respond.HTML(c, http.StatusOK, page.TokenCreated(m))
}

func createdFacts(t models.Token, now time.Time) []ui.KVModel {
	may, from := "Read and change users and groups", "Any address"
	if t.Scope == models.ReadScope {
		may = "Read users and groups"
	}
	if len(t.AllowList) > 0 {
		from = joined(t.AllowList...)
	}
	facts := []ui.KVModel{
		{Label: "Expires", Body: ui.Time(t.Expires.Time(), now), Note: t.Expires.Time().Format("2 Jan 2006")},
		{Label: "May", Value: may},
		{Label: "Allowed from", Value: from},
	}
	if t.Shadow {
		facts = append(facts, ui.KVModel{Label: "Shadow mode", Body: page.ShadowLink(), Note: "changes nothing real until SCIM is in charge"})
	}
	return facts
}

// rotatedText tells what becomes of the token that this one replaces, if any.
func (k *Console) rotatedText(c echo.Context, t models.Token) (string, error) {
	old, err := k.predecessor(c, t)
	if err != nil || old.ID == "" {
		return "", err
	}
	if old.Revoked != 0 {
		return "The token that it replaces, " + old.Prefix + "…, has stopped working.", nil
	}
	return "The token that it replaces, " + old.Prefix + "…, works until " + ui.Exact(old.RetiresAt.Time()) + " at the latest.", nil
}

// predecessor is the token whose rotation made this one; its ID is empty when
// there is none.
func (k *Console) predecessor(c echo.Context, t models.Token) (models.Token, error) {
	list, err := k.Read.Tokens(c.Request().Context(), t.OrganizationID)
	if err != nil {
		return models.Token{}, err
	}
	for _, x := range list {
		if x.SuccessorID == t.ID {
			return k.Accounts.Fresh(x)[0], nil
		}
	}
	return models.Token{}, nil
}

// reached tells whether the directory has come, in the words of the flow: "Okta
// reached us at 14:02:11".
func (k *Console) reached(c echo.Context, t models.Token) page.TokenReachedModel {
	m := page.TokenReachedModel{Poll: tokensPath + "/" + t.ID, Reached: t.LastUsed != 0, Text: "Waiting for the first request"}
	if m.Reached {
		m.Text = clientName(t.LastClient) + " reached us at " + t.LastUsed.Time().Format("15:04:05 on 2 Jan 2006") + " UTC"
		return m
	}
	if by := session.Actor(c); !k.masked(by) {
		if list := k.Accounts.Strangers(t.Created, nil); len(list) > 0 {
			m.Refused = strangerWords(list[0]) + " Is it your identity provider? Then copy the token there again, whole; or make a new one."
		}
	}
	return m
}

// strangerWords say who came with what is no token here, and what was wrong with it.
func strangerWords(s account.Stranger) string {
	from := s.Address
	if s.Client != "" {
		from += " (" + clientName(s.Client) + ")"
	}
	return "A request from " + from + " was refused at " + s.At.Time().Format("15:04:05") + " UTC: " + s.Why
}

func (k *Console) storedToken(c echo.Context) error {
	if err := k.Sessions.Set(c, heldKey, ""); err != nil {
		return err
	}
	return respond.See(c, tokensPath+"/"+c.Param("id"))
}
