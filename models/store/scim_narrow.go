package store

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"muster/models"
	"muster/models/filter"
)

// narrow is an index that finds all resources for which a part of a filter holds,
// and perhaps others. The zero narrow is none.
type narrow struct {
	rank  int  // the lower, the fewer it finds
	own   said // a condition on indexed columns of the table itself, or
	keys  said // a SELECT of keys
	exact bool // it finds no others
	// line is where keys stand in their order, each once, so that a page need not read
	// them all: "table AS x WHERE …"; at is the column of the key there.
	line said
	at   string
	// others would do as well, and may find fewer: see fewest.
	others []narrow
}

// The ranks: one resource, few, those of a value, those of a range.
const (
	rankOne = iota
	rankFew
	rankValue
	rankRange
)

func (n narrow) none() bool { return n.own.none() && n.keys.none() }

// better chooses between two indexes of which either is enough. Of two that may find
// many, the one that is not chosen is kept beside.
func (n narrow) better(other narrow) narrow {
	if n.none() || !other.none() && other.rank < n.rank {
		n, other = other, n
	}
	if n.rank != rankOne && !other.none() {
		others := append(slices.Clone(n.others), other)
		others = append(others, other.others...)
		others[len(n.others)].others = nil
		n.others = others
	}
	return n
}

// either needs both.
func (c compiler) either(a, b narrow) narrow {
	if a.none() || b.none() {
		return narrow{}
	}
	return narrow{rank: max(a.rank, b.rank), keys: say("# UNION ALL #", c.selects(a), c.selects(b))}
}

// selects gives the keys that an index finds.
func (c compiler) selects(n narrow) said {
	if n.own.none() {
		return n.keys
	}
	return say("SELECT "+c.table+".id FROM "+c.table+" WHERE "+c.table+".organization_id = # AND #", c.organization, n.own)
}

// belongs tells whether an index finds a resource.
func (c compiler) belongs(n narrow) said {
	if !n.own.none() {
		return n.own
	}
	return say(c.table+".id IN (#)", n.keys)
}

// narrow finds an index for a comparison that no absent value satisfies.
func (c compiler) narrow(attr filter.Attr, op filter.Op, want any) narrow {
	text, isText := want.(string)
	if strings.Contains(text, "\x00") {
		return narrow{}
	}
	if attr.Type == filter.DateTime && isText {
		return c.narrowInstant(attr, op, text)
	}
	if n, isNumber := number(attr, want); isNumber {
		return c.narrowNumber(attr, op, n)
	}
	if !isText || text == "" || op != filter.Eq && op != filter.Sw || attr.Type == filter.Boolean {
		return narrow{}
	}
	return c.index(c, attr, op, text)
}

// number is what the comparison takes for one.
func number(attr filter.Attr, want any) (json.Number, bool) {
	switch want := want.(type) {
	case json.Number:
		return want, true
	case string:
		return json.Number(want), attr.Type == filter.Integer || attr.Type == filter.Decimal
	}
	return "", false
}

func (c compiler) narrowInstant(attr filter.Attr, op filter.Op, text string) narrow {
	t, ok := filter.Asked(text)
	if !ok || op == filter.Co || op == filter.Sw || op == filter.Ew {
		return narrow{}
	}
	switch p := attr.Path; {
	case p == filter.Path{Name: "meta", Sub: "created"}:
		return narrow{rank: rankRange, own: testMillis(c.column("created"), op, t), exact: true}
	case p == filter.Path{Name: "meta", Sub: "lastModified"}:
		return narrow{rank: rankRange, own: testMillis(c.column("updated"), op, t), exact: true}
	}
	path, ok := models.IndexedPath(attr.Path)
	if !ok || c.table != "users" {
		return narrow{}
	}
	return c.valueRange(path+"~t", op, models.FoldedInstant(t))
}

func (c compiler) narrowNumber(attr filter.Attr, op filter.Op, n json.Number) narrow {
	path, ok := models.IndexedPath(attr.Path)
	if _, finite := models.FoldedNumber(n); !ok || !finite || c.table != "users" {
		return narrow{}
	}
	// Keys have the precision of a float, so a range takes its end with it.
	switch op {
	case filter.Gt:
		op = filter.Ge
	case filter.Lt:
		op = filter.Le
	case filter.Eq, filter.Ne, filter.Co, filter.Sw, filter.Ew, filter.Ge, filter.Le:
	}
	return c.valueRange(path, op, models.IndexedNumber(n))
}

// valueRange finds users by a range of keys whose texts all have one length.
func (c compiler) valueRange(path string, op filter.Op, key string) narrow {
	sign, ok := comparison(op)
	if !ok || op == filter.Ne {
		return narrow{}
	}
	rank := rankRange
	if op == filter.Eq {
		rank = rankValue
	}
	line := say("user_values v WHERE v.organization_id = # AND v.path = # AND v.value_key "+sign+" #", c.organization, path, key)
	if op == filter.Eq {
		return narrow{rank: rank, keys: say("SELECT v.user_id FROM #", line), line: line, at: "v.user_id"}
	}
	if strings.HasPrefix(key, "\x01") { // numbers stand beside texts
		line = say("# AND v.value_key > # AND v.value_key < #", line, "\x01n", "\x01o")
	}
	return narrow{rank: rank, keys: say("SELECT v.user_id FROM #", line)}
}

// starts is the range of an index column for eq or sw.
func starts(column string, op filter.Op, want string) said {
	if op == filter.Eq {
		return say(column+" = #", want)
	}
	if end, ok := prefixEnd(want); ok {
		return say("("+column+" >= # AND "+column+" < #)", want, end)
	}
	return say(column+" >= #", want)
}

// prefixEnd is the first text after all that begin with a prefix.
func prefixEnd(prefix string) (string, bool) {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case r == utf8.MaxRune:
			continue
		case r == 0xD7FF: // surrogates are no characters
			r = 0xE000
		default:
			r++
		}
		return prefix + string(r), true
	}
	return "", false
}

func ranked(op filter.Op, eq int, want string) int {
	switch {
	case op == filter.Eq:
		return eq
	case utf8.RuneCountInString(want) > 2:
		return rankValue
	}
	return rankRange
}

// userIndex finds an index for eq or sw with a text.
func userIndex(c compiler, attr filter.Attr, op filter.Op, want string) narrow {
	p, folded := attr.Path, filter.Fold(want)
	if folded == "" {
		return narrow{}
	}
	if attr.CaseExact && op == filter.Sw && p.Name != "id" && p.Name != "externalId" && p.Name != "manager" && p.Name != "groups" {
		return narrow{} // folding may join what a prefix ends with to what follows
	}
	column := func(name, want string, eq int, exact bool) narrow {
		return narrow{rank: ranked(op, eq, want), own: starts("users."+name, op, want), exact: exact}
	}
	switch p.URN + "|" + p.Name + "|" + p.Sub {
	case "|userName|":
		return column("user_name_key", folded, rankOne, !attr.CaseExact)
	case "|displayName|": // by the index of its order
		key := c.in(sortKey(forms(c.column("folded"), p.Name, false).text))
		return narrow{rank: ranked(op, rankFew, folded), own: starts(key.sql, op, "s"+folded), exact: !attr.CaseExact}
	case "|id|":
		return column("public_id", want, rankOne, attr.CaseExact)
	case "|externalId|":
		if attr.CaseExact {
			n := column("external_id", want, rankOne, true)
			n.own = say("(# AND users.external_id <> '')", n.own)
			return n
		}
	case models.EnterpriseURN + "|manager|", models.EnterpriseURN + "|manager|value":
		if attr.CaseExact {
			n := column("manager_id", want, rankFew, true)
			n.own = say("(# AND users.manager_id <> '')", n.own)
			return n
		}
	case "|groups|", "|groups|value", "|groups|display":
		return c.byGroup(p.Sub, op, want, folded)
	case "|name|familyName", "|name|givenName", models.EnterpriseURN + "|employeeNumber|":
		return c.byWord(op, folded)
	}
	path, ok := models.IndexedPath(p)
	if !ok {
		return narrow{}
	}
	key, whole := models.IndexPrefix(folded)
	if !whole {
		op = filter.Sw
	}
	line := say("user_values v WHERE v.organization_id = # AND v.path = # AND #", c.organization, path, starts("v.value_key", op, key))
	n := narrow{
		rank: ranked(op, rankFew, key), keys: say("SELECT v.user_id FROM #", line),
		exact: whole && !attr.CaseExact && (p.URN == "" || p.URN == models.EnterpriseURN),
	}
	if op == filter.Eq {
		n.line, n.at = line, "v.user_id"
	}
	return n
}

// byGroup finds users by the group they are in.
func (c compiler) byGroup(sub string, op filter.Op, want, folded string) narrow {
	g := starts("g.public_id", op, want)
	if sub == "display" {
		g = starts("g.display_name_key", op, folded)
	}
	n := narrow{rank: ranked(op, rankValue, want), exact: true, keys: say(
		"SELECT m.member_id FROM groups g JOIN members m ON m.group_id = g.id AND m.kind = 'user' WHERE g.organization_id = # AND #", c.organization, g)}
	if op == filter.Eq { // one group
		n.line = say("members m WHERE m.group_id = (SELECT g.id FROM groups g WHERE g.organization_id = # AND #) AND m.kind = 'user'", c.organization, g)
		n.at = "m.member_id"
	}
	return n
}

// byWord finds users by a word of theirs, which begins or is the first word of a
// text: models.User.Words cuts names at spaces and trims punctuation.
func (c compiler) byWord(op filter.Op, folded string) narrow {
	words := strings.Fields(folded)
	if len(words) == 0 {
		return narrow{}
	}
	word := strings.Trim(words[0], models.WordTrim)
	if word == "" || len(words[0]) > 64 {
		return narrow{}
	}
	if len(words) > 1 {
		op = filter.Eq // the first word is there whole
	}
	return narrow{
		rank: ranked(op, rankFew, word),
		keys: say("SELECT v.user_id FROM user_values v WHERE v.organization_id = # AND v.path = # AND #", c.organization, wordPath, starts("v.value_key", op, word)),
	}
}

// groupIndex finds an index for eq or sw with a text.
func groupIndex(c compiler, attr filter.Attr, op filter.Op, want string) narrow {
	p, folded := attr.Path, filter.Fold(want)
	if folded == "" {
		return narrow{}
	}
	switch p.URN + "|" + p.Name + "|" + p.Sub {
	case "|displayName|":
		return narrow{rank: ranked(op, rankOne, folded), own: starts("groups.display_name_key", op, folded), exact: true}
	case "|id|":
		return narrow{rank: ranked(op, rankOne, want), own: starts("groups.public_id", op, want), exact: attr.CaseExact}
	case "|externalId|":
		if attr.CaseExact {
			return narrow{rank: ranked(op, rankOne, want), own: say("(# AND groups.external_id <> '')", starts("groups.external_id", op, want)), exact: true}
		}
	case "|members|", "|members|value":
		return c.byMember(op, want)
	}
	return narrow{}
}

// byMember finds groups by who is in them.
func (c compiler) byMember(op filter.Op, want string) narrow {
	return narrow{rank: ranked(op, rankFew, want), exact: true, keys: say(`SELECT m.group_id FROM users u JOIN members m ON m.kind = 'user' AND m.member_id = u.id
		WHERE u.organization_id = # AND # AND `+c.shown("u")+`
		UNION ALL SELECT m.group_id FROM groups n JOIN members m ON m.kind = 'group' AND m.member_id = n.id WHERE n.organization_id = # AND #`,
		c.organization, starts("u.public_id", op, want), c.organization, starts("n.public_id", op, want))}
}

// narrowValue finds an index for a value path: by a comparison of its value that
// must hold.
func (c compiler) narrowValue(whole filter.Attr, e filter.ValuePath) narrow {
	var best narrow
	for _, part := range append(conjuncts(e.Filter), conjuncts(e.Then)...) {
		if part.Path.Sub != "" || part.Path.URN != "" || part.Value == nil || part.Op == filter.Ne {
			continue
		}
		path := filter.Path{URN: e.Path.URN, Name: e.Path.Name, Sub: part.Path.Name}
		attr, ok := c.types.Attr(path)
		if !ok && strings.EqualFold(path.Sub, "value") && whole.Type != filter.Complex {
			attr, ok = whole, true
		}
		if ok && attr.Path.Name != "" && attr.Path.Name == whole.Path.Name {
			best = best.better(c.narrow(attr, part.Op, part.Value))
		}
	}
	best.exact = false
	return best
}
