package console

import (
	"fmt"
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

const settingKeysPath = profilesPath + "/settings"

func (k *Console) settingKeyRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: settingKeysPath, Access: read, Handler: k.listSettingKeys},
		{Method: http.MethodGet, Path: settingKeysPath + "/new", Access: change, Handler: k.newSettingKey},
		{Method: http.MethodPost, Path: settingKeysPath + "/new", Access: change, Handler: k.createSettingKey},
		{Method: http.MethodGet, Path: settingKeysPath + "/:name", Access: change, Handler: k.editSettingKey},
		{Method: http.MethodPost, Path: settingKeysPath + "/:name", Access: change, Handler: k.updateSettingKey},
		{Method: http.MethodGet, Path: settingKeysPath + "/:name/delete", Access: change, Handler: k.askDeleteSettingKey},
		{Method: http.MethodPost, Path: settingKeysPath + "/:name/delete", Access: change, Handler: k.deleteSettingKey},
	}
}

func settingKeyAddress(key models.SettingKey) string { return settingKeysPath + "/" + key.Name }

var settingTypeWords = map[models.SettingType]string{
	models.TextSetting: "Text", models.NumberSetting: "Number", models.BooleanSetting: "Yes or no",
	models.ListSetting: "List of texts", models.JSONSetting: "JSON",
}

// setBy counts the profiles that set a setting.
func (w profileWorld) setBy(name string) int {
	n := 0
	for _, p := range w.profiles {
		if _, ok := p.Settings[name]; ok {
			n++
		}
	}
	return n
}

func (k *Console) listSettingKeys(c echo.Context) error {
	w, err := k.profileWorld(c)
	if err != nil {
		return err
	}
	search, manage := strings.TrimSpace(c.QueryParam("q")), may(c, models.Admin)
	found := slices.DeleteFunc(slices.Clone(w.settings.ProfileKeys), func(key models.SettingKey) bool { return !holding(search, key.Name, key.Description) })
	rows, pager := placed(c, found, "settings", settingKeysPath, "q", search)
	m := page.SettingKeysModel{
		Chrome: k.chrome(c, "Application settings", "profiles"), Tabs: profileTabs(settingKeysPath), Pager: pager,
		Filter: ui.FilterModel{Action: settingKeysPath, Label: "Search settings", Value: search, Placeholder: "Name or description"},
		Empty:  emptySettingKeys(search, manage),
	}
	if search != "" {
		m.Filter.Clear = settingKeysPath
	}
	for _, key := range rows {
		row := page.SettingKeyRow{
			Name: key.Name, About: key.Description, Type: settingTypeWords[key.Type], Default: clipped(settingShown(key, key.Default), 80),
			Profiles: ui.Plural(w.setBy(key.Name), "profile", "profiles"),
		}
		if manage {
			row.Href = settingKeyAddress(key)
		}
		m.Rows = append(m.Rows, row)
	}
	switch full := len(w.settings.ProfileKeys) >= models.SettingKeysMost; {
	case full:
		m.Full = "All " + ui.Count(models.SettingKeysMost) + " places for settings are taken. Delete one to declare another."
	case manage && len(w.settings.ProfileKeys) > 0:
		m.Buttons = []ui.ButtonModel{{Label: "Declare setting", Icon: "plus", Kind: ui.Primary, Href: settingKeysPath + "/new"}}
	}
	return respond.HTML(c, http.StatusOK, page.SettingKeys(m))
}

func emptySettingKeys(search string, manage bool) page.EmptyListModel {
	if search != "" {
		return page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "search", Title: "No setting found", Text: "No name or description has “" + search + "” in it."},
			Buttons:    []ui.ButtonModel{{Label: "Show all settings", Href: settingKeysPath}},
		}
	}
	e := page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "settings", Title: "No setting is declared",
		Text: "Declare what your application can be told about a user, such as region (a text), quota (a number) or roles (a list). Profiles then give each a value.",
	}}
	if manage {
		e.Buttons = []ui.ButtonModel{{Label: "Declare setting", Kind: ui.Primary, Href: settingKeysPath + "/new"}}
	}
	return e
}

func noSettingKey(name string) error {
	return models.Errorf(models.NotFound, "", "There is no setting %s.", name).
		WithAdvice("See Profiles for those that are declared; the audit log tells who removed one.")
}

// settingKey gives the one that the address names.
func (k *Console) settingKey(c echo.Context) (models.SettingKey, profileWorld, error) {
	w, err := k.profileWorld(c)
	if err != nil {
		return models.SettingKey{}, w, err
	}
	for _, key := range w.settings.ProfileKeys {
		if strings.EqualFold(key.Name, c.Param("name")) {
			return key, w, nil
		}
	}
	return models.SettingKey{}, w, noSettingKey(c.Param("name"))
}

func (k *Console) askDeleteSettingKey(c echo.Context) error {
	key, w, err := k.settingKey(c)
	if err != nil {
		return err
	}
	users, err := k.Read.OverrideUses(c.Request().Context(), session.Actor(c).OrganizationID, key.Name)
	if err != nil {
		return err
	}
	m := page.SettingKeyDeleteModel{
		Head: ui.PageHeadModel{
			Title:  "Delete setting “" + key.Name + "”?",
			Crumbs: []ui.Link{{Label: "Application settings", Href: settingKeysPath}, {Label: key.Name, Href: settingKeyAddress(key)}},
		},
		Confirm: ui.ConfirmModel{
			Title: "Delete setting “" + key.Name + "”?", Action: settingKeyAddress(key) + "/delete", CancelHref: settingKeyAddress(key),
			Label: "Delete setting", Cancel: "Keep setting",
			Consequence: fmt.Sprintf("%s set it, and %s an own value. The application is told of it no more.",
				ui.Plural(w.setBy(key.Name), "profile has", "profiles have"), ui.Plural(users, "user has", "users have")),
			Stays: "Profiles, users and all other settings stay as they are.",
			Undo:  "Declaring it again under the same name and type brings kept values back.",
		},
	}
	if w.setBy(key.Name) == 0 && users == 0 {
		m.Confirm.Consequence, m.Confirm.Undo = "No profile sets it and no user has an own value. The application is told of its default no more.", ""
	}
	m.Chrome = k.chrome(c, m.Head.Title, "profiles")
	return respond.HTML(c, http.StatusOK, page.SettingKeyDelete(m))
}

func (k *Console) deleteSettingKey(c echo.Context) error {
	name := c.Param("name")
	err := k.Directory.SaveSettingKeys(c.Request().Context(), session.Actor(c), func(keys []models.SettingKey) ([]models.SettingKey, error) {
		left := slices.DeleteFunc(slices.Clone(keys), func(key models.SettingKey) bool { return strings.EqualFold(key.Name, name) })
		if len(left) == len(keys) {
			return nil, noSettingKey(name)
		}
		return left, nil
	})
	if err != nil {
		return err
	}
	return k.done(c, settingKeysPath, "The setting "+name+" is deleted.")
}
