package console

import (
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
)

// fitting is what somebody answered to the two questions of the chooser.
type fitting struct {
	lives string // where the people are kept
	opens string // who can open the connection
}

func fittingOf(c echo.Context) fitting {
	return fitting{lives: c.QueryParam("lives"), opens: c.QueryParam("opens")}
}

var (
	livesOptions = []ui.Option{
		{Value: "cloud", Label: "In an identity provider in the cloud", Hint: "Okta, OneLogin, JumpCloud, Google and others"},
		{Value: "entra", Label: "In Microsoft Entra ID", Hint: "Formerly Azure AD"},
		{Value: "ldap", Label: "In Active Directory or LDAP", Hint: "A server of your own"},
		{Value: "nowhere", Label: "In no directory", Hint: "A list, a file, or nowhere yet"},
	}
	opensOptions = []ui.Option{
		{Value: "push", Label: "The directory can reach this server", Hint: "It pushes over SCIM: this server answers at an address that it can open"},
		{Value: "pull", Label: "Only this server can reach the directory", Hint: "A firewall lets requests out, not in"},
		{Value: "both", Label: "Both", Hint: "Each can reach the other"},
		{Value: "neither", Label: "Neither", Hint: "They are apart"},
	}
)

func among(options []ui.Option, value string) bool {
	for _, o := range options {
		if o.Value == value {
			return true
		}
	}
	return false
}

// recommend gives the method that fits the answers and why; "" until both are given.
func (a fitting) recommend() (models.Method, string) {
	pushes := a.opens == "push" || a.opens == "both"
	switch {
	case !among(livesOptions, a.lives) || !among(opensOptions, a.opens):
		return "", ""
	case a.lives == "nowhere":
		return models.Manual, "there is no directory to follow. Add people by hand or from a CSV file, and change the method when there is one."
	case a.opens == "neither":
		return models.Manual, "the directory and this server cannot reach each other. Export the people there and import the CSV file here until they can."
	case a.lives == "entra" && pushes:
		return models.SCIM, "Entra ID pushes every change as it decides, and no secret of your directory has to be kept here."
	case a.lives == "entra":
		return models.Entra, "Muster asks Microsoft Graph from the inside, so nothing has to be let in." + notYet(models.Entra)
	case a.lives == "ldap" && a.opens == "push":
		return models.SCIM, "Active Directory and LDAP do not push by themselves, but an identity provider that reads them, such as Entra ID or Okta, does."
	case a.lives == "ldap":
		return models.LDAP, "Muster reads the server with an account that may only read." + notYet(models.LDAP)
	case pushes:
		return models.SCIM, "the identity provider pushes every change as it happens, and decides whom it sends."
	}
	return models.Manual, "an identity provider in the cloud has to reach this server to push, and cannot. Let it reach the SCIM endpoint alone (/scim/v2), and choose SCIM then."
}

// notYet is honest about what this version can do.
func notYet(m models.Method) string {
	if deployment.Connects(m) {
		return ""
	}
	return " This version does not connect to it yet: choose it to prepare mappings, or stay with the method in charge until it does."
}

func (a fitting) model(advised models.Method, why string, inCharge models.Method) page.AdviceModel {
	m := page.AdviceModel{
		Questions: []ui.RadioCardsModel{
			{Legend: "Where are your people kept?", Name: "lives", Value: a.lives, Options: livesOptions},
			{Legend: "Who can open the connection?", Name: "opens", Value: a.opens, Options: opensOptions},
		},
		Open: advised == "" && (a.lives != "" || a.opens != ""), Clear: "/deployment/change",
	}
	if advised != "" {
		m.Title, m.Text = advised.Label()+" fits best", sentenceCase(why)
		if advised == inCharge {
			m.Title = advised.Label() + " fits best, and is in charge already"
		}
	}
	return m
}
