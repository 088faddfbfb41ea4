package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/models/filter"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// userForm is what somebody entered: the texts of userFields by name, and the
// manager's userName. Boss is the manager's id, once it was looked up.
type userForm struct {
	values  map[string]string
	manager string
	boss    string
	version int64
}

func userFormOf(c echo.Context) userForm {
	f := userForm{values: map[string]string{}, manager: strings.TrimSpace(c.FormValue("manager"))}
	for _, field := range userFields() {
		f.values[field.Name] = strings.TrimSpace(c.FormValue(field.Name))
	}
	f.version, _ = strconv.ParseInt(c.FormValue("version"), 10, 64)
	return f
}

// userFormFrom fills the form with a user's present values.
func userFormFrom(u models.User, manager string) userForm {
	f := userForm{values: map[string]string{}, manager: manager, version: u.Version}
	for _, field := range userFields() {
		f.values[field.Name] = field.get(&u)
	}
	return f
}

// apply is the edit: it changes what the form has fields for and nothing else.
func (f userForm) apply(u *models.User) error {
	if f.version != 0 && f.version != u.Version {
		return tooOld()
	}
	for _, field := range userFields() {
		if field.get(u) != f.values[field.Name] {
			field.set(u, f.values[field.Name])
		}
	}
	directory.SetManager(u, f.boss)
	return nil
}

// wrong lists what the form can see for itself, by field.
func (f userForm) wrong() map[string]string {
	wrong := map[string]string{}
	for _, field := range userFields() {
		if field.check == nil {
			continue
		}
		if text := field.check(f.values[field.Name]); text != "" {
			wrong[field.Name] = text
		}
	}
	return wrong
}

func (k *Console) newUser(c echo.Context) error {
	return k.userPage(c, http.StatusOK, models.User{}, userForm{values: map[string]string{}}, nil, nil)
}

func (k *Console) createUser(c echo.Context) error {
	f := userFormOf(c)
	f.version = 0
	wrong := f.wrong()
	if err := k.findBoss(c, &f, models.User{}, wrong); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return k.userPage(c, http.StatusUnprocessableEntity, models.User{}, f, wrong, nil)
	}
	u, err := k.Directory.CreateUser(c.Request().Context(), session.Actor(c), f.apply)
	if err != nil {
		return k.userRefused(c, models.User{}, f, err)
	}
	return k.done(c, "/users/"+u.ID, u.DisplayName+" was added.")
}

func (k *Console) editUser(c echo.Context) error {
	u, manager, err := k.userToEdit(c)
	if err != nil {
		return err
	}
	return k.userPage(c, http.StatusOK, u, userFormFrom(u, manager), nil, nil)
}

// userToEdit reads a user and the manager's userName; an id that nobody here has
// stands for itself, so that saving the form keeps it.
func (k *Console) userToEdit(c echo.Context) (models.User, string, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	u, err := k.Read.User(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return u, "", err
	}
	if err := u.Load(); err != nil {
		return u, "", err
	}
	if u.ManagerID == "" {
		return u, "", nil
	}
	refs, err := k.Read.Resolve(ctx, by.OrganizationID, []string{u.ManagerID})
	if ref, ok := refs[u.ManagerID]; ok {
		return u, ref.Name, err
	}
	return u, u.ManagerID, err
}

func (k *Console) updateUser(c echo.Context) error {
	u, manager, err := k.userToEdit(c)
	if err != nil {
		return err
	}
	f := userFormOf(c)
	if u.Managed() {
		note := f.values["note"]
		f = userFormFrom(u, manager)
		f.values["note"], f.boss, f.version = note, u.ManagerID, 0
	}
	wrong := f.wrong()
	switch {
	case u.Managed():
		// What a directory sent is not held against the person who edits the note.
		wrong = map[string]string{}
		if text := checkNote(f.values["note"]); text != "" {
			wrong["note"] = text
		}
	case f.manager == manager:
		f.boss = u.ManagerID
	default:
		if err := k.findBoss(c, &f, u, wrong); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return k.userPage(c, http.StatusUnprocessableEntity, u, f, wrong, nil)
	}
	edit := f.apply
	if u.Managed() {
		edit = func(u *models.User) error { u.Note = f.values["note"]; return nil }
	}
	saved, err := k.Directory.UpdateUser(c.Request().Context(), session.Actor(c), u.ID, edit)
	if err != nil {
		return k.userRefused(c, u, f, err)
	}
	if saved.Version == u.Version {
		return k.done(c, "/users/"+u.ID, "Nothing was changed.")
	}
	return k.done(c, "/users/"+u.ID, saved.DisplayName+" was saved.")
}

// findBoss looks the manager up whose userName was entered.
func (k *Console) findBoss(c echo.Context, f *userForm, u models.User, wrong map[string]string) error {
	if f.manager == "" {
		return nil
	}
	boss, err := k.Read.UserByName(c.Request().Context(), session.Actor(c).OrganizationID, f.manager)
	switch {
	case models.KindOf(err) == models.NotFound && err != nil:
		wrong["manager"] = "No user has this userName. Check the spelling, or add the manager first."
	case err != nil:
		return err
	case boss.Key == u.Key || u.Key == 0 && boss.UserNameKey == filter.Fold(f.values["userName"]):
		wrong["manager"] = "Nobody is their own manager. Enter another userName, or leave this empty."
	}
	f.boss = boss.ID
	return nil
}

// userRefused shows the form again with the refusal at its field; a conflict
// names who holds what was asked for, with the way there.
func (k *Console) userRefused(c echo.Context, u models.User, f userForm, err error) error {
	refused, ok := refusal(err)
	if !ok {
		return err
	}
	if refused.Kind == models.Stale {
		var err error
		if refused, err = k.overtakenRecord(c, "this user", u.ID); err != nil {
			return err
		}
		f.version = u.Version
	}
	field := fieldOf(refused.Attr)
	wrong := map[string]string{field: refused.Msg + " " + refused.Advice}
	var taken *page.BannerModel
	if refused.Kind == models.Uniqueness {
		holder, err := k.holderOf(c, field, f, u)
		if err != nil {
			return err
		}
		if holder.ID != "" {
			label := fieldLabel(field)
			wrong[field] = label + " already belongs to " + holder.DisplayName + "."
			taken = &page.BannerModel{
				AlertModel: ui.AlertModel{
					Tone: ui.Error, Live: true, Focus: true, Title: holder.DisplayName + " has this " + label + " already.",
					Text: "Nothing was saved. The user is " + string(holder.Status) + " and managed " + managedBy(holder.Mode) +
						". If it is the same person, edit that user. If not, give one of the two another " + label + ".",
				},
				Buttons: []ui.ButtonModel{{Label: "Open " + holder.DisplayName, Href: "/users/" + holder.ID}},
			}
		}
	}
	return k.userPage(c, respond.Status(refused.Kind), u, f, wrong, taken)
}

// managedBy says in the middle of a sentence who manages a user.
func managedBy(m models.Method) string {
	if m == models.Manual {
		return "by hand"
	}
	return "by " + m.Label()
}

func (k *Console) holderOf(c echo.Context, field string, f userForm, u models.User) (models.User, error) {
	ctx, organization := c.Request().Context(), session.Actor(c).OrganizationID
	var holder models.User
	var err error
	switch field {
	case "userName":
		holder, err = k.Read.UserByName(ctx, organization, f.values[field])
	case "email":
		holder, err = k.Read.EmailHolder(ctx, organization, filter.Fold(f.values[field]), u.Key)
	case "employeeNumber":
		holder, err = k.Read.EmployeeHolder(ctx, organization, f.values[field], u.Key)
	}
	if models.KindOf(err) == models.NotFound {
		return models.User{}, nil
	}
	return holder, err
}

func fieldLabel(name string) string {
	for _, f := range userFields() {
		if f.Name == name && name != "userName" {
			return strings.ToLower(f.Label)
		}
	}
	return name
}
