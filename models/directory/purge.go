package directory

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/store"
)

const purgeChunk = 20

// Purgeable counts the users that a purge would remove now: preserved for longer than
// a number of days, without a legal hold.
func (d *Directory) Purgeable(ctx context.Context, organization int64, days int) (int64, error) {
	if days <= 0 {
		return 0, nil
	}
	return d.Store.PreservedBefore(ctx, organization, d.purgeBefore(days))
}

func (d *Directory) purgeBefore(days int) models.Time {
	return models.TimeOf(d.Now().AddDate(0, 0, -days))
}

// Purge removes for good the users whom an organization's policy no longer keeps,
// each with a log entry, and tells how many. Without a policy it removes nobody.
func (d *Directory) Purge(ctx context.Context, by models.Actor) (int64, error) {
	org, err := d.Store.Organization(ctx, by.OrganizationID)
	if err != nil || org.Settings.PurgeDays == 0 {
		return 0, err
	}
	if err := allowed(by); err != nil {
		return 0, err
	}
	before := d.purgeBefore(org.Settings.PurgeDays)
	var total int64
	for {
		ids, err := d.Store.PreservedUsers(ctx, org.Key, before, purgeChunk)
		if err != nil || len(ids) == 0 {
			return total, err
		}
		n, err := d.purgeUsers(ctx, by, ids, before)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

func (d *Directory) purgeUsers(ctx context.Context, by models.Actor, ids []string, before models.Time) (int64, error) {
	n := int64(0)
	err := d.Store.Provision(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
		n = 0
		org, err := tx.ShareOrganization(by.OrganizationID)
		if err != nil {
			return nil, err
		}
		var entries []models.LogEntry
		for _, id := range ids {
			w := &work{tx: tx, by: by, org: org, entry: d.blank(tx, by, models.UserTarget, id)}
			gone, err := d.purgeOne(w, id, before)
			if err != nil {
				return nil, err
			}
			if gone {
				n++
				entries = append(entries, w.entry)
			}
		}
		return entries, nil
	})
	if err != nil {
		return 0, fmt.Errorf("purge preserved users: %w", err)
	}
	return n, nil
}

// purgeOne removes one user, unless the policy keeps them by now.
func (d *Directory) purgeOne(w *work, id string, before models.Time) (bool, error) {
	u, err := w.user(id)
	if err != nil {
		return false, err
	}
	if w.org.Settings.PurgeDays == 0 || u.Status != models.Preserved || u.LegalHold || u.StatusSince >= before {
		return false, nil
	}
	if err := w.tx.DeleteUser(&u); err != nil {
		return false, err
	}
	w.entry.Code = "purged"
	w.entry.Details.Modified = stateChanges(&u, &models.User{Mode: u.Mode, Note: u.Note, Protected: u.Protected, Overrides: u.Overrides, Staged: u.Staged})
	w.conclude(models.ActionDelete, "Purged user %s, who was preserved for more than %d days.", u.UserName, w.org.Settings.PurgeDays)
	return true, nil
}
