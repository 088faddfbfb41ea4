package store

import (
	"muster/models/filter"
)

// groupNoun says where the attributes of a group stand.
func groupNoun() noun {
	return noun{
		table: "groups", name: "Group", core: "urn:ietf:params:scim:schemas:core:2.0:Group", endpoint: "/Groups",
		place: groupPlace, index: groupIndex,
	}
}

func groupPlace(c compiler, p filter.Path) (place, bool) {
	switch p.URN + "|" + p.Name {
	case "|id":
		return c.id(), true
	case "|displayName":
		return c.text(c.column("display_name_key"), c.column("display_name")), true
	case "|externalId":
		return c.anchor(), true
	case "|members":
		return c.members(), true
	}
	return place{}, false
}

// members are the users and groups in a group, but for users that SCIM does not
// show.
func (c compiler) members() place {
	id := said{sql: "coalesce(u.public_id, n.public_id)"}
	ref := func(base func(string) string) said {
		return say("(CASE m.kind WHEN 'user' THEN CAST(# AS TEXT) ELSE CAST(# AS TEXT) END || #)", "s"+base(c.base+"/Users/"), "s"+base(c.base+"/Groups/"), id)
	}
	subs := map[string]leaf{
		"value":   {text: say("('s' || #)", id), exact: say("('s' || #)", id)},
		"$ref":    {text: ref(filter.Fold), exact: ref(func(s string) string { return s })},
		"display": {text: said{sql: "('s' || coalesce(u.sort_key, n.display_name_key))"}, exact: said{sql: "('s' || coalesce(u.display_name, n.display_name))"}},
		"type":    {text: said{sql: "(CASE m.kind WHEN 'user' THEN 'suser' ELSE 'sgroup' END)"}, exact: said{sql: "(CASE m.kind WHEN 'user' THEN 'sUser' ELSE 'sGroup' END)"}},
	}
	return place{
		rows: said{sql: `FROM members m LEFT JOIN users u ON m.kind = 'user' AND u.id = m.member_id AND ` + c.shown("u") + `
			LEFT JOIN groups n ON m.kind = 'group' AND n.id = m.member_id
			WHERE m.group_id = groups.id AND (u.id IS NOT NULL OR n.id IS NOT NULL)`},
		leaf:  func(sub string) leaf { return subs[sub] },
		full:  yes(),
		first: said{sql: "m.kind DESC, m.member_id"},
		few: func(value string) said {
			return say(`m.kind IN ('user', 'group') AND m.member_id IN (SELECT f.id FROM users f WHERE f.public_id = #
				UNION ALL SELECT f.id FROM groups f WHERE f.public_id = #)`, value, value)
		},
	}
}
