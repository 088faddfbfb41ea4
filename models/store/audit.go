package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"muster/models"
)

// appendAudit adds an entry to the chain. Two writers cannot both continue from
// the same entry: SQLite has one writer, PostgreSQL takes the chain's lock.
func (tx *Tx) appendAudit(e models.AuditEntry) error {
	if tx.engine == postgresEngine {
		if err := tx.q(tx.ctx).Exec("SELECT pg_advisory_xact_lock(7277)").Error; err != nil {
			return fmt.Errorf("lock the audit log: %w", err)
		}
	}
	if err := tx.q(tx.ctx).Raw("SELECT coalesce((SELECT hash FROM audit_entries ORDER BY id DESC LIMIT 1), '')").Scan(&e.PrevHash).Error; err != nil {
		return fmt.Errorf("read the end of the audit log: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an audit id: %w", err)
	}
	e.ID, e.At = id.String(), tx.now
	if e.Changes == nil {
		e.Changes = []models.Change{}
	}
	e.Hash = chainHash(e)
	if err := tx.q(tx.ctx).Create(&e).Error; err != nil {
		return fmt.Errorf("write the audit log: %w", classify(err))
	}
	return nil
}

func chainHash(e models.AuditEntry) string {
	sum := sha256.Sum256(e.Chained())
	return hex.EncodeToString(sum[:])
}

// VerifyAudit walks the whole chain and names the first entry that does not fit.
func (r Reader) VerifyAudit(ctx context.Context) (checked int64, err error) {
	prev, last := "", int64(0)
	for {
		var entries []models.AuditEntry
		if err := r.q(ctx).Where("id > ?", last).Order("id").Limit(500).Find(&entries).Error; err != nil {
			return checked, fmt.Errorf("read the audit log: %w", err)
		}
		if len(entries) == 0 {
			return checked, nil
		}
		for _, e := range entries {
			if e.PrevHash != prev || chainHash(e) != e.Hash {
				return checked, models.Errorf(models.Conflict, "", "The audit log was altered at or before entry %s of %s.",
					e.ID, e.At.Time().Format("2006-01-02 15:04:05 MST")).
					WithAdvice("Compare it with a backup from before that time.")
			}
			prev, last = e.Hash, e.Key
			checked++
		}
	}
}

// AuditEntries lists audit entries, newest first.
func (r Reader) AuditEntries(ctx context.Context, q models.AuditQuery) (models.Slice[models.AuditEntry], error) {
	db := r.q(ctx).Model(&models.AuditEntry{})
	if q.Action != "" {
		db = db.Where("action >= ? AND action < ?", q.Action, after(q.Action))
	}
	if q.ActorID != "" {
		db = db.Where("actor_id = ?", q.ActorID)
	}
	if q.From != 0 {
		db = db.Where("at >= ?", q.From)
	}
	if q.To != 0 {
		db = db.Where("at < ?", q.To)
	}
	if search := strings.TrimSpace(q.Search); search != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(search)) + "%"
		db = db.Where(`(lower(actor_name) LIKE ? ESCAPE '\' OR lower(target_name) LIKE ? ESCAPE '\' OR lower(summary) LIKE ? ESCAPE '\')`, like, like, like)
	}
	return page(db, q.Page, q.Page.Size(50, 500), order{descending: true},
		func(e models.AuditEntry) cursor { return cursor{Key: e.Key} })
}

// AuditEntry gives an entry by id.
func (r Reader) AuditEntry(ctx context.Context, id string) (models.AuditEntry, error) {
	var e models.AuditEntry
	err := r.q(ctx).Where("public_id = ?", id).Take(&e).Error
	return e, found(err, models.Errorf(models.NotFound, "id", "There is no audit entry %s.", id))
}

// LastAuditKey is the key of the newest audit entry.
func (r Reader) LastAuditKey(ctx context.Context) (int64, error) {
	var key int64
	if err := r.q(ctx).Raw("SELECT coalesce(max(id), 0) FROM audit_entries").Scan(&key).Error; err != nil {
		return 0, fmt.Errorf("read the newest audit entry: %w", err)
	}
	return key, nil
}
