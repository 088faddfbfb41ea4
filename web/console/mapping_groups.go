package console

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// Groups that a picker shows beside the chosen ones: some to begin with, more of
// those that a search finds.
const (
	groupsOffered = 4
	groupsFound   = 8
)

// picker shows the chosen groups of a field.
func (w ruleWorld) picker(name string, chosen []string, search string) page.GroupPickerModel {
	m := page.GroupPickerModel{
		ID: "groups-of-rule", Name: name, Legend: "Members of any of these groups", Hint: "Members of groups within them count too.",
		Find: ui.FieldModel{Label: "Find groups", Name: "findGroups", Type: "search", Value: search, Autocomplete: "off", Placeholder: "Beginning of a word"},
	}
	if name == "localGroups" {
		m.ID, m.Legend, m.Hint = "groups-of-user", "They also join these groups", "Groups kept here, which no directory manages. Whom the rule lets go leaves them again."
		m.Find.Label, m.Find.Name = "Find groups kept here", "findLocalGroups"
	}
	m.Find.Attrs = map[string]any{
		"hx-post": mappingsPath + "/groups?of=" + name, "hx-trigger": "input delay:150ms", "hx-target": "#" + m.ID, "hx-swap": "outerHTML", "hx-include": "closest form",
	}
	for _, id := range chosen {
		m.Chosen = append(m.Chosen, ui.Option{Value: id, Label: w.groupName(id)})
	}
	return m
}

// pickers are the two choices of groups with what their searches find.
func (k *Console) pickers(c echo.Context, w ruleWorld, f ruleForm, wrong *models.Error) (who, local page.GroupPickerModel, err error) {
	if who, err = k.found(c, w.picker("groups", f.groups, f.find["groups"]), "", f.find["groups"]); err != nil {
		return who, local, err
	}
	who.Error = at(wrong, "groups")
	local, err = k.found(c, w.picker("localGroups", f.local, f.find["localGroups"]), models.Manual, f.find["localGroups"])
	local.Error = at(wrong, "localGroups")
	return who, local, err
}

// found adds the first groups of whose names a search begins words.
func (k *Console) found(c echo.Context, m page.GroupPickerModel, mode models.Method, search string) (page.GroupPickerModel, error) {
	most := groupsOffered
	if search != "" {
		most = groupsFound
	}
	q := models.GroupQuery{Search: search, Mode: mode, Page: models.Page{Limit: most + len(m.Chosen) + 1}}
	list, err := k.Read.Groups(c.Request().Context(), session.Actor(c).OrganizationID, q)
	if err != nil {
		return m, err
	}
	more := list.Next != ""
	for _, g := range list.Items {
		chosen := slices.ContainsFunc(m.Chosen, func(o ui.Option) bool { return o.Value == g.ID })
		switch {
		case chosen:
		case len(m.Found) == most:
			more = true
		default:
			m.Found = append(m.Found, ui.Option{Value: g.ID, Label: g.DisplayName, Hint: ui.Plural(g.MemberCount, "member", "members") + ", " + ui.MethodName(string(g.Mode))})
		}
	}
	switch {
	case more:
		m.Note = "There are more. Type the beginning of a word of their names to find them."
	case len(m.Found) == 0 && search != "":
		m.Note = "No other group’s name has words that begin with “" + search + "”."
	case len(m.Found) == 0 && len(m.Chosen) == 0 && mode == models.Manual:
		m.Note = "There is no group kept here yet."
	case len(m.Found) == 0 && len(m.Chosen) == 0:
		m.Note = "There is no group yet. The directory brings them, or add one under Groups."
	}
	return m, nil
}

// chooseGroups renews the list below a search while somebody types; what is chosen
// stays.
func (k *Console) chooseGroups(c echo.Context) error {
	f, err := enteredRule(c)
	if err != nil {
		return err
	}
	w, err := k.ruleNames(c, f.method, slices.Concat(f.groups, f.local)...)
	if err != nil {
		return err
	}
	who, local, err := k.pickers(c, w, f, nil)
	if err != nil {
		return err
	}
	if c.QueryParam("of") == "localGroups" {
		who = local
	}
	return respond.HTML(c, http.StatusOK, page.GroupChoice(who))
}
