package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/models"
)

const (
	nameMost   = 256
	anchorMost = 1024
	valueMost  = 8192
	noteMost   = 2000
	// keyMost bounds, in bytes, what an index holds: PostgreSQL refuses entries
	// beyond about 2,700, and folding can make a text longer.
	keyMost = 2000
)

// check refuses a user that must not be stored, naming the attribute and limit.
func check(u *models.User) error {
	switch {
	case strings.TrimSpace(u.UserName) == "":
		return models.Errorf(models.Invalid, "userName", "The user has no userName.").
			WithAdvice("Map a value that every user has, such as the user principal name or e-mail address, to userName.").WithCode("missingUserName")
	case strings.ContainsFunc(u.UserName, unicode.IsControl):
		return badCharacter("userName")
	}
	if err := checkLengths(u); err != nil {
		return err
	}
	return checkValues("", u.Attributes)
}

// checkLengths holds what lists and look-ups are indexed by within their limits.
func checkLengths(u *models.User) error {
	for _, v := range []struct {
		attr, text, key string
		most            int
	}{
		{"userName", u.UserName, u.UserNameKey, nameMost},
		{"externalId", u.ExternalID, u.ExternalID, anchorMost},
		{"displayName", u.DisplayName, u.SortKey, anchorMost},
		{"employeeNumber", u.EmployeeNumber, u.EmployeeNumber, anchorMost},
		{"manager", u.ManagerID, u.ManagerID, anchorMost},
		{"note", u.Note, "", noteMost},
	} {
		if err := within(v.attr, v.text, v.key, v.most); err != nil {
			return err
		}
	}
	for _, key := range u.Emails() {
		if err := within("emails", key, key, anchorMost); err != nil {
			return err
		}
	}
	return nil
}

// within holds a text to a number of characters and its key to what an index
// takes.
func within(attr, text, key string, most int) error {
	n := utf8.RuneCountInString(text)
	if n > most {
		return tooLong(attr, n, most)
	}
	if len(key) > keyMost {
		return models.Errorf(models.Invalid, attr, "%s needs %d bytes to be indexed; at most %d are allowed.", attr, len(key), keyMost).
			WithAdvice("Shorten the value at the source, or map another attribute to %s.", attr).WithCode("tooLong")
	}
	return nil
}

func tooLong(attr string, length, most int) *models.Error {
	return models.Errorf(models.Invalid, attr, "%s has %d characters; at most %d are allowed.", attr, length, most).
		WithAdvice("Shorten the value at the source, or map another attribute to %s.", attr).WithCode("tooLong")
}

func badCharacter(attr string) *models.Error {
	return models.Errorf(models.Invalid, attr, "%s contains a character that text cannot have.", attr).
		WithAdvice("Remove control characters from the value at the source.").WithCode("badCharacter")
}

// storable tells whether a text can be held by every database: PostgreSQL takes
// neither NUL nor broken UTF-8, not even in a question.
func storable(s string) bool { return !strings.ContainsRune(s, 0) && utf8.ValidString(s) }

// checkValues walks a document: no value too long, and no character that a
// database or a page cannot hold.
func checkValues(path string, v any) error {
	switch v := v.(type) {
	case string:
		if n := utf8.RuneCountInString(v); n > valueMost && path != "x509Certificates.value" && path != "photos.value" {
			return tooLong(path, n, valueMost)
		}
		if !storable(v) {
			return badCharacter(path)
		}
	case map[string]any:
		for key, item := range v {
			if err := checkValues(join(path, key), item); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range v {
			if err := checkValues(path, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func join(path, key string) string {
	if path == "" || path == models.EnterpriseURN {
		return key
	}
	return path + "." + key
}

// checkID refuses, before any database is asked, an id that no record can have.
func checkID(target models.TargetType, id string) error {
	if storable(id) && len(id) <= anchorMost {
		return nil
	}
	return models.Errorf(models.NotFound, "id", "There is no %s with this id.", target).
		WithAdvice("Look the %s up with a filter; ids are the ones that this server gave.", target).WithCode(string(target) + "NotFound")
}

// scrub replaces what no database holds.
func scrub(s string) string {
	if storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// shortened makes a text that came from outside fit for a log line.
func shortened(s string) string {
	s = scrub(s)
	if utf8.RuneCountInString(s) <= nameMost {
		return s
	}
	return string([]rune(s)[:nameMost]) + "…"
}
