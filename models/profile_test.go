package models_test

import (
	"encoding/json"
	"testing"

	"muster/models"
)

// TestASettingTakesNoNumberThatCannotBeReadBack: one that no 64-bit number holds would
// make everything that reads the organization fail.
func TestASettingTakesNoNumberThatCannotBeReadBack(t *testing.T) {
	for _, c := range []struct {
		kind  models.SettingType
		value any
		takes bool
	}{
		{models.NumberSetting, json.Number("1e999"), false},
		{models.NumberSetting, json.Number("12345678901234567890"), false},
		{models.NumberSetting, json.Number("9007199254740993"), false},
		{models.NumberSetting, json.Number("42"), true},
		{models.NumberSetting, json.Number("0.1"), true},
		{models.NumberSetting, "42", false},
		{models.JSONSetting, []any{json.Number("1e999")}, false},
		{models.JSONSetting, map[string]any{"a": []any{json.Number("-1e400")}}, false},
		{models.JSONSetting, map[string]any{"a": json.Number("7")}, true},
		{models.ListSetting, []any{"a", "b, c"}, true},
		{models.ListSetting, []any{"a", json.Number("1")}, false},
		{models.BooleanSetting, true, true},
		{models.TextSetting, "", true},
	} {
		err := models.SettingKey{Name: "x", Type: c.kind}.Takes(c.value)
		if (err == nil) != c.takes {
			t.Errorf("%s takes %v: %v", c.kind, c.value, err)
		}
		if err != nil && models.KindOf(err) != models.Invalid {
			t.Errorf("%s, %v: %v is no refusal", c.kind, c.value, err)
		}
	}
}
