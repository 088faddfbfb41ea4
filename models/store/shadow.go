package store

import (
	"context"
	"fmt"

	"muster/models"
)

// Shadows lists the rehearsals of all organizations.
func (r Reader) Shadows(ctx context.Context) ([]models.Shadow, error) {
	list, err := read[models.Shadow](ctx, r, "SELECT * FROM shadows ORDER BY organization_id")
	if err != nil {
		return nil, fmt.Errorf("list rehearsals: %w", err)
	}
	return list, nil
}

// Shadow gives an organization's rehearsal, and whether there is or was one.
func (r Reader) Shadow(ctx context.Context, organization int64) (models.Shadow, bool, error) {
	sh, err := one[models.Shadow](ctx, r, "SELECT * FROM shadows WHERE organization_id = ?", organization)
	if nothing(err) {
		return sh, false, nil
	}
	return sh, err == nil, classify(err)
}

// LockShadow reads an organization's rehearsal for a change, which others wait for.
func (tx *Tx) LockShadow(organization int64) (models.Shadow, bool, error) {
	if err := tx.ClaimValue(organization, "shadow", "state"); err != nil {
		return models.Shadow{}, false, err
	}
	return tx.Shadow(tx.ctx, organization)
}

// SaveShadow writes an organization's rehearsal, of which there is one at most.
func (tx *Tx) SaveShadow(sh models.Shadow) error {
	sh.Updated = tx.now
	if _, err := tx.exec("DELETE FROM shadows WHERE organization_id = ?", sh.OrganizationID); err != nil {
		return fmt.Errorf("keep a rehearsal: %w", classify(err))
	}
	text, args, _, err := insertion(tx, &sh)
	if err == nil {
		_, err = tx.exec(text, args...)
	}
	if err != nil {
		return fmt.Errorf("keep a rehearsal: %w", classify(err))
	}
	return nil
}

// MoveShadow writes how far the copying of a rehearsal came, unless another one took its
// place or somebody stopped it.
func (tx *Tx) MoveShadow(sh models.Shadow) error {
	_, err := tx.exec("UPDATE shadows SET copied = ?, total = ?, last_error = ?, updated = ? WHERE organization_id = ? AND public_id = ? AND state = ?",
		sh.Copied, sh.Total, sh.LastError, int64(tx.now), sh.OrganizationID, sh.ID, string(models.ShadowCopying))
	if err != nil {
		return fmt.Errorf("keep a rehearsal: %w", classify(err))
	}
	return nil
}
