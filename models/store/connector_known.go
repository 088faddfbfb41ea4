package store

import (
	"fmt"
	"strconv"
	"strings"

	"muster/models"
)

// InsertConnector writes a new connector. SQLite would give it the key of one that was
// deleted, and with it what that one knew of another directory.
func (tx *Tx) InsertConnector(c *models.Connector) error {
	if err := insert(tx, c); err != nil {
		return classify(err)
	}
	used, err := tx.knows(c.Key)
	if err != nil || !used {
		return err
	}
	var last int64
	err = tx.q(tx.ctx).Raw("SELECT max(k) FROM (SELECT max(connector_id) AS k FROM source_records UNION ALL SELECT max(connector_id) FROM source_edges UNION ALL SELECT max(id) FROM connectors) x").
		Scan(&last).Error
	if err != nil {
		return classify(err)
	}
	return tx.rekey(c, last+1)
}

// knows tells whether something is known of a directory under a connector's key.
func (tx *Tx) knows(key int64) (bool, error) {
	var known bool
	err := tx.q(tx.ctx).Raw("SELECT EXISTS (SELECT 1 FROM source_records WHERE connector_id = ?) OR EXISTS (SELECT 1 FROM source_edges WHERE connector_id = ?)", key, key).Scan(&known).Error
	return known, classify(err)
}

func (tx *Tx) rekey(c *models.Connector, key int64) error {
	_, err := tx.exec("UPDATE connectors SET id = ? WHERE id = ?", key, c.Key)
	c.Key = key
	return classify(err)
}

// ForgetRecords deletes, some at a time, what is known of directories whose connector
// was deleted for good, and tells how many rows that were. One that an undo of the change
// that deleted it would bring back needs to know which memberships it made.
func (tx *Tx) ForgetRecords(most int) (int64, error) {
	kept, err := tx.deletedConnectors()
	if err != nil {
		return 0, err
	}
	var n int64
	for _, table := range []string{"source_records", "source_edges"} {
		key := "kind, anchor"
		if table == "source_edges" {
			key = "group_anchor, member"
		}
		done, err := tx.exec("DELETE FROM " + table + " WHERE (connector_id, " + key + ") IN (SELECT connector_id, " + key + " FROM " + table +
			" s WHERE NOT EXISTS (SELECT 1 FROM connectors c WHERE c.id = s.connector_id)" + kept + limited(most) + ")")
		if err != nil {
			return n, classify(err)
		}
		some, err := done.RowsAffected()
		if err != nil {
			return n, err //nolint:wrapcheck // classified by the driver alone
		}
		n += some
	}
	return n, nil
}

// deletedConnectors is the condition that leaves out the keys of connectors that a change of
// the method deleted and its undo would bring back.
func (tx *Tx) deletedConnectors() (string, error) {
	var list []models.MethodChange
	if err := tx.q(tx.ctx).Where("undone_by = '' AND undo_until >= ? AND record LIKE '%\"connector\":%'", tx.now).Find(&list).Error; err != nil {
		return "", fmt.Errorf("look for deleted connectors: %w", err)
	}
	var text strings.Builder
	for _, c := range list {
		if c.Record.Connector != nil {
			text.WriteString(" AND connector_id <> " + strconv.FormatInt(c.Record.Connector.Key, 10))
		}
	}
	return text.String(), nil
}
