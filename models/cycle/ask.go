package cycle

import (
	"context"
	"encoding/json"

	"muster/models"
	"muster/models/source"
	"muster/models/store"
)

// open makes a connector of a draft, with the stored secret where the draft has none.
func (c *Cycles) open(ctx context.Context, organization int64, d Draft) (source.Connector, error) {
	kind, err := c.kind(d.Method)
	if err != nil {
		return nil, err
	}
	have, _, err := c.Store.Connector(ctx, organization, d.Method)
	if err != nil {
		return nil, err
	}
	settings, key := d.Settings, d.Secret
	if settings == nil {
		settings = []byte(have.Settings)
	}
	if key == nil {
		have.OrganizationID, have.Method = organization, d.Method
		if key, err = c.opened(have); err != nil {
			return nil, err
		}
	}
	if _, err := kind.Check(settings, key); err != nil {
		return nil, err
	}
	return kind.Open(settings, key)
}

// Test tries everything a cycle of a draft needs, step by step; a draft without settings
// is what is stored. It changes nothing but what is remembered of the last test of stored
// settings. Refused settings are an error, by field.
func (c *Cycles) Test(ctx context.Context, by models.Actor, d Draft) ([]source.Step, error) {
	if err := mayChange(by); err != nil {
		return nil, err
	}
	conn, err := c.open(ctx, by.OrganizationID, d)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	steps := conn.Test(ctx)
	if d.Settings != nil || d.Secret != nil {
		return steps, nil
	}
	return steps, c.rememberTest(ctx, by, d.Method, steps)
}

func (c *Cycles) rememberTest(ctx context.Context, by models.Actor, m models.Method, steps []source.Step) error {
	text, err := json.Marshal(steps)
	if err != nil {
		return err //nolint:wrapcheck // plain fields never fail
	}
	return c.Store.Keep(ctx, func(tx *store.Tx) error {
		have, known, err := tx.LockConnector(by.OrganizationID, m)
		if err != nil || !known {
			return err
		}
		have.LastTest, have.TestedAt = string(text), tx.Now()
		return tx.SaveConnector(&have)
	})
}

// LastTest gives the steps of the last test of stored settings; nil for none.
func LastTest(conn models.Connector) []source.Step {
	var steps []source.Step
	if conn.LastTest == "" || json.Unmarshal([]byte(conn.LastTest), &steps) != nil {
		return nil
	}
	return steps
}

// SearchGroups finds groups by the beginning of a word of their name, each with how many
// users it holds.
func (c *Cycles) SearchGroups(ctx context.Context, by models.Actor, d Draft, text string, nested bool) ([]source.GroupChoice, error) {
	if err := mayChange(by); err != nil {
		return nil, err
	}
	conn, err := c.open(ctx, by.OrganizationID, d)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	return conn.SearchGroups(ctx, text, nested)
}

// CountScope tells how many users a scope holds now.
func (c *Cycles) CountScope(ctx context.Context, by models.Actor, d Draft, scope source.Scope) (source.Count, error) {
	if err := mayChange(by); err != nil {
		return source.Count{}, err
	}
	conn, err := c.open(ctx, by.OrganizationID, d)
	if err != nil {
		return source.Count{}, err
	}
	defer func() { _ = conn.Close() }()
	return conn.Count(ctx, scope)
}
