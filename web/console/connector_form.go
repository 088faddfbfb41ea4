package console

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// How the application signs in, as the form has it.
const (
	keepSecret   = "keep"
	clientSecret = "secret"
	certificate  = "certificate"
)

// uploadMost bounds a certificate that is uploaded; the connector's own bound is the
// same and words the refusal.
const uploadMost = 64<<10 + 1

// credentialForm is what was entered.
type credentialForm struct {
	set    entra.Settings
	sign   string
	secret entra.Secret
	ends   time.Time // of a client secret, as somebody read it in Entra
	endsAs string
	more   string // attributes, a line each
	groups string
}

// newCredentials is the form as the connector is now.
func (w connectorWorld) newCredentials(replace bool) credentialForm {
	f := credentialForm{set: w.set, sign: clientSecret, more: strings.Join(w.set.Attributes, "\n"), groups: strings.Join(w.set.GroupAttributes, "\n")}
	if w.known && w.c.SecretKind != "" && !replace {
		f.sign = keepSecret
	}
	if f.set.Scope.Mode == "" {
		f.set.Scope = source.Scope{Mode: source.Everyone, Nested: true}
	}
	return f
}

// readCredentials reads the form over the settings that are not in it.
func (w connectorWorld) readCredentials(c echo.Context) (credentialForm, error) {
	f := w.newCredentials(false)
	f.set.Tenant, f.set.ClientID = strings.TrimSpace(c.FormValue("tenant")), strings.TrimSpace(c.FormValue("clientId"))
	f.set.Cloud = entra.Cloud(c.FormValue("cloud"))
	f.sign, f.endsAs = c.FormValue("sign"), strings.TrimSpace(c.FormValue("ends"))
	f.more, f.groups = c.FormValue("ofUsers"), c.FormValue("ofGroups")
	f.set.Attributes, f.set.GroupAttributes = strings.Fields(f.more), strings.Fields(f.groups)
	var err error
	switch f.sign {
	case clientSecret:
		f.secret.ClientSecret = strings.TrimSpace(c.FormValue("clientSecret"))
		f.ends, err = readEnd(f.endsAs)
	case certificate:
		f.secret.Password = c.FormValue("certificatePassword")
		f.secret.Certificate, err = readUpload(c, "certificate")
	case keepSecret:
	default:
		f.sign = clientSecret
	}
	return f, err
}

// readEnd reads the day on which a secret ends: it holds until that day begins.
func readEnd(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, models.Errorf(models.Invalid, "ends", "%q is not a date.", text).WithAdvice("Enter it as 2027-12-31, as Entra shows it in the column Expires.")
	}
	return day, nil
}

// readUpload reads a file of a form, one byte beyond its bound at most.
func readUpload(c echo.Context, name string) ([]byte, error) {
	head, err := c.FormFile(name)
	if err != nil || head.Size == 0 {
		return nil, models.Errorf(models.Invalid, name, "No file was chosen.").WithAdvice("Choose the PEM or PFX file with the certificate and its private key.")
	}
	file, err := head.Open()
	if err != nil {
		return nil, models.Errorf(models.Invalid, name, "The file could not be read.").WithAdvice("Choose it again.")
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, uploadMost))
	if err != nil {
		return nil, models.Errorf(models.Invalid, name, "The file did not come whole.").WithAdvice("Choose it again.")
	}
	return text, nil
}

// replaces tells whether the form brings another credential.
func (f credentialForm) replaces() bool { return f.sign != keepSecret }

func (k *Console) showCredentials(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	f := w.newCredentials(c.QueryParam("replace") != "")
	if f.set.Cloud == "" && len(k.Clouds) > 0 {
		f.set.Cloud = k.Clouds[0]
	}
	return k.credentialPage(c, w, f, nil)
}

func (k *Console) saveCredentials(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	f, err := w.readCredentials(c)
	if err == nil {
		var secret []byte
		if f.replaces() {
			f.secret.Ends = f.ends
			secret = f.secret.Reveal()
		}
		err = k.saveDraft(c, draft(f.set, secret))
	}
	if e, ok := refusal(err); ok {
		return k.credentialPage(c, w, f, e)
	}
	if err != nil {
		return err
	}
	return respond.See(c, probePath)
}

// stepUp asks for the password again where it was given too long ago.
func (k *Console) stepUp(c echo.Context) error {
	if k.Sessions.Confirmed(c) {
		return nil
	}
	err := k.Sessions.Confirm(c, c.FormValue("password"))
	if e, ok := models.AsError(err); ok {
		return models.Errorf(e.Kind, "password", "%s", e.Msg).WithAdvice("%s", e.Advice).WithCode(e.Code)
	}
	return err
}

func (k *Console) credentialPage(c echo.Context, w connectorWorld, f credentialForm, wrong *models.Error) error {
	m := page.ConnectorFormModel{
		Chrome: k.chrome(c, "Credentials", "entra"), Steps: w.steps(credentialsStep), Action: credentialsPath, Upload: true, Cancel: entraPath,
		Head:   wizardHead("Credentials", "From the overview page of your app registration, and from Certificates & secrets."),
		Errors: formErrors(wrong, "tenant", "clientId", "cloud", "clientSecret", "ends", "certificate", "certificatePassword", "password"),
		Submit: []ui.ButtonModel{{Label: "Save and test", Kind: ui.Primary}},
		Fields: []ui.FieldModel{
			{Label: "Directory (tenant) ID", Name: "tenant", Value: f.set.Tenant, Error: at(wrong, "tenant"), Required: true, Mono: true, Autocomplete: "off", Focus: wrong == nil && !w.known, Placeholder: "00000000-0000-0000-0000-000000000000", Hint: "The ID, or a domain of the tenant."},
			{Label: "Application (client) ID", Name: "clientId", Value: f.set.ClientID, Error: at(wrong, "clientId"), Required: true, Mono: true, Autocomplete: "off", Placeholder: "00000000-0000-0000-0000-000000000000"},
			{Label: "Cloud", Name: "cloud", Type: "select", Value: string(f.set.Cloud), Error: at(wrong, "cloud"), Options: k.clouds(), Hint: "Where the tenant lives. Most are in the first."},
		},
		More: "More attributes", Few: []ui.FieldModel{
			{Label: "Attributes of users", Name: "ofUsers", Type: "textarea", Rows: 3, Mono: true, Value: f.more, Error: at(wrong, "attributes"), Optional: true, Hint: "In Microsoft Graph’s names, one per line, such as employeeHireDate or extensionAttribute1. They are for attribute mappings."},
			{Label: "Attributes of groups", Name: "ofGroups", Type: "textarea", Rows: 2, Mono: true, Value: f.groups, Error: at(wrong, "groupAttributes"), Optional: true},
		},
	}
	m.FewOpen = f.more+f.groups != "" || at(wrong, "attributes")+at(wrong, "groupAttributes") != ""
	w.signInFields(&m, f, wrong, k.Sessions.Confirmed(c))
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	return respond.HTML(c, status, page.ConnectorForm(m))
}

// clouds are the choices of the list.
func (k *Console) clouds() []ui.Option {
	var out []ui.Option
	for _, cloud := range k.Clouds {
		out = append(out, ui.Option{Value: string(cloud), Label: cloud.Label()})
	}
	return out
}

// signInFields ask for the secret or the certificate. What is kept is never shown.
func (w connectorWorld) signInFields(m *page.ConnectorFormModel, f credentialForm, wrong *models.Error, confirmed bool) {
	m.Kind = &ui.RadioCardsModel{Legend: "How does Muster sign in?", Name: "sign", Value: f.sign, Columns: true, Options: []ui.Option{
		{Value: clientSecret, Label: "Client secret", Hint: "A text that Entra made. It has an end date."},
		{Value: certificate, Label: "Certificate", Hint: "A PEM or PFX file with its private key. Safer, because Entra never has the key."},
	}}
	if w.known && w.c.SecretKind != "" {
		m.Kind.Options = append([]ui.Option{{Value: keepSecret, Label: "As now", Hint: w.secretWords()}}, m.Kind.Options...)
		m.Kind.Hint = "What is kept is never shown again. Choose one of the others to replace it."
	}
	m.Secret = []ui.FieldModel{
		{Label: "Value of the client secret", Name: "clientSecret", Type: "password", Error: at(wrong, "clientSecret"), Autocomplete: "off", Mono: true, Hint: "Only with “Client secret”: the column Value, not the Secret ID."},
		{Label: "The secret expires on", Name: "ends", Type: "date", Value: f.endsAs, Error: at(wrong, "ends"), Narrow: true, Optional: true, Hint: "As Entra shows it. Muster cannot read it there, and reminds you 30, 14, 7 and 1 days before."},
		{Label: "Certificate file", Name: "certificate", Type: "file", Accept: ".pem,.pfx,.p12,.crt,.key", Error: at(wrong, "certificate"), Hint: "Only with “Certificate”: PEM with certificate and unencrypted private key, or PFX. Its end date is read from it."},
		{Label: "Password of the PFX file", Name: "certificatePassword", Type: "password", Error: at(wrong, "certificatePassword"), Autocomplete: "off", Optional: true},
	}
	if !confirmed {
		m.Password = &ui.FieldModel{Label: "Your password", Name: "password", Type: "password", Error: at(wrong, "password"), Autocomplete: "current-password", Hint: "Because these settings decide which directory is trusted."}
	}
}

// secretWords tells which credential is kept without showing it.
func (w connectorWorld) secretWords() string {
	text := sentenceCase(w.c.SecretKind)
	if w.c.SecretHint != "" {
		text += " (" + w.c.SecretHint + ")"
	}
	if left, known := w.secretLeft(); known {
		if left <= 0 {
			return text + ", expired " + ui.Relative(w.c.SecretEnds.Time(), w.now)
		}
		return text + ", expires " + ui.Relative(w.c.SecretEnds.Time(), w.now)
	}
	return text + ", end not known"
}

// changedBy is who changed the settings last.
func (w connectorWorld) changedBy(c echo.Context) string {
	return hideEmail(!session.Actor(c).Role.Includes(models.Admin), w.c.UpdatedBy)
}
