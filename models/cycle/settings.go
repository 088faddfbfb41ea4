package cycle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"muster/models"
	"muster/models/source"
	"muster/models/store"
)

// Draft are settings as somebody entered them. Settings and Secret are in the form of
// the connector's kind; of entra, Settings.JSON and Secret.Reveal give them.
type Draft struct {
	Method   models.Method
	Settings []byte
	Secret   []byte // nil keeps the stored one
	Minutes  int    // between two cycles; 0 keeps what is stored
	Version  int64  // of the connector that was shown; 0 does not compare
}

// Save keeps settings, or refuses them by field. What is under way ends at the end of its
// page; a connector that works begins anew, with a preview where scope or selection
// changed. A changed secret is a change that needs step-up: see NeedsStepUp.
func (c *Cycles) Save(ctx context.Context, by models.Actor, d Draft) (models.Connector, error) {
	var out models.Connector
	if err := mayChange(by); err != nil {
		return out, err
	}
	kind, err := c.kind(d.Method)
	if err != nil {
		return out, err
	}
	err = c.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		have, known, err := tx.LockConnector(by.OrganizationID, d.Method)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if d.Version != 0 && d.Version != have.Version {
			return models.AuditEntry{}, changedMeanwhile()
		}
		if !known {
			have = c.blank(tx, by, d.Method)
		}
		out = have
		was, is, err := c.write(&out, kind, d)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if err := c.put(tx, by, have, &out, known); err != nil {
			return models.AuditEntry{}, err
		}
		return audit(by, out, "connector.save", "Saved the settings of the connector for "+d.Method.Label()+".", differences(was, is)), nil
	})
	if err == nil {
		c.news.tell(by.OrganizationID)
	}
	return out, err
}

func changedMeanwhile() *models.Error {
	return models.Errorf(models.Stale, "", "Somebody else changed the connector meanwhile. Nothing was saved.").
		WithAdvice("Look at the settings as they are now and enter your change again.").WithCode("changedMeanwhile")
}

// blank is a connector before its first save.
func (c *Cycles) blank(tx *store.Tx, by models.Actor, m models.Method) models.Connector {
	return models.Connector{
		ID: c.NewID(), OrganizationID: by.OrganizationID, Method: m, State: models.ConnectorOff, Since: tx.Now(),
		IntervalMinutes: models.IntervalDefault, Created: tx.Now(), CreatedBy: by.Name, Version: 1,
	}
}

// write brings a draft into a connector, and gives what the audit log tells of both.
func (c *Cycles) write(out *models.Connector, kind source.Kind, d Draft) (was, is []source.Fact, err error) {
	old, err := c.opened(*out)
	if err != nil && d.Secret == nil {
		return nil, nil, err
	}
	if out.Settings != "" && err == nil {
		if before, err := kind.Check([]byte(out.Settings), old); err == nil {
			was = facts(before, *out)
		}
	}
	key := d.Secret
	if key == nil {
		key = old
	}
	checked, err := kind.Check(d.Settings, key)
	if err != nil {
		return nil, nil, err
	}
	if d.Minutes != 0 {
		if err := checkInterval(d.Minutes); err != nil {
			return nil, nil, err
		}
		out.IntervalMinutes = d.Minutes
	}
	if d.Secret != nil {
		if out.Secret, err = c.Sealer.Seal(d.Secret, out.SecretAbout()); err != nil {
			return nil, nil, fmt.Errorf("seal the connector's secret: %w", err)
		}
	}
	out.Settings, out.Wanted = string(checked.Settings), wanted(checked)
	out.SecretKind, out.SecretHint, out.SecretEnds = checked.SecretKind, checked.SecretHint, models.TimeOf(checked.SecretEnds)
	return was, facts(checked, *out), nil
}

// facts are the settings in words; of the secret only that it is another one.
func facts(c source.Checked, of models.Connector) []source.Fact {
	sum := sha256.Sum256([]byte(of.Secret))
	return append(c.Facts,
		source.Fact{Name: "secret", Value: c.SecretKind + " (" + base64.RawURLEncoding.EncodeToString(sum[:4]) + ")"},
		source.Fact{Name: "interval minutes", Value: strconv.Itoa(of.IntervalMinutes)})
}

// wanted names what is read and for whom.
func wanted(c source.Checked) string {
	scope, err := json.Marshal(c.Scope)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(c.Reads + "\n" + string(scope)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// opened is the connector's secret.
func (c *Cycles) opened(conn models.Connector) ([]byte, error) {
	if conn.Secret == "" {
		return nil, nil
	}
	key, err := c.Sealer.Unseal(conn.Secret, conn.SecretAbout())
	if err != nil {
		return nil, models.Errorf(models.Invalid, "secret", "The stored secret of the connector for %s cannot be opened: it was sealed under another key.", conn.Method.Label()).
			WithAdvice("Enter the secret again, or start Muster with the key it was sealed under.").WithCode("secretUnreadable")
	}
	return key, nil
}

// put stores a connector that was edited. A new selection needs a new read; other
// settings may mend what failed before.
func (c *Cycles) put(tx *store.Tx, by models.Actor, have models.Connector, out *models.Connector, known bool) error {
	out.Updated, out.UpdatedBy = tx.Now(), by.Name
	if !known {
		org, err := tx.ShareOrganization(by.OrganizationID)
		if err != nil {
			return err
		}
		out.Parked = org.Method != out.Method
		return tx.InsertConnector(out)
	}
	if have.Settings != out.Settings || have.Secret != out.Secret {
		out.LastTest, out.TestedAt = "", 0
		if !out.Undoes() { // which reads no settings
			if err := tx.Interrupt(out, "settingsChanged", "The settings of the connector changed."); err != nil {
				return err
			}
		}
		if have.Wanted != out.Wanted {
			out.Cursor, out.Reading = "", ""
		}
		if out.Works() {
			out.Failures = 0
			out.SetState(models.ConnectorRunning, "", "", "", tx.Now())
			out.Asked, out.AskedBy = models.SyncRequest, by.Name
		}
	}
	return tx.SaveConnector(out)
}

func checkInterval(minutes int) error {
	if minutes < models.IntervalLeast || minutes > models.IntervalMost {
		return models.Errorf(models.Invalid, "minutes", "The time between two cycles can be %d to %d minutes, not %d.", models.IntervalLeast, models.IntervalMost, minutes).
			WithAdvice("%d minutes suit most organizations.", models.IntervalDefault)
	}
	return nil
}

// SetInterval sets the time between two cycles, in minutes.
func (c *Cycles) SetInterval(ctx context.Context, by models.Actor, m models.Method, minutes int) (models.Connector, error) {
	return c.steer(ctx, by, m, "connector.schedule", func(_ *store.Tx, conn *models.Connector) (string, error) {
		if err := checkInterval(minutes); err != nil {
			return "", err
		}
		conn.IntervalMinutes = minutes
		// One that waits as long as the directory asked it to, or after a failure, goes on waiting.
		if conn.NextRun != 0 && conn.State == models.ConnectorRunning && conn.CycleID == 0 && conn.Failures == 0 {
			conn.NextRun = min(conn.NextRun, c.now().Add(conn.Interval()))
		}
		return fmt.Sprintf("Set the connector for %s to a cycle every %d minutes.", m.Label(), minutes), nil
	})
}

// NeedsStepUp tells whether a draft changes what a thief of a session must not change
// without the password: the secret, or the directory that is trusted.
func (c *Cycles) NeedsStepUp(ctx context.Context, organization int64, d Draft) (bool, error) {
	have, known, err := c.Store.Connector(ctx, organization, d.Method)
	if err != nil || !known || d.Secret != nil {
		return known || d.Secret != nil, err
	}
	return !bytes.Equal([]byte(have.Settings), d.Settings), nil
}
