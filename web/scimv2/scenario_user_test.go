package scimv2_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"muster/models"
)

// facts are what "user" lines tell of a user, beside the words active, inactive,
// preserved, hidden and shown, and setting.NAME for a setting as the user has it.
var facts = map[string]func(p *stage, u *models.User) string{
	"by":           func(_ *stage, u *models.User) string { return said(string(u.PreservedBy)) },
	"mode":         func(_ *stage, u *models.User) string { return string(u.Mode) },
	"parked":       func(_ *stage, u *models.User) string { return said(string(u.Parked)) },
	"staged":       func(_ *stage, u *models.User) string { return said(string(u.Staged)) },
	"seat":         func(_ *stage, u *models.User) string { return yesNo(u.HoldsSeat()) },
	"protected":    func(_ *stage, u *models.User) string { return yesNo(u.Protected) },
	"hold":         func(_ *stage, u *models.User) string { return yesNo(u.LegalHold) },
	"released":     func(_ *stage, u *models.User) string { return yesNo(u.UserNameReleased()) },
	"profile":      func(p *stage, u *models.User) string { return p.profileOf(u).Name },
	"profileBy":    func(_ *stage, u *models.User) string { return said(string(u.ProfileBy)) },
	"mapping":      func(p *stage, u *models.User) string { return p.mappingOf(u) },
	"name":         func(_ *stage, u *models.User) string { return u.UserName },
	"displayName":  func(_ *stage, u *models.User) string { return u.DisplayName },
	"anchor":       func(_ *stage, u *models.User) string { return said(u.ExternalID) },
	"email":        func(_ *stage, u *models.User) string { return said(u.Email) },
	"title":        func(_ *stage, u *models.User) string { return said(u.Title) },
	"department":   func(_ *stage, u *models.User) string { return said(u.Department) },
	"employee":     func(_ *stage, u *models.User) string { return said(u.EmployeeNumber) },
	"note":         func(_ *stage, u *models.User) string { return said(u.Note) },
	"version":      func(_ *stage, u *models.User) string { return strconv.FormatInt(u.Version, 10) },
	"statusReason": func(_ *stage, u *models.User) string { return said(u.StatusNote) },
}

func said(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (p *stage) profileOf(u *models.User) models.Profile {
	list, err := p.Profiles(p.t.Context(), p.org)
	if err != nil {
		return models.Profile{Name: err.Error()}
	}
	for _, profile := range list {
		if profile.Key == u.ProfileKey {
			return profile
		}
	}
	if u.ProfileKey != 0 {
		return models.Profile{Name: "(gone)"}
	}
	return models.Profile{Name: "none"}
}

func (p *stage) mappingOf(u *models.User) string {
	list, err := p.rules()
	if err != nil {
		return err.Error()
	}
	for _, m := range list {
		if m.Key == u.MappingKey {
			return m.Name
		}
	}
	if u.MappingKey != 0 {
		return "(gone)"
	}
	return "none"
}

// fact tells one thing of a user.
func (p *stage) fact(u *models.User, key string) (string, error) {
	name, isSetting := strings.CutPrefix(key, "setting.")
	if !isSetting {
		tell, ok := facts[key]
		if !ok {
			return "", fmt.Errorf("a user has no %q", key)
		}
		return tell(p, u), nil
	}
	o, err := p.Organization(p.t.Context(), p.org)
	if err != nil {
		return "", err
	}
	profile := p.profileOf(u)
	for _, s := range models.SettingsOf(o.Settings.ProfileKeys, &profile, u.Overridden()) {
		if s.Name == name && s.Value != nil {
			return fmt.Sprint(s.Value), nil
		}
	}
	return "none", nil
}

// expectUser compares a user, or each of a range, with words and facts.
func expectUser(p *stage, l line) error {
	if len(l.words) < 2 || l.answer != "" {
		return fmt.Errorf("expects nothing of anybody")
	}
	for _, w := range l.words[1:] {
		if key, _, ok := strings.Cut(w, "="); ok {
			if _, known := facts[key]; !known && !strings.HasPrefix(key, "setting.") {
				return fmt.Errorf("a user has no %q", key)
			}
		} else if !slices.Contains([]string{"active", "inactive", "preserved", "hidden", "shown"}, w) {
			return fmt.Errorf("a user is never %q", w)
		}
	}
	ids, err := p.ids(l.words[:1])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := p.compareUser(id, l.words[1:]); err != nil {
			return fmt.Errorf("%s: %w", p.label(id), err)
		}
	}
	return nil
}

func (p *stage) compareUser(id string, words []string) error {
	u, err := p.Store.User(p.t.Context(), p.org, id)
	if err != nil {
		return err
	}
	var wrong []string
	for _, w := range words {
		key, _, ok := strings.Cut(w, "=")
		got := string(u.Status)
		switch {
		case ok:
			value, err := p.fact(&u, key)
			if err != nil {
				return err
			}
			got = key + "=" + value
		case w == "hidden" || w == "shown":
			got = map[bool]string{true: "hidden", false: "shown"}[u.Hidden]
		}
		if got != w {
			wrong = append(wrong, got)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("found %s (%s, %q)", strings.Join(wrong, " "), u.Status, u.StatusNote)
	}
	return nil
}

// label names a user or group by id as the case does.
func (p *stage) label(id string) string {
	for _, of := range []map[string]string{p.users, p.groups} {
		for _, label := range slices.Sorted(maps.Keys(of)) {
			if of[label] == id {
				return label
			}
		}
	}
	return "(" + id + ")"
}
