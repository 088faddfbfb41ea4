package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// profileForm is what somebody entered about a profile.
type profileForm struct {
	name, description string
	keys              []models.SettingKey
	values            map[string]any
	texts             map[string]string // settings as they were entered
	version           int64
}

func enteredProfile(c echo.Context, keys []models.SettingKey) (profileForm, error) {
	f := profileForm{keys: keys, name: strings.TrimSpace(c.FormValue("name")), description: strings.TrimSpace(c.FormValue("description"))}
	f.version, _ = strconv.ParseInt(c.FormValue("version"), 10, 64)
	var err error
	f.values, f.texts, err = enteredSettingValues(keys, c.FormValue)
	return f, err
}

func profileFormOf(p models.Profile, keys []models.SettingKey) profileForm {
	f := profileForm{name: p.Name, description: p.Description, version: p.Version, texts: map[string]string{}}
	for _, k := range keys {
		f.texts[k.Name] = settingText(k, p.Settings[k.Name])
	}
	return f
}

func (f profileForm) apply(p *models.Profile) error {
	if f.version != p.Version {
		return tooOld()
	}
	for _, name := range strays(f.keys, p.Settings) {
		f.values[name] = p.Settings[name] // declared no more, and kept
	}
	p.Name, p.Description, p.Settings = f.name, f.description, f.values
	return nil
}

func (k *Console) newProfile(c echo.Context) error {
	w, err := k.profileWorld(c)
	if err != nil {
		return err
	}
	return k.profileFormPage(c, models.Profile{}, w, profileForm{}, nil)
}

func (k *Console) createProfile(c echo.Context) error {
	w, err := k.profileWorld(c)
	if err != nil {
		return err
	}
	return k.saveProfile(c, models.Profile{}, w)
}

func (k *Console) editProfile(c echo.Context) error {
	p, w, err := k.profile(c)
	if err != nil {
		return err
	}
	return k.profileFormPage(c, p, w, profileFormOf(p, w.settings.ProfileKeys), nil)
}

func (k *Console) updateProfile(c echo.Context) error {
	p, w, err := k.profile(c)
	if err != nil {
		return err
	}
	return k.saveProfile(c, p, w)
}

func (k *Console) saveProfile(c echo.Context, p models.Profile, w profileWorld) error {
	f, err := enteredProfile(c, w.settings.ProfileKeys)
	var saved models.Profile
	if err == nil {
		saved, err = k.Directory.SaveProfile(c.Request().Context(), session.Actor(c), p.ID, f.apply)
	}
	if e, ok := refusal(err); ok {
		if e.Kind == models.Stale {
			if e, err = k.overtakenDeed(c, "this profile", "profile", p.Name, p.ID); err != nil {
				return err
			}
			f.version = p.Version
		}
		return k.profileFormPage(c, p, w, f, e)
	}
	if err != nil {
		return err
	}
	text := "Profile " + saved.Name + " is saved."
	if n := w.holders[p.Key]; p.ID != "" && n > 0 {
		text = "Profile " + saved.Name + " is saved for " + ui.Plural(n, "user", "users") + "."
	}
	return k.done(c, profileAddress(saved), text)
}

func (k *Console) profileFormPage(c echo.Context, p models.Profile, w profileWorld, f profileForm, wrong *models.Error) error {
	m := page.ProfileFormModel{
		Action: profilesPath + "/new", Submit: "Save profile", Cancel: profilesPath, Version: strconv.FormatInt(f.version, 10),
		Head: ui.PageHeadModel{Title: "New profile", Sub: "Give it a name that says who it is for.", Crumbs: []ui.Link{{Label: "Profiles", Href: profilesPath}}},
		Name: ui.FieldModel{
			Label: "Name", Name: "name", Value: f.name, Error: at(wrong, "name"), Required: true, MaxLength: 100, Autocomplete: "off",
			Placeholder: "Sales EMEA", Focus: p.ID == "" && wrong == nil,
		},
		Description: ui.FieldModel{
			Label: "Description", Name: "description", Value: f.description, Error: at(wrong, "description"), Optional: true, MaxLength: 500, Autocomplete: "off",
		},
		Declare: ui.Link{Label: "Declare another setting", Href: settingKeysPath + "/new"},
	}
	names := []string{"name", "description"}
	for _, key := range w.settings.ProfileKeys {
		field := settingInput(key, f.texts[key.Name], defaultNote(key))
		field.Error = at(wrong, field.Name)
		m.Settings = append(m.Settings, field)
		names = append(names, field.Name)
	}
	m.Errors = formErrors(wrong, names...)
	if p.ID != "" {
		at := profileAddress(p)
		m.Action, m.Cancel = at+"/edit", at
		m.Head = ui.PageHeadModel{Title: "Edit " + p.Name, Crumbs: []ui.Link{{Label: "Profiles", Href: profilesPath}, {Label: p.Name, Href: at}}}
		m.Reach = profileReach(p, w)
	}
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	m.Chrome = k.chrome(c, m.Head.Title, "profiles")
	return respond.HTML(c, status, page.ProfileForm(m))
}

// profileReach says how many users a change reaches.
func profileReach(p models.Profile, w profileWorld) ui.AlertModel {
	m := ui.AlertModel{Tone: ui.Info, Title: "Nobody holds this profile now."}
	if n := w.holders[p.Key]; n > 0 {
		m.Title = "What you save here reaches " + ui.Plural(n, "user", "users") + "."
		m.Text = "Own values of single users stay as they are."
	}
	return m
}

func (k *Console) askDeleteProfile(c echo.Context) error {
	p, w, err := k.profile(c)
	if err != nil {
		return err
	}
	return k.profileDeletePage(c, p, w, nil)
}

func (k *Console) deleteProfile(c echo.Context) error {
	p, w, err := k.profile(c)
	if err != nil {
		return err
	}
	err = k.Directory.DeleteProfile(c.Request().Context(), session.Actor(c), p.ID, c.FormValue("replacement"))
	if e, ok := refusal(err); ok {
		return k.profileDeletePage(c, p, w, e)
	}
	if err != nil {
		return err
	}
	return k.done(c, profilesPath, "Profile "+p.Name+" is deleted.")
}

func (k *Console) profileDeletePage(c echo.Context, p models.Profile, w profileWorld, wrong *models.Error) error {
	at, users, given := profileAddress(p), w.holders[p.Key], len(w.given(p))
	used := users > 0 || given > 0
	m := page.ProfileDeleteModel{
		Head: ui.PageHeadModel{Title: "Delete profile “" + p.Name + "”?", Crumbs: []ui.Link{{Label: "Profiles", Href: profilesPath}, {Label: p.Name, Href: at}}},
		Confirm: ui.ConfirmModel{
			Title: "Delete profile “" + p.Name + "”?", Action: at + "/delete", CancelHref: at, Label: "Delete profile", Cancel: "Keep profile",
			Consequence: "The profile goes. Nobody holds it and no mapping gives it, so nothing else changes.",
			Undo:        "There is no undo: a new profile of the same name starts empty.",
		},
		Errors: formErrors(wrong, "replacement"),
	}
	if w.isDefault(p) {
		m.Confirm.Consequence = "The profile goes. It is the default profile: whoever matches no mapping gets none from then on."
	}
	others := slices.DeleteFunc(slices.Clone(w.profiles), func(o models.Profile) bool { return o.ID == p.ID })
	switch {
	case used && len(others) == 0:
		m.Blocked = page.BannerModel{
			AlertModel: ui.AlertModel{Tone: ui.Warn, Title: "This is the only profile, and it is in use.", Text: profileUse(users, given, w.isDefault(p)) + " Make another profile first, which takes its place."},
			Buttons:    []ui.ButtonModel{{Label: "New profile", Href: profilesPath + "/new", Kind: ui.Primary}, {Label: "Keep profile", Href: at}},
		}
	case used:
		m.Confirm.Consequence = profileUse(users, given, w.isDefault(p)) + " They get the profile you choose here instead."
		m.Confirm.Stays = "Own values of single users, their status and their groups stay."
		m.Replacement = replacementField(others, c.FormValue("replacement"), wrong)
	}
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	m.Chrome = k.chrome(c, m.Head.Title, "profiles")
	return respond.HTML(c, status, page.ProfileDelete(m))
}

func profileUse(users int64, mappings int, isDefault bool) string {
	text := ui.Plural(users, "user holds", "users hold") + " it and " + ui.Plural(mappings, "mapping gives", "mappings give") + " it."
	if isDefault {
		text += " It is the default profile."
	}
	return text
}

func replacementField(others []models.Profile, chosen string, wrong *models.Error) ui.FieldModel {
	f := ui.FieldModel{
		Label: "Profile in its place", Name: "replacement", Type: "select", Value: chosen, Error: at(wrong, "replacement"), Required: true,
		Options: []ui.Option{{Value: "", Label: "Choose a profile"}},
	}
	for _, o := range others {
		f.Options = append(f.Options, ui.Option{Value: o.ID, Label: o.Name})
	}
	return f
}
