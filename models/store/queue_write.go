package store

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/filter"
)

// AnyQueued tells whether the organization has open decisions at all. The writer
// remembers it, so that a change asks nothing while the queue is empty.
func (tx *Tx) AnyQueued(organization int64) (bool, error) {
	if some, known := tx.orgs.anyQueued(organization); known {
		return some, nil
	}
	n, err := tx.returned("SELECT count(*) FROM (SELECT 1 AS one FROM queue_items WHERE organization_id = ? AND state = ?"+limited(1)+") AS f",
		organization, string(models.QueueOpen))
	if err != nil {
		return false, fmt.Errorf("look at the queue: %w", classify(err))
	}
	tx.orgs.keepQueued(organization, n > 0)
	return n > 0, nil
}

// QueueItemsOf gives the open item of a record and its refused ones, the latest
// first. A record is known by its anchor, or by its name where one of the two
// deliveries had no anchor. Others who deliver the same record wait.
func (tx *Tx) QueueItemsOf(i models.QueueItem) ([]models.QueueItem, error) {
	for _, known := range []string{i.Anchor, i.NameKey} {
		if err := tx.ClaimValue(i.OrganizationID, "queue", known); err != nil {
			return nil, err
		}
	}
	var c condition
	if i.Anchor != "" {
		c.sql, c.args = "SELECT id FROM queue_items WHERE organization_id = ? AND anchor = ? AND anchor <> '' UNION ", []any{i.OrganizationID, i.Anchor}
	}
	c.sql += "SELECT id FROM queue_items WHERE organization_id = ? AND name_key = ? AND (anchor = '' OR ? = '')"
	c.args = append(c.args, i.OrganizationID, i.NameKey, i.Anchor)
	if i.Kind == models.AdoptionItem {
		c.sql += " UNION SELECT id FROM queue_items WHERE user_id = ? AND kind = ? AND (anchor = '' OR ? = '')"
		c.args = append(c.args, i.UserKey, string(models.AdoptionItem), i.Anchor)
	}
	args := append(c.args,
		string(i.Method), string(i.Target), string(models.QueueOpen), string(models.QueueRefused))
	list, err := read[models.QueueItem](tx.ctx, tx.Reader, "SELECT * FROM queue_items WHERE id IN ("+c.sql+
		") AND method = ? AND target = ? AND (state || '') IN (?, ?) ORDER BY id DESC"+limited(itemsMost), args...)
	if err != nil {
		return nil, fmt.Errorf("look for a record in the queue: %w", classify(err))
	}
	return list, nil
}

// itemsMost bounds how many items one record is looked for in.
const itemsMost = 200

// ItemsAbout tells what open items have to do with: a user or group whom others
// meet, and a record that was delivered.
type ItemsAbout struct {
	Target  models.TargetType
	Key     int64
	Anchors []string
	Names   []string // folded
}

// OpenItemsAbout gives the open items that a record here has a part in.
func (tx *Tx) OpenItemsAbout(organization int64, a ItemsAbout) ([]models.QueueItem, error) {
	ids, args := "SELECT id FROM queue_items WHERE user_id = ?", []any{a.Key}
	for _, anchor := range a.Anchors {
		if anchor != "" {
			ids += " UNION SELECT id FROM queue_items WHERE organization_id = ? AND anchor = ? AND anchor <> ''"
			args = append(args, organization, anchor)
		}
	}
	for _, name := range a.Names {
		ids += " UNION SELECT id FROM queue_items WHERE organization_id = ? AND name_key = ?"
		args = append(args, organization, name)
	}
	args = append(args, organization, string(models.QueueOpen), string(a.Target))
	list, err := read[models.QueueItem](tx.ctx, tx.Reader, "SELECT * FROM queue_items WHERE id IN ("+ids+
		") AND organization_id = ? AND (state || '') = ? AND target = ? ORDER BY id"+limited(itemsMost), args...)
	if err != nil {
		return nil, fmt.Errorf("look for a record in the queue: %w", classify(err))
	}
	return list, nil
}

// LockQueueItem reads a decision for a change.
func (tx *Tx) LockQueueItem(organization int64, id string) (models.QueueItem, error) {
	i, err := one[models.QueueItem](tx.ctx, tx.Reader, "SELECT * FROM queue_items WHERE public_id = ? AND organization_id = ?"+tx.forUpdate(), id, organization)
	return i, found(err, noItem(id))
}

// InsertQueueItem writes a new decision.
func (tx *Tx) InsertQueueItem(i *models.QueueItem) error {
	i.NameKey = filter.Fold(i.Name)
	if err := insert(tx, i); err != nil {
		return fmt.Errorf("write to the queue: %w", classify(err))
	}
	tx.queueMoved(i, 1)
	return nil
}

// SaveQueueItem writes a changed decision over the one that was read.
func (tx *Tx) SaveQueueItem(old, i *models.QueueItem) error {
	i.NameKey = filter.Fold(i.Name)
	columns, err := changed(tx.db, old, i, "id", "public_id", "organization_id", "created")
	if err != nil || len(columns) == 0 {
		return err
	}
	if _, err := update(tx, i, columns, "id = ?", i.Key); err != nil {
		return fmt.Errorf("write to the queue: %w", classify(err))
	}
	if old.State != i.State || old.Kind != i.Kind {
		tx.queueMoved(old, -1)
		tx.queueMoved(i, 1)
	}
	return nil
}

// queueMoved counts an open item, and lets the writer look again.
func (tx *Tx) queueMoved(i *models.QueueItem, n int64) {
	if !i.Open() {
		return
	}
	tx.tally(i.OrganizationID, queueTally+string(i.Kind), 0, n)
	tx.orgs.queueMoved(i.OrganizationID)
}

// SettleQueue closes all open items of a method that is in charge no more, and tells
// how many there were; change is the public id of the change, which can open them again.
func (tx *Tx) SettleQueue(organization int64, m models.Method, why, change string) (int64, error) {
	var closed int64
	for _, kind := range models.QueueKinds() {
		done, err := tx.exec("UPDATE queue_items SET state = ?, decided = ?, decision = ?, settled_by = ? WHERE organization_id = ? AND state = ? AND kind = ? AND method = ?",
			string(models.QueueSettled), int64(tx.now), why, change, organization, string(models.QueueOpen), string(kind), string(m))
		if err != nil {
			return closed, fmt.Errorf("settle the queue: %w", classify(err))
		}
		n, err := done.RowsAffected()
		if err != nil {
			return closed, fmt.Errorf("settle the queue: %w", err)
		}
		tx.tally(organization, queueTally+string(kind), 0, -n)
		tx.orgs.queueMoved(organization)
		closed += n
	}
	return closed, nil
}

// ReopenQueue opens the items again that a method change closed, unless another one
// about the same record was opened since, and tells how many those were. Those that it
// closed stand in no other's way: they were open together.
func (tx *Tx) ReopenQueue(organization int64, change string) (int64, error) {
	var opened int64
	for _, kind := range models.QueueKinds() {
		done, err := tx.exec(`UPDATE queue_items SET state = ?, decided = 0, decision = ''
			WHERE organization_id = ? AND settled_by = ? AND settled_by <> '' AND (kind || '') = ? AND NOT EXISTS (SELECT 1 FROM queue_items o
				WHERE o.organization_id = queue_items.organization_id AND o.state = ? AND o.target = queue_items.target AND o.name_key = queue_items.name_key
					AND o.settled_by <> queue_items.settled_by)`,
			string(models.QueueOpen), organization, change, string(kind), string(models.QueueOpen))
		if err != nil {
			return opened, fmt.Errorf("reopen the queue: %w", classify(err))
		}
		n, err := done.RowsAffected()
		if err != nil {
			return opened, fmt.Errorf("reopen the queue: %w", err)
		}
		tx.tally(organization, queueTally+string(kind), 0, n)
		tx.orgs.queueMoved(organization)
		opened += n
	}
	_, err := tx.exec("UPDATE queue_items SET settled_by = '' WHERE organization_id = ? AND settled_by = ? AND settled_by <> '' AND state = ?",
		organization, change, string(models.QueueOpen))
	if err != nil {
		return opened, fmt.Errorf("reopen the queue: %w", classify(err))
	}
	return opened, nil
}

// SettledBy counts the items that a method change closed.
func (r Reader) SettledBy(ctx context.Context, organization int64, change string) (int64, error) {
	var n int64
	err := r.q(ctx).Raw("SELECT count(*) FROM queue_items WHERE organization_id = ? AND settled_by = ? AND settled_by <> ''", organization, change).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count what a change closed: %w", err)
	}
	return n, nil
}

// forgetInQueue removes the items about a user who is purged: what was delivered
// about them is theirs too.
func (tx *Tx) forgetInQueue(u *models.User) error {
	ids, args := "SELECT id FROM queue_items WHERE user_id = ?", []any{u.Key}
	for _, anchor := range []string{u.ExternalID, u.EntraID, u.LDAPID} {
		if anchor != "" {
			ids += " UNION SELECT id FROM queue_items WHERE organization_id = ? AND anchor = ? AND anchor <> ''"
			args = append(args, u.OrganizationID, anchor)
		}
	}
	args = append(args, u.OrganizationID, string(models.UserTarget))
	items, err := read[models.QueueItem](tx.ctx, tx.Reader, "SELECT * FROM queue_items WHERE id IN ("+ids+") AND organization_id = ? AND target = ?", args...)
	if err != nil {
		return fmt.Errorf("look for a record in the queue: %w", classify(err))
	}
	for i := range items {
		if _, err := tx.exec("DELETE FROM queue_items WHERE id = ?", items[i].Key); err != nil {
			return fmt.Errorf("remove from the queue: %w", classify(err))
		}
		tx.queueMoved(&items[i], -1)
	}
	return nil
}

// LockUserByKey reads a user for a change, as LockUser does by public id.
func (tx *Tx) LockUserByKey(organization, key int64) (models.User, error) {
	u, err := one[models.User](tx.ctx, tx.Reader, "SELECT "+userColumns+" FROM users WHERE id = ? AND organization_id = ?"+tx.forUpdate(), key, organization)
	return u, found(err, noUser("with this key"))
}

// LockGroupByKey reads a group for a change.
func (tx *Tx) LockGroupByKey(organization, key int64) (models.Group, error) {
	g, err := one[models.Group](tx.ctx, tx.Reader, "SELECT "+groupColumns+" FROM groups WHERE id = ? AND organization_id = ?"+tx.forUpdate(), key, organization)
	return g, found(err, noGroup("with this key"))
}
