package console

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/mapping"
)

// ruleForm is what somebody entered about a rule: text, so that what is refused is
// shown again as it was typed.
type ruleForm struct {
	id          string
	version     int64
	method      models.Method
	place       string // of a new rule, "" is the usual one
	name        string
	description string
	groups      []string
	local       []string
	asText      bool
	text        string
	rows        mapping.Builder
	caseExact   bool
	profile     string // public id
	status      models.Status
	showGroups  bool
	enabled     bool
	note        string // why the condition stays a text
	find        map[string]string
}

// ruleFormOf fills the form from a rule. A condition that rows cannot hold is a text.
func (w ruleWorld) ruleFormOf(m models.Mapping) ruleForm {
	f := ruleForm{
		id: m.ID, version: m.Version, method: m.Method, name: m.Name, description: m.Description, groups: m.Groups, local: m.LocalGroups,
		text: m.Filter, caseExact: m.CaseExact, status: m.InitialStatus, showGroups: !m.HideGroups, enabled: !m.Disabled,
	}
	if p, ok := w.profile(m.ProfileKey); ok {
		f.profile = p.ID
	}
	f.toRows(w)
	return f
}

func enteredRule(c echo.Context) (ruleForm, error) {
	form, err := c.FormParams()
	if err != nil {
		return ruleForm{}, models.Errorf(models.Invalid, "", "The form could not be read.").WithAdvice("Go back and send it again.")
	}
	v := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	f := ruleForm{
		id: v("id"), method: models.Method(v("method")), place: v("place"), name: v("name"), description: v("description"),
		groups: unique(form["groups"]), local: unique(form["localGroups"]), asText: v("mode") == "text", text: v("filter"),
		rows: mapping.Builder{All: v("join") != "any"}, caseExact: v("caseExact") != "", profile: v("profile"),
		status: models.Status(v("initialStatus")), showGroups: v("showGroups") != "", enabled: v("enabled") != "",
		find: map[string]string{"groups": v("findGroups"), "localGroups": v("findLocalGroups")},
	}
	f.version, _ = strconv.ParseInt(v("version"), 10, 64)
	attrs, ops, values := form["attr"], form["op"], form["value"]
	for i := range min(len(attrs), len(ops), len(values)) {
		f.rows.Rows = append(f.rows.Rows, mapping.Row{Attr: attrs[i], Op: mapping.RowOp(ops[i]), Value: strings.ReplaceAll(values[i], "\r\n", "\n")})
	}
	return f, nil
}

func unique(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// condition is the filter that was entered, as rows or as text.
func (f ruleForm) condition(w ruleWorld) (string, error) {
	if f.asText {
		return f.text, nil
	}
	entered := mapping.Builder{All: f.rows.All}
	for i, row := range f.rows.Rows {
		if row.Attr == "" && strings.TrimSpace(row.Value) == "" {
			continue // a row that nobody filled in
		}
		if _, err := (mapping.Builder{Rows: []mapping.Row{row}}).Filter(w.types()); err != nil {
			return "", atRow(err, i)
		}
		entered.Rows = append(entered.Rows, row)
	}
	return entered.Filter(w.types()) //nolint:wrapcheck // it is a refusal in words already
}

// atRow names the row of the form, which counts those too that are not filled in.
func atRow(err error, i int) error {
	if e, ok := models.AsError(err); ok {
		e.Attr = "row" + strconv.Itoa(i+1)
	}
	return err
}

// toText writes the rows as a filter.
func (f *ruleForm) toText(w ruleWorld) error {
	text, err := f.condition(w)
	if err != nil {
		return err
	}
	f.text, f.asText = text, true
	return nil
}

// toRows reads the text as rows, if they can hold it.
func (f *ruleForm) toRows(w ruleWorld) {
	f.asText, f.rows, f.note = true, mapping.Builder{All: true}, ""
	if f.text == "" {
		f.asText = false
		return
	}
	expr, err := mapping.Parse(f.text, w.types())
	if err != nil {
		f.note = "This condition cannot be read, so it stays a text: " + err.Error()
		return
	}
	rows, ok := mapping.Rows(expr, w.types())
	if !ok {
		f.note = "Rows cannot hold this condition, so it stays a text. It works all the same."
		return
	}
	f.rows, f.asText = rows, false
}

// draft is the rule as it was entered, checked; have is the stored one.
func (f ruleForm) draft(w ruleWorld, have models.Mapping) (models.Mapping, error) {
	condition, err := f.condition(w)
	if err != nil {
		return have, err
	}
	m := have
	if m.ID == "" {
		m.Method, m.Position = w.method, w.position(f.place)
		m.OrganizationID = w.org.Key
	}
	m.Name, m.Description, m.Groups, m.LocalGroups = f.name, f.description, f.groups, f.local
	m.Filter, m.CaseExact, m.InitialStatus, m.HideGroups, m.Disabled = condition, f.caseExact, f.status, !f.showGroups, !f.enabled
	var ok bool
	if m.ProfileKey, ok = w.profileByID(f.profile); !ok {
		return m, models.Errorf(models.Invalid, "profile", "This profile is no longer there.").WithAdvice("Choose another.")
	}
	return m, mapping.Check(m, w.types()) //nolint:wrapcheck // it is a refusal in words already
}

// previewed is a draft whose name does not matter yet.
func (f ruleForm) previewed(w ruleWorld, have models.Mapping) (models.Mapping, error) {
	f.name = cmp.Or(f.name, have.Name, "This rule")
	return f.draft(w, have)
}

// apply is the form as an edit of the rule; the draft has what was entered.
func (f ruleForm) apply(draft models.Mapping) func(*models.Mapping) error {
	return func(m *models.Mapping) error {
		if m.ID != "" && f.version != m.Version {
			return tooOld()
		}
		m.Name, m.Description, m.Groups, m.LocalGroups = draft.Name, draft.Description, draft.Groups, draft.LocalGroups
		m.Filter, m.CaseExact, m.ProfileKey = draft.Filter, draft.CaseExact, draft.ProfileKey
		m.InitialStatus, m.HideGroups, m.Disabled = draft.InitialStatus, draft.HideGroups, draft.Disabled
		if m.ID == "" {
			m.Method, m.Position = draft.Method, draft.Position
		}
		return nil
	}
}

// position is where a new rule goes: before the catch-all, unless another place was
// chosen.
func (w ruleWorld) position(place string) int64 {
	if n, err := strconv.ParseInt(place, 10, 64); err == nil && n >= 1 && n <= int64(len(w.rules))+1 {
		return n
	}
	for i, m := range w.rules {
		if m.Everyone() {
			return int64(i) + 1
		}
	}
	return int64(len(w.rules)) + 1
}
