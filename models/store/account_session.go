package store

import (
	"context"
	"fmt"

	"muster/models"
)

// TouchSession notes that a session was used, and from where; nothing else about
// it changes, so that requests at the same time do not undo each other.
func (tx *Tx) TouchSession(key int64, at models.Time, address, client string) error {
	return classify(tx.q(tx.ctx).Exec("UPDATE sessions SET last_seen = ?, address = ?, client = ? WHERE id = ? AND last_seen < ?",
		at, address, client, key, at).Error)
}

// KeepSessionData writes the values that a session holds.
func (tx *Tx) KeepSessionData(key int64, data string) error {
	return classify(tx.q(tx.ctx).Exec("UPDATE sessions SET data = ? WHERE id = ?", data, key).Error)
}

// NoteSignIn keeps when an admin signed in, and a hash with today's costs unless
// the password was changed meanwhile.
func (tx *Tx) NoteSignIn(key int64, oldHash, newHash string) error {
	if err := tx.q(tx.ctx).Exec("UPDATE admins SET last_sign_in = ? WHERE id = ?", tx.now, key).Error; err != nil {
		return fmt.Errorf("note a sign-in: %w", classify(err))
	}
	if newHash == "" {
		return nil
	}
	return classify(tx.q(tx.ctx).Exec("UPDATE admins SET password_hash = ? WHERE id = ? AND password_hash = ?", newHash, key, oldHash).Error)
}

// LockThrottle keeps others from counting under the same name until the
// transaction ends; SQLite has one writer anyway.
func (tx *Tx) LockThrottle(name string) error {
	if tx.engine != postgresEngine {
		return nil
	}
	return classify(tx.q(tx.ctx).Exec("SELECT pg_advisory_xact_lock(7278, hashtext(?))", name).Error)
}

// SuccessorTokens lists tokens of all organizations that were rotated and have
// not ended yet, each with the token that replaces it.
func (r Reader) SuccessorTokens(ctx context.Context) ([][2]models.Token, error) {
	var old []models.Token
	if err := r.q(ctx).Where("successor_id <> '' AND retires_at <> 0 AND revoked = 0").Order("id").Find(&old).Error; err != nil {
		return nil, fmt.Errorf("list rotated tokens: %w", err)
	}
	out := make([][2]models.Token, 0, len(old))
	for _, t := range old {
		next, err := r.Token(ctx, t.OrganizationID, t.SuccessorID)
		if models.KindOf(err) == models.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, [2]models.Token{t, next})
	}
	return out, nil
}
