package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) userProfileRoutes() []session.Route {
	change := session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: "/users/:id/profile", Access: change, Handler: k.chooseProfile},
		{Method: http.MethodPost, Path: "/users/:id/profile", Access: change, Handler: k.giveProfile},
		{Method: http.MethodPost, Path: "/users/:id/settings", Access: change, Handler: k.overrideSettings},
		{Method: http.MethodPost, Path: "/users/:id/protect", Access: change, Handler: k.protectUser},
		{Method: http.MethodPost, Path: "/users/:id/hold", Access: change, Handler: k.holdUser},
	}
}

// ruledUser is a user with what decided on them.
type ruledUser struct {
	directory.Explanation
	world ruleWorld
	keys  []models.SettingKey
}

func (k *Console) ruledUser(c echo.Context, id string) (ruledUser, error) {
	r := ruledUser{}
	var err error
	if r.Explanation, err = k.Directory.ExplainUser(c.Request().Context(), session.Actor(c).OrganizationID, id); err != nil {
		return r, err
	}
	if r.world, err = k.ruleNames(c, r.User.Mode, r.Subject.Groups...); err != nil {
		return r, err
	}
	r.keys = r.world.org.Settings.ProfileKeys
	if p, ok := r.world.profile(r.User.ProfileKey); ok {
		r.Profile = &p
	}
	return r, nil
}

func (r ruledUser) profile() models.Profile {
	if r.Profile == nil {
		return models.Profile{}
	}
	return *r.Profile
}

// profileCard tells what a user has and why.
func (r ruledUser) profileCard(events []models.LogEntry, mask logMask, manage bool) page.UserProfileModel {
	m := page.UserProfileModel{How: r.how(), Own: len(r.User.Overridden())}
	if r.Profile != nil {
		m.Profile = ui.Link{Label: r.Profile.Name, Href: profileAddress(*r.Profile)}
	}
	if r.Mapping != nil {
		m.Mapping = ui.Link{Label: r.Mapping.Name, Href: mappingAddress(*r.Mapping)}
	}
	if e, ok := placing(events); ok {
		m.Since, m.SinceHref = e.At.Time(), "/logs/"+e.ID
	}
	for _, s := range models.SettingsOf(r.keys, r.Profile, r.User.Overridden()) {
		m.Settings = append(m.Settings, settingRow(s, r.profile(), "Own value"))
	}
	r.reasons(&m, mask)
	if manage {
		m.Change = "/users/" + r.User.ID + "/profile"
	}
	return m
}

// how says in a sentence how the user came to the profile.
func (r ruledUser) how() string {
	switch {
	case r.User.ProfileBy == models.ByHand:
		return "Given by hand. No mapping and no directory changes it."
	case r.User.ProfileBy == models.ByMapping:
		return "Given by the mapping that matches."
	case r.User.ProfileBy == models.ByDefaultProfile:
		return "No mapping matches, so it is the default profile."
	case !r.User.Managed():
		return "Managed by hand: no mapping decides. A profile can be given by hand."
	case r.Mapping != nil:
		return "The mapping that matches gives no profile."
	case r.Rules.Any():
		return "No mapping matches, and there is no default profile."
	}
	return "There is no mapping yet, so nobody is given a profile."
}

// placing finds the latest change of rule or profile among a user's log entries.
func placing(events []models.LogEntry) (models.LogEntry, bool) {
	for _, e := range events {
		for _, change := range e.Details.Modified {
			if change.Path == "mapping" || change.Path == "profile" {
				return e, true
			}
		}
	}
	return models.LogEntry{}, false
}

func (k *Console) chooseProfile(c echo.Context) error {
	r, err := k.ruledUser(c, c.Param("id"))
	if err != nil {
		return err
	}
	texts := map[string]string{}
	for _, key := range r.keys {
		texts[key.Name] = settingText(key, r.User.Overridden()[key.Name])
	}
	return k.userProfilePage(c, r, texts, nil)
}

func (k *Console) userProfilePage(c echo.Context, r ruledUser, texts map[string]string, wrong *models.Error) error {
	u := r.User
	home := "/users/" + u.ID
	m := page.UserProfileFormModel{
		Head: ui.PageHeadModel{
			Title: "Profile of " + u.DisplayName, Sub: r.how(), Crumbs: []ui.Link{{Label: "Users", Href: "/users"}, {Label: u.DisplayName, Href: home}},
		},
		GiveAction: home + "/profile", OwnAction: home + "/settings", Cancel: home,
		Give: ui.FieldModel{
			Label: "Profile", Name: "profile", Type: "select", Error: at(wrong, "profile"),
			Options: []ui.Option{{Value: "", Label: "As the mappings decide", Selected: u.ProfileBy != models.ByHand}},
			Hint:    "Given by hand, it stays whatever mappings and directories say, until it is given back to the mappings here.",
		},
	}
	if !u.Managed() {
		m.Give.Options[0].Label = "No profile"
	}
	for _, p := range r.world.profiles {
		m.Give.Options = append(m.Give.Options, ui.Option{Value: p.ID, Label: p.Name, Selected: u.ProfileBy == models.ByHand && p.Key == u.ProfileKey})
	}
	if len(r.world.profiles) == 0 {
		m.NewProfile = profilesPath + "/new"
	}
	var names []string
	for _, s := range models.SettingsOf(r.keys, r.Profile, nil) {
		field := settingInput(s.SettingKey, texts[s.Name], r.inherited(s))
		field.Error = at(wrong, field.Name)
		m.Own = append(m.Own, field)
		names = append(names, field.Name)
	}
	m.Errors = formErrors(wrong, append(names, "profile")...)
	status := http.StatusOK
	if wrong != nil {
		status = respond.Status(wrong.Kind)
	}
	m.Chrome = k.chrome(c, m.Head.Title, "users")
	return respond.HTML(c, status, page.UserProfileForm(m))
}

// inherited says what a setting is while the user has no own value.
func (r ruledUser) inherited(s models.Setting) string {
	shown := clipped(settingShown(s.SettingKey, s.Value), 80)
	switch {
	case shown == "":
		return "When empty, it has no value."
	case s.Source == models.FromProfile:
		return "When empty, as in profile " + r.profile().Name + ": " + shown + "."
	}
	return "When empty, the default: " + shown + "."
}

func (k *Console) giveProfile(c echo.Context) error {
	chosen := c.FormValue("profile")
	u, err := k.Directory.SetProfile(c.Request().Context(), session.Actor(c), c.Param("id"), chosen)
	if e, ok := refusal(err); ok {
		return k.userProfileRefused(c, e)
	}
	if err != nil {
		return err
	}
	text := u.DisplayName + " has the profile by hand now. No mapping changes it."
	switch {
	case chosen == "" && u.Managed():
		text = "The mappings decide on the profile of " + u.DisplayName + " again."
	case chosen == "":
		text = u.DisplayName + " has no profile now."
	}
	return k.done(c, "/users/"+u.ID+"#profile", text)
}

func (k *Console) userProfileRefused(c echo.Context, e *models.Error) error {
	r, err := k.ruledUser(c, c.Param("id"))
	if err != nil {
		return err
	}
	_, texts, _ := enteredSettingValues(r.keys, c.FormValue)
	return k.userProfilePage(c, r, texts, e)
}

func (k *Console) overrideSettings(c echo.Context) error {
	r, err := k.ruledUser(c, c.Param("id"))
	if err != nil {
		return err
	}
	values, texts, err := enteredSettingValues(r.keys, c.FormValue)
	var u models.User
	if err == nil {
		u, err = k.Directory.Override(c.Request().Context(), session.Actor(c), r.User.ID, values)
	}
	if e, ok := refusal(err); ok {
		return k.userProfilePage(c, r, texts, e)
	}
	if err != nil {
		return err
	}
	text := u.DisplayName + " has " + ui.Plural(len(values), "own value", "own values") + " now. They survive every mapping and directory."
	if len(values) == 0 {
		text = u.DisplayName + " has no own value; everything is as the profile says."
	}
	return k.done(c, "/users/"+u.ID+"#profile", text)
}
