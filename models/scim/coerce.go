package scim

import (
	"net/http"
	"strings"

	"muster/models/filter"
)

// maxValues bounds every multi-valued attribute but members, so that a
// thousand operations over one list stay cheap.
const maxValues = 500

// coercer turns what clients send into canonical values. All leniency is here.
// A nil result means unassigned: null, "", [] and {} are one and the same
// (RFC 7643 section 2.5; "" because clients clear attributes with it).
type coercer struct {
	lim   Limits
	notes notes
}

// list coerces the values of a multi-valued attribute; it is nil when there are none.
// Of several that are primary the first stays so. Its own repetition is none of the
// others, and neither is what will not be kept.
func (c *coercer) list(pl place, raw any) ([]any, error) {
	items, ok := raw.([]any)
	if !ok {
		if isEmpty(raw) {
			return nil, nil
		}
		c.notes.add(NoteSingleForList, pl.String())
		items = []any{raw}
	}
	if err := c.tooMany(pl, len(items)); err != nil {
		return nil, err
	}
	out := make([]any, 0, len(items))
	var primary *sameness
	for _, item := range items {
		v, err := c.single(pl, item)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if m := marked(pl.attr, v); m != nil {
			key := valueKey(pl.attr, m)
			switch {
			case primary == nil:
				primary = &key
			case *primary != key:
				c.notes.add(NotePrimaryTwice, pl.String())
				m["primary"] = false
			}
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func (c *coercer) tooMany(pl place, n int) error {
	limit := maxValues
	if pl.attr.Name == "members" {
		limit = c.lim.Values
	}
	if n > limit {
		return Errorf(http.StatusRequestEntityTooLarge, "", "%s: %d values, at most %d are allowed in one request; send them in several", pl, n, limit)
	}
	return nil
}

// single coerces one value of an attribute, or of a sub-attribute.
func (c *coercer) single(pl place, raw any) (any, error) {
	leaf := pl.leaf()
	if leaf.Type == filter.Complex {
		return c.object(pl, leaf, raw)
	}
	return c.scalar(pl, leaf, raw)
}

func (p place) leaf() *Attribute {
	if p.sub != nil {
		return p.sub
	}
	return p.attr
}

func (c *coercer) object(pl place, leaf *Attribute, raw any) (any, error) {
	fields, ok := fieldsOf(raw)
	if !ok {
		if list, ok := raw.([]any); ok {
			return c.only(pl, list)
		}
		if isEmpty(raw) {
			return nil, nil
		}
		if leaf.sub("value") == nil {
			return nil, invalidValue(pl.String(), "an object is needed, such as {%q: …}, not %s", leaf.SubAttributes[0].Name, show(raw))
		}
		c.notes.add(NoteTextForObject, pl.String())
		fields = []field{{"value", raw}}
	}
	out := make(map[string]any, len(fields))
	for _, f := range fields {
		if err := c.member(pl, leaf, out, f); err != nil {
			return nil, err
		}
	}
	c.idFromRef(pl, leaf, out)
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// member puts one sub-attribute into out. A name that comes twice, in whatever
// case: the last one wins.
func (c *coercer) member(pl place, leaf *Attribute, out map[string]any, f field) error {
	at := place{urn: pl.urn, attr: leaf, sub: leaf.sub(f.name)}
	if at.sub == nil {
		c.notes.add(NoteUnknownAttribute, pl.String()+"."+clip(f.name))
		return nil
	}
	if at.sub.Mutability == ReadOnly {
		if !isEmpty(f.value) {
			c.notes.add(NoteReadOnlyIgnored, at.String())
		}
		return nil
	}
	if at.sub.Name != f.name {
		c.notes.add(NoteKeyCase, at.String())
	}
	if _, twice := out[at.sub.Name]; twice {
		c.notes.add(NoteDuplicateKey, at.String())
	}
	v, err := c.single(at, f.value)
	if err != nil {
		return err
	}
	put(out, at.sub.Name, v)
	return nil
}

// idFromRef helps clients that send {"$ref": "Users/<id>"} alone.
func (c *coercer) idFromRef(pl place, leaf *Attribute, out map[string]any) {
	ref, ok := out["$ref"].(string)
	if !ok || out["value"] != nil || leaf.sub("value") == nil {
		return
	}
	if _, id := splitRef(ref); id != "" {
		out["value"] = id
		c.notes.add(NoteRefOnly, pl.String())
	}
}

// splitRef reads the resource type and the id at the end of a reference.
func splitRef(ref string) (kind, id string) {
	ref = strings.TrimRight(ref, "/")
	rest, id := "", ref
	if i := strings.LastIndexByte(ref, '/'); i >= 0 {
		rest, id = ref[:i], ref[i+1:]
	}
	rest = rest[strings.LastIndexByte(rest, '/')+1:]
	switch {
	case sameName(rest, "Users"):
		kind = "User"
	case sameName(rest, "Groups"):
		kind = "Group"
	}
	return kind, id
}

// only takes the value out of a list of one.
func (c *coercer) only(pl place, list []any) (any, error) {
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		if _, nested := list[0].([]any); nested {
			break
		}
		c.notes.add(NoteListForSingle, pl.String())
		return c.single(pl, list[0])
	}
	return nil, invalidValue(pl.String(), "one value is needed, not a list of %d", len(list))
}
