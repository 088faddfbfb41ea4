package store

import (
	"strconv"

	"muster/models"
	"muster/models/filter"
)

// ordering is the order of a list: by a key and then by the order of creation.
type ordering struct {
	key        said // a text, or a whole number; none when creation alone orders
	number     bool
	bare       bool // a column of text, without the letter that says what a key is
	indexed    bool
	global     bool // its index is over all organizations
	descending bool
}

// absentLast is a sort key after that of every value: an absent value comes last,
// and first in descending order (RFC 7644 §3.4.2.3).
const absentLast = "z"

// sortMost is how many characters order a list. A cursor holds them, and stands in an
// address, of which proxies take a few thousand; a text may have 8,192. Those of an index
// are held to less when they are stored.
const sortMost = 250

// sort resolves what to order by: text without regard to case unless the attribute
// is caseExact, numbers and instants by what they are, a multi-valued attribute by
// its primary or else its first value. Unknown attributes are absent everywhere.
func (c compiler) sort(s models.Sort) ordering {
	o := ordering{descending: s.Descending}
	if s.Path == (filter.Path{}) {
		return o
	}
	attr, whole, ok := c.find(s.Path)
	if !ok {
		return o
	}
	if column, number, ok := c.sortColumn(attr.Path); ok {
		o.key, o.number, o.indexed, o.global, o.bare = c.column(column), number, true, column == "public_id", !number
		return o
	}
	p := c.placeOf(whole)
	if attr.Type == filter.Complex && attr.Path.Sub == "" && attr.Path.Name != "" {
		if value, ok := c.types.Attr(filter.Path{URN: attr.Path.URN, Name: attr.Path.Name, Sub: "value"}); ok {
			attr.Type, attr.CaseExact = value.Type, value.CaseExact
		}
	}
	key := sortText(p.leaf(sub(attr.Path)), attr)
	if key.none() {
		return o
	}
	if !p.rows.none() {
		by := p.first
		if p.plain {
			by = say("CASE # WHEN 'b1' THEN 0 ELSE 1 END, e.key", p.leaf("primary").text)
		}
		key = say("(SELECT # # ORDER BY # LIMIT 1)", key, p.rows, by)
	}
	o.indexed = c.table == "users" && attr.Path == filter.Path{Name: "displayName"}
	if key = sortKey(key); !o.indexed {
		key = say("substr(#, 1, "+strconv.Itoa(sortMost)+")", key)
	}
	o.key = c.in(key)
	return o
}

// sortKey puts an absent value last.
func sortKey(text said) said { return say("coalesce(nullif(#, 's'), '"+absentLast+"')", text) }

// sortColumn finds the column that holds the sort key of an attribute which all
// resources have.
func (c compiler) sortColumn(p filter.Path) (column string, number, ok bool) {
	switch p {
	case filter.Path{Name: "id"}:
		return "public_id", false, true
	case filter.Path{Name: "meta", Sub: "created"}:
		return "created", true, true
	case filter.Path{Name: "meta", Sub: "lastModified"}:
		return "updated", true, true
	case filter.Path{Name: "userName"}:
		return "user_name_key", false, c.table == "users"
	case filter.Path{Name: "displayName"}:
		return "display_name_key", false, c.table == "groups"
	}
	return "", false, false
}

func sortText(l leaf, attr filter.Attr) said {
	switch {
	case l.text.none():
		return said{}
	case attr.Type == filter.DateTime && !l.date.none():
		return say("coalesce(#, #)", l.date, l.text)
	case attr.CaseExact:
		return l.exact
	}
	return l.text
}

// place is a sort key as it compares with those of other types.
func (o ordering) place(text string, number int64) models.Place {
	switch {
	case o.number:
		return models.Place{Number: number}
	case o.key.none():
		return models.Place{Text: absentLast}
	case o.bare:
		text = "s" + text
	}
	return models.Place{Text: text}
}

// after selects what comes after a place in the order, or before it. The first half
// is a range of an index, the second is exact.
func (o ordering) after(id said, back bool, at seek) said {
	sign := ">"
	if o.descending != back {
		sign = "<"
	}
	if o.key.none() {
		return say("# "+sign+" #", id, at.Key)
	}
	var value any = at.Text
	if o.number {
		value = at.Number
	}
	return say("(# "+sign+"= # AND (# "+sign+" # OR # "+sign+" #))", o.key, value, o.key, value, id, at.Key)
}

func (o ordering) by(id said, back bool) said {
	direction := ""
	if o.descending != back {
		direction = " DESC"
	}
	if o.key.none() {
		return say("#"+direction, id)
	}
	return say("#"+direction+", #"+direction, o.key, id)
}

// plain gives the order as expressions, which keeps the planner at the filter's
// index instead of walking another for the order.
func (o ordering) plain(id said) (ordering, said) {
	switch {
	case o.key.none():
	case o.number:
		o.key = say("(# + 0)", o.key)
	default:
		o.key = say("(# || '')", o.key)
	}
	return o, say("(# + 0)", id)
}
