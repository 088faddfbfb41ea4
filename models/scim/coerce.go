package scim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

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

// attr coerces all values of an attribute.
func (c *coercer) attr(pl place, raw any) (any, error) {
	if pl.attr.MultiValued {
		return c.list(pl, raw)
	}
	return c.single(pl, raw)
}

func (c *coercer) list(pl place, raw any) (any, error) {
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
	primary := false
	for _, item := range items {
		v, err := c.single(pl, item)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if m, ok := v.(map[string]any); ok && m["primary"] == true {
			if primary {
				c.notes.add(NotePrimaryTwice, pl.String())
				m["primary"] = false
			}
			primary = true
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

func (c *coercer) scalar(pl place, leaf *Attribute, raw any) (any, error) {
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case string:
		if v == "" {
			return nil, nil
		}
		return c.fromText(pl, leaf, v)
	case bool:
		if leaf.Type == filter.Boolean {
			return v, nil
		}
	case json.Number:
		return c.fromNumber(pl, leaf, v)
	case float64:
		return c.fromNumber(pl, leaf, json.Number(strconv.FormatFloat(v, 'f', -1, 64)))
	case int:
		return c.fromNumber(pl, leaf, json.Number(strconv.Itoa(v)))
	case []any:
		return c.only(pl, v)
	default:
		if isEmpty(raw) {
			return nil, nil
		}
		if inner, ok := valueOf(raw); ok {
			c.notes.add(NoteObjectForText, pl.String())
			return c.scalar(pl, leaf, inner)
		}
	}
	return nil, wrongType(pl, leaf, raw)
}

// valueOf finds a simple "value" in an object.
func valueOf(raw any) (any, bool) {
	fields, _ := fieldsOf(raw)
	for _, f := range fields {
		if _, nested := fieldsOf(f.value); !nested && sameName(f.name, "value") {
			return f.value, true
		}
	}
	return nil, false
}

func wrongType(pl place, leaf *Attribute, raw any) error {
	return invalidValue(pl.String(), "%s is not a %s; %s", show(raw), leaf.Type, example(leaf.Type))
}

func example(typ filter.Type) string {
	switch typ {
	case filter.Boolean:
		return "send true or false"
	case filter.Integer:
		return "send a whole number such as 42"
	case filter.Decimal:
		return "send a number such as 4.2"
	case filter.DateTime:
		return "send a time such as 2026-01-23T04:56:22Z"
	}
	return "send text in double quotes"
}

func (c *coercer) fromText(pl place, leaf *Attribute, s string) (any, error) {
	switch leaf.Type {
	case filter.Boolean:
		truth := strings.EqualFold(s, "true")
		if !truth && !strings.EqualFold(s, "false") {
			return nil, wrongType(pl, leaf, s)
		}
		c.notes.add(NoteBooleanAsString, pl.String())
		return truth, nil
	case filter.Integer, filter.Decimal:
		if !json.Valid([]byte(s)) {
			return nil, wrongType(pl, leaf, s)
		}
		v, err := c.fromNumber(pl, leaf, json.Number(s))
		if err == nil {
			c.notes.add(NoteNumberAsString, pl.String())
		}
		return v, err
	case filter.DateTime:
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return nil, wrongType(pl, leaf, s)
		}
	}
	return s, nil
}

func (c *coercer) fromNumber(pl place, leaf *Attribute, n json.Number) (any, error) {
	switch leaf.Type {
	case filter.Integer:
		if _, err := n.Int64(); err == nil {
			return n, nil
		}
	case filter.Decimal:
		if _, err := n.Float64(); err == nil {
			return n, nil
		}
	case filter.String:
		c.notes.add(NoteTextFromOther, pl.String())
		return n.String(), nil
	}
	return nil, wrongType(pl, leaf, n)
}

// isEmpty tells whether a raw value says "unassigned".
func isEmpty(raw any) bool {
	switch v := raw.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case object:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// put stores v, or takes the key away when v is unassigned.
func put(m map[string]any, key string, v any) {
	if v == nil {
		delete(m, key)
		return
	}
	m[key] = v
}

// clip keeps a client's name short in notes and errors.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:80], "") + "…"
}
