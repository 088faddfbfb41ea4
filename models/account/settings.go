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
		return entry(by, deed{
			action: "organization.settings", target: "organization", id: out.Slug, name: out.Name,
			text: "Changed the settings of " + out.Name + ".", before: organizationFields(old), after: organizationFields(out),
		}), nil
	})
	return out, err
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
