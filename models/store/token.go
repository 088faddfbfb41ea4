package store

import (
	"context"
	"fmt"

	"muster/models"
)

// Tokens lists an organization's tokens, newest first.
func (r Reader) Tokens(ctx context.Context, organization int64) ([]models.Token, error) {
	var list []models.Token
	if err := r.q(ctx).Where("organization_id = ?", organization).Order("id DESC").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

// Token gives a token by public id.
func (r Reader) Token(ctx context.Context, organization int64, id string) (models.Token, error) {
	var t models.Token
	err := r.q(ctx).Where("public_id = ? AND organization_id = ?", id, organization).Take(&t).Error
	return t, found(err, models.Errorf(models.NotFound, "id", "There is no token %s.", id).
		WithAdvice("The list of tokens shows all that exist."))
}

// TokenByHash gives the token of a secret's hash, whatever its state.
func (r Reader) TokenByHash(ctx context.Context, hash string) (models.Token, error) {
	var t models.Token
	err := r.q(ctx).Where("hash = ?", hash).Take(&t).Error
	return t, found(err, models.Errorf(models.Unauthorized, "", "The token is not known."))
}

// InsertToken writes a new token.
func (tx *Tx) InsertToken(t *models.Token) error {
	if err := tx.q(tx.ctx).Create(t).Error; err != nil {
		return classify(err)
	}
	return tx.moveChanges()
}

// SaveToken writes what an admin may change about a token, and its ends.
func (tx *Tx) SaveToken(t *models.Token) error {
	err := tx.q(tx.ctx).Model(t).Where("id = ?", t.Key).
		Select("description", "scope", "allow_list", "disabled", "parked", "shadow", "revoked", "revoked_by", "expires", "successor_id", "retires_at").
		Updates(t).Error
	if err != nil {
		return classify(err)
	}
	return tx.moveChanges()
}

// TokenSeen is one token's traffic since it was last written down.
type TokenSeen struct {
	Token    models.Token // Key, LastUsed, LastAddress, LastClient
	Requests map[models.Time]int64
	Failures map[models.Time]int64
}

// RecordTokenUse writes last use and hourly request counts.
func (tx *Tx) RecordTokenUse(seen []TokenSeen) error {
	for _, s := range seen {
		t := s.Token
		err := tx.q(tx.ctx).Exec("UPDATE tokens SET last_used = ?, last_address = ?, last_client = ? WHERE id = ? AND last_used <= ?",
			t.LastUsed, t.LastAddress, t.LastClient, t.Key, t.LastUsed).Error
		if err != nil {
			return fmt.Errorf("note the use of token %s: %w", t.Prefix, err)
		}
		for hour, n := range s.Requests {
			err := tx.q(tx.ctx).Exec(`INSERT INTO token_uses (token_id, hour, requests, failures) VALUES (?, ?, ?, ?)
				ON CONFLICT (token_id, hour) DO UPDATE SET requests = token_uses.requests + excluded.requests,
				failures = token_uses.failures + excluded.failures`, t.Key, hour, n, s.Failures[hour]).Error
			if err != nil {
				return fmt.Errorf("count the use of token %s: %w", t.Prefix, err)
			}
		}
	}
	return nil
}

// TokenUses gives hourly counts of an organization's tokens since an instant, by
// token key.
func (r Reader) TokenUses(ctx context.Context, organization int64, since models.Time) (map[int64][]models.TokenUse, error) {
	var rows []models.TokenUse
	err := r.q(ctx).Raw(`SELECT u.token_id, u.hour, u.requests, u.failures FROM token_uses u JOIN tokens t ON t.id = u.token_id
		WHERE t.organization_id = ? AND u.hour >= ? ORDER BY u.hour`, organization, since.Hour()).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read token use: %w", err)
	}
	out := map[int64][]models.TokenUse{}
	for _, row := range rows {
		out[row.TokenKey] = append(out[row.TokenKey], row)
	}
	return out, nil
}
