package models

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// SettingType is what kind of value an application setting takes.
type SettingType string

// The types of settings.
const (
	TextSetting    SettingType = "text"
	NumberSetting  SettingType = "number"
	BooleanSetting SettingType = "boolean"
	ListSetting    SettingType = "list" // of texts
	JSONSetting    SettingType = "json" // any JSON, free of secrets
)

// SettingTypes lists the types in the order forms show them.
func SettingTypes() []SettingType {
	return []SettingType{TextSetting, NumberSetting, BooleanSetting, ListSetting, JSONSetting}
}

// SettingKey declares one application setting of an organization: its name, what it
// takes and the value of whoever has no other. What it means, the application knows.
type SettingKey struct {
	Name        string      `json:"name"`
	Type        SettingType `json:"type"`
	Default     any         `json:"default,omitempty"`
	Description string      `json:"description,omitempty"`
}

// SettingKeysMost bounds how many settings an organization may declare.
const SettingKeysMost = 100

// settingMost bounds the bytes of one setting's value.
const settingMost = 16 << 10

// Check refuses a declaration that cannot work, naming the field.
func (k SettingKey) Check() error {
	if !attributeName.MatchString(k.Name) {
		return Errorf(Invalid, "name", "%q cannot be the name of a setting.", k.Name).
			WithAdvice("Begin with a letter and use letters, digits, - and _ only, 64 at most, such as region.")
	}
	if !slices.Contains(SettingTypes(), k.Type) {
		return Errorf(Invalid, "type", "%q is no type of setting.", k.Type).
			WithAdvice("Choose text, number, boolean, list or json.")
	}
	if len(k.Description) > 500 {
		return Errorf(Invalid, "description", "The description of %s has %d characters; at most 500 are allowed.", k.Name, len(k.Description)).
			WithAdvice("One sentence is enough.")
	}
	if k.Default == nil {
		return nil
	}
	return k.Takes(k.Default)
}

// Takes refuses a value that is not of the setting's type.
func (k SettingKey) Takes(v any) error {
	ok := false
	switch k.Type {
	case TextSetting:
		_, ok = v.(string)
	case NumberSetting:
		_, ok = v.(json.Number)
		if f, plain := v.(float64); plain {
			ok = f == f
		}
	case BooleanSetting:
		_, ok = v.(bool)
	case ListSetting:
		list, isList := v.([]any)
		ok = isList && !slices.ContainsFunc(list, func(item any) bool { _, text := item.(string); return !text })
	case JSONSetting:
		ok = true
	}
	if !ok {
		return Errorf(Invalid, k.Name, "%s takes a %s.", k.Name, k.Type).WithAdvice("Enter a value of that type, or leave it empty for the default.")
	}
	if n, ok := unkeepable(v); ok {
		return Errorf(Invalid, k.Name, "%s cannot hold the number %s exactly.", k.Name, n).
			WithAdvice("Use one with at most 15 digits and below 1e308, or write it as a text.")
	}
	if body, err := json.Marshal(v); err != nil || len(body) > settingMost {
		return Errorf(Invalid, k.Name, "The value of %s is larger than %d bytes.", k.Name, settingMost).WithAdvice("Shorten it.")
	}
	return nil
}

// unkeepable finds a number that would come back from the database as another one, or
// that could not be read back at all: values are read as 64-bit floating point.
func unkeepable(v any) (json.Number, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v, true
		}
		whole := !strings.ContainsAny(v.String(), ".eE")
		return v, whole && strconv.FormatFloat(f, 'f', -1, 64) != v.String()
	case []any:
		for _, item := range v {
			if n, bad := unkeepable(item); bad {
				return n, true
			}
		}
	case map[string]any:
		for _, item := range v {
			if n, bad := unkeepable(item); bad {
				return n, true
			}
		}
	}
	return "", false
}

// Profile is a named bundle of application settings that a mapping assigns. What it
// does not set has the declared default.
type Profile struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Name           string
	NameKey        string // folded: unique in the organization
	Description    string
	Settings       map[string]any `gorm:"serializer:json;not null"` // by the names of setting keys
	Version        int64
	Created        Time
	Updated        Time
}

// TableName is where profiles live.
func (Profile) TableName() string { return "profiles" }

// ProfileBy tells how a user came to their profile.
type ProfileBy string

// The ways. Whom an administrator gave a profile by hand keeps it whatever the
// mappings say, until it is given back to them.
const (
	ByNoMapping      ProfileBy = ""
	ByMapping        ProfileBy = "mapping"
	ByDefaultProfile ProfileBy = "default"
	ByHand           ProfileBy = "admin"
)

// SettingSource tells where the value of one setting of a user comes from.
type SettingSource string

// The sources, weakest first.
const (
	FromDeclaration SettingSource = "default"
	FromProfile     SettingSource = "profile"
	FromOverride    SettingSource = "override"
)

// Setting is one application setting as a user has it.
type Setting struct {
	SettingKey
	Value  any
	Source SettingSource
}

// SettingsOf gives the settings a user has: the declared defaults, the profile's
// values above them and the user's own overrides on top.
func SettingsOf(keys []SettingKey, profile *Profile, overrides map[string]any) []Setting {
	out := make([]Setting, 0, len(keys))
	for _, k := range keys {
		s := Setting{SettingKey: k, Value: k.Default, Source: FromDeclaration}
		if profile != nil {
			if v, ok := profile.Settings[k.Name]; ok {
				s.Value, s.Source = v, FromProfile
			}
		}
		if v, ok := overrides[k.Name]; ok {
			s.Value, s.Source = v, FromOverride
		}
		out = append(out, s)
	}
	return out
}

// CheckSettings refuses values that no declared key takes.
func CheckSettings(keys []SettingKey, values map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(keys, func(k SettingKey) bool { return k.Name == name })
		if i < 0 {
			return Errorf(Invalid, name, "There is no setting %q.", name).WithAdvice("Declare it first, or take it out.")
		}
		if err := keys[i].Takes(values[name]); err != nil {
			return err
		}
	}
	return nil
}

// Overridden gives the user's own values of application settings, nil when there
// are none.
func (u *User) Overridden() map[string]any {
	if u.Overrides == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(u.Overrides))
	d.UseNumber()
	var values map[string]any
	if d.Decode(&values) != nil {
		return nil
	}
	return values
}

// Override sets the user's own values; none takes the profile's again.
func (u *User) Override(values map[string]any) {
	u.Overrides = ""
	if len(values) == 0 {
		return
	}
	if body, err := json.Marshal(values); err == nil {
		u.Overrides = string(body)
	}
}
