package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// changeForm is a change as its URL and form hold it. The seen figures are those
// of the preview that is being confirmed.
type changeForm struct {
	target  models.Method
	keep    bool
	version string
	ack     bool
	name    string
	reason  string
	seen    map[string]string
}

// changeFormOf reads a change. Tokens and mappings are kept unless the box was
// cleared: a hidden keep=0 stands before the box, so the last value counts.
func changeFormOf(c echo.Context) (changeForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return changeForm{}, models.Errorf(models.Invalid, "", "The form could not be read.").WithAdvice("Go back and try again.")
	}
	f := confirmation(values)
	f.target, f.keep = models.Method(c.Param("target")), true
	if keep := values["keep"]; len(keep) > 0 {
		f.keep = keep[len(keep)-1] == "1"
	}
	if !f.target.Valid() {
		return f, models.Errorf(models.NotFound, "method", "%q is no deployment method.", f.target).
			WithAdvice("Choose one of the four on the Deployment page.")
	}
	return f, nil
}

// confirmation reads what every confirmation sends.
func confirmation(values url.Values) changeForm {
	f := changeForm{
		version: values.Get("version"), ack: values.Get("ack") == "1",
		name: strings.TrimSpace(values.Get("name")), reason: strings.TrimSpace(values.Get("reason")), seen: map[string]string{},
	}
	for _, s := range seenFigures {
		f.seen[s.field] = values.Get(s.field)
	}
	return f
}

// query keeps the choice in a link.
func (f changeForm) query() string { return "?keep=" + f.kept() }

func (f changeForm) kept() string {
	if f.keep {
		return "1"
	}
	return "0"
}

func (f changeForm) path() string { return "/deployment/change/" + string(f.target) }

// part is the address of one part of the preview.
func (f changeForm) part(name string, pairs ...string) string {
	return address(f.path()+"/"+name, append([]string{"keep", f.kept()}, pairs...)...)
}

// previewChange is step 2.
func (k *Console) previewChange(c echo.Context) error {
	f, err := changeFormOf(c)
	if err != nil {
		return err
	}
	v, err := k.changeView(c, f)
	if err != nil {
		return err
	}
	if v.impact.First {
		return respond.See(c, "/deployment")
	}
	return k.showPreview(c, http.StatusOK, v, false)
}

func (k *Console) showPreview(c echo.Context, status int, v changeView, stale bool) error {
	v.form.ack = false // other figures have to be read again
	m, err := v.preview(c)
	if err != nil {
		return err
	}
	m.Chrome = k.chrome(c, m.Head.Title, "deployment")
	if stale {
		m.IsStale, m.Stale = true, difference(v.form.seen, v.impact.Counts)
	}
	return respond.HTML(c, status, page.ChangePreview(m))
}

// confirmChange is step 3 as a page of its own.
func (k *Console) confirmChange(c echo.Context) error {
	f, err := changeFormOf(c)
	if err != nil {
		return err
	}
	v, err := k.changeView(c, f)
	if err != nil {
		return err
	}
	if v.impact.First || len(v.impact.Blockers) > 0 {
		return respond.See(c, f.path()+f.query())
	}
	return k.showChangeConfirm(c, http.StatusOK, v, nil)
}

func (k *Console) showChangeConfirm(c echo.Context, status int, v changeView, wrong map[string]string) error {
	m := v.confirm(wrong)
	m.Chrome = k.chrome(c, m.Head.Title, "deployment")
	return respond.HTML(c, status, page.ChangeConfirm(m))
}

// changeMethod carries a confirmed change out.
func (k *Console) changeMethod(c echo.Context) error {
	f, err := changeFormOf(c)
	if err != nil {
		return err
	}
	v, err := k.changeView(c, f)
	if err != nil {
		return err
	}
	switch {
	case v.impact.First:
		return respond.See(c, "/deployment")
	case len(v.impact.Blockers) > 0:
		return k.showPreview(c, respond.Status(models.Conflict), v, false)
	case f.version != v.impact.Version:
		return k.showPreview(c, respond.Status(models.Stale), v, true)
	}
	wrong := v.check()
	kind, err := k.passwordAgain(c, v.ask, wrong)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return k.showChangeConfirm(c, respond.Status(kind), v, wrong)
	}
	return k.applyChange(c, v)
}

// passwordAgain asks for the password once everything else is right. What is wrong goes
// to the field, and the kind of it is given back.
func (k *Console) passwordAgain(c echo.Context, ask bool, wrong map[string]string) (models.Kind, error) {
	if len(wrong) > 0 || !ask {
		return models.Invalid, nil
	}
	err := k.Sessions.Confirm(c, c.FormValue("password"))
	if err == nil {
		return models.Invalid, nil
	}
	e, classed := models.AsError(err)
	if !classed {
		return models.Internal, err
	}
	wrong["password"] = e.Error()
	return e.Kind, nil
}

func (k *Console) applyChange(c echo.Context, v changeView) error {
	f := v.form
	done, err := k.Deployment.Change(c.Request().Context(), session.Actor(c),
		deployment.Order{Target: f.target, Keep: f.keep, Version: f.version, Reason: f.reason})
	if kind := models.KindOf(err); err != nil && (kind == models.Stale || kind == models.Conflict) {
		// Something moved between the check above and the change itself.
		fresh, err := k.changeView(c, f)
		if err != nil {
			return err
		}
		return k.showPreview(c, respond.Status(kind), fresh, kind == models.Stale)
	}
	if err != nil {
		return err
	}
	if err := k.Sessions.Flash(c, string(ui.Ok), "User deployment method successfully changed to "+done.To.Label()+"."); err != nil {
		return err
	}
	return respond.See(c, "/deployment/changes/"+done.ID)
}

const changeReasonMost = 500

// check gives what is wrong with a confirmation, by field.
func (v changeView) check() map[string]string {
	wrong := v.form.check()
	if v.deletes() && v.form.name != v.org.Name {
		wrong["name"] = "Type the organization’s name exactly as it is written: " + v.org.Name
	}
	return wrong
}

// check gives what is wrong with what every confirmation asks for.
func (f changeForm) check() map[string]string {
	wrong := map[string]string{}
	if !f.ack {
		wrong["ack"] = "Tick the box to say that you have read what changes."
	}
	if n := utf8.RuneCountInString(f.reason); n > changeReasonMost {
		wrong["reason"] = "The reason has " + strconv.Itoa(n) + " characters; at most " + strconv.Itoa(changeReasonMost) + " are kept."
	}
	return wrong
}
