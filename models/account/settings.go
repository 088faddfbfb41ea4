package account

import (
	"context"
	"time"

	"muster/models"
	"muster/models/store"
)

// EditOrganization changes an organization's name and settings. edit gets a copy
// and may refuse; what it does to anything else is not stored.
func (a *Accounts) EditOrganization(ctx context.Context, by models.Actor, edit func(*models.Organization) error) (models.Organization, error) {
	var out models.Organization
	if err := needRole(by, models.Admin); err != nil {
		return out, err
	}
	err := a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		old, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		wish := old
		if err := edit(&wish); err != nil {
			return models.AuditEntry{}, err
		}
		out = old
		out.Settings = wish.Settings
		if out.Name, err = organizationName(wish.Name); err != nil {
			return models.AuditEntry{}, err
		}
		if err := checkSettings(out.Settings); err != nil {
			return models.AuditEntry{}, err
		}
		if err := tx.SaveOrganization(&out); err != nil {
			return models.AuditEntry{}, err
		}
		if err := a.evaluate(tx, by, old, out); err != nil {
			return models.AuditEntry{}, err
		}
		was, err := profileName(tx, old)
		if err != nil {
			return models.AuditEntry{}, err
		}
		is, err := profileName(tx, out)
		if err != nil {
			return models.AuditEntry{}, err
		}
		return entry(by, deed{
			action: "organization.settings", target: "organization", id: out.Slug, name: out.Name,
			text: "Changed the settings of " + out.Name + ".", before: organizationFields(old, was), after: organizationFields(out, is),
		}), nil
	})
	return out, err
}

// profileName is what the default profile is called; its id when it is gone.
func profileName(tx *store.Tx, o models.Organization) (string, error) {
	id := o.Settings.DefaultProfile
	if id == "" {
		return "", nil
	}
	p, err := tx.Profile(tx.Context(), o.Key, id)
	if err != nil && models.KindOf(err) == models.NotFound {
		return id, nil
	}
	return p.Name, err
}

func checkSettings(s models.OrganizationSettings) error {
	if err := s.Check(); err != nil {
		return err
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
		return models.Errorf(models.Invalid, "timeZone", "%q is no time zone that this server knows.", cut(s.TimeZone, 40)).
			WithAdvice("Enter an IANA name such as Europe/Berlin, America/New_York or UTC.")
	}
	return nil
}
