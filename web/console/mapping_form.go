package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/mapping"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) newMapping(c echo.Context) error {
	w, err := k.ruleNames(c, models.Method(c.QueryParam("method")))
	if err != nil {
		return err
	}
	f := ruleForm{method: w.method, status: models.Active, showGroups: true, enabled: true, rows: mapping.Builder{All: true}}
	return k.mappingFormPage(c, w, models.Mapping{}, f, nil)
}

// rule gives the one that the address names, with its world.
func (k *Console) rule(c echo.Context, more ...string) (models.Mapping, ruleWorld, error) {
	m, err := k.Read.Mapping(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	if err != nil {
		return m, ruleWorld{}, err
	}
	w, err := k.ruleWorld(c, m.Method, more...)
	return m, w, err
}

func (k *Console) showMapping(c echo.Context) error {
	m, w, err := k.rule(c)
	if err != nil {
		return err
	}
	return k.mappingFormPage(c, w, m, w.ruleFormOf(m), nil)
}

func (k *Console) createMapping(c echo.Context) error {
	f, err := enteredRule(c)
	if err != nil {
		return err
	}
	w, err := k.ruleNames(c, f.method, slices.Concat(f.groups, f.local)...)
	if err != nil {
		return err
	}
	return k.takeMapping(c, w, models.Mapping{}, f)
}

func (k *Console) updateMapping(c echo.Context) error {
	f, err := enteredRule(c)
	if err != nil {
		return err
	}
	m, w, err := k.rule(c, slices.Concat(f.groups, f.local)...)
	if err != nil {
		return err
	}
	return k.takeMapping(c, w, m, f)
}

// takeMapping does what the pressed button says; without scripts each is a page.
func (k *Console) takeMapping(c echo.Context, w ruleWorld, m models.Mapping, f ruleForm) error {
	do := c.FormValue("do")
	switch {
	case do == "save":
		return k.saveMapping(c, w, m, f)
	case do == "add":
		f.rows.Rows = append(f.rows.Rows, mapping.Row{Op: mapping.Is})
	case do == "text":
		if err := f.toText(w); err != nil {
			e, ok := refusal(err)
			if !ok {
				return err
			}
			return k.mappingFormPage(c, w, m, f, e)
		}
	case do == "rows":
		f.toRows(w)
	case strings.HasPrefix(do, "out-"):
		f.takeOut(strings.TrimPrefix(do, "out-"))
	}
	return k.mappingFormPage(c, w, m, f, nil)
}

func (k *Console) mappingFormPage(c echo.Context, w ruleWorld, have models.Mapping, f ruleForm, wrong *models.Error) error {
	manage := may(c, models.Admin)
	m := page.MappingFormModel{
		Action: mappingsPath + "/new", Manage: manage, Submit: "Save mapping", Cancel: mappingsOf(w.method),
		Head: ui.PageHeadModel{
			Title: "New mapping", Sub: "For users whom " + w.method.Label() + " manages. The preview follows what you enter.",
			Crumbs: []ui.Link{{Label: "Mappings", Href: mappingsOf(w.method)}},
		},
		Hidden: []ui.Option{
			{Label: "id", Value: have.ID}, {Label: "version", Value: strconv.FormatInt(f.version, 10)}, {Label: "method", Value: string(w.method)},
		},
		Condition: w.conditionModel(f, wrong),
	}
	w.ruleFields(&m, f, wrong)
	if have.ID == "" {
		w.newRuleFields(&m, f, wrong)
	} else {
		m.Action = mappingAddress(have)
		m.Head.Title = have.Name
		m.Head.Sub = "Rule " + strconv.FormatInt(have.Position, 10) + " of " + w.method.Label() + ", holds " + ui.Plural(w.holders[have.Key], "user", "users") + "."
		m.Broken = w.brokenAlert(have)
		if manage {
			m.Buttons = []ui.ButtonModel{{Label: "Delete", More: " " + have.Name, Icon: "trash-2", Href: mappingAddress(have) + "/delete"}}
		}
	}
	m.Errors = formErrors(wrong, w.ruleFieldNames(f)...)
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	if manage {
		var err error
		if m.Groups, m.Local, err = k.pickers(c, w, f, wrong); err != nil {
			return err
		}
		m.Preview = k.rulePreview(c, w, have, f)
	} else {
		m.Groups, m.Local = w.picker("groups", f.groups, ""), w.picker("localGroups", f.local, "")
	}
	m.Chrome = k.chrome(c, m.Head.Title, "mappings")
	m.Live = manage
	return respond.HTML(c, status, page.MappingForm(m))
}

func (w ruleWorld) ruleFieldNames(f ruleForm) []string {
	names := []string{"name", "description", "profile", "method", "place", "filter"}
	for i := range f.rows.Rows {
		names = append(names, "row"+strconv.Itoa(i+1))
	}
	return names
}

func (w ruleWorld) brokenAlert(m models.Mapping) ui.AlertModel {
	list := w.warnings(m)
	if len(list) == 0 {
		return ui.AlertModel{}
	}
	return ui.AlertModel{Tone: ui.Warn, Title: "This rule does not do what it seems to.", Text: strings.Join(list, " ")}
}

// ruleFields are those of every rule.
func (w ruleWorld) ruleFields(m *page.MappingFormModel, f ruleForm, wrong *models.Error) {
	m.Name = ui.FieldModel{
		Label: "Name", Name: "name", Value: f.name, Error: at(wrong, "name"), Required: true, MaxLength: 100, Autocomplete: "off", Placeholder: "Sales EMEA",
	}
	m.Description = ui.FieldModel{
		Label: "Description", Name: "description", Value: f.description, Error: at(wrong, "description"), Optional: true, MaxLength: 500, Autocomplete: "off",
		Hint: "Why the rule is there, for who comes after you.",
	}
	m.CaseExact = ui.CheckboxModel{
		Name: "caseExact", Label: "Upper and lower case differ", Checked: f.caseExact, Hint: "Otherwise “sales” and “Sales” are the same, which suits nearly all directories.",
	}
	m.Profile = ui.FieldModel{
		Label: "Profile", Name: "profile", Type: "select", Value: f.profile, Error: at(wrong, "profile"),
		Options: []ui.Option{{Value: "", Label: "No profile: the declared defaults", Selected: f.profile == ""}},
	}
	for _, p := range w.profiles {
		m.Profile.Options = append(m.Profile.Options, ui.Option{Value: p.ID, Label: p.Name})
	}
	if len(w.profiles) == 0 {
		m.Profile.Hint, m.NewProfile = "There is no profile yet.", profilesPath+"/new"
	}
	m.Status = ui.RadioCardsModel{
		Legend: "New users begin as", Name: "initialStatus", Value: string(f.status), Error: at(wrong, "initialStatus"), Columns: true,
		Options: []ui.Option{
			{Value: string(models.Active), Label: "Active", Hint: "May use the application at once."},
			{Value: string(models.Inactive), Label: "Inactive", Hint: "An administrator activates them."},
		},
	}
	m.ShowGroups = ui.CheckboxModel{
		Name: "showGroups", Label: "The directory’s groups become groups of the application", Checked: f.showGroups,
		Hint: "Otherwise they serve mappings only, and the application is not told of them.",
	}
	m.Enabled = ui.CheckboxModel{Name: "enabled", Label: "Enabled", Checked: f.enabled, Hint: "A disabled rule is kept and not asked. Its users go to the next rule that matches."}
}

// newRuleFields are those that are settled once.
func (w ruleWorld) newRuleFields(m *page.MappingFormModel, f ruleForm, wrong *models.Error) {
	m.Name.Focus = wrong == nil && f.name == ""
	if !ruled(w.org.Method) {
		m.Method = ui.FieldModel{Label: "For users managed by", Name: "method", Type: "select", Value: string(w.method), Error: at(wrong, "method")}
		for _, method := range models.Methods() {
			if ruled(method) {
				m.Method.Options = append(m.Method.Options, ui.Option{Value: string(method), Label: method.Label()})
			}
		}
		m.Hidden = m.Hidden[:2]
	}
	if len(w.rules) == 0 {
		return
	}
	chosen := strconv.FormatInt(w.position(f.place), 10)
	m.Place = ui.FieldModel{
		Label: "Asked", Name: "place", Type: "select", Value: chosen, Hint: "The first rule that matches a user wins.",
		Options: []ui.Option{{Value: "1", Label: "First"}},
	}
	for i, rule := range w.rules {
		m.Place.Options = append(m.Place.Options, ui.Option{Value: strconv.Itoa(i + 2), Label: "After “" + rule.Name + "”"})
	}
}
