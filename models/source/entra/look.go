package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"muster/models"
	"muster/models/source"
)

const managerToo = "manager($select=id)"

// Look reads one user as Graph has them now, with every attribute that is selected:
// null means that there is none.
func (c *Connector) Look(ctx context.Context, by source.By, value string) ([]source.Record, error) {
	var filter string
	switch value = strings.TrimSpace(value); {
	case value == "":
		return nil, models.Errorf(models.Invalid, string(by), "There is nothing to look for.").
			WithAdvice("Enter the user’s object ID, user principal name or e-mail address.")
	case by == source.ByAnchor && !guid.MatchString(value), strings.ContainsFunc(value, unicode.IsControl):
		return nil, nil // nobody can be called that
	case by == source.ByAnchor:
		filter = "id eq " + quoted(value)
	case by == source.ByUserName:
		filter = "userPrincipalName eq " + quoted(value)
	case by == source.ByEmail:
		filter = "mail eq " + quoted(value)
	default:
		return nil, models.Errorf(models.Invalid, "by", "Users cannot be looked up by %q.", by).
			WithAdvice("Look them up by anchor, userName or e-mail address.")
	}
	return c.usersWhere(ctx, filter)
}

// fetchAtOnce is how many values Graph takes behind one "in".
const fetchAtOnce = 15

// Fetch reads users by their anchors, in as few calls as Graph allows.
func (c *Connector) Fetch(ctx context.Context, anchors []string) ([]source.Record, error) {
	var out []source.Record
	for some := range slices.Chunk(anchors, fetchAtOnce) {
		values := make([]string, 0, len(some))
		for _, anchor := range some {
			if guid.MatchString(anchor) {
				values = append(values, quoted(anchor))
			}
		}
		if len(values) == 0 {
			continue
		}
		records, err := c.usersWhere(ctx, "id in ("+strings.Join(values, ",")+")")
		if err != nil {
			return nil, err
		}
		out = append(out, records...)
	}
	return out, nil
}

func (c *Connector) usersWhere(ctx context.Context, filter string) ([]source.Record, error) {
	entries, err := c.all(ctx, call{units: 2, url: c.graph.address("/users", url.Values{
		"$filter": {filter}, "$select": {c.users.forRead()}, "$expand": {managerToo},
	})})
	if err != nil {
		return nil, err
	}
	out := make([]source.Record, 0, len(entries))
	for _, e := range entries {
		r := c.users.record(e)
		if r.Manager == nil && !r.Half {
			r.Manager = &source.Manager{} // it was asked for, and there is none
		}
		out = append(out, r)
	}
	return out, nil
}

// GroupsOf lists the groups that a user is in.
func (c *Connector) GroupsOf(ctx context.Context, anchor string, nested bool) ([]source.Record, error) {
	if !guid.MatchString(anchor) {
		return nil, nil
	}
	path, units := "/users/"+anchor+"/memberOf/microsoft.graph.group", 2
	if nested {
		path, units = "/users/"+anchor+"/transitiveMemberOf/microsoft.graph.group", 3
	}
	entries, err := c.all(ctx, call{units: units, url: c.graph.address(path, url.Values{
		"$select": {c.groups.forRead()}, "$top": {"999"},
	})})
	if err != nil {
		return nil, err
	}
	out := make([]source.Record, 0, len(entries))
	for _, e := range entries {
		out = append(out, c.groups.record(e))
	}
	return out, nil
}
