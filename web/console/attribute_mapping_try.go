package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// trialsMost bounds whom the tester offers.
const trialsMost = 10

// tryAttributeMapping runs the form as it stands on a user: the tester alone for a
// script, the whole page for a button.
func (k *Console) tryAttributeMapping(c echo.Context) error {
	draft := enteredAttributeMapping(c)
	if !respond.Fragment(c) {
		return k.attributeMappingPage(c, draft, nil)
	}
	m, err := k.trial(c, draft)
	if err != nil {
		return err
	}
	return respond.HTML(c, http.StatusOK, page.AttributeTrial(m))
}

// trial finds whom the tester is about, and what the draft would do to them.
func (k *Console) trial(c echo.Context, draft models.AttributeMapping) (page.AttributeTrialModel, error) {
	var m page.AttributeTrialModel
	users, err := k.trialUsers(c, draft.Method)
	if err != nil {
		return m, err
	}
	if len(users) == 0 {
		m.Nobody = "There is no user to try it on yet. The first one that the directory sends will do."
		if strings.TrimSpace(c.FormValue("who")) != "" {
			m.Nobody = "Nobody matches. Try the beginning of a name or of the e-mail address."
		}
		return m, nil
	}
	m.User = users[0].ID
	for _, u := range users {
		m.Users = append(m.Users, ui.Option{Value: u.ID, Label: u.DisplayName + " (" + u.UserName + ")"})
		if u.ID == c.FormValue("user") {
			m.User = u.ID
		}
	}
	if draft.Target == "" || draft.Expression == "" {
		return m, nil
	}
	tried, err := k.Directory.TryAttributeMapping(c.Request().Context(), session.Actor(c), m.User, draft)
	if e, ok := refusal(err); ok {
		m.Wrong = e.Error()
		return m, nil
	}
	if err != nil {
		return m, err
	}
	m.Tried, m.Failure, m.Label = true, tried.Failure, targetLabel(draft.Target)
	if m.Failure != "" {
		m.Failure = sentenceCase(m.Failure) + ". The user would be provisioned all the same."
	}
	m.Name, m.Href = tried.User.DisplayName, "/users/"+tried.User.ID
	m.Sent, m.Now, m.After = tried.Sent, tried.Now, tried.After
	if m.Now == m.After {
		m.Same = "No change: it is “" + m.Now + "” already."
		if m.Now == "" {
			m.Same = "No change: there is no value now, and there would be none."
		}
	}
	return m, nil
}

// trialUsers are the first whom a search finds, the method's own before others.
func (k *Console) trialUsers(c echo.Context, method models.Method) ([]models.User, error) {
	ctx, organization := c.Request().Context(), session.Actor(c).OrganizationID
	q := models.UserQuery{Search: strings.TrimSpace(c.FormValue("who")), Mode: method, Page: models.Page{Limit: trialsMost}}
	own, err := k.Read.Users(ctx, organization, q)
	if err != nil || len(own.Items) == trialsMost {
		return own.Items, err
	}
	q.Mode = ""
	others, err := k.Read.Users(ctx, organization, q)
	if err != nil {
		return nil, err
	}
	for _, u := range others.Items {
		if len(own.Items) < trialsMost && !slices.ContainsFunc(own.Items, func(have models.User) bool { return have.ID == u.ID }) {
			own.Items = append(own.Items, u)
		}
	}
	return own.Items, nil
}
