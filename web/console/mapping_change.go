package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// saveMapping saves what the form says; when many people move, only after the
// difference was shown once more.
func (k *Console) saveMapping(c echo.Context, w ruleWorld, have models.Mapping, f ruleForm) error {
	draft, err := f.draft(w, have)
	if err == nil && c.FormValue("confirmed") == "" {
		var p directory.RulePreview
		if p, err = k.ruleDifference(c, w, directory.RuleChange{Save: &draft}); err == nil && (p.Moved > movesMany || p.ShutOut > 0) {
			return k.confirmRules(c, w, p, saveQuestion(c, have, draft, p.Moved))
		}
	}
	var saved models.Mapping
	if err == nil {
		saved, err = k.Directory.SaveMapping(c.Request().Context(), session.Actor(c), have.ID, f.apply(draft))
	}
	if e, ok := refusal(err); ok {
		if e.Kind == models.Stale {
			if e, err = k.overtakenDeed(c, "this mapping", "mapping", have.Name, have.ID); err != nil {
				return err
			}
			f.version = have.Version
		}
		return k.mappingFormPage(c, w, have, f, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, mappingsOf(saved.Method)+"#rule-"+saved.ID, "Mapping "+saved.Name+" is saved. Users follow in the background.")
}

// saveQuestion carries the whole form, so that confirming saves just that.
func saveQuestion(c echo.Context, have, draft models.Mapping, moved int64) ui.ConfirmModel {
	q := ui.ConfirmModel{
		Title: "Save “" + draft.Name + "” and move " + ui.Plural(moved, "user", "users") + "?", Action: mappingsPath + "/new", CancelHref: mappingsOf(draft.Method),
		Label: "Save and move " + ui.Plural(moved, "user", "users"), Cancel: "Save nothing", Harmless: true,
		Consequence: ui.Plural(moved, "user gets", "users get") + " what another rule gives. They follow in the background, which can be stopped.",
		Stays:       "Profiles given by hand and own values stay. Nobody is deleted.",
		Undo:        "Changing the rule back moves them back.",
	}
	if have.ID != "" {
		q.Action, q.CancelHref = mappingAddress(have), mappingAddress(have)
	}
	form, err := c.FormParams()
	if err != nil {
		return q
	}
	for name, values := range form {
		for _, v := range values {
			if name != "do" && name != "confirmed" {
				q.Hidden = append(q.Hidden, ui.Option{Label: name, Value: v})
			}
		}
	}
	slices.SortStableFunc(q.Hidden, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	q.Hidden = append(q.Hidden, ui.Option{Label: "do", Value: "save"}, ui.Option{Label: "confirmed", Value: "yes"})
	return q
}

func (k *Console) confirmRules(c echo.Context, w ruleWorld, p directory.RulePreview, q ui.ConfirmModel) error {
	if n := p.ShutOut; n > 0 {
		q.Consequence += " " + shutOutWords(n)
		q.Harmless = false
	}
	return respond.HTML(c, http.StatusOK, page.RuleConfirm(page.RuleConfirmModel{
		Chrome: k.chrome(c, q.Title, "mappings"), Preview: w.differenceModel(p), Confirm: q,
		Head: ui.PageHeadModel{Title: q.Title, Crumbs: []ui.Link{{Label: "Mappings", Href: mappingsOf(w.method)}}},
	}))
}

// askDeleteMapping always shows the difference: a rule that goes is gone.
func (k *Console) askDeleteMapping(c echo.Context) error {
	m, w, err := k.rule(c)
	if err != nil {
		return err
	}
	p, err := k.ruleDifference(c, w, directory.RuleChange{Delete: m.ID})
	if err != nil {
		return err
	}
	q := ui.ConfirmModel{
		Title: "Delete mapping “" + m.Name + "”?", Action: mappingAddress(m) + "/delete", CancelHref: mappingAddress(m),
		Label: "Delete mapping", Cancel: "Keep mapping", Consequence: "The rule goes. No user moves.",
		Stays: "Nobody is deleted. Profiles given by hand and own values stay.",
		Undo:  "There is no undo. Disabling keeps the rule and has the same effect on users.",
	}
	if p.Moved > 0 {
		q.Consequence = "The rule goes, and " + ui.Plural(p.Moved, "user moves", "users move") + " to the next rule that matches, or to none. They follow in the background."
	}
	return k.confirmRules(c, w, p, q)
}

func (k *Console) deleteMapping(c echo.Context) error {
	m, _, err := k.rule(c)
	if err != nil {
		return err
	}
	if err := k.Directory.DeleteMapping(c.Request().Context(), session.Actor(c), m.ID); err != nil {
		return err
	}
	return k.done(c, mappingsOf(m.Method), "Mapping "+m.Name+" is deleted.")
}

// moveMapping moves a rule by one place: the buttons, which work without scripts and
// by keyboard.
func (k *Console) moveMapping(c echo.Context) error {
	m, w, err := k.rule(c)
	if err != nil {
		return err
	}
	ids := w.ids()
	from := slices.Index(ids, m.ID)
	to := from + 1
	if c.FormValue("to") == "up" {
		to = from - 1
	}
	if from < 0 || to < 0 || to >= len(ids) {
		return k.done(c, mappingsOf(m.Method), m.Name+" stays where it is.")
	}
	ids[from], ids[to] = ids[to], ids[from]
	return k.order(c, w, ids, mappingsOf(m.Method, "moved", m.ID+"."+c.FormValue("to")), m.Name+" is rule "+strconv.Itoa(to+1)+" now.")
}

// orderMappings takes the order that a pointer made.
func (k *Console) orderMappings(c echo.Context) error {
	w, err := k.ruleNames(c, models.Method(c.FormValue("method")))
	if err != nil {
		return err
	}
	return k.order(c, w, w.reordered(strings.Fields(c.FormValue("ids"))), mappingsOf(w.method), "The order is saved.")
}

func (w ruleWorld) ids() []string {
	ids := make([]string, len(w.rules))
	for i, m := range w.rules {
		ids[i] = m.ID
	}
	return ids
}

// reordered puts the rules that a page showed in its order, each in one of their
// places; those that a search hid stay where they are.
func (w ruleWorld) reordered(shown []string) []string {
	ids := w.ids()
	shown = slices.DeleteFunc(slices.Clone(shown), func(id string) bool { return !slices.Contains(ids, id) })
	next := 0
	for i, id := range ids {
		if slices.Contains(shown, id) && next < len(shown) {
			ids[i] = shown[next]
			next++
		}
	}
	return ids
}

// order asks first when many people move.
func (k *Console) order(c echo.Context, w ruleWorld, ids []string, back, done string) error {
	if slices.Equal(ids, w.ids()) {
		return k.done(c, back, "The order is as it was.")
	}
	p, err := k.ruleDifference(c, w, directory.RuleChange{Order: ids})
	if err != nil {
		return err
	}
	if (p.Moved > movesMany || p.ShutOut > 0) && c.FormValue("confirmed") == "" {
		return k.confirmRules(c, w, p, ui.ConfirmModel{
			Title: "Change the order and move " + ui.Plural(p.Moved, "user", "users") + "?", Action: mappingsPath + "/order", CancelHref: mappingsOf(w.method),
			Label: "Change the order", Cancel: "Keep the order", Harmless: true,
			Consequence: ui.Plural(p.Moved, "user gets", "users get") + " what another rule gives. They follow in the background, which can be stopped.",
			Stays:       "Profiles given by hand and own values stay. Nobody is deleted.", Undo: "Changing the order back moves them back.",
			Hidden: []ui.Option{{Label: "method", Value: string(w.method)}, {Label: "ids", Value: strings.Join(ids, " ")}, {Label: "confirmed", Value: "yes"}},
		})
	}
	if err := k.Directory.OrderMappings(c.Request().Context(), session.Actor(c), w.method, ids); err != nil {
		return err
	}
	return k.done(c, back, done)
}

// shutOutWords say who loses the application with a change of rules.
func shutOutWords(n int64) string {
	return ui.Plural(n, "active user then matches no rule and", "active users then match no rule and") + " may not use the application until one matches, as Settings say."
}
