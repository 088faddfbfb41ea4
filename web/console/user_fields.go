package console

import (
	"net/mail"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/language"

	"muster/models"
)

// userField is one value of a user that people edit: the same table serves the
// form, the import and the export, so that the three can never disagree.
type userField struct {
	Name  string // in the form, and the column of an exported file
	Label string
	Paths []string // attributes whose refusals belong at this field
	Also  []string // other names of the column, as folded by headerKey
	get   func(*models.User) string
	set   func(*models.User, string)
	check func(string) string // what is wrong with a value, and what would be right
}

// userFields lists the fields in the order forms and files show them. The manager
// and the status are not among them: both need more than the document.
func userFields() []userField {
	return []userField{
		{
			Name: "userName", Label: "userName", Also: []string{"login", "user", "upn", "userprincipalname", "username"},
			Paths: []string{"userName"}, get: attribute("userName"), set: setAttribute("userName"), check: checkUserName,
		},
		{
			Name: "givenName", Label: "Given name", Also: []string{"firstname", "namegivenname", "given"},
			Paths: []string{"name.givenName"}, get: sub("name", "givenName"), set: setName("givenName"),
		},
		{
			Name: "familyName", Label: "Family name", Also: []string{"lastname", "surname", "namefamilyname", "family"},
			Paths: []string{"name.familyName", "name"}, get: sub("name", "familyName"), set: setName("familyName"),
		},
		{
			Name: "displayName", Label: "Display name", Also: []string{"fullname", "name"},
			Paths: []string{"displayName"}, get: attribute("displayName"), set: setAttribute("displayName"),
		},
		{
			Name: "email", Label: "Work e-mail", Also: []string{"emailaddress", "workemail", "mail", "emails"},
			Paths: []string{"emails"}, get: preferred("emails"), set: setPreferred("emails"), check: checkEmail,
		},
		{
			Name: "title", Label: "Title", Also: []string{"jobtitle", "position"},
			Paths: []string{"title"}, get: attribute("title"), set: setAttribute("title"),
		},
		{
			Name: "department", Label: "Department", Also: []string{"dept"},
			Paths: []string{"department"}, get: sub(models.EnterpriseURN, "department"), set: setSub(models.EnterpriseURN, "department"),
		},
		{
			Name: "employeeNumber", Label: "Employee number", Also: []string{"employeeid", "personnelnumber", "employeeno"},
			Paths: []string{"employeeNumber"}, get: sub(models.EnterpriseURN, "employeeNumber"), set: setSub(models.EnterpriseURN, "employeeNumber"),
		},
		{
			Name: "phone", Label: "Phone", Also: []string{"workphone", "telephone", "phonenumber", "telephonenumber", "phonenumbers"},
			Paths: []string{"phoneNumbers"}, get: preferred("phoneNumbers"), set: setPreferred("phoneNumbers"),
		},
		{
			Name: "preferredLanguage", Label: "Preferred language", Also: []string{"language", "lang"},
			Paths: []string{"preferredLanguage"}, get: attribute("preferredLanguage"), set: setAttribute("preferredLanguage"), check: checkLanguage,
		},
		{
			Name: "timeZone", Label: "Time zone", Also: []string{"tz"},
			Paths: []string{"timezone"}, get: attribute("timezone"), set: setAttribute("timezone"), check: checkTimeZone,
		},
		{
			Name: "note", Label: "Note", Also: []string{"notes", "remark", "comment"},
			Paths: []string{"note"}, get: func(u *models.User) string { return u.Note }, set: func(u *models.User, v string) { u.Note = v }, check: checkNote,
		},
	}
}

// fieldOf finds the form field that a refused attribute belongs to.
func fieldOf(attr string) string {
	if attr == "manager" || strings.HasPrefix(attr, "manager.") {
		return "manager"
	}
	for _, f := range userFields() {
		for _, path := range f.Paths {
			if attr == path || strings.HasPrefix(attr, path+".") || strings.HasPrefix(attr, path+"[") {
				return f.Name
			}
		}
	}
	return ""
}

func attribute(name string) func(*models.User) string {
	return func(u *models.User) string { s, _ := u.Attributes[name].(string); return s }
}

func setAttribute(name string) func(*models.User, string) {
	return func(u *models.User, v string) { put(u.Attributes, name, v) }
}

func put(object map[string]any, name, v string) {
	if v == "" {
		delete(object, name)
		return
	}
	object[name] = v
}

func sub(object, name string) func(*models.User) string {
	return func(u *models.User) string {
		o, _ := u.Attributes[object].(map[string]any)
		s, _ := o[name].(string)
		return s
	}
}

func setSub(object, name string) func(*models.User, string) {
	return func(u *models.User, v string) {
		o, _ := u.Attributes[object].(map[string]any)
		if o == nil {
			o = map[string]any{}
		}
		put(o, name, v)
		if len(o) == 0 {
			delete(u.Attributes, object)
			return
		}
		u.Attributes[object] = o
	}
}

// setName keeps a formatted name that the directory once gave in step with its
// parts, as far as it was made of them.
func setName(part string) func(*models.User, string) {
	return func(u *models.User, v string) {
		was := wholeName(u)
		setSub("name", part)(u, v)
		if name, ok := u.Attributes["name"].(map[string]any); ok && was != "" && name["formatted"] == was {
			put(name, "formatted", wholeName(u))
		}
	}
}

func wholeName(u *models.User) string {
	return strings.TrimSpace(sub("name", "givenName")(u) + " " + sub("name", "familyName")(u))
}

func preferred(name string) func(*models.User) string {
	return func(u *models.User) string { return models.PreferredValue(u.Attributes[name], "work") }
}

// setPreferred changes the one value that lists show and leaves the others be.
func setPreferred(name string) func(*models.User, string) {
	return func(u *models.User, v string) {
		list, _ := u.Attributes[name].([]any)
		at := indexOf(list, models.PreferredValue(list, "work"))
		switch {
		case at < 0 && v == "":
		case at < 0:
			list = append(list, map[string]any{"value": v, "type": "work", "primary": true})
		case v == "":
			list = append(list[:at], list[at+1:]...)
		default:
			list[at].(map[string]any)["value"] = v
		}
		if len(list) == 0 {
			delete(u.Attributes, name)
			return
		}
		u.Attributes[name] = list
	}
}

func indexOf(list []any, value string) int {
	if value == "" {
		return -1
	}
	at := -1
	for i, item := range list {
		m, _ := item.(map[string]any)
		if m["value"] != value {
			continue
		}
		if primary, _ := m["primary"].(bool); primary || at < 0 {
			at = i
		}
	}
	return at
}

func checkUserName(v string) string {
	switch {
	case v == "":
		return "Enter a userName: what the person signs in with, usually the work e-mail address."
	case len([]rune(v)) > 256:
		return "A userName has at most 256 characters."
	}
	return ""
}

func checkEmail(v string) string {
	a, err := mail.ParseAddress(v)
	if v != "" && (err != nil || a.Address != v || len(v) > 320) {
		return "Enter one e-mail address, such as ada@example.com."
	}
	return ""
}

func checkLanguage(v string) string {
	if _, err := language.Parse(v); v != "" && err != nil {
		return "Enter a language tag, such as en, de or pt-BR."
	}
	return ""
}

var zoneShape = regexp.MustCompile(`^[A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*$`)

// checkTimeZone holds a zone to the list only where the machine has one.
func checkTimeZone(v string) string {
	if v == "" {
		return ""
	}
	_, unknown := time.LoadLocation(v)
	_, blind := time.LoadLocation("Europe/Berlin")
	if !zoneShape.MatchString(v) || v == "Local" || unknown != nil && blind == nil {
		return "Enter a time zone by its IANA name, such as Europe/Berlin."
	}
	return ""
}

func checkNote(v string) string {
	if len([]rune(v)) > 2000 {
		return "A note has at most 2,000 characters."
	}
	return ""
}
