package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// settingKeyForm is what somebody entered about a setting.
type settingKeyForm struct {
	models.SettingKey
	fallback string // the default as it was entered
}

// enteredSettingKey reads the form. The name of one that is declared stays, and so
// does its type while somebody has a value.
func enteredSettingKey(c echo.Context, declared models.SettingKey, valued bool) (settingKeyForm, error) {
	v := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	f := settingKeyForm{fallback: c.FormValue("default"), SettingKey: models.SettingKey{
		Name: v("name"), Type: models.SettingType(v("type")), Description: v("description"),
	}}
	if declared.Name != "" {
		f.Name = declared.Name
	}
	if valued {
		f.Type = declared.Type
	}
	value, set, err := readSetting(f.SettingKey, f.fallback)
	if e, ok := models.AsError(err); ok {
		e.Attr = "default"
		return f, e
	}
	if set {
		f.Default = value
	}
	return f, nil
}

func (k *Console) newSettingKey(c echo.Context) error {
	return k.settingKeyFormPage(c, models.SettingKey{}, "", settingKeyForm{SettingKey: models.SettingKey{Type: models.TextSetting}}, nil)
}

func (k *Console) createSettingKey(c echo.Context) error {
	f, err := enteredSettingKey(c, models.SettingKey{}, false)
	if err == nil {
		err = k.Directory.SaveSettingKeys(c.Request().Context(), session.Actor(c), func(keys []models.SettingKey) ([]models.SettingKey, error) {
			return append(slices.Clip(keys), f.SettingKey), nil
		})
	}
	if e, ok := refusal(err); ok {
		return k.settingKeyFormPage(c, models.SettingKey{}, "", f, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, settingKeysPath, "The setting "+f.Name+" is declared. Profiles can set it now.")
}

func (k *Console) editSettingKey(c echo.Context) error {
	key, w, err := k.settingKey(c)
	if err != nil {
		return err
	}
	fixed, err := k.fixedType(c, w, key)
	if err != nil {
		return err
	}
	return k.settingKeyFormPage(c, key, fixed, settingKeyForm{key, settingText(key, key.Default)}, nil)
}

// fixedType says why a setting's type cannot change, or "".
func (k *Console) fixedType(c echo.Context, w profileWorld, key models.SettingKey) (string, error) {
	users, err := k.Read.OverrideUses(c.Request().Context(), session.Actor(c).OrganizationID, key.Name)
	if err != nil || w.setBy(key.Name) == 0 && users == 0 {
		return "", err
	}
	return "The type stays while a profile or a user has a value: " + ui.Plural(w.setBy(key.Name), "profile sets", "profiles set") +
		" it and " + ui.Plural(users, "user has", "users have") + " an own value.", nil
}

func (k *Console) updateSettingKey(c echo.Context) error {
	key, w, err := k.settingKey(c)
	if err != nil {
		return err
	}
	fixed, err := k.fixedType(c, w, key)
	if err != nil {
		return err
	}
	f, err := enteredSettingKey(c, key, fixed != "")
	if err == nil {
		err = k.Directory.SaveSettingKeys(c.Request().Context(), session.Actor(c), func(keys []models.SettingKey) ([]models.SettingKey, error) {
			out := append([]models.SettingKey(nil), keys...)
			for i := range out {
				if out[i].Name == key.Name {
					out[i] = f.SettingKey
					return out, nil
				}
			}
			return nil, noSettingKey(key.Name)
		})
	}
	if e, ok := refusal(err); ok {
		return k.settingKeyFormPage(c, key, fixed, f, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, settingKeysPath, "The setting "+f.Name+" is saved.")
}

func (k *Console) settingKeyFormPage(c echo.Context, key models.SettingKey, fixed string, f settingKeyForm, wrong *models.Error) error {
	m := page.SettingKeyFormModel{
		Head: ui.PageHeadModel{
			Title: "Declare setting", Sub: "Declared once, every profile can set it and the application is told of it.",
			Crumbs: []ui.Link{{Label: "Application settings", Href: settingKeysPath}},
		},
		Action: settingKeysPath + "/new", Submit: "Declare setting", Cancel: settingKeysPath, New: key.Name == "", Fixed: fixed,
		Name: ui.FieldModel{
			Label: "Name", Name: "name", Value: f.Name, Error: at(wrong, "name"), Required: true, MaxLength: 64, Mono: true, Autocomplete: "off", Placeholder: "region",
			Hint: "Letters, digits, - and _, beginning with a letter. The application reads it under this name; it cannot be changed later.", Focus: wrong == nil,
		},
		Type: ui.FieldModel{Label: "Type", Name: "type", Type: "select", Value: string(f.Type), Error: at(wrong, "type"), Options: settingTypeOptions()},
		Default: ui.FieldModel{
			Label: "Default", Name: "default", Type: "textarea", Rows: 3, Value: f.fallback, Error: at(wrong, "default"), Optional: true, Autocomplete: "off",
			Hint: "Of whoever has no other value. Yes or no is written true or false; a list has one entry a line.",
		},
		About: ui.FieldModel{
			Label: "Description", Name: "description", Value: f.Description, Error: at(wrong, "description"), Optional: true, MaxLength: 500, Autocomplete: "off",
			Hint: "One sentence for whoever fills in profiles.",
		},
		Errors: formErrors(wrong, "name", "type", "default", "description"),
	}
	if key.Name != "" {
		m.Action, m.Submit, m.Delete = settingKeyAddress(key), "Save setting", settingKeyAddress(key)+"/delete"
		m.Head.Title, m.Head.Sub = "Edit setting “"+key.Name+"”", "The name stays: the application reads it."
	}
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	m.Chrome = k.chrome(c, m.Head.Title, "profiles")
	return respond.HTML(c, status, page.SettingKeyForm(m))
}

func settingTypeOptions() []ui.Option {
	var list []ui.Option
	for _, t := range models.SettingTypes() {
		list = append(list, ui.Option{Value: string(t), Label: settingTypeWords[t]})
	}
	return list
}
