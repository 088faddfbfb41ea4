package directory

import (
	"context"
	"maps"
	"slices"

	"muster/models"
	"muster/models/mapping"
)

// SetProfile gives a user a profile by hand, which they keep whatever the mappings
// say; "" gives them back to the mappings.
func (d *Directory) SetProfile(ctx context.Context, by models.Actor, userID, profileID string) (models.User, error) {
	var out models.User
	err := d.change(ctx, by, models.UserTarget, userID, func(w *work) error {
		w.entry.TargetID, w.entry.Action = userID, models.ActionUpdate
		p, how := models.Profile{}, models.ByNoMapping
		if profileID != "" {
			var err error
			if p, err = w.tx.Profile(w.tx.Context(), w.org.Key, profileID); err != nil {
				return err
			}
			how = models.ByHand
		}
		return d.giveProfile(w, userID, func(u *models.User) { u.ProfileKey, u.ProfileBy = p.Key, how })
	})
	if err == nil {
		out, err = d.Store.User(ctx, by.OrganizationID, userID)
	}
	return out, err
}

// giveProfile changes a user's profile, and lets the rules decide where it is theirs.
func (d *Directory) giveProfile(w *work, id string, give func(*models.User)) error {
	old, err := w.user(id)
	if err != nil {
		return err
	}
	u := old
	u.Attributes = models.CopyAttributes(old.Attributes)
	give(&u)
	w.follows = true
	if w.ruling, err = d.rulings.of(w.tx.Context(), w.tx.Reader, w.org); err != nil {
		return err
	}
	_, err = d.save(w, &old, &u, models.ActionUpdate)
	return err
}

// Override sets a user's own values of application settings, above those of the
// profile; none takes the profile's again. They survive every directory and mapping.
func (d *Directory) Override(ctx context.Context, by models.Actor, userID string, values map[string]any) (models.User, error) {
	org, err := d.Store.Organization(ctx, by.OrganizationID)
	if err != nil {
		return models.User{}, err
	}
	if err := models.CheckSettings(org.Settings.ProfileKeys, values); err != nil {
		return models.User{}, err
	}
	return d.UpdateUser(ctx, by, userID, func(u *models.User) error {
		own := maps.Clone(values)
		for name, v := range u.Overridden() {
			if !slices.ContainsFunc(org.Settings.ProfileKeys, func(k models.SettingKey) bool { return k.Name == name }) {
				own = union(own, map[string]any{name: v}) // of a setting that may be declared again
			}
		}
		u.Override(own)
		return nil
	})
}

// Protect says whether a directory may disable or delete a user.
func (d *Directory) Protect(ctx context.Context, by models.Actor, userID string, on bool) (models.User, error) {
	return d.UpdateUser(ctx, by, userID, func(u *models.User) error {
		u.Protected = on
		return nil
	})
}

// HoldLegally says whether a user is kept for good, whatever the purge policy says.
func (d *Directory) HoldLegally(ctx context.Context, by models.Actor, userID string, on bool) (models.User, error) {
	return d.UpdateUser(ctx, by, userID, func(u *models.User) error {
		u.LegalHold = on
		return nil
	})
}

// ProtectGroup says whether a directory may disable or delete the members of a group.
func (d *Directory) ProtectGroup(ctx context.Context, by models.Actor, groupID string, on bool) error {
	return d.change(ctx, by, models.GroupTarget, groupID, func(w *work) error {
		w.entry.TargetID = groupID
		old, err := w.group(groupID)
		if err != nil {
			return err
		}
		if err := old.Load(); err != nil {
			return err
		}
		g := old
		if g.Protected = on; old.Protected == on {
			w.quiet = true
			return nil
		}
		g.Version, g.Updated = old.Version+1, w.tx.Now()
		if err := w.tx.SaveGroup(&old, &g); err != nil {
			return err
		}
		w.entry.Details.Modified = []models.Change{{Path: "protected", Old: shown(old.Protected), New: shown(on)}}
		if on {
			w.conclude(models.ActionUpdate, "Protected group %s: no directory may disable its members.", g.DisplayName)
		} else {
			w.conclude(models.ActionUpdate, "Took the protection of group %s away.", g.DisplayName)
		}
		return nil
	})
}

// Explanation is what a decision on a user was made of.
type Explanation struct {
	User    models.User // with attributes
	Rules   *mapping.Rules
	Subject mapping.Subject
	Profile *models.Profile // theirs; nil for none
	Mapping *models.Mapping // the rule they are at; nil for none
}

// ExplainUser gives what the rules see of a user, so that a page can tell why each
// of them matches or does not.
func (d *Directory) ExplainUser(ctx context.Context, organization int64, userID string) (Explanation, error) {
	var out Explanation
	org, err := d.Store.Organization(ctx, organization)
	if err != nil {
		return out, err
	}
	if err := checkID(models.UserTarget, userID); err != nil {
		return out, err
	}
	if out.User, err = d.Store.User(ctx, organization, userID); err != nil {
		return out, err
	}
	if err := out.User.Load(); err != nil {
		return out, err
	}
	r, err := d.rulings.of(ctx, d.Store.Reader, org)
	if err != nil {
		return out, err
	}
	method := out.User.Mode
	if !out.User.Managed() {
		method = org.Method
	}
	out.Subject.Document = out.User.Attributes
	if out.Subject.Groups, err = d.Store.GroupsAbove(ctx, out.User.Key); err != nil || r == nil {
		return out, err
	}
	out.Rules = r.rules[method]
	if p, ok := r.profiles[out.User.ProfileKey]; ok {
		out.Profile = &p
	}
	if m, ok := r.mappings[out.User.MappingKey]; ok {
		out.Mapping = &m
	}
	return out, nil
}
