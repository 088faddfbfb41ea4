package console

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/filter"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// profileReader is what the pages about profiles read.
type profileReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	Profiles(ctx context.Context, organization int64) ([]models.Profile, error)
	Profile(ctx context.Context, organization int64, id string) (models.Profile, error)
	ProfileHolders(ctx context.Context, organization int64) (map[int64]int64, error)
	Mappings(ctx context.Context, organization int64, method models.Method) ([]models.Mapping, error)
	OverrideUses(ctx context.Context, organization int64, setting string) (int64, error)
}

const profilesPath = "/profiles"

func (k *Console) profileRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: profilesPath, Access: read, Handler: k.listProfiles},
		{Method: http.MethodGet, Path: profilesPath + "/new", Access: change, Handler: k.newProfile},
		{Method: http.MethodPost, Path: profilesPath + "/new", Access: change, Handler: k.createProfile},
		{Method: http.MethodGet, Path: profilesPath + "/:id", Access: read, Handler: k.showProfile},
		{Method: http.MethodGet, Path: profilesPath + "/:id/edit", Access: change, Handler: k.editProfile},
		{Method: http.MethodPost, Path: profilesPath + "/:id/edit", Access: change, Handler: k.updateProfile},
		{Method: http.MethodGet, Path: profilesPath + "/:id/delete", Access: change, Handler: k.askDeleteProfile},
		{Method: http.MethodPost, Path: profilesPath + "/:id/delete", Access: change, Handler: k.deleteProfile},
	}
}

// profileWorld is what an organization has of profiles, and who uses them.
type profileWorld struct {
	settings models.OrganizationSettings
	profiles []models.Profile
	holders  map[int64]int64 // profile key: users
	mappings []models.Mapping
}

func (k *Console) profileWorld(c echo.Context) (profileWorld, error) {
	ctx, organization := c.Request().Context(), session.Actor(c).OrganizationID
	var w profileWorld
	o, err := k.Read.Organization(ctx, organization)
	if err != nil {
		return w, err
	}
	w.settings = o.Settings
	if w.profiles, err = k.Read.Profiles(ctx, organization); err != nil {
		return w, err
	}
	if w.holders, err = k.Read.ProfileHolders(ctx, organization); err != nil {
		return w, err
	}
	w.mappings, err = k.Read.Mappings(ctx, organization, "")
	return w, err
}

// given lists the mappings that give a profile.
func (w profileWorld) given(p models.Profile) []models.Mapping {
	var list []models.Mapping
	for _, m := range w.mappings {
		if m.ProfileKey == p.Key {
			list = append(list, m)
		}
	}
	return list
}

func (w profileWorld) isDefault(p models.Profile) bool { return p.ID == w.settings.DefaultProfile }

func profileAddress(p models.Profile) string { return profilesPath + "/" + p.ID }

func profileTabs(current string) []ui.TabModel {
	tabs := []ui.TabModel{{Label: "Profiles", Href: profilesPath}, {Label: "Settings they can set", Href: settingKeysPath}}
	for i := range tabs {
		tabs[i].Current = tabs[i].Href == current
	}
	return tabs
}

const placedSize = 50 // rows of a list that is short enough to be read whole

// placed cuts a page out of a list that was read whole; the address says from where.
func placed[T any](c echo.Context, list []T, noun, path string, pairs ...string) ([]T, ui.PagerModel) {
	at, _ := strconv.Atoi(c.QueryParam("at"))
	at = max(min(at, len(list)), 1)
	rows := list[min(at-1, len(list)):min(at-1+placedSize, len(list))]
	m := ui.PagerModel{From: int64(at), To: int64(at - 1 + len(rows)), Total: int64(len(list)), Noun: noun}
	if at > 1 {
		m.Prev = address(path, append(pairs, "at", strconv.Itoa(max(at-placedSize, 1)))...)
	}
	if next := at + placedSize; next <= len(list) {
		m.Next = address(path, append(pairs, "at", strconv.Itoa(next))...)
	}
	return rows, m
}

// holding tells whether a text has the searched one in it, in any case.
func holding(search string, texts ...string) bool {
	return search == "" || strings.Contains(filter.Fold(strings.Join(texts, "\n")), filter.Fold(search))
}

func (k *Console) listProfiles(c echo.Context) error {
	w, err := k.profileWorld(c)
	if err != nil {
		return err
	}
	search := strings.TrimSpace(c.QueryParam("q"))
	found := slices.DeleteFunc(slices.Clone(w.profiles), func(p models.Profile) bool { return !holding(search, p.Name, p.Description) })
	rows, pager := placed(c, found, "profiles", profilesPath, "q", search)
	m := page.ProfilesModel{
		Chrome: k.chrome(c, "Profiles", "profiles"), Tabs: profileTabs(profilesPath), Pager: pager,
		Filter: ui.FilterModel{Action: profilesPath, Label: "Search profiles", Value: search, Placeholder: "Name or description"},
	}
	if search != "" {
		m.Filter.Clear = profilesPath
	}
	for _, p := range rows {
		m.Rows = append(m.Rows, page.ProfileRow{
			Href: profileAddress(p), Name: p.Name, Description: p.Description, Default: w.isDefault(p), Sets: w.sets(p),
			Users: w.holders[p.Key], UsersHref: address("/users", "profile", p.ID), Mappings: len(w.given(p)), Updated: p.Updated.Time(),
		})
	}
	if may(c, models.Admin) && len(w.profiles) > 0 {
		m.Buttons = []ui.ButtonModel{{Label: "New profile", Icon: "plus", Kind: ui.Primary, Href: profilesPath + "/new"}}
	}
	m.Empty = emptyProfiles(search, may(c, models.Admin))
	return respond.HTML(c, http.StatusOK, page.Profiles(m))
}

func emptyProfiles(search string, manage bool) page.EmptyListModel {
	if search != "" {
		return page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "search", Title: "No profile found", Text: "No name or description has “" + search + "” in it."},
			Buttons:    []ui.ButtonModel{{Label: "Show all profiles", Href: profilesPath}},
		}
	}
	e := page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "sliders", Title: "No profile yet",
		Text: "A profile is a named bundle of settings for your application, such as region, role or quota. A mapping gives it to users.",
	}}
	if manage {
		e.Buttons = []ui.ButtonModel{{Label: "New profile", Kind: ui.Primary, Href: profilesPath + "/new"}}
	}
	return e
}

const setsShown = 3

// sets names the first settings of a profile.
func (w profileWorld) sets(p models.Profile) string {
	var parts []string
	for _, key := range w.settings.ProfileKeys {
		if v, ok := p.Settings[key.Name]; ok {
			parts = append(parts, key.Name+": "+clipped(settingShown(key, v), 40))
		}
	}
	if len(parts) == 0 {
		return "Nothing: the defaults"
	}
	if more := len(parts) - setsShown; more > 0 {
		parts = append(parts[:setsShown], ui.Plural(more, "more", "more"))
	}
	return strings.Join(parts, " · ")
}

func (k *Console) showProfile(c echo.Context) error {
	p, w, err := k.profile(c)
	if err != nil {
		return err
	}
	users := w.holders[p.Key]
	m := page.ProfileModel{
		Chrome: k.chrome(c, p.Name, "profiles"),
		Head:   ui.PageHeadModel{Title: p.Name, Sub: p.Description, Crumbs: []ui.Link{{Label: "Profiles", Href: profilesPath}}},
		Stats: []ui.StatModel{
			{Label: "Users", Value: ui.Count(users), Note: "hold this profile", Icon: "users", Href: address("/users", "profile", p.ID)},
			{Label: "Mappings", Value: ui.Count(len(w.given(p))), Note: "give it", Icon: "workflow"},
			{Label: "Settings", Value: ui.Count(len(p.Settings)), Note: "set, of " + ui.Count(len(w.settings.ProfileKeys)), Icon: "settings"},
		},
		Facts: []ui.KVModel{
			{Label: "Created", Body: ui.Time(p.Created.Time(), k.Now())},
			{Label: "Changed", Body: ui.Time(p.Updated.Time(), k.Now())},
			{Label: "Id", Value: p.ID, Mono: true},
		},
	}
	if w.isDefault(p) {
		m.Facts = append(m.Facts, ui.KVModel{Label: "Default profile", Value: "Yes", Note: "given to users whom no mapping matches"})
	}
	for _, s := range models.SettingsOf(w.settings.ProfileKeys, &p, nil) {
		m.Settings = append(m.Settings, settingRow(s, p, "Set here"))
	}
	for _, given := range w.given(p) {
		m.Mappings = append(m.Mappings, ui.Link{Label: given.Name + " (" + given.Method.Label() + ")", Href: mappingAddress(given)})
	}
	if may(c, models.Admin) {
		m.Declare = settingKeysPath + "/new"
		m.Buttons = []ui.ButtonModel{
			{Label: "Delete", More: " " + p.Name, Icon: "trash-2", Href: profileAddress(p) + "/delete"},
			{Label: "Edit", More: " " + p.Name, Icon: "pencil", Kind: ui.Primary, Href: profileAddress(p) + "/edit"},
		}
	}
	return respond.HTML(c, http.StatusOK, page.Profile(m))
}

// settingRow shows a setting; own is the word for a value that the record itself has.
func settingRow(s models.Setting, p models.Profile, own string) page.SettingRow {
	row := page.SettingRow{Name: s.Name, About: s.Description, Type: string(s.Type), Value: settingShown(s.SettingKey, s.Value), Source: "Declared default"}
	switch s.Source {
	case models.FromOverride:
		row.Own, row.Source = true, own
	case models.FromProfile:
		row.Source, row.Href = "Profile "+p.Name, profileAddress(p)
		if own == "Set here" {
			row.Own, row.Source, row.Href = true, own, ""
		}
	case models.FromDeclaration:
	}
	return row
}

// profile gives the one that the address names, with its world.
func (k *Console) profile(c echo.Context) (models.Profile, profileWorld, error) {
	w, err := k.profileWorld(c)
	if err != nil {
		return models.Profile{}, w, err
	}
	p, err := k.Read.Profile(c.Request().Context(), session.Actor(c).OrganizationID, c.Param("id"))
	return p, w, err
}

// strays are settings that a profile has and nobody declares any more.
func strays(keys []models.SettingKey, values map[string]any) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(keys, func(k models.SettingKey) bool { return k.Name == name }) {
			list = append(list, name)
		}
	}
	return list
}
