package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// methodFacts answer the same five questions for every method.
var methodFacts = map[models.Method]struct{ text, starts, fast, need, deletion, good string }{
	models.Manual: {
		"Admins add and change users here, one by one or from a CSV file.",
		"An admin, here", "At once", "Nothing", "Nothing is deleted: an admin suspends or preserves a user", "Small teams, trials, a pause between two directories",
	},
	models.SCIM: {
		"Your identity provider sends every change to this server as it happens.",
		"The identity provider", "Seconds to 40 minutes, as the identity provider decides", "A SCIM 2.0 application there, and a token from here",
		"A preserved user: all data is kept, the seat is free", "Okta, Entra ID, OneLogin, JumpCloud and most others",
	},
	models.Entra: {
		"Muster fetches users and groups from Microsoft Graph.",
		"Muster, on a schedule", "Every 60 minutes, or when you press Sync now", "An app registration that may read the directory",
		"A preserved user: all data is kept, the seat is free", "Entra ID tenants where scope and mappings are decided here",
	},
	models.LDAP: {
		"Muster reads Active Directory or an LDAP server.",
		"Muster, on a schedule", "Every 60 minutes, or when you press Sync now", "A read-only account and a network path to a server",
		"A preserved user: all data is kept, the seat is free", "Directories on your own premises",
	},
}

// methodCard is one method of a chooser.
func methodCard(m models.Method, inCharge bool) page.MethodCardModel {
	f := methodFacts[m]
	card := page.MethodCardModel{Method: string(m), Card: ui.ChoiceModel{Icon: ui.MethodIcon(string(m)), Title: m.Label(), Text: f.text, Active: inCharge, Facts: []ui.KVModel{
		{Label: "Who starts the sync", Value: f.starts},
		{Label: "How fast", Value: f.fast},
		{Label: "What you need", Value: f.need},
		{Label: "A deletion becomes", Value: f.deletion},
		{Label: "Good for", Value: f.good},
	}}}
	if inCharge {
		card.Card.Note, card.Why = "In charge", "This method is in charge now."
	}
	if !deployment.Connects(m) {
		card.Caveat = "This version of Muster does not connect to " + m.Label() + " yet. You can choose it and prepare its mappings; until it can connect, nobody is delivered and all users stay manual."
		if !inCharge {
			card.Card.Note = "Cannot connect yet"
		}
	}
	return card
}

// firstChoice offers all methods; choosing takes effect at once, because nothing
// is in charge yet that could be lost.
func (k *Console) firstChoice(c echo.Context) error {
	by := session.Actor(c)
	impact, err := k.Deployment.Preview(c.Request().Context(), by.OrganizationID, models.SCIM, true)
	if err != nil {
		return err
	}
	m := page.ChooserModel{Chrome: k.chrome(c, "Choose how users get here", "deployment"), First: true, Edit: by.Role.Includes(models.Admin)}
	for _, method := range []models.Method{models.SCIM, models.Manual, models.Entra, models.LDAP} {
		card := methodCard(method, false)
		card.Label, card.Post, card.Version = "Use "+method.Label(), "/deployment/choose", impact.Version
		if method == models.Manual {
			card.Label = "Start by hand"
		}
		card.Primary = method == models.SCIM
		m.Cards = append(m.Cards, card)
	}
	return respond.HTML(c, http.StatusOK, page.Chooser(m))
}

// chooseMethod makes the first choice. Later ones go through the preview.
func (k *Console) chooseMethod(c echo.Context) error {
	ctx, by, target := c.Request().Context(), session.Actor(c), models.Method(c.FormValue("method"))
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	if o.MethodSet {
		if o.Method == target {
			return respond.See(c, "/deployment")
		}
		return models.Errorf(models.Conflict, "method", "A deployment method was chosen already: %s, by %s.", o.Method.Label(), o.MethodBy).
			WithAdvice("Open Deployment and choose “Change user deployment method” to see what a change would do.").WithCode("methodSet")
	}
	// The version holds this to an organization without a method: of two admins who
	// choose at once, the second is told.
	order := deployment.Order{Target: target, Keep: true, Version: c.FormValue("version")}
	if order.Version == "" {
		order.Version = "none"
	}
	if _, err := k.Deployment.Change(ctx, by, order); err != nil {
		return err
	}
	next, text := "/users", "Users are managed by hand. Add the first one, or import a CSV file."
	switch target {
	case models.SCIM:
		next, text = "/scim/tokens/new", "SCIM is in charge. Create the token that your identity provider signs in with."
	case models.Entra:
		next, text = entraPath, target.Label()+" is in charge. Connect it: the first cycle ends with a preview, and nothing is written before you accept it."
	case models.LDAP:
		next, text = mappingsOf(target), target.Label()+" is in charge. Prepare its mappings; add users by hand or from a CSV file until it can connect."
	case models.Manual:
	}
	if err := k.Sessions.Flash(c, string(ui.Ok), text); err != nil {
		return err
	}
	return respond.See(c, next)
}

func changeSteps(current int) []ui.StepModel {
	steps := []ui.StepModel{{Label: "Choose"}, {Label: "Preview"}, {Label: "Confirm"}}
	for i := range steps {
		switch {
		case i < current:
			steps[i].State = ui.Done
		case i == current:
			steps[i].State = ui.Current
		default:
			steps[i].State = ui.ToCome
		}
	}
	if current > 0 {
		steps[0].Href = "/deployment/change"
	}
	return steps
}

// chooseChange is step 1 of a change.
func (k *Console) chooseChange(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	if !o.MethodSet {
		return respond.See(c, "/deployment")
	}
	here, err := k.hereAlready(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	a := fittingOf(c)
	advised, why := a.recommend()
	m := page.ChooserModel{
		Chrome: k.chrome(c, "Change user deployment method", "deployment"), Steps: changeSteps(0), Edit: true, Advice: a.model(advised, why, o.Method),
	}
	for _, method := range models.Methods() {
		card := methodCard(method, method == o.Method)
		card.Label, card.Href, card.Has = "Preview the change to "+method.Label(), "/deployment/change/"+string(method), here[method]
		card.Primary = advised == "" || method == advised
		if method == advised {
			card.Advised = why
			if method != o.Method {
				card.Card.Note = "Recommended"
			}
		}
		m.Cards = append(m.Cards, card)
	}
	return respond.HTML(c, http.StatusOK, page.Chooser(m))
}
