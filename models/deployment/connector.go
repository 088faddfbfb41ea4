package deployment

import (
	"context"
	"fmt"
	"time"

	"muster/models"
)

// Fetching is how a connector is doing whose method is in charge.
type Fetching struct {
	Connector models.Connector
	SetUp     bool
	Waiting   *models.Cycle // whose plan waits for an administrator; nil for none
	Good      *models.Cycle // the latest that ended well; nil for none
}

// connectorPath leads to a connector’s page.
func connectorPath(m models.Method) string { return "/connectors/" + string(m) }

// fetching reads how the connector of the method in charge is doing; nil where users are
// not fetched.
func (d *Deployments) fetching(ctx context.Context, o models.Organization) (*Fetching, error) {
	if o.Method != models.Entra || !o.MethodSet {
		return nil, nil //nolint:nilnil // there is nothing to tell, and nothing went wrong
	}
	var f Fetching
	var err error
	if f.Connector, f.SetUp, err = d.Store.Connector(ctx, o.Key, o.Method); err != nil || !f.SetUp {
		return &f, err
	}
	if key := f.Connector.CycleID; key != 0 {
		x, err := d.Store.Cycle(ctx, o.Key, key)
		if err != nil && models.KindOf(err) != models.NotFound {
			return nil, err
		}
		if err == nil && x.State.Waits() {
			f.Waiting = &x
		}
	}
	f.Good, err = d.Store.EndedCycle(ctx, o.Key, o.Method, true)
	return &f, err
}

// health judges a connector; the first rule that applies wins.
func (f Fetching) health(last *models.Cycle, now time.Time) Health {
	c := f.Connector
	to, name := connectorPath(c.Method), c.Method.Label()
	switch {
	case c.State == models.ConnectorQuarantined:
		return Health{Broken, orElse(c.Reason, name+" is in quarantine."), orElse(c.Advice, "Open the connector for the way out."), to}
	case f.Waiting != nil && f.Waiting.State == models.CycleHeld && f.Waiting.Plan.Removals == 0:
		return Health{Watch, fmt.Sprintf("The guard holds back a cycle that would end %d memberships.", f.Waiting.Plan.Parts), "Look at the list and decide.", planPath(*f.Waiting)}
	case f.Waiting != nil && f.Waiting.State == models.CycleHeld:
		return Health{Watch, fmt.Sprintf("The guard holds back a cycle that would take access from %d users.", f.Waiting.Plan.Removals), "Look at the list and decide.", planPath(*f.Waiting)}
	case f.Waiting != nil:
		return Health{Watch, "A preview waits to be accepted. Nothing was written yet.", "Look at what would happen and accept it.", planPath(*f.Waiting)}
	case c.State == models.ConnectorOff:
		return Health{Idle, name + " is set up but not started.", "Start it: the first cycle ends with a preview.", to}
	case c.State == models.ConnectorStopped:
		return Health{Watch, orElse(c.Reason, name+" is stopped.") + " Nothing is read.", orElse(c.Advice, "Start it to go on."), to}
	case c.Failures > 0:
		return Health{Watch, fmt.Sprintf("The last cycles failed: %d in a row. %s", c.Failures, c.Reason), orElse(c.Advice, "Open the connector to see why."), to}
	}
	if left, soon := secretEnds(c, now); soon {
		level := Watch
		if left < 0 {
			level = Broken
		}
		return Health{level, secretText(c, left), "Make a new one in Entra and enter it.", to + "/credentials?replace=1"}
	}
	switch {
	case last != nil && last.Failed > 0:
		return Health{Watch, fmt.Sprintf("%d of the changes in the last cycle failed.", last.Failed), "Look at what failed and why.", fmt.Sprintf("/logs?status=failure&cycle=%d", last.Key)}
	case f.Good == nil:
		return Health{Idle, "The first cycle has not ended yet.", "Its progress is on the connector’s page.", to}
	}
	return Health{Healthy, name + " is read on schedule and its changes are applied.", "", ""}
}

// idle is a method in charge whose connector was never set up.
func idle(m models.Method) Health {
	to := "/deployment"
	if Connects(m) {
		to = connectorPath(m)
	}
	return Health{Idle, m.Label() + " is in charge but is not connected.", "Connect it, or choose another method.", to}
}

func planPath(x models.Cycle) string {
	return fmt.Sprintf("%s/cycles/%d/plan", connectorPath(x.Method), x.Key)
}

// secretEnds tells how many days a credential holds, and whether that is worth saying:
// as with tokens, from two weeks on.
func secretEnds(c models.Connector, now time.Time) (days int, soon bool) {
	if c.SecretEnds == 0 {
		return 0, false
	}
	left := c.SecretEnds.Time().Sub(now)
	days = int(left / (24 * time.Hour))
	if left < 0 {
		days--
	}
	return days, days <= models.ReminderDays()[1]
}

func secretText(c models.Connector, days int) string {
	switch {
	case days < 0:
		return "The " + c.SecretKind + " for " + c.Method.Label() + " has expired."
	case days == 0:
		return "The " + c.SecretKind + " for " + c.Method.Label() + " expires within a day."
	}
	return fmt.Sprintf("The %s for %s expires in %d days.", c.SecretKind, c.Method.Label(), days)
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
