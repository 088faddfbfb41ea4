package store

import (
	"context"
	"fmt"

	"muster/models"
)

// FirstOrganization is the slug of the organization a fresh instance has.
const FirstOrganization = "default"

// EnsureOrganization gives the organization of a slug and makes it first when the
// instance is fresh.
func (s *Store) EnsureOrganization(ctx context.Context, slug, name string) (models.Organization, error) {
	o, err := s.OrganizationBySlug(ctx, slug)
	if models.KindOf(err) != models.NotFound {
		return o, err
	}
	err = s.Keep(ctx, func(tx *Tx) error {
		o = models.Organization{
			Slug: slug, Name: name, Method: models.Manual, MethodSince: tx.now,
			Settings: models.DefaultSettings(), Created: tx.now,
		}
		if err := tx.q(ctx).Create(&o).Error; err != nil {
			return err
		}
		return tx.beginTerms(o.Key)
	})
	if models.KindOf(err) == models.Uniqueness {
		return s.OrganizationBySlug(ctx, slug)
	}
	return o, err
}

// Organization gives an organization by its key.
func (r Reader) Organization(ctx context.Context, key int64) (models.Organization, error) {
	var o models.Organization
	err := r.q(ctx).Where("id = ?", key).Take(&o).Error
	return o, found(err, models.Errorf(models.NotFound, "", "There is no such organization."))
}

// OrganizationBySlug gives an organization by its short name.
func (r Reader) OrganizationBySlug(ctx context.Context, slug string) (models.Organization, error) {
	var o models.Organization
	err := r.q(ctx).Where("slug = ?", slug).Take(&o).Error
	return o, found(err, models.Errorf(models.NotFound, "organization", "There is no organization %q.", slug).
		WithAdvice("A fresh instance has one, named %q.", FirstOrganization))
}

// Organizations lists all of them, oldest first.
func (r Reader) Organizations(ctx context.Context) ([]models.Organization, error) {
	var list []models.Organization
	if err := r.q(ctx).Order("id").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	return list, nil
}

// SaveOrganization writes name, method and settings.
func (tx *Tx) SaveOrganization(o *models.Organization) error {
	err := tx.q(tx.ctx).Model(o).Where("id = ?", o.Key).
		Select("name", "method", "method_since", "method_by", "method_set", "settings").Updates(o).Error
	if err != nil {
		return classify(err)
	}
	return tx.moveChanges()
}

// LockOrganization reads an organization so that no other transaction changes its
// method until this one ends: check and act in one.
func (tx *Tx) LockOrganization(key int64) (models.Organization, error) {
	var o models.Organization
	q := tx.q(tx.ctx)
	lock := ""
	if tx.engine == postgresEngine {
		lock = " FOR UPDATE"
	}
	err := q.Raw("SELECT * FROM organizations WHERE id = ?"+lock, key).Take(&o).Error
	return o, found(err, models.Errorf(models.NotFound, "", "There is no such organization."))
}

// ShareOrganization reads an organization so that its method cannot change until
// this transaction ends, while others may do the same.
func (tx *Tx) ShareOrganization(key int64) (models.Organization, error) {
	o, ok := tx.orgs.find(key)
	if ok {
		return o, nil
	}
	if a, ok := tx.orgs.before[key]; ok && tx.stillSo(key, a) {
		tx.orgs.adopt(a)
		return a.org, nil
	}
	version, lock := "''", ""
	if tx.engine == postgresEngine {
		version, lock = rowVersion, " FOR SHARE OF o"
		if tx.shared { // who shares a transaction must not let others wait for an organization
			lock += " NOWAIT"
		}
	}
	// Whether anything is queued comes with it: a change asks for that too.
	var row struct {
		models.Organization `gorm:"embedded"`
		RowVersion          string
		Queued              bool
	}
	err := tx.q(tx.ctx).Raw(`SELECT o.*, `+version+` AS row_version, `+organizationQueued+` AS queued
		FROM organizations o WHERE o.id = ?`+lock, models.QueueOpen, key).Take(&row).Error
	if err == nil {
		tx.orgs.keep(row.Organization, row.RowVersion, row.Queued)
	}
	return row.Organization, found(err, models.Errorf(models.NotFound, "", "There is no such organization."))
}

const (
	// rowVersion is what an update of the row changes whatever it writes: the transaction
	// that made the row as it is (https://www.postgresql.org/docs/current/ddl-system-columns.html).
	rowVersion         = "o.xmin::text"
	organizationQueued = "EXISTS (SELECT 1 FROM queue_items i WHERE i.organization_id = o.id AND i.state = ?)"
)

// stillSo locks an organization as ShareOrganization does, and has PostgreSQL refuse the
// transaction if what the last batch knew of it does not hold any more. Nobody waits for
// the answer; it comes before the commit.
// A short change of the organization is sat out, for as long as a batch waits for any
// lock; after a longer one, who asks for it goes on alone.
func (tx *Tx) stillSo(key int64, a assumption) bool {
	return tx.travels(statement{reads: true, told: passed, args: []any{string(models.QueueOpen), a.queued, key, a.version}, text: tx.engine.bind(
		`SELECT 1 / count(*) FROM (SELECT 1 FROM organizations o WHERE ` + organizationQueued + ` = ?
			AND o.id = ? AND ` + rowVersion + ` = ? FOR SHARE OF o) AS held`)})
}

// outdate lets every batch read an organization anew that is under way elsewhere: something
// changed that belongs to it and is not in its row.
func (tx *Tx) outdate(key int64) error {
	tx.orgs.forget()
	_, err := tx.exec("UPDATE organizations SET slug = slug WHERE id = ?", key)
	return err
}

type instanceRow struct {
	Name  string
	Value string
}

func (instanceRow) TableName() string { return "instance" }

// Instance gives a value of the instance itself; "" when it was never set.
func (r Reader) Instance(ctx context.Context, name string) (string, error) {
	var row instanceRow
	err := r.q(ctx).Where("name = ?", name).Take(&row).Error
	if nothing(err) {
		return "", nil
	}
	return row.Value, classify(err)
}

// InstanceValues gives all values of the instance whose names begin alike, by name.
func (r Reader) InstanceValues(ctx context.Context, prefix string) (map[string]string, error) {
	var rows []instanceRow
	if err := r.q(ctx).Where("name LIKE ?", prefix+"%").Find(&rows).Error; err != nil {
		return nil, classify(err)
	}
	out := make(map[string]string, len(rows))
	for _, row := range rows {
		out[row.Name] = row.Value
	}
	return out, nil
}

// SetInstance keeps a value of the instance itself; "" forgets it.
func (tx *Tx) SetInstance(name, value string) error {
	if value == "" {
		return tx.q(tx.ctx).Exec("DELETE FROM instance WHERE name = ?", name).Error
	}
	return tx.q(tx.ctx).Exec(`INSERT INTO instance (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value).Error
}
