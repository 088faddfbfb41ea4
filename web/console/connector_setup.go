package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"muster/models/source"
	"muster/models/source/entra"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

// The addresses of the wizard.
const (
	setupPath       = entraPath + "/setup"
	credentialsPath = entraPath + "/credentials"
	probePath       = entraPath + "/test"
	scopePath       = entraPath + "/scope"
	schedulePath    = entraPath + "/schedule"
)

// wizardStep is one page of the wizard.
type wizardStep int

const (
	setupStep wizardStep = iota
	credentialsStep
	testStep
	scopeStep
	scheduleStep
)

var wizardPages = []struct{ label, href string }{
	{"Prepare Entra", setupPath}, {"Credentials", credentialsPath}, {"Test", probePath}, {"Scope", scopePath}, {"Schedule", schedulePath},
}

// steps is the bar of the wizard. Steps behind credentials open once there are some.
func (w connectorWorld) steps(at wizardStep) []ui.StepModel {
	list := make([]ui.StepModel, len(wizardPages))
	for i, p := range wizardPages {
		s := ui.StepModel{Label: p.label, State: ui.ToCome}
		if w.known || i <= int(credentialsStep) {
			s.Href = p.href
		}
		switch {
		case i == int(at):
			s.State, s.Href = ui.Current, ""
		case w.stepDone(wizardStep(i)):
			s.State = ui.Done
		}
		list[i] = s
	}
	return list
}

func (w connectorWorld) stepDone(s wizardStep) bool {
	switch s {
	case setupStep, credentialsStep:
		return w.known
	case testStep:
		return w.tested()
	case scopeStep, scheduleStep:
	}
	return w.everRan()
}

func wizardHead(title, sub string) ui.PageHeadModel {
	return ui.PageHeadModel{Title: title, Sub: sub, Crumbs: []ui.Link{{Label: "Microsoft Entra ID", Href: entraPath}}}
}

// permission is an application permission of Microsoft Graph that is needed.
type permission struct{ name, why string }

var permissions = []permission{
	{"User.Read.All", "Reads users and their managers."},
	{"GroupMember.Read.All", "Reads groups and who is in them."},
}

var assignedPermission = permission{"Application.Read.All", "Only for the scope “assigned to the application”: reads who is assigned."}

// portals are the admin centers of the clouds.
var portals = map[entra.Cloud]string{
	entra.Global: "https://entra.microsoft.com", entra.USGovernment: "https://entra.microsoft.us",
	entra.USDefense: "https://entra.microsoft.us", entra.China: "https://portal.azure.cn",
}

// signIns are where an administrator consents.
var signIns = map[entra.Cloud]string{
	entra.Global: "https://login.microsoftonline.com", entra.USGovernment: "https://login.microsoftonline.us",
	entra.USDefense: "https://login.microsoftonline.us", entra.China: "https://login.chinacloudapi.cn",
}

// portal leads to a page about the application, or to the list of all of them.
func portal(s entra.Settings, blade string) string {
	host, ok := portals[s.Cloud]
	if !ok {
		host = portals[entra.Global]
	}
	if s.ClientID == "" {
		return host + "/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
	}
	return host + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + blade + "/appId/" + url.PathEscape(s.ClientID)
}

// consentLink asks an administrator of the tenant for what was configured; "" before
// the tenant and the application are known.
func consentLink(s entra.Settings) string {
	host, ok := signIns[s.Cloud]
	if !ok || s.Tenant == "" || s.ClientID == "" {
		return ""
	}
	return host + "/" + url.PathEscape(s.Tenant) + "/adminconsent?client_id=" + url.QueryEscape(s.ClientID)
}

// showConnectorGuide is what to create in Entra, with the exact names.
func (k *Console) showConnectorGuide(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	m := page.ConnectorGuideModel{
		Chrome: k.chrome(c, "Prepare Microsoft Entra ID", "entra"), Steps: w.steps(setupStep),
		Head:  wizardHead("Prepare Microsoft Entra ID", "What to create there, so that Muster can read users and groups. Muster never writes to Entra."),
		Notes: []string{"Three values come back here: the Application (client) ID, the Directory (tenant) ID, and the value of the secret or the certificate."},
	}
	if w.manage() {
		m.Next = ui.ButtonModel{Label: "Enter the credentials", Href: credentialsPath, Kind: ui.Primary}
	}
	for i, part := range setupParts(w.set) {
		part.Title = strconv.Itoa(i+1) + ". " + part.Title
		m.Parts, m.Links = append(m.Parts, part.GuideStep), append(m.Links, part.link)
	}
	return respond.HTML(c, http.StatusOK, page.ConnectorGuide(m))
}

type setupPart struct {
	page.GuideStep
	link ui.ButtonModel
}

func setupParts(s entra.Settings) []setupPart {
	open := func(label, blade string) ui.ButtonModel {
		return ui.ButtonModel{Label: label, More: " in Entra", Icon: "external-link", Href: portal(s, blade), Small: true, Attrs: map[string]any{"target": "_blank", "rel": "noreferrer"}}
	}
	parts := []setupPart{
		{page.GuideStep{
			Title: "Register an application", Text: "Microsoft Entra admin center → App registrations → New registration. A redirect URI is not needed.",
			Fields: []ui.CopyModel{{ID: "app-name", Label: "Name", Value: "Muster provisioning", Plain: true}},
			Facts:  []ui.KVModel{{Label: "Supported account types", Value: "Accounts in this organizational directory only (single tenant)"}},
		}, open("Open app registrations", "Overview")},
		{page.GuideStep{
			Title: "Add the permissions", Text: "The application → API permissions → Add a permission → Microsoft Graph → Application permissions. Delegated permissions do not work.",
			Fields: permissionFields(s),
		}, open("Open API permissions", "CallAnAPI")},
		{page.GuideStep{
			Title: "Grant admin consent", Text: "On the same page press Grant admin consent. It takes a Privileged Role Administrator or Global Administrator.",
		}, ui.ButtonModel{}},
		{page.GuideStep{
			Title: "Make a secret or upload a certificate", Text: "The application → Certificates & secrets. Copy the column Value of a new client secret at once: Entra shows it only then. With a certificate, upload its public part there, and enter certificate and private key here.",
			Facts: []ui.KVModel{{Label: "Expires", Value: "At most 24 months for a secret; note the date, Muster reminds you 30, 14, 7 and 1 days before"}},
		}, open("Open certificates and secrets", "Credentials")},
	}
	if link := consentLink(s); link != "" {
		parts[2].Text += " If that is somebody else, send them this address. Whatever Entra shows afterwards, the connection test tells whether the consent holds."
		parts[2].Fields = []ui.CopyModel{{ID: "consent", Label: "Consent address", Value: link}}
	} else {
		parts[2].Text += " If that is somebody else: once the credentials are entered, this page has an address to send them."
	}
	return parts
}

func permissionFields(s entra.Settings) []ui.CopyModel {
	var out []ui.CopyModel
	for _, p := range needed(s) {
		out = append(out, ui.CopyModel{ID: "permission-" + p.name, Label: p.name, Value: p.name, Hint: p.why})
	}
	return out
}

// needed lists the permissions; the one for assignments is named until another scope
// is chosen.
func needed(s entra.Settings) []permission {
	if s.Scope.Mode == source.ChosenGroups || s.Scope.Mode == source.Everyone && s.ClientID != "" {
		return permissions
	}
	return append(slices.Clip(permissions), assignedPermission)
}
