package scimv2_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/models"
)

// settings are what cases call the settings of an organization.
//
//	unmatched default|park|refuse       defaultProfile Basic|none
//	adoption automatic|ask|refuse       match none|email|employeeNumber
//	uniqueEmail|uniqueEmployee on|off
//	seats 5 (0 is no limit)             seatPolicy park|refuse
//	guard on|off  guardPercent 20  guardCount 10
//	purgeDays 30
var settings = map[string]func(s *models.OrganizationSettings, value string) error{
	"unmatched":   func(s *models.OrganizationSettings, v string) error { s.Unmatched = models.Unmatched(v); return nil },
	"adoption":    func(s *models.OrganizationSettings, v string) error { s.Adoption = v; return nil },
	"match":       func(s *models.OrganizationSettings, v string) error { s.MatchAttribute = orNone(v); return nil },
	"uniqueEmail": func(s *models.OrganizationSettings, v string) (err error) { s.UniqueEmail, err = onOff(v); return err },
	"uniqueEmployee": func(s *models.OrganizationSettings, v string) (err error) {
		s.UniqueEmployeeNo, err = onOff(v)
		return err
	},
	"seats":      func(s *models.OrganizationSettings, v string) (err error) { s.SeatLimit, err = number(v); return err },
	"seatPolicy": func(s *models.OrganizationSettings, v string) error { s.SeatPolicy = models.SeatPolicy(v); return nil },
	"guard": func(s *models.OrganizationSettings, v string) error {
		on, err := onOff(v)
		s.GuardOff = !on
		return err
	},
	"guardPercent": func(s *models.OrganizationSettings, v string) (err error) {
		s.GuardPercent, err = number(v)
		return err
	},
	"guardCount": func(s *models.OrganizationSettings, v string) (err error) { s.GuardCount, err = number(v); return err },
	"purgeDays": func(s *models.OrganizationSettings, v string) error {
		n, err := number(v)
		s.PurgeDays = int(n)
		return err
	},
}

func number(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

func orNone(text string) string {
	if text == "none" {
		return ""
	}
	return text
}

func onOff(text string) (bool, error) {
	if text != "on" && text != "off" {
		return false, fmt.Errorf("%q is neither on nor off", text)
	}
	return text == "on", nil
}

func changeSetting(p *stage, l line) error {
	if len(l.words) != 2 {
		return fmt.Errorf("wants a setting and its value")
	}
	key, value := l.words[0], l.words[1]
	change, ok := settings[key]
	if key == "defaultProfile" {
		profile, err := p.profile(value)
		if err != nil {
			return err
		}
		change, ok = func(s *models.OrganizationSettings, _ string) error { s.DefaultProfile = profile.ID; return nil }, true
	}
	if !ok {
		return fmt.Errorf("there is no setting %q", key)
	}
	_, err := p.accounts.EditOrganization(p.t.Context(), p.admin(), func(o *models.Organization) error { return change(&o.Settings, value) })
	return done(l, err)
}

// profile finds a profile by name; none is the zero profile.
func (p *stage) profile(name string) (models.Profile, error) {
	if name == "none" {
		return models.Profile{}, nil
	}
	list, err := p.Profiles(p.t.Context(), p.org)
	if err != nil {
		return models.Profile{}, err
	}
	for _, profile := range list {
		if profile.Name == name {
			return profile, nil
		}
	}
	return models.Profile{}, fmt.Errorf("there is no profile %s", name)
}

// saveProfile makes a profile or changes it, and declares the settings it sets.
func saveProfile(p *stage, l line) error {
	if len(l.words) == 0 {
		return fmt.Errorf("does not say which profile")
	}
	values := map[string]any{}
	for _, w := range l.words[1:] {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("%q is no value", w)
		}
		values[key] = value
	}
	err := p.SaveSettingKeys(p.t.Context(), p.admin(), func(keys []models.SettingKey) ([]models.SettingKey, error) {
		for key := range values {
			if !slices.ContainsFunc(keys, func(k models.SettingKey) bool { return k.Name == key }) {
				keys = append(keys, models.SettingKey{Name: key, Type: models.TextSetting})
			}
		}
		return keys, nil
	})
	if err != nil {
		return err
	}
	old, _ := p.profile(l.words[0]) // new when there is none
	_, err = p.SaveProfile(p.t.Context(), p.admin(), old.ID, func(profile *models.Profile) error {
		profile.Name, profile.Settings = l.words[0], values
		return nil
	})
	return done(l, err)
}

// rules lists the organization's mappings in their order.
func (p *stage) rules() ([]models.Mapping, error) {
	return p.Mappings(p.t.Context(), p.org, models.SCIM)
}

func (p *stage) rule(name string) (models.Mapping, error) {
	list, err := p.rules()
	if err != nil {
		return models.Mapping{}, err
	}
	for _, m := range list {
		if m.Name == name {
			return m, nil
		}
	}
	return models.Mapping{}, fmt.Errorf("there is no mapping %s", name)
}

// clauses are the words of a mapping line behind its name.
//
//	where FILTER · in Sales Support (any of these groups) · profile Sales · joins Team (local groups)
//	at 1 (position) · starts inactive · exact (letter by letter) · disabled · enabled · everyone (no condition any more)
var clauses = []string{"where", "in", "profile", "joins", "at", "starts", "exact", "disabled", "enabled", "everyone"}

// saveMapping makes a rule or changes it: only the clauses that are named.
func saveMapping(p *stage, l line) error {
	if len(l.words) < 2 {
		return fmt.Errorf("wants a name and what the mapping says")
	}
	old, err := p.rule(l.words[0])
	if err != nil {
		old = models.Mapping{}
	}
	var edits []func(*models.Mapping)
	for at := 1; at < len(l.words); {
		end := at + 1
		for end < len(l.words) && !slices.Contains(clauses, l.raw[end]) {
			end++
		}
		edit, err := p.clause(l.words[at], l.words[at+1:end], l.raw[at+1:end])
		if err != nil {
			return err
		}
		edits = append(edits, edit)
		at = end
	}
	_, err = p.SaveMapping(p.t.Context(), p.admin(), old.ID, func(m *models.Mapping) error {
		m.Name = l.words[0]
		for _, edit := range edits {
			edit(m)
		}
		return nil
	})
	return done(l, err)
}

func (p *stage) clause(name string, words, raw []string) (func(*models.Mapping), error) {
	alone := name == "exact" || name == "disabled" || name == "enabled" || name == "everyone"
	if !slices.Contains(clauses, name) || alone == (len(words) > 0) {
		return nil, fmt.Errorf("a mapping does not say %q so", name)
	}
	var groups []string
	var profile models.Profile
	position, err := int64(0), error(nil)
	switch name {
	case "in", "joins":
		for _, label := range words {
			id, err := p.groupID(label)
			if err != nil {
				return nil, err
			}
			groups = append(groups, id)
		}
	case "profile":
		profile, err = p.profile(words[0])
	case "at":
		position, err = number(words[0])
	}
	return func(m *models.Mapping) {
		switch name {
		case "where":
			m.Filter = strings.Join(raw, " ")
		case "in":
			m.Groups = groups
		case "joins":
			m.LocalGroups = groups
		case "profile":
			m.ProfileKey = profile.Key
		case "at":
			m.Position = position
		case "starts":
			m.InitialStatus = models.Status(words[0])
		case "exact":
			m.CaseExact = true
		case "disabled", "enabled":
			m.Disabled = name == "disabled"
		case "everyone":
			m.Filter, m.Groups = "", nil
		}
	}, err
}

func orderMappings(p *stage, l line) error {
	var ids []string
	for _, name := range l.words {
		m, err := p.rule(name)
		if err != nil {
			return err
		}
		ids = append(ids, m.ID)
	}
	return done(l, p.OrderMappings(p.t.Context(), p.admin(), models.SCIM, ids))
}

func adminDeleteMapping(p *stage, l line) error {
	if len(l.words) != 1 {
		return fmt.Errorf("wants one mapping")
	}
	m, err := p.rule(l.words[0])
	if err != nil {
		return err
	}
	return done(l, p.DeleteMapping(p.t.Context(), p.admin(), m.ID))
}

func adminDeleteProfile(p *stage, l line) error {
	if len(l.words) != 1 && (len(l.words) != 3 || l.words[1] != "by") {
		return fmt.Errorf("wants a profile, and perhaps by which it is replaced")
	}
	profile, err := p.profile(l.words[0])
	if err != nil {
		return err
	}
	to := models.Profile{}
	if len(l.words) == 3 {
		if to, err = p.profile(l.words[2]); err != nil {
			return err
		}
	}
	return done(l, p.DeleteProfile(p.t.Context(), p.admin(), profile.ID, to.ID))
}
