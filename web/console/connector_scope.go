package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/source"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// scopeForm is a scope as it was entered. A chosen group comes with its name, which is
// kept to be shown: the directory is not asked for it again.
type scopeForm struct {
	scope source.Scope
	app   string
	find  string
	names map[string]string
}

func (w connectorWorld) scopeNow() scopeForm {
	f := scopeForm{scope: w.set.Scope, app: w.set.App, names: w.set.Names}
	if f.scope.Mode == "" {
		f.scope = source.Scope{Mode: source.Everyone, Nested: true}
	}
	return f
}

func readScope(c echo.Context) (scopeForm, error) {
	form, err := c.FormParams()
	if err != nil {
		return scopeForm{}, models.Errorf(models.Syntax, "", "The form could not be read.").WithAdvice("Go back to the scope and try again.")
	}
	f := scopeForm{
		scope: source.Scope{Mode: source.ScopeMode(form.Get("scope")), Nested: form.Get("nested") != ""},
		app:   strings.TrimSpace(form.Get("app")), find: strings.TrimSpace(form.Get("findGroups")), names: map[string]string{},
	}
	for _, chosen := range form["groups"] {
		id, name, _ := strings.Cut(chosen, ":")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		f.scope.Groups, f.names[id] = append(f.scope.Groups, id), name
	}
	f.scope.Groups = slices.Compact(slices.Sorted(slices.Values(f.scope.Groups)))
	return f, nil
}

// chosenGroup is a group as the form sends it: with its name, and without a space, since
// it is part of an id in the page.
func chosenGroup(id, name string) string { return id + ":" + url.QueryEscape(name) }

// narrowed leaves out what the mode does not use, so that it does not linger.
func (f scopeForm) narrowed() source.Scope {
	s := f.scope
	if s.Mode != source.ChosenGroups {
		s.Groups = nil
	}
	if s.Mode == source.Everyone {
		s.Nested = true
	}
	return s
}

func (k *Console) showScope(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	if !w.known {
		return respond.See(c, credentialsPath)
	}
	f := w.scopeNow()
	f.find = strings.TrimSpace(c.QueryParam("q"))
	return k.scopePage(c, w, f, page.ScopeCountModel{Text: "Not counted yet", Sub: "Press Count to ask Microsoft Graph."}, nil)
}

func (k *Console) saveScope(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	if !w.known {
		return respond.See(c, credentialsPath)
	}
	f, err := readScope(c)
	if err != nil {
		return err
	}
	switch c.FormValue("do") {
	case "find":
		return k.scopePage(c, w, f, page.ScopeCountModel{Text: "Not counted yet", Sub: "Press Count to ask Microsoft Graph."}, nil)
	case "count":
		return k.scopePage(c, w, f, k.countScope(c, f.narrowed(), f.app, w), nil)
	}
	set := w.set
	set.Scope, set.App, set.Names = f.narrowed(), f.app, f.names
	if set.Scope.Groups == nil {
		set.Names = nil
	}
	err = k.saveDraft(c, draft(set, nil))
	if e, ok := refusal(err); ok {
		return k.scopePage(c, w, f, page.ScopeCountModel{Text: "Not counted yet", Sub: "Nothing was saved."}, e)
	}
	if err != nil {
		return err
	}
	if w.tested() && !k.passesAgain(c) {
		return k.done(c, probePath, "The scope is saved. The connection test does not pass with it.")
	}
	if w.everRan() {
		return k.done(c, entraPath, "The scope is saved. The next cycle ends with a preview that you accept.")
	}
	return k.done(c, schedulePath, "The scope is saved.")
}

// passesAgain runs the connection test that passed before the scope changed, because it
// looks at the scope too: nobody has to go back for it.
func (k *Console) passesAgain(c echo.Context) bool {
	steps, err := k.Cycles.Test(c.Request().Context(), session.Actor(c), stored())
	return err == nil && passed(steps)
}

// findScopeGroups renews the list below a search while somebody types.
func (k *Console) findScopeGroups(c echo.Context) error {
	w, err := k.connectorWorld(c)
	if err != nil {
		return err
	}
	f, err := readScope(c)
	if err != nil {
		return err
	}
	return respond.HTML(c, http.StatusOK, page.GroupChoice(k.scopeGroups(c, w, f)))
}

func (k *Console) scopePage(c echo.Context, w connectorWorld, f scopeForm, count page.ScopeCountModel, wrong *models.Error) error {
	m := page.ConnectorScopeModel{
		Chrome: k.chrome(c, "Scope", "entra"), Steps: w.steps(scopeStep), Action: scopePath, Cancel: entraPath, Count: count,
		Head:   wizardHead("Scope", "Whose records Muster reads. Who is not in scope is never created, and preserved if they were provisioned before."),
		Errors: formErrors(wrong, "scope", "groups", "app", "password"), Submit: ui.ButtonModel{Label: "Save scope", Kind: ui.Primary, Name: "do", Value: "save"},
		Mode: ui.RadioCardsModel{Legend: "Who is in scope?", Name: "scope", Value: string(f.scope.Mode), Error: at(wrong, "scope"), Options: []ui.Option{
			{Value: string(source.Everyone), Label: "Everyone in the tenant", Hint: "All users, guests too. Needs User.Read.All and GroupMember.Read.All."},
			{Value: string(source.ChosenGroups), Label: "Chosen groups", Hint: "Users who are in any of the groups below."},
			{Value: string(source.AssignedOnly), Label: "Assigned to the application", Hint: "Users and groups assigned to the enterprise application. Needs Application.Read.All as well."},
		}},
		Groups: k.scopeGroups(c, w, f),
		Nested: ui.CheckboxModel{Name: "nested", Label: "Groups in groups count too", Hint: "Of chosen and of assigned groups.", Checked: f.scope.Nested},
		App: ui.FieldModel{
			Label: "Enterprise application", Name: "app", Value: f.app, Error: at(wrong, "app"), Optional: true, Mono: true, Autocomplete: "off",
			Hint: "Only with “Assigned to the application”: its Application ID, when users are assigned to another application than the one that signs in.",
		},
	}
	m.Groups.Error = at(wrong, "groups")
	if !k.Sessions.Confirmed(c) {
		m.Password = &ui.FieldModel{Label: "Your password", Name: "password", Type: "password", Error: at(wrong, "password"), Autocomplete: "current-password", Hint: "Because the scope decides who may use the application."}
	}
	if w.everRan() {
		m.Note = &page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Info, Title: "Another scope begins with a preview.", Text: "The directory is read again, and nothing is written before you accept what would happen."}}
	}
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	return respond.HTML(c, status, page.ConnectorScope(m))
}

// scopeGroups are the chosen groups, and those that a search finds in the directory.
func (k *Console) scopeGroups(c echo.Context, w connectorWorld, f scopeForm) page.GroupPickerModel {
	m := page.GroupPickerModel{
		ID: "groups-of-scope", Name: "groups", Legend: "Groups", Hint: "Only with “Chosen groups”. Search by the beginning of a word of their name in Entra.",
		Find: ui.FieldModel{Label: "Find groups", Name: "findGroups", Type: "search", Value: f.find, Autocomplete: "off", Placeholder: "Beginning of a word"},
	}
	m.Find.Attrs = map[string]any{
		"hx-post": scopePath + "/groups", "hx-trigger": "input delay:400ms", "hx-target": "#" + m.ID, "hx-swap": "outerHTML", "hx-include": "closest form",
	}
	for _, id := range f.scope.Groups {
		m.Chosen = append(m.Chosen, ui.Option{Value: chosenGroup(id, f.names[id]), Label: or(f.names[id], "Group "+id)})
	}
	if f.find == "" {
		return m
	}
	found, err := k.Cycles.SearchGroups(c.Request().Context(), session.Actor(c), draft(w.set, nil), f.find, f.scope.Nested)
	if err != nil {
		m.Note = failureWords(err)
		return m
	}
	for _, g := range found {
		if slices.Contains(f.scope.Groups, g.Anchor) {
			continue
		}
		m.Found = append(m.Found, ui.Option{Value: chosenGroup(g.Anchor, g.Name), Label: g.Name, Hint: joined(ui.Plural(g.Users, "user", "users"), g.Description)})
	}
	if len(m.Found) == 0 {
		m.Note = "No other group in Entra has a word that begins with “" + f.find + "”."
	}
	return m
}
