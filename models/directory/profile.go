package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
)

// moveRules marks that rules or profiles of an organization changed.
func moveRules(org *models.Organization) { org.Settings.MoveRules() }

// SaveProfile makes a profile (id "") or changes one. edit may refuse.
func (d *Directory) SaveProfile(ctx context.Context, by models.Actor, id string, edit func(*models.Profile) error) (models.Profile, error) {
	var out models.Profile
	if err := allowed(by); err != nil {
		return out, err
	}
	err := d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		old := models.Profile{OrganizationID: org.Key, Settings: map[string]any{}}
		if id != "" {
			if old, err = tx.Profile(ctx, org.Key, id); err != nil {
				return models.AuditEntry{}, err
			}
		}
		out = old
		out.Settings = maps.Clone(old.Settings)
		if err := edit(&out); err != nil {
			return models.AuditEntry{}, err
		}
		if err := d.writeProfile(tx, &org, old, &out); err != nil {
			return models.AuditEntry{}, err
		}
		moveRules(&org)
		return profileDeed(by, old, out), tx.SaveOrganization(&org)
	})
	return out, err
}

func (d *Directory) writeProfile(tx *store.Tx, org *models.Organization, old models.Profile, p *models.Profile) error {
	p.Name = strings.TrimSpace(p.Name)
	p.NameKey = filter.Fold(p.Name)
	switch {
	case p.Name == "":
		return models.Errorf(models.Invalid, "name", "The profile has no name.").WithAdvice("Name it after who has it, such as Sales.")
	case len(p.Name) > 100:
		return models.Errorf(models.Invalid, "name", "The name has %d characters; at most 100 are allowed.", len(p.Name)).WithAdvice("Shorten it.")
	case len(p.Description) > 500:
		return models.Errorf(models.Invalid, "description", "The description has %d characters; at most 500 are allowed.", len(p.Description)).WithAdvice("Shorten it.")
	}
	if err := checkValues("", map[string]any{"name": p.Name, "description": p.Description, "settings": p.Settings}); err != nil {
		return err
	}
	// What was declared once and is declared no more may stay; what is new must be declared.
	written := maps.Clone(p.Settings)
	for name := range old.Settings {
		if !slices.ContainsFunc(org.Settings.ProfileKeys, func(k models.SettingKey) bool { return k.Name == name }) {
			delete(written, name)
		}
	}
	if err := models.CheckSettings(org.Settings.ProfileKeys, written); err != nil {
		return err
	}
	p.Version, p.Updated = old.Version+1, tx.Now()
	if p.Key != 0 {
		return tx.SaveProfile(p)
	}
	p.ID, p.OrganizationID, p.Created = d.NewID(), org.Key, tx.Now()
	return tx.InsertProfile(p)
}

func profileDeed(by models.Actor, old, now models.Profile) models.AuditEntry {
	action, text := "profile.update", "Changed profile "+now.Name+"."
	if old.Key == 0 {
		action, text = "profile.create", "Made profile "+now.Name+"."
	}
	changes := differing(profileFields(old), profileFields(now))
	for _, name := range slices.Sorted(maps.Keys(union(old.Settings, now.Settings))) {
		if was, is := value(old.Settings, name), value(now.Settings, name); was != is {
			changes = append(changes, models.Change{Path: "settings." + name, Old: was, New: is})
		}
	}
	return audited(by, deed{action: action, target: "profile", id: now.ID, name: now.Name, summary: text, changes: changes})
}

func profileFields(p models.Profile) []models.Change {
	return []models.Change{said("name", p.Name), said("description", p.Description)}
}

func union(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, b)
	return out
}

// value gives a setting as the log shows it, "" when it is not set.
func value(settings map[string]any, name string) string {
	v, ok := settings[name]
	if !ok {
		return ""
	}
	if s, isText := v.(string); isText {
		return shown(s)
	}
	body, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return shown(string(body))
}

// DeleteProfile removes a profile. One that mappings or users have needs a
// replacement, which they get: those whom no mapping decides on at once, a few in each
// transaction, the others in the background.
func (d *Directory) DeleteProfile(ctx context.Context, by models.Actor, id, replacement string) error {
	if err := allowed(by); err != nil {
		return err
	}
	p, err := d.Store.Profile(ctx, by.OrganizationID, id)
	if err != nil {
		return err
	}
	to, err := replacing(ctx, d.Store.Reader, by.OrganizationID, p, replacement)
	if err != nil {
		return err
	}
	for to.Key != 0 {
		if more, err := d.replaceHeld(ctx, by, p, to); err != nil {
			return fmt.Errorf("replace profile %s: %w", p.Name, err)
		} else if !more {
			break
		}
	}
	err = d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		return d.dropProfile(ctx, tx, by, &org, p, to)
	})
	if err == nil {
		d.rouse()
	}
	return err
}

// replacing finds the replacement of a profile, the zero profile when none is
// needed.
func replacing(ctx context.Context, r store.Reader, organization int64, p models.Profile, id string) (models.Profile, error) {
	if id == p.ID {
		return p, models.Errorf(models.Invalid, "replacement", "A profile cannot take its own place.").WithAdvice("Choose another one.")
	}
	if id != "" {
		return r.Profile(ctx, organization, id)
	}
	users, err := r.ProfileUsers(ctx, organization, p.Key)
	if err != nil {
		return models.Profile{}, err
	}
	list, err := r.Mappings(ctx, organization, "")
	if err != nil {
		return models.Profile{}, err
	}
	rules := 0
	for _, m := range list {
		if m.ProfileKey == p.Key {
			rules++
		}
	}
	if users == 0 && rules == 0 {
		return models.Profile{}, nil
	}
	return models.Profile{}, models.Errorf(models.Conflict, "replacement", "Profile %s is in use: %d users have it and %d mappings give it.", p.Name, users, rules).
		WithAdvice("Choose the profile that takes its place.").WithCode("profileInUse")
}

// replaceHeld gives the replacement to a few of those who would keep the profile
// whatever the mappings say, each with a log entry.
func (d *Directory) replaceHeld(ctx context.Context, by models.Actor, p, to models.Profile) (more bool, err error) {
	ids, err := d.Store.KeepProfile(ctx, by.OrganizationID, p.Key, evaluateChunk)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	return true, d.Store.Provision(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
		org, err := tx.ShareOrganization(by.OrganizationID)
		if err != nil {
			return nil, err
		}
		var entries []models.LogEntry
		for _, id := range ids {
			w := &work{tx: tx, by: by, org: org, entry: d.blank(tx, by, models.UserTarget, id)}
			if err := d.giveProfile(w, id, func(u *models.User) { u.ProfileKey = to.Key }); err != nil {
				return nil, err
			}
			if !w.quiet {
				entries = append(entries, w.entries()...)
			}
		}
		return entries, nil
	})
}

// dropProfile removes a profile and gives its replacement to the mappings; who is at
// them follows when all are evaluated.
func (d *Directory) dropProfile(ctx context.Context, tx *store.Tx, by models.Actor, org *models.Organization, p, to models.Profile) (models.AuditEntry, error) {
	text := "Deleted profile " + p.Name + "."
	if to.Key == 0 {
		if _, err := replacing(ctx, tx.Reader, org.Key, p, ""); err != nil { // somebody may have got it meanwhile
			return models.AuditEntry{}, err
		}
	} else {
		text = "Deleted profile " + p.Name + "; " + to.Name + " takes its place."
		if err := d.replaceInRules(ctx, tx, by, org, p, to); err != nil {
			return models.AuditEntry{}, err
		}
	}
	if org.Settings.DefaultProfile == p.ID {
		org.Settings.DefaultProfile = to.ID
	}
	moveRules(org)
	if err := tx.SaveOrganization(org); err != nil {
		return models.AuditEntry{}, err
	}
	return audited(by, deed{action: "profile.delete", target: "profile", id: p.ID, name: p.Name, summary: text}), tx.DeleteProfile(&p)
}

func (d *Directory) replaceInRules(ctx context.Context, tx *store.Tx, by models.Actor, org *models.Organization, p, to models.Profile) error {
	list, err := tx.Mappings(ctx, org.Key, "")
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.ProfileKey != p.Key {
			continue
		}
		m.ProfileKey, m.Version, m.Updated, m.UpdatedBy = to.Key, m.Version+1, tx.Now(), by.Name
		if err := tx.SaveMapping(&m); err != nil {
			return err
		}
	}
	for _, method := range governing() {
		if err := d.schedule(tx, *org, method, by.Name, fmt.Sprintf("Profile %s was replaced by %s.", p.Name, to.Name)); err != nil {
			return err
		}
	}
	return nil
}

// governing are the methods that have mappings.
func governing() []models.Method { return []models.Method{models.SCIM, models.Entra, models.LDAP} }

// SaveSettingKeys changes which application settings profiles may set. A key that is
// taken away leaves the values in profiles, which nobody is shown.
func (d *Directory) SaveSettingKeys(ctx context.Context, by models.Actor, edit func([]models.SettingKey) ([]models.SettingKey, error)) error {
	if err := allowed(by); err != nil {
		return err
	}
	return d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		old := org.Settings.ProfileKeys
		if org.Settings.ProfileKeys, err = edit(slices.Clone(old)); err != nil {
			return models.AuditEntry{}, err
		}
		if err := org.Settings.Check(); err != nil {
			return models.AuditEntry{}, err
		}
		if err := retyped(ctx, tx, org, old); err != nil {
			return models.AuditEntry{}, err
		}
		moveRules(&org)
		return audited(by, deed{
			action: "profile.settings", target: "organization", id: org.Slug, name: org.Name,
			summary: "Changed the settings that profiles of " + org.Name + " may set.", changes: keyChanges(old, org.Settings.ProfileKeys),
		}), tx.SaveOrganization(&org)
	})
}

// retyped refuses to give a setting another type, or to declare a former one anew,
// where a profile or a user has a value that it would not take.
func retyped(ctx context.Context, tx *store.Tx, org models.Organization, old []models.SettingKey) error {
	profiles, err := tx.Profiles(ctx, org.Key)
	if err != nil {
		return err
	}
	for _, k := range org.Settings.ProfileKeys {
		if slices.ContainsFunc(old, func(o models.SettingKey) bool { return o.Name == k.Name && o.Type == k.Type }) {
			continue
		}
		for _, p := range profiles {
			if v, ok := p.Settings[k.Name]; ok && k.Takes(v) != nil {
				return models.Errorf(models.Conflict, "type", "Profile %s has a value of %s that is no %s.", p.Name, k.Name, k.Type).
					WithAdvice("Choose the type that it was, or take the value out of the profile first.").WithCode("settingInUse")
			}
		}
		users, err := tx.OverrideUses(ctx, org.Key, k.Name)
		if err != nil {
			return err
		}
		if known := slices.ContainsFunc(old, func(o models.SettingKey) bool { return o.Name == k.Name }); users > 0 && known {
			return models.Errorf(models.Conflict, "type", "%d users have an own value of %s, whose type cannot change therefore.", users, k.Name).
				WithAdvice("Take their own values away first, or declare a setting of another name.").WithCode("settingInUse")
		}
	}
	return nil
}

func keyChanges(old, now []models.SettingKey) []models.Change {
	words := func(list []models.SettingKey) map[string]any {
		out := map[string]any{}
		for _, k := range list {
			out[k.Name] = strings.TrimSpace(string(k.Type) + " " + value(map[string]any{"": k.Default}, ""))
		}
		return out
	}
	was, is := words(old), words(now)
	var out []models.Change
	for _, name := range slices.Sorted(maps.Keys(union(was, is))) {
		if was[name] != is[name] {
			out = append(out, models.Change{Path: name, Old: value(was, name), New: value(is, name)})
		}
	}
	return out
}
