package console

import (
	"net/http"
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

// seenFigures are the figures a stale preview compares, with their words.
var seenFigures = []struct {
	field, words string
	of           func(models.ChangeCounts) int64
}{
	{"seen_users", "users that become manual", func(n models.ChangeCounts) int64 { return n.UsersToManual }},
	{"seen_groups", "groups that become manual", func(n models.ChangeCounts) int64 { return n.GroupsToManual }},
	{"seen_unchanged", "users that stay as they are", func(n models.ChangeCounts) int64 { return n.UsersUnchanged }},
	{"seen_inactive", "inactive users", func(n models.ChangeCounts) int64 { return n.Inactive }},
	{"seen_preserved", "preserved users", func(n models.ChangeCounts) int64 { return n.Preserved }},
	{"seen_parked", "tokens parked", func(n models.ChangeCounts) int64 { return n.TokensParked }},
	{"seen_revoked", "tokens deleted", func(n models.ChangeCounts) int64 { return n.TokensRevoked }},
	{"seen_rules_parked", "mappings parked", func(n models.ChangeCounts) int64 { return n.RulesParked }},
	{"seen_rules_deleted", "mappings deleted", func(n models.ChangeCounts) int64 { return n.RulesDeleted }},
}

// changeFormOf reads a change. Tokens and mappings are kept unless the box was
// cleared: a hidden keep=0 stands before the box, so the last value counts.
func changeFormOf(c echo.Context) (changeForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return changeForm{}, models.Errorf(models.Invalid, "", "The form could not be read.").WithAdvice("Go back and try again.")
	}
	f := changeForm{
		target: models.Method(c.Param("target")), keep: true, version: values.Get("version"), ack: values.Get("ack") == "1",
		name: strings.TrimSpace(values.Get("name")), reason: strings.TrimSpace(values.Get("reason")), seen: map[string]string{},
	}
	if keep := values["keep"]; len(keep) > 0 {
		f.keep = keep[len(keep)-1] == "1"
	}
	for _, s := range seenFigures {
		f.seen[s.field] = values.Get(s.field)
	}
	if !f.target.Valid() {
		return f, models.Errorf(models.NotFound, "method", "%q is no deployment method.", f.target).
			WithAdvice("Choose one of the four on the Deployment page.")
	}
	return f, nil
}

// query keeps the choice in a link.
func (f changeForm) query() string {
	if f.keep {
		return "?keep=1"
	}
	return "?keep=0"
}

func (f changeForm) path() string { return "/deployment/change/" + string(f.target) }

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
	m, err := v.preview(c.Request().Context())
	if err != nil {
		return err
	}
	m.Chrome = k.chrome(c, m.Title, "deployment")
	if stale {
		m.IsStale, m.Stale = true, v.difference()
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
	m.Chrome = k.chrome(c, m.Ask.Title, "deployment")
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
	if len(wrong) == 0 && v.ask {
		if err := k.Sessions.Confirm(c, c.FormValue("password")); err != nil {
			e, classed := models.AsError(err)
			if !classed {
				return err
			}
			wrong["password"] = e.Error()
			return k.showChangeConfirm(c, respond.Status(e.Kind), v, wrong)
		}
	}
	if len(wrong) > 0 {
		return k.showChangeConfirm(c, respond.Status(models.Invalid), v, wrong)
	}
	return k.applyChange(c, v)
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
	wrong := map[string]string{}
	if !v.form.ack {
		wrong["ack"] = "Tick the box to say that you have read what changes."
	}
	if v.deletes() && v.form.name != v.org.Name {
		wrong["name"] = "Type the organization's name exactly as it is written: " + v.org.Name
	}
	if n := utf8.RuneCountInString(v.form.reason); n > changeReasonMost {
		wrong["reason"] = "The reason has " + strconv.Itoa(n) + " characters; at most " + strconv.Itoa(changeReasonMost) + " are kept."
	}
	return wrong
}

// difference compares the figures of the confirmed preview with those of now.
func (v changeView) difference() []ui.DiffRow {
	var out []ui.DiffRow
	for _, s := range seenFigures {
		then, err := strconv.ParseInt(v.form.seen[s.field], 10, 64)
		if now := s.of(v.impact.Counts); err == nil && then != now {
			out = append(out, ui.DiffRow{Name: s.words, Old: ui.Count(then), New: ui.Count(now)})
		}
	}
	return out
}
