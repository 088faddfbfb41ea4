package console

import (
	"context"
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

// tokenQuestions are what is asked before a token is cut off, by the last part of
// the address that does it.
func tokenQuestions(t models.Token) map[string]ui.ConfirmModel {
	to, name := tokensPath+"/"+t.ID, "“"+t.Description+"”"
	return map[string]ui.ConfirmModel{
		"disable": {
			ID: "disable", Title: "Disable " + name + "?", Consequence: "Requests with it are refused at once; the directory will report errors.",
			Stays: "Users and groups stay as they are.", Undo: "You can enable it again at any time.",
			Action: to + "/disable", Label: "Disable token", Cancel: "Keep it enabled", CancelHref: to,
		},
		"revoke": {
			ID: "revoke", Title: "Revoke " + name + "?", Consequence: "The token stops working at once and for good; the directory needs a new one.",
			Stays: "Users and groups stay as they are.", Action: to + "/revoke", Label: "Revoke token", Cancel: "Keep token", CancelHref: to,
		},
		"cancel": {
			ID: "cancel", Title: "Cancel the rotation of " + name + "?", Consequence: "The new token is revoked at once. If the directory has it already, enter the old one again.",
			Stays: "The old token goes on as before.", Action: to + "/cancel", Label: "Cancel rotation", Cancel: "Go on with it", CancelHref: to,
		},
		"retire": {
			ID: "retire", Title: "End " + name + " now?", Consequence: "The old token stops working at once.",
			Stays: "Its successor goes on.", Action: to + "/retire", Label: "End old token now", Cancel: "Wait", CancelHref: to,
		},
	}
}

// rowQuestion is the revoke dialog of one row of the list.
func rowQuestion(t models.Token) ui.ConfirmModel {
	q := tokenQuestions(t)["revoke"]
	q.ID = "revoke-" + t.ID
	return q
}

func (k *Console) askToken(c echo.Context) error {
	t, err := k.Read.Token(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	m, ok := tokenQuestions(t)[c.Param("what")]
	if !ok {
		return echo.ErrNotFound
	}
	if !t.Live(k.Now()) {
		return k.tokenEnded(c, t)
	}
	return respond.HTML(c, http.StatusOK, page.TokenAsk(k.chrome(c, m.Title, "tokens"), ui.Link{Label: t.Description, Href: tokensPath + "/" + t.ID}, m))
}

// tokenEnded answers a question about a token that is over, such as one from a tab that
// was left open, with the token's page instead of a button that would be refused.
func (k *Console) tokenEnded(c echo.Context, t models.Token) error {
	return k.refuse(c, tokensPath+"/"+t.ID, models.Errorf(models.Conflict, "id", "The token “%s” has ended, and nothing more can be done with it.", t.Description).
		WithAdvice("Make a new one if the directory still needs to sign in.").WithCode("tokenEnded"))
}

// changeToken runs one of the changes that are only a press.
func (k *Console) changeToken(c echo.Context, text string, do func(context.Context, models.Actor, string) (models.Token, error)) error {
	to := tokensPath + "/" + c.Param("id")
	t, err := do(c.Request().Context(), session.Actor(c), c.Param("id"))
	if e, ok := refusal(err); ok {
		return k.refuse(c, to, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, to, "The token “"+t.Description+"” "+text)
}

func (k *Console) enableToken(c echo.Context) error {
	return k.changeToken(c, "is enabled.", k.Accounts.EnableToken)
}

func (k *Console) disableToken(c echo.Context) error {
	return k.changeToken(c, "is disabled.", k.Accounts.DisableToken)
}

func (k *Console) revokeToken(c echo.Context) error {
	return k.changeToken(c, "is revoked.", k.Accounts.RevokeToken)
}

func (k *Console) cancelRotation(c echo.Context) error {
	return k.changeToken(c, "stays; its successor is revoked.", k.Accounts.CancelRotation)
}

func (k *Console) retireToken(c echo.Context) error {
	return k.changeToken(c, "has ended; its successor goes on.", k.Accounts.RetireToken)
}

// rotation is the state of a rotation that a token is the old or the new half of.
func (k *Console) rotation(c echo.Context, t models.Token, now time.Time) (*page.RotationModel, error) {
	if t.RetiresAt != 0 && t.Live(now) {
		next, err := k.Read.Token(c.Request().Context(), t.OrganizationID, t.SuccessorID)
		if err != nil {
			return nil, err
		}
		return oldHalf(t, k.Accounts.Fresh(next)[0], now, may(c, models.Admin)), nil
	}
	old, err := k.predecessor(c, t)
	if err != nil || old.ID == "" || !old.Live(now) {
		return nil, err
	}
	return &page.RotationModel{Text: "This token replaces another, which still works.", Facts: []ui.KVModel{
		{Label: "Old token", Body: tokenLink(old)},
		{Label: "Old last used", Body: ui.Time(old.LastUsed.Time(), now), Note: joined(old.LastClient, old.LastAddress)},
		{Label: "Old retires", Body: ui.Time(old.RetiresAt.Time(), now), Note: "at the latest"},
	}}, nil
}

func oldHalf(t, next models.Token, now time.Time, manage bool) *page.RotationModel {
	m := &page.RotationModel{
		Retires: t.RetiresAt.Time(), Text: "Its successor was not used yet. Enter it in the directory.",
		Facts: []ui.KVModel{
			{Label: "Successor", Body: tokenLink(next)},
			{Label: "Successor last used", Body: ui.Time(next.LastUsed.Time(), now), Note: joined(next.LastClient, next.LastAddress)},
			{Label: "This one retires", Body: ui.Time(t.RetiresAt.Time(), now), Note: "at the latest: " + ui.Exact(t.RetiresAt.Time())},
		},
	}
	ask := tokenQuestions(t)
	if manage {
		cancel := ask["cancel"]
		m.Cancel = &cancel
	}
	if next.LastUsed == 0 || next.Revoked != 0 {
		return m
	}
	m.Text = "Both tokens are in use. This one retires by itself after 24 hours without a request."
	silent := max(t.LastUsed, next.Created)
	if silent < next.LastUsed {
		m.Text = "The successor is in use. This one retires by itself at " + ui.Exact(silent.Add(account.QuietBefore).Time()) + " unless a request comes with it, or now."
	}
	if manage {
		end := ask["retire"]
		m.EndNow = &end
	}
	return m
}
