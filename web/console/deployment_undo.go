package console

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// undoView is an undo as it stands now.
type undoView struct {
	pastChange
	form changeForm
	ask  bool
}

func (k *Console) undoView(c echo.Context) (undoView, error) {
	values, err := c.FormParams()
	if err != nil {
		return undoView{}, models.Errorf(models.Invalid, "", "The form could not be read.").WithAdvice("Go back and try again.")
	}
	v := undoView{form: confirmation(values), ask: !k.Sessions.Confirmed(c)}
	v.pastChange, err = k.pastChange(c)
	return v, err
}

// previewUndo shows what taking a change back would do.
func (k *Console) previewUndo(c echo.Context) error {
	v, err := k.undoView(c)
	if err != nil {
		return err
	}
	return k.showUndo(c, http.StatusOK, v, false)
}

func (k *Console) showUndo(c echo.Context, status int, v undoView, stale bool) error {
	v.form.ack = false // other figures have to be read again
	m, err := v.preview(c.Request().Context())
	if err != nil {
		return err
	}
	m.Chrome = k.chrome(c, m.Head.Title, "deployment")
	if stale {
		m.IsStale, m.Stale = true, difference(v.form.seen, v.undo.Counts)
	}
	return respond.HTML(c, status, page.ChangePreview(m))
}

// confirmUndo asks on a page of its own.
func (k *Console) confirmUndo(c echo.Context) error {
	v, err := k.undoView(c)
	if err != nil {
		return err
	}
	if !v.undoable() {
		return respond.See(c, v.path("/undo"))
	}
	return k.showUndoConfirm(c, http.StatusOK, v, nil)
}

func (k *Console) showUndoConfirm(c echo.Context, status int, v undoView, wrong map[string]string) error {
	m := v.confirm(wrong)
	m.Chrome = k.chrome(c, m.Head.Title, "deployment")
	return respond.HTML(c, status, page.ChangeConfirm(m))
}

// undoChange carries a confirmed undo out.
func (k *Console) undoChange(c echo.Context) error {
	v, err := k.undoView(c)
	if err != nil {
		return err
	}
	switch {
	case !v.undoable():
		return k.showUndo(c, respond.Status(models.Conflict), v, false)
	case v.form.version != v.undo.Version:
		return k.showUndo(c, respond.Status(models.Stale), v, true)
	}
	wrong := v.form.check()
	kind, err := k.passwordAgain(c, v.ask, wrong)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return k.showUndoConfirm(c, respond.Status(kind), v, wrong)
	}
	done, err := k.Deployment.Undo(c.Request().Context(), session.Actor(c), deployment.UndoOrder{Change: v.change.ID, Version: v.form.version, Reason: v.form.reason})
	if kind := models.KindOf(err); err != nil && (kind == models.Stale || kind == models.Conflict) {
		// Something moved between the check above and the undo itself.
		fresh, err := k.undoView(c)
		if err != nil {
			return err
		}
		return k.showUndo(c, respond.Status(kind), fresh, kind == models.Stale)
	}
	if err != nil {
		return err
	}
	k.Directory.Rouse()
	return k.done(c, changeAddress(done.ID), "The change to "+done.From.Label()+" is undone: "+done.To.Label()+" is in charge again.")
}

// undoSteps are the two steps of an undo.
func undoSteps(current int, preview string) []ui.StepModel {
	steps := []ui.StepModel{{Label: "Preview", State: ui.Current}, {Label: "Confirm", State: ui.ToCome}}
	if current == 1 {
		steps[0].State, steps[0].Href, steps[1].State = ui.Done, preview, ui.Current
	}
	return steps
}

func (v undoView) title() string {
	return "Undo the change from " + v.undo.To.Label() + " to " + v.change.To.Label()
}

// confirm builds the question of an undo.
func (v undoView) confirm(wrong map[string]string) page.ChangeConfirmModel {
	n := v.undo.Counts
	title := "Undo the change to " + v.change.To.Label() + "?"
	m := page.ChangeConfirmModel{
		Head:  ui.PageHeadModel{Title: title, Crumbs: []ui.Link{{Label: "Deployment", Href: "/deployment"}, {Label: "Preview", Href: v.path("/undo")}}},
		Steps: undoSteps(1, v.path("/undo")),
		Ack:   v.ack(),
		Ask: ui.ConfirmModel{
			ID: "confirm-undo", Title: title, Consequence: v.consequence(), Points: v.sentences(), Stays: v.stays(),
			Undo:   "An undo cannot be undone itself. You can change the deployment method again at any time.",
			Action: v.path("/undo"), Label: "Undo the change", Cancel: "Keep " + v.undo.From.Label(), CancelHref: v.path("/undo"),
			Hidden: append([]ui.Option{{Label: "version", Value: v.undo.Version}}, seen(n)...),
		},
	}
	v.form.entered(&m, v.ask, wrong)
	return m
}

// ack repeats the largest numbers.
func (v undoView) ack() string {
	n := v.undo.Counts
	if v.undo.To == models.Manual {
		return "I understand that " + ui.Plural(n.UsersToManual, "user", "users") + " and " + ui.Plural(n.GroupsToManual, "group", "groups") + " become manual today, " + day(v.now) + "."
	}
	return "I understand that " + ui.Plural(n.UsersReturn, "user", "users") + " and " + ui.Plural(n.GroupsReturn, "group", "groups") + " are managed by " + v.undo.To.Label() + " again from today, " + day(v.now) + "."
}

func (v undoView) consequence() string {
	if v.undo.To == models.Manual {
		return "Manual is in charge again, and nobody is sent or fetched any more."
	}
	return v.undo.To.Label() + " is in charge again, and everybody whom nobody changed since the change is managed by it again."
}

// sentences tell the numbers of an undo, one each.
func (v undoView) sentences() []string {
	n, from, to := v.undo.Counts, v.undo.From.Label(), v.undo.To.Label()
	var out []string
	if v.undo.To != models.Manual {
		out = append(out, "That is "+ui.Plural(n.UsersReturn, "user", "users")+" and "+ui.Plural(n.GroupsReturn, "group", "groups")+".")
	}
	add := func(count int64, one, many string) {
		if count > 0 {
			out = append(out, ui.Plural(count, one, many))
		}
	}
	add(n.UsersToManual, "user of "+from+" becomes manual.", "users of "+from+" become manual.")
	add(n.GroupsToManual, "group of "+from+" becomes manual.", "groups of "+from+" become manual.")
	add(n.RulesRestored, "deleted "+to+" mapping comes back.", "deleted "+to+" mappings come back, attribute mappings included.")
	add(n.RulesWoken, "kept "+to+" mapping works again.", "kept "+to+" mappings work again, attribute mappings included.")
	add(n.RulesParked, from+" mapping is kept, parked.", from+" mappings are kept, parked, attribute mappings included.")
	add(n.TokensWoken, "SCIM token works again.", "SCIM tokens work again.")
	add(n.TokensOpened, "token of shadow mode counts from now on: what it sends changes users.", "tokens of shadow mode count from now on: what they send changes users.")
	add(n.TokensShadow, "token goes back to shadow mode.", "tokens go back to shadow mode.")
	add(n.TokensParked, "SCIM token is parked: its requests are refused with 403 and the reason.", "SCIM tokens are parked: their requests are refused with 403 and the reason.")
	add(n.QueueReopened, "decision is open again in the queue.", "decisions are open again in the queue.")
	add(n.QueueClosed, "open decision about records of "+from+" is closed.", "open decisions about records of "+from+" are closed.")
	add(n.HeldDropped, "held removal is dropped.", "held removals are dropped.")
	return out
}

// stays says who is not touched by an undo.
func (v undoView) stays() string {
	n := v.undo.Counts
	var parts []string
	if n.UsersTouched > 0 {
		parts = append(parts, ui.Plural(n.UsersTouched, "user was changed since: that one keeps what was changed and does not return.", "users were changed since: they keep what was changed and do not return."))
	}
	if n.GroupsTouched > 0 {
		parts = append(parts, ui.Plural(n.GroupsTouched, "group was changed since and does not return.", "groups were changed since and do not return."))
	}
	parts = append(parts, "Everybody keeps status, profile, groups, roles and history. 0 users are deleted.")
	return strings.Join(parts, " ")
}
