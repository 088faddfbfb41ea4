package store

import (
	"strings"

	"muster/models"
	"muster/models/filter"
)

// place is where an attribute's values stand. There is one value, or, when rows is
// set, one in each row of a subquery ("FROM … WHERE …") that belongs to the
// resource.
type place struct {
	rows said
	leaf func(sub string) leaf // a sub-attribute of a value; "value" for a simple one
	full said                  // a value of which at least one sub-attribute has a value
	ok   said                  // for one value: that it is there

	first said // the order of rows: the first is the one that sorts
	plain bool // rows are of a document, where one may be primary
	// few narrows rows to those that have this value, by an index.
	few func(value string) said
}

// noun is a table of resources.
type noun struct {
	table    string
	name     string // meta.resourceType
	core     string // URN of the core schema
	endpoint string
	// place finds what stands in columns and other tables; false leaves an
	// attribute to the document.
	place func(c compiler, p filter.Path) (place, bool)
	index func(c compiler, attr filter.Attr, op filter.Op, want string) narrow
}

// compiler turns a filter over one organization's resources into SQL.
type compiler struct {
	dialect
	noun
	organization int64
	base         string
	types        filter.Lookup
	rowwise      bool // few resources are asked, found otherwise: no index is worth reading for it
}

// column gives a column of the resource.
func (c compiler) column(name string) said { return said{sql: c.table + "." + name} }

// placeOf finds the values of an attribute; whole is the attribute without the
// sub-attribute.
func (c compiler) placeOf(whole filter.Attr) place {
	if p, ok := c.noun.place(c, whole.Path); ok {
		return p
	}
	switch p := whole.Path; {
	case p.URN == "" && p.Name == "schemas":
		return c.schemas()
	case p.URN == "" && p.Name == "meta":
		return c.meta()
	}
	return c.document(whole)
}

// document finds an attribute in the folded document.
func (c compiler) document(whole filter.Attr) place {
	p := whole.Path
	rich := p.URN != "" && p.URN != models.EnterpriseURN
	key := quoted(models.FoldedKey(p.URN, p.Name))
	folded := c.column("folded")
	if p.Name == "" { // an extension: a value called value aside, it is but there or not
		mark := say("(# ->> "+key+")", folded)
		return place{ok: say("# IS NOT NULL", mark), full: say("coalesce(substr(#, 1, 1) = 's', 1 = 0)", mark), leaf: func(string) leaf {
			return forms(folded, models.FoldedKey(p.URN, "value"), rich)
		}}
	}
	if whole.Multi {
		item := said{sql: "e.value"}
		return place{rows: c.each(folded, models.FoldedKey(p.URN, p.Name)), plain: true, full: c.anyOf(c.item(item)), leaf: func(sub string) leaf {
			return c.written(forms(c.item(item), models.FoldedKey("", sub), rich), whole, sub)
		}}
	}
	if whole.Type == filter.Complex {
		value := say("(# -> "+key+")", folded)
		return place{ok: say("# IS NOT NULL", value), full: c.anyOf(value), leaf: func(sub string) leaf {
			return c.written(forms(value, models.FoldedKey("", sub), rich), whole, sub)
		}}
	}
	self := c.written(forms(folded, models.FoldedKey(p.URN, p.Name), rich), whole, "")
	return place{ok: say("# IS NOT NULL", self.text), full: filled(self.text), leaf: only(self)}
}

// only is a simple value, which is its own value.
func only(l leaf) func(string) leaf {
	return func(sub string) leaf {
		if sub == "value" {
			return l
		}
		return leaf{}
	}
}

// filled tells that a text is there and not empty.
func filled(text said) said {
	if text.none() {
		return no()
	}
	return say("coalesce(# <> 's', 1 = 0)", text)
}

// forms gives the forms of a value in a folded object; only what a schema of the
// organization can declare has more than one.
func forms(object said, key string, rich bool) leaf {
	get := func(key string) said { return say("(# ->> "+quoted(key)+")", object) }
	l := leaf{text: get(key)}
	l.exact = l.text
	if rich {
		l.exact = say("coalesce(#, #)", get(key+"~r"), l.text)
		l.date = get(key + "~t")
	}
	return l
}

// written gives a value of which only the folded form is kept as it was written, from
// the document itself: only mappings ask for that. sub is "" for a simple attribute.
func (c compiler) written(l leaf, whole filter.Attr, sub string) leaf {
	p := whole.Path
	if p.URN != "" && p.URN != models.EnterpriseURN || models.KeptExact(filter.Path{URN: p.URN, Name: p.Name, Sub: sub}) {
		return l
	}
	raw := c.raw(whole, sub)
	if sub == "value" { // a simple value stands without a name
		raw = say("coalesce(#, #)", raw, c.raw(whole, ""))
	}
	l.exact = say("(CASE WHEN substr(#, 1, 1) = 's' THEN 's' || # ELSE # END)", l.text, raw, l.text)
	return l
}

// raw is a text of the document: of the value of row e where there are many.
func (c compiler) raw(whole filter.Attr, sub string) said {
	document, path := c.column("document"), []string{whole.Path.Name}
	if whole.Path.URN != "" {
		path = []string{whole.Path.URN, whole.Path.Name}
	}
	if c.engine == postgresEngine {
		list := "'" + strings.Join(path, "', '") + "'"
		if whole.Multi {
			list += ", (e.key - 1)::text"
		}
		if sub != "" {
			list += ", " + quoted(sub)
		}
		return said{sql: "json_extract_path_text(" + document.sql + "::json, " + list + ")"}
	}
	list := `'$."` + strings.Join(path, `"."`) + `"`
	if whole.Multi {
		list += "[' || e.key || ']"
	}
	if sub != "" {
		list += `."` + sub + `"`
	}
	return said{sql: "json_extract(" + document.sql + ", " + list + "')"}
}

func quoted(key string) string { return "'" + key + "'" } // FoldedKey holds no quote

// each gives the items of a list in a folded document, as e.value.
func (d dialect) each(folded said, key string) said {
	if d.engine == postgresEngine {
		return say(`FROM jsonb_path_query(#, '$."`+key+`"[*]') WITH ORDINALITY AS e(value, key) WHERE 1 = 1`, folded)
	}
	return say(`FROM json_each(#, '$."`+key+`"') AS e WHERE 1 = 1`, folded)
}

// item guards an item that is no object: SQLite would call it malformed.
func (d dialect) item(value said) said {
	if d.engine == postgresEngine {
		return value
	}
	return say("(CASE e.type WHEN 'object' THEN # END)", value)
}

// anyOf tells that a folded object has a value.
func (d dialect) anyOf(object said) said {
	if d.engine == postgresEngine {
		return say(`EXISTS (SELECT 1 FROM jsonb_path_query(#, '$.*') AS x(value) WHERE x.value <> '"s"'::jsonb)`, object)
	}
	return say("EXISTS (SELECT 1 FROM json_each(#) AS x WHERE x.value <> 's')", object)
}

// schemas are the core schema and the extensions whose attributes have values.
func (c compiler) schemas() place {
	extensions := "SELECT x.value FROM json_each(#) AS x WHERE substr(x.key, -1) = ':' AND substr(x.value, 1, 1) = 's'"
	if c.engine == postgresEngine {
		extensions = "SELECT x.value FROM jsonb_each_text(#) AS x WHERE right(x.key, 1) = ':' AND substr(x.value, 1, 1) = 's'"
	}
	text := said{sql: "e.value"}
	return place{
		rows:  say("FROM (SELECT CAST(# AS TEXT) AS value UNION ALL "+extensions+") AS e WHERE 1 = 1", "s"+c.core, c.column("folded")),
		leaf:  only(leaf{text: say("lower(#)", text), exact: text}),
		full:  yes(),
		first: say("CASE WHEN e.value = # THEN 0 ELSE 1 END, e.value", "s"+c.core),
	}
}

// meta is RFC 7643 §3.1's: what Muster itself knows of the resource.
func (c compiler) meta() place {
	base := c.base + c.endpoint + "/"
	subs := map[string]leaf{
		"resourceType": {text: constant("s" + filter.Fold(c.name)), exact: constant("s" + c.name)},
		"created":      c.instant("created"),
		"lastModified": c.instant("updated"),
		"version": {
			text:  say(`('sw/"' || # || '"')`, c.tag()),
			exact: say(`('sW/"' || # || '"')`, c.tag()),
		},
		"location": c.address(base, c.column("public_id")),
	}
	return place{ok: yes(), full: yes(), leaf: func(sub string) leaf { return subs[sub] }}
}

// tag is what tells one state of a resource from another: see models.Group's Tag.
func (c compiler) tag() said {
	if c.table == "groups" {
		return say("# || '.' || #", c.column("version"), c.column("updated"))
	}
	return c.column("version")
}

func constant(text string) said { return say("CAST(# AS TEXT)", text) }

// address is base and an id.
func (c compiler) address(base string, id said) leaf {
	return leaf{
		text:  say("(CAST(# AS TEXT) || #)", "s"+filter.Fold(base), id),
		exact: say("(CAST(# AS TEXT) || #)", "s"+base, id),
	}
}

// instant is a column of milliseconds as SCIM writes it.
func (c compiler) instant(name string) leaf {
	ms := c.column(name)
	written := say("('s' || strftime('%Y-%m-%dT%H:%M:%S', # / 1000, 'unixepoch') || printf('.%03dZ', # % 1000))", ms, ms)
	if c.engine == postgresEngine {
		written = say(`('s' || to_char(to_timestamp(# / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || '.' || lpad((# % 1000)::text, 3, '0') || 'Z')`, ms, ms)
	}
	return leaf{text: say("lower(#)", written), exact: written, millis: ms}
}
