package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"muster/models"
)

// Connectors lists an organization's connectors.
func (r Reader) Connectors(ctx context.Context, organization int64) ([]models.Connector, error) {
	var list []models.Connector
	if err := r.q(ctx).Where("organization_id = ?", organization).Order("method").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list connectors: %w", err)
	}
	return list, nil
}

// Connector gives the connector of a method; false when it was never set up.
func (r Reader) Connector(ctx context.Context, organization int64, m models.Method) (models.Connector, bool, error) {
	var c models.Connector
	err := r.q(ctx).Where("organization_id = ? AND method = ?", organization, m).Take(&c).Error
	if nothing(err) {
		return c, false, nil
	}
	return c, err == nil, classify(err)
}

// ConnectorByKey gives a connector by its key.
func (r Reader) ConnectorByKey(ctx context.Context, key int64) (models.Connector, error) {
	var c models.Connector
	return c, found(r.q(ctx).Where("id = ?", key).Take(&c).Error, noConnector())
}

func noConnector() *models.Error {
	return models.Errorf(models.NotFound, "", "The connector was not set up, or its settings were deleted.").
		WithAdvice("Open the connector’s page and connect it.").WithCode("connectorNotFound")
}

// No lease and no wait for the next run is ever longer than these: one that seems to be was
// written by a clock that was ahead, and would shut everybody out until that time comes.
const (
	leaseMost = 10 * time.Minute
	waitMost  = 48 * time.Hour
)

// unleased is the condition of a connector that nobody works on.
func (e engine) unleased() string {
	return "(lease_until <= " + e.clock() + " OR lease_until > " + e.clock() + " + " + strconv.FormatInt(leaseMost.Milliseconds(), 10) + ")"
}

// DueConnectors lists the connectors that have something to do at an instant and that
// nobody works on, the most overdue first.
func (r Reader) DueConnectors(ctx context.Context, at models.Time, most int) ([]models.Connector, error) {
	var list []models.Connector
	err := r.q(ctx).Where("NOT parked AND (asked = ? OR state NOT IN (?, ?) AND (asked <> '' OR next_run <> 0 AND (next_run <= ? OR next_run > ?))) AND "+r.engine.unleased(),
		models.UndoRequest, models.ConnectorOff, models.ConnectorStopped, at, at.Add(waitMost)).Order("next_run").Limit(most).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("look for connectors that are due: %w", err)
	}
	return list, nil
}

// clock is the time of the database in milliseconds: the one clock that all instances
// see alike.
func (e engine) clock() string {
	if e == postgresEngine {
		return "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
	}
	return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
}

// LockConnector reads a connector for a change: another transaction that wants to change
// it waits for this one.
func (tx *Tx) LockConnector(organization int64, m models.Method) (models.Connector, bool, error) {
	c, err := one[models.Connector](tx.ctx, tx.Reader, "SELECT * FROM connectors WHERE organization_id = ? AND method = ?"+tx.forUpdate(), organization, m)
	if nothing(err) {
		return c, false, nil
	}
	return c, err == nil, classify(err)
}

// SaveConnector writes all of a connector that was locked, but its lease.
func (tx *Tx) SaveConnector(c *models.Connector) error {
	c.Version++
	err := tx.q(tx.ctx).Model(c).Where("id = ?", c.Key).
		Omit("id", "public_id", "organization_id", "method", "created", "created_by", "lease_owner", "lease_epoch", "lease_until").Select("*").Updates(c).Error
	return classify(err)
}

// Lease takes a connector for an owner for some time, in milliseconds. False means that
// somebody else has it, or that there is nothing to do for it any more.
func (tx *Tx) Lease(key int64, owner string, forMillis int64) (models.Connector, bool, error) {
	done, err := tx.exec("UPDATE connectors SET lease_owner = ?, lease_epoch = lease_epoch + 1, lease_until = "+tx.engine.clock()+
		" + ? WHERE id = ? AND NOT parked AND "+tx.engine.unleased(), owner, forMillis, key)
	took, err := moved(done, err)
	if err != nil || !took {
		return models.Connector{}, false, err
	}
	c, err := tx.ConnectorByKey(tx.ctx, key)
	return c, err == nil, err
}

// Fence makes sure that a connector is held under an epoch still, keeps everybody else
// from taking it until the transaction ends, and prolongs the lease. Each transaction of
// a cycle begins with it.
func (tx *Tx) Fence(key, epoch, forMillis int64) (models.Connector, error) {
	if tx.engine == postgresEngine && !tx.shared && forMillis < idleMost.Milliseconds() {
		// A process that is frozen here must not keep the others out for longer than its lease.
		if err := tx.plain("SET LOCAL idle_in_transaction_session_timeout = " + strconv.FormatInt(max(forMillis, 1000), 10)); err != nil {
			return models.Connector{}, fmt.Errorf("bound how long a transaction idles: %w", err)
		}
	}
	done, err := tx.exec("UPDATE connectors SET lease_until = "+tx.engine.clock()+" + ? WHERE id = ? AND lease_epoch = ? AND NOT parked", forMillis, key, epoch)
	ours, err := moved(done, err)
	switch {
	case err != nil:
		return models.Connector{}, err
	case !ours:
		return models.Connector{}, models.Errorf(models.Stale, "", "This cycle lost its connector: another instance goes on with it, or the deployment method changed.").
			WithAdvice("Nothing is lost; whoever has the connector goes on where this cycle was.").WithCode(LeaseLost)
	}
	return tx.ConnectorByKey(tx.ctx, key)
}

// LeaseLost is the code of a cycle's refusal that lost its connector.
const LeaseLost = "leaseLost"

// Release gives a connector back.
func (tx *Tx) Release(key, epoch int64) error {
	_, err := tx.exec("UPDATE connectors SET lease_owner = '', lease_until = 0 WHERE id = ? AND lease_epoch = ?", key, epoch)
	return classify(err)
}

// ParkConnector lets a method's connector sleep, for a change of the deployment method:
// a cycle under way ends with its next transaction, which fails. Settings, links and all
// that was read stay.
func (tx *Tx) ParkConnector(organization int64, m models.Method) error {
	c, known, err := tx.LockConnector(organization, m)
	if err != nil || !known {
		return err
	}
	if err := tx.endCycleOf(c, "methodLeft", "The deployment method changed while the cycle was under way."); err != nil {
		return err
	}
	c.Parked, c.CycleID, c.Asked, c.AskedBy, c.NextRun = true, 0, models.NoRequest, "", 0
	if err := tx.SaveConnector(&c); err != nil {
		return err
	}
	return tx.expel(c.Key)
}

// WakeConnector is for when its method comes in charge again: the connector is stopped
// until an administrator starts it, and begins with a full read and a preview.
func (tx *Tx) WakeConnector(organization int64, m models.Method) error {
	c, known, err := tx.LockConnector(organization, m)
	if err != nil || !known {
		return err
	}
	c.Parked = false
	tx.anew(&c)
	return tx.SaveConnector(&c)
}

// ResumeConnector is for a change that is taken back: a connector that was reading goes on
// with a full read, without another preview, because its users return as they were. One
// whose plan waited begins anew.
func (tx *Tx) ResumeConnector(organization int64, m models.Method) error {
	c, known, err := tx.LockConnector(organization, m)
	if err != nil || !known || !c.Parked {
		return err
	}
	c.Parked = false
	switch c.State {
	case models.ConnectorHeld:
		tx.anew(&c)
	case models.ConnectorRunning, models.ConnectorQuarantined:
		c.Cursor, c.Reading, c.ReadFull, c.NextRun = "", "", false, tx.now
	case models.ConnectorOff, models.ConnectorStopped:
	}
	return tx.SaveConnector(&c)
}

// anew makes a connector begin with a full read and a preview once it is started.
func (tx *Tx) anew(c *models.Connector) {
	c.Cursor, c.Reading, c.ReadFull, c.Accepted, c.FullReadAt, c.Failures = "", "", false, "", 0, 0
	c.CycleID, c.NextRun, c.Asked, c.AskedBy = 0, 0, models.NoRequest, ""
	if c.State != models.ConnectorOff {
		c.SetState(models.ConnectorStopped, "methodReturned", "The deployment method was changed and came back.",
			"Start the connector. It reads the whole directory and shows what it would do before it does anything.", tx.now)
	}
}

// DropConnector deletes a method's connector with its secret, and gives it as it was, so
// that the change that deletes it can be taken back. False when there is none.
func (tx *Tx) DropConnector(organization int64, m models.Method) (models.Connector, bool, error) {
	c, known, err := tx.LockConnector(organization, m)
	if err != nil || !known {
		return c, false, err
	}
	if err := tx.endCycleOf(c, "methodLeft", "The deployment method changed while the cycle was under way."); err != nil {
		return c, false, err
	}
	_, err = tx.exec("DELETE FROM connectors WHERE id = ?", c.Key)
	return c, true, classify(err)
}

// RestoreConnector brings a deleted connector back as it was, asleep or awake, with what it
// knew of its directory. One that was set up since stays instead.
func (tx *Tx) RestoreConnector(c models.Connector, parked bool) error {
	_, known, err := tx.LockConnector(c.OrganizationID, c.Method)
	if err != nil || known {
		return err
	}
	c.Parked = parked
	tx.anew(&c)
	c.Version++
	c.LeaseOwner, c.LeaseUntil, c.LeaseEpoch = "", 0, c.LeaseEpoch+1
	key := c.Key
	if err := tx.InsertConnector(&c); err != nil || key == c.Key {
		return err
	}
	if _, err := tx.ConnectorByKey(tx.ctx, key); models.KindOf(err) != models.NotFound {
		return err
	}
	return tx.rekey(&c, key)
}

// expel ends whoever works on a connector.
func (tx *Tx) expel(key int64) error {
	_, err := tx.exec("UPDATE connectors SET lease_epoch = lease_epoch + 1, lease_owner = '', lease_until = 0 WHERE id = ?", key)
	return classify(err)
}

func (tx *Tx) endCycleOf(c models.Connector, code, text string) error {
	if c.CycleID == 0 {
		return nil
	}
	_, err := tx.exec("UPDATE cycles SET state = ?, code = ?, text = ?, ended = ? WHERE id = ? AND ended = 0",
		models.CycleStopped, code, text, tx.now, c.CycleID)
	return classify(err)
}

// SealedConnectors lists all connectors that have a secret, of every organization.
func (r Reader) SealedConnectors(ctx context.Context) ([]models.Connector, error) {
	var list []models.Connector
	if err := r.q(ctx).Where("secret <> ''").Order("id").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list sealed secrets: %w", err)
	}
	return list, nil
}

// SealConnector stores a connector's secret as it was sealed anew; "" forgets it.
func (tx *Tx) SealConnector(key int64, sealed string) error {
	_, err := tx.exec("UPDATE connectors SET secret = ?, version = version + 1 WHERE id = ?", sealed, key)
	return classify(err)
}
