package store

import (
	"muster/models"
	"muster/models/filter"
)

// userNoun says where the attributes of a user stand that are not in the document,
// or that a column answers quicker.
func userNoun() noun {
	return noun{
		table: "users", name: "User", core: "urn:ietf:params:scim:schemas:core:2.0:User", endpoint: "/Users",
		place: userPlace, index: userIndex,
	}
}

func userPlace(c compiler, p filter.Path) (place, bool) {
	switch p.URN + "|" + p.Name {
	case "|id":
		return c.id(), true
	case "|userName":
		return c.text(c.column("user_name_key"), c.column("user_name")), true
	case "|externalId":
		return c.anchor(), true
	case "|active":
		active := said{sql: "(CASE WHEN users.status = 'active' AND (users.staged = '' OR " + userReleased + ") THEN 'b1' ELSE 'b0' END)"}
		return place{ok: yes(), full: yes(), leaf: only(leaf{text: active, exact: active})}, true
	case "|groups":
		return c.groupsOfUser(), true
	case models.EnterpriseURN + "|manager":
		return c.manager(), true
	}
	return place{}, false
}

// text is a pair of columns, folded and as written, that are empty when the
// attribute has no value.
func (c compiler) text(folded, exact said) place {
	l := leaf{text: say("('s' || #)", folded), exact: say("('s' || #)", exact)}
	return place{ok: filled(l.text), full: filled(l.text), leaf: only(l)}
}

// id is there on every resource.
func (c compiler) id() place {
	p := c.text(c.column("public_id"), c.column("public_id"))
	p.ok, p.full = yes(), yes()
	return p
}

// anchor is externalId, whose column keeps it as it was written.
func (c compiler) anchor() place {
	folded := forms(c.column("folded"), "externalId", false)
	l := leaf{text: folded.text, exact: say("(CASE WHEN # <> '' THEN 's' || # END)", c.column("external_id"), c.column("external_id"))}
	return place{ok: filled(l.text), full: filled(l.text), leaf: only(l)}
}

// groupsOfUser are the groups that the user is a direct member of.
func (c compiler) groupsOfUser() place {
	id := said{sql: "g.public_id"}
	subs := map[string]leaf{
		"value":   {text: say("('s' || #)", id), exact: say("('s' || #)", id)},
		"$ref":    c.address(c.base+"/Groups/", id),
		"display": {text: said{sql: "('s' || g.display_name_key)"}, exact: said{sql: "('s' || g.display_name)"}},
		"type":    {text: said{sql: "'sdirect'"}, exact: said{sql: "'sdirect'"}},
	}
	return place{
		rows:  said{sql: "FROM members m JOIN groups g ON g.id = m.group_id WHERE m.kind = 'user' AND m.member_id = users.id"},
		leaf:  func(sub string) leaf { return subs[sub] },
		full:  yes(),
		first: said{sql: "g.display_name_key"},
		few: func(value string) said {
			return say("m.group_id IN (SELECT f.id FROM groups f WHERE f.public_id = #)", value)
		},
	}
}

// manager is the enterprise extension's: value is the user's own, $ref and
// displayName are the manager's and there while SCIM shows the manager.
func (c compiler) manager() place {
	value := said{sql: "(users.folded -> 'e:manager')"}
	id := said{sql: "(CASE WHEN users.manager_id <> '' THEN 's' || users.manager_id END)"}
	of := func(text said) said {
		return say("(SELECT # FROM users m WHERE m.public_id = users.manager_id AND m.organization_id = users.organization_id AND "+c.shown("m")+")", text)
	}
	ref := c.address(c.base+"/Users/", said{sql: "m.public_id"})
	subs := map[string]leaf{
		"value":       {text: forms(value, "value", false).text, exact: id},
		"$ref":        {text: of(ref.text), exact: of(ref.exact)},
		"displayName": {text: of(said{sql: "'s' || m.sort_key"}), exact: of(said{sql: "'s' || m.display_name"})},
	}
	return place{ok: say("# IS NOT NULL", value), full: c.anyOf(value), leaf: func(sub string) leaf { return subs[sub] }}
}

// shown holds for users that SCIM shows. On SQLite it stands as an expression: it
// has an index with the organization, which the planner would take before the one
// that leads.
func (d dialect) shown(table string) string {
	if d.engine == postgresEngine {
		return "NOT " + table + ".hidden"
	}
	return table + ".hidden + 0 = 0"
}

// hidden selects by its index the users that SCIM does not show.
func (d dialect) hidden() string {
	if d.engine == postgresEngine {
		return "users.hidden"
	}
	return "users.hidden = 1"
}
