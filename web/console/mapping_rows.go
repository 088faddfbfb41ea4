package console

import (
	"slices"
	"strconv"

	"muster/models"
	"muster/models/mapping"
	"muster/views/page"
	"muster/views/ui"
)

// standardPaths are the attributes a condition offers; what else there is can be
// written as a filter.
var standardPaths = []string{
	"userName", "displayName", "name.givenName", "name.familyName", `emails[type eq "work"].value`, "emails.value",
	"title", "department", "division", "organization", "costCenter", "employeeNumber", "manager.value", "userType",
	"externalId", `phoneNumbers[type eq "work"].value`, "addresses.country", "addresses.region", "addresses.locality",
	"preferredLanguage", "locale", "timezone", "roles.value", "entitlements.value", "nickName",
}

// attributeOptions are what a row can ask for: the usual attributes, those that the
// organization declared, and the one it asks for now.
func (w ruleWorld) attributeOptions(now string) []ui.Option {
	list := []ui.Option{{Value: "", Label: "Choose an attribute"}}
	add := func(path, label string) {
		if !slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == path }) {
			list = append(list, ui.Option{Value: path, Label: label})
		}
	}
	for _, path := range standardPaths {
		add(path, conditionLabel(path))
	}
	for _, a := range w.org.Settings.Attributes {
		if a.Of == models.UserTarget {
			add(a.Name, a.Name+" (custom)")
		}
	}
	if now != "" {
		add(now, now)
	}
	return list
}

func conditionLabel(path string) string {
	switch path {
	case "emails.value":
		return "Any e-mail"
	case "roles.value":
		return "Any role"
	case "entitlements.value":
		return "Any entitlement"
	case "externalId":
		return "External id"
	case "userName":
		return "User name"
	}
	return attributeLabel(path)
}

func operatorOptions() []ui.Option {
	var list []ui.Option
	for _, op := range mapping.RowOps() {
		list = append(list, ui.Option{Value: string(op), Label: op.Label()})
	}
	return list
}

func (w ruleWorld) conditionModel(f ruleForm, wrong *models.Error) page.ConditionModel {
	m := page.ConditionModel{
		AsText: f.asText, Note: f.note,
		Join: ui.FieldModel{Label: "Hold", Name: "join", Type: "select", Value: "all", Narrow: true, Options: []ui.Option{
			{Value: "all", Label: "All of these rows"}, {Value: "any", Label: "Any of these rows"},
		}},
		Text: ui.FieldModel{
			Label: "SCIM filter", Name: "filter", Type: "textarea", Rows: 4, Value: f.text, Error: at(wrong, "filter"), Mono: true, MaxLength: 4096,
			Hint: `Such as department eq "Sales" and (title sw "Head" or title pr).`,
		},
	}
	if !f.rows.All {
		m.Join.Value = "any"
	}
	if !f.asText {
		m.Error = at(wrong, "filter")
	}
	rows := f.rows.Rows
	if len(rows) == 0 {
		rows = []mapping.Row{{Op: mapping.Is}}
	}
	for i, row := range rows {
		m.Rows = append(m.Rows, w.conditionRow(i+1, row, at(wrong, "row"+strconv.Itoa(i+1))))
	}
	return m
}

func (w ruleWorld) conditionRow(n int, row mapping.Row, wrong string) page.ConditionRow {
	id := "row" + strconv.Itoa(n)
	lines := 1
	for _, c := range row.Value {
		if c == '\n' {
			lines++
		}
	}
	return page.ConditionRow{
		Number: n, Remove: "out-" + strconv.Itoa(n),
		Attr: ui.FieldModel{Label: "Attribute", Name: "attr", ID: "f-" + id, Type: "select", Value: row.Attr, Options: w.attributeOptions(row.Attr), Error: wrong},
		Op:   ui.FieldModel{Label: "Asks", Name: "op", ID: "f-" + id + "-op", Type: "select", Value: string(row.Op), Options: operatorOptions()},
		Value: ui.FieldModel{
			Label: "Value", Name: "value", ID: "f-" + id + "-value", Type: "textarea", Rows: min(lines, 8), Value: row.Value, Autocomplete: "off",
			Placeholder: "One a line for a list",
		},
	}
}

// takeOut removes the row that a button names.
func (f *ruleForm) takeOut(button string) {
	n, err := strconv.Atoi(button)
	if err == nil && n >= 1 && n <= len(f.rows.Rows) {
		f.rows.Rows = slices.Delete(f.rows.Rows, n-1, n)
	}
}
