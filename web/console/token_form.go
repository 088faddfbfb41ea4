package console

import (
	"net/http"
	"strconv"
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

const byDate = "date"

// tokenForm is the form with its choices; the zero values are those of a new one.
func (k *Console) tokenForm(c echo.Context, kind page.TokenFormKind, title string) page.TokenFormModel {
	now := k.Now()
	m := page.TokenFormModel{
		Chrome: k.chrome(c, title, "tokens"), Kind: kind, Title: title,
		Crumbs: []ui.Link{{Label: "SCIM tokens", Href: tokensPath}}, Back: ui.Link{Label: "SCIM tokens", Href: tokensPath}, Action: tokensPath, Submit: "Create token",
		Expires: "365", Scope: string(models.ProvisionScope), Overlap: "24h0m0s", At: map[string]string{},
		MinDate: now.AddDate(0, 0, 1).Format(time.DateOnly), MaxDate: now.AddDate(5, 0, 0).Format(time.DateOnly),
		Your: "One address or range per line, such as 203.0.113.0/24; empty allows any. Your own address is " + c.RealIP() + ".",
		Scopes: []ui.Option{
			{Value: string(models.ProvisionScope), Label: "Provision", Hint: "Reads and changes users and groups: what a directory needs."},
			{Value: string(models.ReadScope), Label: "Read only", Hint: "Reads users and groups, for checks and reports."},
		},
	}
	for _, d := range account.ExpiryDays() {
		m.Days = append(m.Days, ui.Option{Value: strconv.Itoa(d), Label: "In " + strconv.Itoa(d) + " days, " + now.AddDate(0, 0, d).Format("2 Jan 2006")})
	}
	m.Days = append(m.Days, ui.Option{Value: byDate, Label: "On a date"})
	for _, d := range account.Overlaps() {
		m.Overlaps = append(m.Overlaps, overlapOption(d))
	}
	return m
}

func overlapOption(d time.Duration) ui.Option {
	o := ui.Option{Value: d.String(), Label: ui.Duration(d)}
	switch d {
	case 0:
		o.Label, o.Hint = "Not at all", "The old token stops now. For one that others may know."
	case time.Hour:
		o.Label, o.Hint = "1 hour", "You replace it in the directory right away."
	case 24 * time.Hour:
		o.Label, o.Hint = "1 day", "Enough for most changes."
	default:
		o.Label, o.Hint = ui.Plural(int(d/(24*time.Hour)), "day", "days"), "When somebody else has to replace it."
	}
	return o
}

// send puts what was entered back, and the refusal at its field.
func sendForm(c echo.Context, m page.TokenFormModel, wrong *models.Error) error {
	if wrong == nil {
		return respond.HTML(c, http.StatusOK, page.TokenForm(m))
	}
	m.Description, m.AllowList, m.Date = c.FormValue("description"), c.FormValue("allowList"), c.FormValue("date")
	for _, f := range []struct {
		name string
		to   *string
	}{{"expires", &m.Expires}, {"scope", &m.Scope}, {"overlap", &m.Overlap}} {
		if v := c.FormValue(f.name); v != "" {
			*f.to = v
		}
	}
	m.At[wrong.Attr], m.Errors = wrong.Error(), formErrors(wrong, "description", "expires", "date", "allowList")
	return respond.HTML(c, respond.Status(wrong.Kind), page.TokenForm(m))
}

func (k *Console) newTokenForm(c echo.Context, wrong *models.Error) error {
	o, err := k.Read.Organization(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	m := k.tokenForm(c, page.TokenCreate, "New token")
	m.Sub = "One per directory, so that each can be ended alone. At most 5 are live at once."
	if o.Method != models.SCIM {
		m.Until, m.Shadow = untilInCharge(o), "1"
		if c.Request().Method == http.MethodPost && c.FormValue("shadow") != "1" {
			m.Shadow = "0"
		}
	}
	return sendForm(c, m, wrong)
}

// untilInCharge are what a token can do while SCIM is not the method in charge.
func untilInCharge(o models.Organization) []ui.Option {
	return []ui.Option{
		{Value: "1", Label: "Rehearse in shadow mode", Hint: "What it sends is answered, recorded and evaluated on a copy of the organization. Nothing real changes, and you see what SCIM would do to each user. It becomes a normal token when SCIM is put in charge."},
		{Value: "0", Label: "Be refused", Hint: "Requests get 403 with the reason: " + o.Method.Label() + " is in charge. It works as soon as SCIM is put in charge."},
	}
}

func (k *Console) newToken(c echo.Context) error { return k.newTokenForm(c, nil) }

func (k *Console) createToken(c echo.Context) error {
	spec, err := k.tokenSpec(c)
	var made models.Token
	var text string
	if err == nil {
		made, text, err = k.Accounts.CreateToken(c.Request().Context(), session.Actor(c), spec)
	}
	if e, ok := refusal(err); ok {
		return k.newTokenForm(c, e)
	}
	if err != nil {
		return err
	}
	if made.Shadow {
		// The copy begins at once, so that the directory need not wait for it.
		if err := k.Shadow.Start(c.Request().Context(), session.Actor(c)); err != nil {
			return err
		}
	}
	return k.showOnce(c, made, text)
}

// tokenSpec reads the form; the door checks it.
func (k *Console) tokenSpec(c echo.Context) (account.TokenSpec, error) {
	expires, err := k.expiry(c)
	return account.TokenSpec{
		Description: c.FormValue("description"), Expires: expires,
		Scope: models.Scope(c.FormValue("scope")), AllowList: strings.FieldsFunc(c.FormValue("allowList"), separator),
		Shadow: c.FormValue("shadow") == "1",
	}, err
}

func separator(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' || r == ' ' }

// expiry reads the choice of days or, with "on a date", the date.
func (k *Console) expiry(c echo.Context) (time.Time, error) {
	text := c.FormValue("expires")
	if text == byDate {
		if text = strings.TrimSpace(c.FormValue("date")); text == "" {
			return time.Time{}, models.Errorf(models.Invalid, "date", "No date was chosen.").
				WithAdvice("Choose the last day of the token, or one of the terms above.").WithCode("expiry")
		}
	}
	return account.ParseExpiry(text, k.Now(), time.UTC)
}

func (k *Console) editTokenForm(c echo.Context, wrong *models.Error) error {
	t, err := k.Read.Token(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	m := k.tokenForm(c, page.TokenEdit, "Edit “"+t.Description+"”")
	m.Sub = "When it expires cannot be changed; rotate it for a new term."
	m.Back, m.Action, m.Submit = ui.Link{Label: t.Description, Href: tokensPath + "/" + t.ID}, tokensPath+"/"+t.ID, "Save"
	m.Crumbs = append(m.Crumbs, m.Back)
	m.Description, m.Scope, m.AllowList = t.Description, string(t.Scope), strings.Join(t.AllowList, "\n")
	m.Edition = account.EditionOf(t)
	if wrong != nil && wrong.Kind == models.Stale {
		if wrong, err = k.overtakenDeed(c, "this token", "token", t.Description, t.ID); err != nil {
			return err
		}
	} else if wrong != nil {
		m.Edition = c.FormValue("edition")
	}
	return sendForm(c, m, wrong)
}

func (k *Console) editToken(c echo.Context) error { return k.editTokenForm(c, nil) }

func (k *Console) updateToken(c echo.Context) error {
	spec := account.TokenSpec{
		Description: c.FormValue("description"), Scope: models.Scope(c.FormValue("scope")),
		AllowList: strings.FieldsFunc(c.FormValue("allowList"), separator), Edition: c.FormValue("edition"),
	}
	t, err := k.Accounts.EditToken(c.Request().Context(), session.Actor(c), c.Param("id"), spec)
	if e, ok := refusal(err); ok {
		return k.editTokenForm(c, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, tokensPath+"/"+t.ID, "The token “"+t.Description+"” is saved.")
}

func (k *Console) rotationForm(c echo.Context, wrong *models.Error) error {
	t, err := k.Read.Token(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	if !t.Live(k.Now()) {
		return k.tokenEnded(c, t)
	}
	to := tokensPath + "/" + t.ID
	m := k.tokenForm(c, page.TokenRotate, "Rotate “"+t.Description+"”")
	m.Sub = "Makes its successor with the same scope and addresses, live at once."
	m.Back, m.Action, m.Submit = ui.Link{Label: t.Description, Href: to}, to+"/rotate", "Make the new token"
	m.Crumbs = append(m.Crumbs, m.Back)
	return sendForm(c, m, wrong)
}

func (k *Console) askRotation(c echo.Context) error { return k.rotationForm(c, nil) }

func (k *Console) rotateToken(c echo.Context) error {
	overlap, err := time.ParseDuration(c.FormValue("overlap"))
	if err != nil {
		overlap = -1 // refused by the door in its words
	}
	expires, err := k.expiry(c)
	var made models.Token
	var text string
	if err == nil {
		made, text, err = k.Accounts.RotateToken(c.Request().Context(), session.Actor(c), c.Param("id"), overlap, expires)
	}
	if e, ok := refusal(err); ok {
		return k.rotationForm(c, e)
	}
	if err != nil {
		return err
	}
	return k.showOnce(c, made, text)
}
