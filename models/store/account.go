package store

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/filter"
)

func noAdmin(who string) *models.Error {
	return models.Errorf(models.NotFound, "email", "There is no admin %s.", who).
		WithAdvice("The list of admins shows all accounts.")
}

// Admins lists all admin accounts by e-mail.
func (r Reader) Admins(ctx context.Context) ([]models.AdminAccount, error) {
	var list []models.AdminAccount
	if err := r.q(ctx).Order("email_key").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list admins: %w", err)
	}
	return list, nil
}

// AdminByID gives an admin by public id.
func (r Reader) AdminByID(ctx context.Context, id string) (models.AdminAccount, error) {
	var a models.AdminAccount
	err := r.q(ctx).Where("public_id = ?", id).Take(&a).Error
	return a, found(err, noAdmin(id))
}

// AdminByKey gives an admin by internal key.
func (r Reader) AdminByKey(ctx context.Context, key int64) (models.AdminAccount, error) {
	var a models.AdminAccount
	err := r.q(ctx).Where("id = ?", key).Take(&a).Error
	return a, found(err, noAdmin(fmt.Sprint(key)))
}

// AdminByEmail gives an admin by e-mail address in any case.
func (r Reader) AdminByEmail(ctx context.Context, email string) (models.AdminAccount, error) {
	var a models.AdminAccount
	err := r.q(ctx).Where("email_key = ?", filter.Fold(email)).Take(&a).Error
	return a, found(err, noAdmin(email))
}

// CountOwners counts the owners who can sign in; in a transaction it also keeps
// others from changing admins until it ends.
func (tx *Tx) CountOwners() (int64, error) {
	if tx.engine == postgresEngine {
		if err := tx.q(tx.ctx).Exec("LOCK TABLE admins IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
			return 0, fmt.Errorf("lock admins: %w", err)
		}
	}
	var n int64
	err := tx.q(tx.ctx).Model(&models.AdminAccount{}).Where("role = ? AND NOT disabled", models.Owner).Count(&n).Error
	return n, classify(err)
}

// InsertAdmin writes a new admin.
func (tx *Tx) InsertAdmin(a *models.AdminAccount) error {
	a.EmailKey = filter.Fold(a.Email)
	return classify(tx.q(tx.ctx).Create(a).Error)
}

// SaveAdmin writes all that can change about an admin.
func (tx *Tx) SaveAdmin(a *models.AdminAccount) error {
	a.EmailKey = filter.Fold(a.Email)
	return classify(tx.q(tx.ctx).Model(a).Where("id = ?", a.Key).
		Select("email", "email_key", "name", "role", "password_hash", "disabled", "last_sign_in", "password_set").Updates(a).Error)
}

// DeleteAdmin removes an admin with their sessions. What they did stays in the
// audit log under their name.
func (tx *Tx) DeleteAdmin(key int64) error {
	if err := tx.EndSessions(key, ""); err != nil {
		return err
	}
	return classify(tx.q(tx.ctx).Exec("DELETE FROM admins WHERE id = ?", key).Error)
}

// SessionByHash gives a session by the hash of its cookie.
func (r Reader) SessionByHash(ctx context.Context, hash string) (models.Session, error) {
	var s models.Session
	err := r.q(ctx).Where("hash = ?", hash).Take(&s).Error
	return s, found(err, models.Errorf(models.Unauthorized, "", "The session is not known."))
}

// SessionsOf lists an admin's sessions, most recently used first.
func (r Reader) SessionsOf(ctx context.Context, admin int64) ([]models.Session, error) {
	var list []models.Session
	if err := r.q(ctx).Where("admin_id = ?", admin).Order("last_seen DESC, id DESC").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}

// InsertSession writes a new session.
func (tx *Tx) InsertSession(s *models.Session) error { return classify(tx.q(tx.ctx).Create(s).Error) }

// SaveSession writes a session's values, owner and times; a session that was
// ended meanwhile stays ended.
func (tx *Tx) SaveSession(s *models.Session) error {
	return classify(tx.q(tx.ctx).Model(s).Where("id = ?", s.Key).
		Select("hash", "admin_id", "data", "last_seen", "confirmed", "address", "client").Updates(s).Error)
}

// EndSession removes a session by its public id.
func (tx *Tx) EndSession(admin int64, id string) error {
	return classify(tx.q(tx.ctx).Exec("DELETE FROM sessions WHERE admin_id = ? AND public_id = ?", admin, id).Error)
}

// EndSessions removes all sessions of an admin but one ("" keeps none).
func (tx *Tx) EndSessions(admin int64, besides string) error {
	return classify(tx.q(tx.ctx).Exec("DELETE FROM sessions WHERE admin_id = ? AND public_id <> ?", admin, besides).Error)
}

// PurgeSessions removes sessions that ended by idleness or age.
func (tx *Tx) PurgeSessions(idleBefore, startedBefore models.Time) error {
	return classify(tx.q(tx.ctx).Exec("DELETE FROM sessions WHERE last_seen < ? OR created < ?", idleBefore, startedBefore).Error)
}

// Throttle gives what is known of failed attempts under a name; zero when there
// were none.
func (r Reader) Throttle(ctx context.Context, name string) (models.Throttle, error) {
	var t models.Throttle
	err := r.q(ctx).Where("name = ?", name).Take(&t).Error
	if nothing(err) {
		return models.Throttle{Name: name}, nil
	}
	return t, classify(err)
}

// SaveThrottle writes failed attempts; zero failures forget them.
func (tx *Tx) SaveThrottle(t models.Throttle) error {
	if t.Failures == 0 {
		return classify(tx.q(tx.ctx).Exec("DELETE FROM throttles WHERE name = ?", t.Name).Error)
	}
	return classify(tx.q(tx.ctx).Exec(`INSERT INTO throttles (name, failures, last, until) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, last = excluded.last, until = excluded.until`,
		t.Name, t.Failures, t.Last, t.Until).Error)
}

// PurgeThrottles forgets attempts that ended before an instant.
func (tx *Tx) PurgeThrottles(before models.Time) error {
	return classify(tx.q(tx.ctx).Exec("DELETE FROM throttles WHERE last < ? AND until < ?", before, before).Error)
}
