package store

import (
	"context"
	"fmt"

	"muster/models"
)

func noProfile() *models.Error {
	return models.Errorf(models.NotFound, "profile", "There is no such profile.").
		WithAdvice("It may have been deleted; go back to the list of profiles.").WithCode("profileNotFound")
}

// Profiles lists an organization's profiles by name.
func (r Reader) Profiles(ctx context.Context, organization int64) ([]models.Profile, error) {
	var list []models.Profile
	err := r.q(ctx).Where("organization_id = ?", organization).Order("name_key").Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	return list, nil
}

// Profile gives a profile by public id.
func (r Reader) Profile(ctx context.Context, organization int64, id string) (models.Profile, error) {
	var p models.Profile
	err := r.q(ctx).Where("public_id = ? AND organization_id = ?", id, organization).Take(&p).Error
	return p, found(err, noProfile())
}

// ProfileHolders counts the users of each profile, by its key.
func (r Reader) ProfileHolders(ctx context.Context, organization int64) (map[int64]int64, error) {
	return r.holders(ctx, organization, "profile_id", "")
}

// MappingHolders counts the users at each rule, by its key.
func (r Reader) MappingHolders(ctx context.Context, organization int64) (map[int64]int64, error) {
	held, err := r.unreleased(ctx, organization)
	if err != nil {
		return nil, err
	}
	return r.holders(ctx, organization, "mapping_id", held)
}

func (r Reader) holders(ctx context.Context, organization int64, column, and string) (map[int64]int64, error) {
	type row struct{ Key, Users int64 }
	rows, err := read[row](ctx, r, `SELECT `+column+` AS "key", count(*) AS users FROM users WHERE organization_id = ? AND `+column+` <> 0`+and+` GROUP BY `+column, organization)
	if err != nil {
		return nil, fmt.Errorf("count holders: %w", err)
	}
	out := make(map[int64]int64, len(rows))
	for _, r := range rows {
		out[r.Key] = r.Users
	}
	return out, nil
}

// ProfileUsers counts who holds a profile.
func (r Reader) ProfileUsers(ctx context.Context, organization, profile int64) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM users WHERE organization_id = ? AND profile_id = ? AND profile_id <> 0", organization, profile).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count the users of a profile: %w", err)
	}
	return n, nil
}

// InsertProfile writes a new profile.
func (tx *Tx) InsertProfile(p *models.Profile) error {
	return profileTaken(tx.q(tx.ctx).Create(p).Error, p)
}

// SaveProfile writes a profile over the version before it.
func (tx *Tx) SaveProfile(p *models.Profile) error {
	done := tx.q(tx.ctx).Model(p).Where("id = ? AND version = ?", p.Key, p.Version-1).
		Select("name", "name_key", "description", "settings", "version", "updated").Updates(p)
	if done.Error != nil {
		return profileTaken(done.Error, p)
	}
	return fresh(done.RowsAffected, "profile", p.Name)
}

// DeleteProfile removes a profile.
func (tx *Tx) DeleteProfile(p *models.Profile) error {
	return classify(tx.q(tx.ctx).Exec("DELETE FROM profiles WHERE id = ?", p.Key).Error)
}

// KeepProfile lists, by public id, some users who have a profile and whom no mapping
// gives another: because an administrator gave it by hand, no directory manages them,
// or they were deleted at the source.
func (r Reader) KeepProfile(ctx context.Context, organization, profile int64, most int) ([]string, error) {
	d := dialect{r.engine}
	rows, err := read[idRow](ctx, r, "SELECT public_id AS id FROM users WHERE organization_id = ? AND profile_id = ? AND profile_id <> 0 AND (profile_by = ? OR (mode || '') IN "+termsOf+" OR NOT ("+
		d.shown("users")+")) ORDER BY id"+limited(most), organization, profile, models.ByHand, organization, models.Manual)
	if err != nil {
		return nil, fmt.Errorf("list who keeps a profile: %w", err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, nil
}

func profileTaken(err error, p *models.Profile) error {
	err = classify(err)
	if models.KindOf(err) == models.Uniqueness {
		return models.Errorf(models.Uniqueness, "name", "There is a profile named %q already.", p.Name).WithAdvice("Choose another name.").WithCode("profileNameTaken")
	}
	return err
}

// fresh refuses what was written over by somebody else.
func fresh(rows int64, noun, name string) error {
	if rows == 1 {
		return nil
	}
	return models.Errorf(models.Stale, "", "The %s %s was changed by somebody else meanwhile.", noun, name).
		WithAdvice("Look at it again and repeat the change.").WithCode("changedMeanwhile")
}
