package directory

import (
	"strings"
	"unicode/utf8"

	"muster/models"
)

const (
	nameMost  = 256
	valueMost = 8192
	noteMost  = 2000
)

// check refuses a user that must not be stored, naming the attribute and limit.
func check(u *models.User) error {
	switch {
	case strings.TrimSpace(u.UserName) == "":
		return models.Errorf(models.Invalid, "userName", "The user has no userName.").
			WithAdvice("Map a value that every user has, such as the user principal name or e-mail address, to userName.").WithCode("missingUserName")
	case utf8.RuneCountInString(u.UserName) > nameMost:
		return tooLong("userName", utf8.RuneCountInString(u.UserName), nameMost)
	case utf8.RuneCountInString(u.ExternalID) > nameMost*4:
		return tooLong("externalId", utf8.RuneCountInString(u.ExternalID), nameMost*4)
	case utf8.RuneCountInString(u.Note) > noteMost:
		return tooLong("note", utf8.RuneCountInString(u.Note), noteMost)
	}
	return checkValues("", u.Attributes)
}

func tooLong(attr string, length, most int) *models.Error {
	return models.Errorf(models.Invalid, attr, "%s has %d characters; at most %d are allowed.", attr, length, most).
		WithAdvice("Shorten the value at the source, or map another attribute to %s.", attr).WithCode("tooLong")
}

// checkValues walks a document: no value too long, and no character that a
// database or a page cannot hold.
func checkValues(path string, v any) error {
	switch v := v.(type) {
	case string:
		if n := utf8.RuneCountInString(v); n > valueMost && path != "x509Certificates.value" && path != "photos.value" {
			return tooLong(path, n, valueMost)
		}
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return models.Errorf(models.Invalid, path, "%s contains a character that text cannot have.", path).
				WithAdvice("Remove control characters from the value at the source.").WithCode("badCharacter")
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
