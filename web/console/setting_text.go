package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"muster/models"
	"muster/views/ui"
)

// settingField is the name of the form field of an application setting.
func settingField(k models.SettingKey) string { return "s-" + k.Name }

// settingInput is a form field that takes a value of the setting's type, or nothing.
// without says what nothing means.
func settingInput(k models.SettingKey, entered, without string) ui.FieldModel {
	f := ui.FieldModel{
		Label: k.Name, Name: settingField(k), Value: entered, Optional: true, Autocomplete: "off",
		Hint: sentences(k.Description, without),
	}
	switch k.Type {
	case models.NumberSetting:
		f.Type, f.Step, f.Narrow = "number", "any", true
	case models.BooleanSetting:
		f.Type, f.Narrow, f.Optional = "select", true, false
		f.Options = []ui.Option{{Value: "", Label: "Not set", Selected: entered == ""}, {Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}
	case models.ListSetting:
		f.Type, f.Rows, f.Hint = "textarea", 3, "One a line. "+f.Hint
	case models.JSONSetting:
		f.Type, f.Rows, f.Mono, f.Hint = "textarea", 4, true, "JSON, without secrets. "+f.Hint
	case models.TextSetting:
	}
	return f
}

// sentences sets two texts one after the other; the first, which somebody entered, may
// lack its full stop.
func sentences(first, second string) string {
	first = strings.TrimSpace(first)
	if first == "" || second == "" {
		return first + second
	}
	if !strings.ContainsAny(first[len(first)-1:], ".!?:;") && !strings.HasSuffix(first, "…") {
		first += "."
	}
	return first + " " + second
}

// readSetting reads an entered value; nothing entered is no value.
func readSetting(k models.SettingKey, entered string) (value any, set bool, err error) {
	entered = strings.ReplaceAll(entered, "\r\n", "\n")
	if strings.TrimSpace(entered) == "" {
		return nil, false, nil
	}
	switch k.Type {
	case models.BooleanSetting:
		value = entered
		if entered == "true" || entered == "false" {
			value = entered == "true"
		}
	case models.ListSetting:
		list := []any{}
		for line := range strings.SplitSeq(entered, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				list = append(list, line)
			}
		}
		value = list
	case models.NumberSetting, models.JSONSetting:
		if value, err = readJSON(entered); err != nil {
			what := "JSON"
			if k.Type == models.NumberSetting {
				what = "a number"
			}
			return nil, false, models.Errorf(models.Invalid, settingField(k), "%s takes %s: %v.", k.Name, what, err).
				WithAdvice("Correct it, or leave it empty.")
		}
	case models.TextSetting:
		value = strings.TrimSpace(entered)
	}
	if err := k.Takes(value); err != nil {
		e, _ := models.AsError(err)
		return nil, false, models.Errorf(e.Kind, settingField(k), "%s", e.Msg).WithAdvice("%s", e.Advice)
	}
	return value, true, nil
}

// readJSON reads one value and keeps numbers as they were written.
func readJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("“%s” cannot be read", clipped(text, 40))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return v, nil
}

// settingText is a value as a form field holds it.
func settingText(k models.SettingKey, v any) string {
	if v == nil {
		return ""
	}
	switch k.Type {
	case models.ListSetting:
		list, _ := v.([]any)
		lines := make([]string, len(list))
		for i, item := range list {
			lines[i] = fmt.Sprint(item)
		}
		return strings.Join(lines, "\n")
	case models.JSONSetting:
		return jsonText(v, "  ")
	case models.NumberSetting:
		return numberText(v)
	case models.TextSetting, models.BooleanSetting:
	}
	return fmt.Sprint(v)
}

// numberText writes a number in plain digits, as it was entered and as the application
// reads it: values come back from the database as floating point, which Go prints as
// 1e+06.
func numberText(v any) string {
	if f, ok := v.(float64); ok && math.Abs(f) < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// settingShown is a value as pages show it; "" is none.
func settingShown(k models.SettingKey, v any) string {
	if v == nil {
		return ""
	}
	switch k.Type {
	case models.BooleanSetting:
		if v == true {
			return "Yes"
		}
		return "No"
	case models.ListSetting:
		list, _ := v.([]any)
		items := make([]string, len(list))
		for i, item := range list {
			items[i] = fmt.Sprint(item)
			if strings.Contains(items[i], ",") {
				items[i] = "“" + items[i] + "”" // one value, not two
			}
		}
		return strings.Join(items, ", ")
	case models.JSONSetting:
		return jsonText(v, "")
	case models.NumberSetting:
		return numberText(v)
	case models.TextSetting:
	}
	return fmt.Sprint(v)
}

func jsonText(v any, indent string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if e.Encode(v) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// defaultNote says what a setting is where nobody set it.
func defaultNote(k models.SettingKey) string {
	if shown := settingShown(k, k.Default); shown != "" {
		return "When empty, the default: " + clipped(shown, 80) + "."
	}
	return "When empty, it has no value."
}

func clipped(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// enteredSettingValues reads the fields of all declared settings. texts gives them as
// they were entered.
func enteredSettingValues(keys []models.SettingKey, form func(string) string) (values map[string]any, texts map[string]string, err error) {
	values, texts = map[string]any{}, map[string]string{}
	for _, k := range keys {
		texts[k.Name] = form(settingField(k))
		v, set, wrong := readSetting(k, texts[k.Name])
		if wrong != nil && err == nil {
			err = wrong
		}
		if set {
			values[k.Name] = v
		}
	}
	return values, texts, err
}
