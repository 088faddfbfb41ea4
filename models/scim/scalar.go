package scim

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"muster/models/filter"
)

func (c *coercer) scalar(pl place, leaf *Attribute, raw any) (any, error) {
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case string:
		switch {
		case v == "":
			return nil, nil
		case leaf.Type == filter.String:
			return raw, nil
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
	article := "a"
	if leaf.Type == filter.Integer {
		article = "an"
	}
	return invalidValue(pl.String(), "%s is not %s %s; %s", show(raw), article, leaf.Type, example(leaf.Type))
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
	case filter.String, filter.Binary, filter.Reference, filter.Complex:
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
		if !isDateTime(s) {
			return nil, wrongType(pl, leaf, s)
		}
	case filter.Binary:
		return binary(pl, s)
	case filter.String, filter.Reference, filter.Complex:
	}
	return s, nil
}

// isDateTime takes xsd:dateTime, whose zone may be missing (RFC 7643 section 2.3.5).
func isDateTime(s string) bool {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// binary holds that a value is base64, in either alphabet and with or without
// padding (RFC 7643 section 2.3.6). A certificate in the armour of PEM is
// taken out of it, and white space is left out, as certificates come broken
// into lines.
func binary(pl place, s string) (any, error) {
	plain := s
	if rest, armoured := strings.CutPrefix(strings.TrimSpace(plain), "-----BEGIN "); armoured {
		_, rest, _ = strings.Cut(rest, "-----")
		plain, _, _ = strings.Cut(rest, "-----END")
	}
	plain = strings.Join(strings.Fields(plain), "")
	bare := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(plain, "="))
	if _, err := base64.RawStdEncoding.DecodeString(bare); err != nil || plain == "" {
		return nil, invalidValue(pl.String(), "%s is not base64; send the bytes in base64, without headers", show(s))
	}
	return plain, nil
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
	case filter.Boolean, filter.DateTime, filter.Binary, filter.Reference, filter.Complex:
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
