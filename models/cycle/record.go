package cycle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
	"muster/models/source"
)

// kept is a merged record as it is stored: short, because there are many.
type kept struct {
	Values  [][5]any        `json:"v,omitempty"` // URN, attribute, type, part, value
	Raw     map[string]any  `json:"r,omitempty"`
	Enabled *bool           `json:"e,omitempty"`
	Manager *source.Manager `json:"m,omitempty"`
}

// enterpriseMark stands for the URN that most extension values have.
const enterpriseMark = "+"

// encode gives a merged record as it is stored. What was never there and still is not is
// left out of the raw values.
func encode(r source.Record, known map[string]any) (string, error) {
	k := kept{Enabled: r.Enabled, Manager: r.Manager, Raw: make(map[string]any, len(r.Raw))}
	for name, v := range r.Raw {
		if _, before := known[name]; v != nil || before {
			k.Raw[name] = v
		}
	}
	for _, v := range r.Values {
		urn := v.Place.URN
		if urn == models.EnterpriseURN {
			urn = enterpriseMark
		}
		k.Values = append(k.Values, [5]any{urn, v.Place.Attr, v.Place.Type, v.Place.Sub, v.Is})
	}
	text, err := json.Marshal(k)
	if err != nil {
		return "", fmt.Errorf("encode a record of the directory: %w", err)
	}
	return string(text), nil
}

// decode reads a stored record.
func decode(row models.SourceRecord) (source.Record, error) {
	out := source.Record{Anchor: row.Anchor, Kind: row.Kind, Half: row.Half, MembersHidden: row.Veiled}
	if row.Document == "" {
		return out, nil
	}
	var k kept
	d := json.NewDecoder(strings.NewReader(row.Document))
	d.UseNumber() // numbers stay as they were written
	if err := d.Decode(&k); err != nil {
		return out, fmt.Errorf("read what is known of %s %s: %w", row.Kind, row.Anchor, err)
	}
	text := func(v any) string { s, _ := v.(string); return s }
	for _, v := range k.Values {
		place := source.Place{URN: text(v[0]), Attr: text(v[1]), Type: text(v[2]), Sub: text(v[3])}
		if place.URN == enterpriseMark {
			place.URN = models.EnterpriseURN
		}
		out.Values = append(out.Values, source.Value{Place: place, Is: v[4]})
	}
	out.Raw, out.Enabled, out.Manager = k.Raw, k.Enabled, k.Manager
	return out, nil
}

// nameOf is what pages call a record.
func nameOf(r source.Record) string {
	if r.Kind == models.GroupTarget {
		return r.Text("displayName")
	}
	return r.Text("userName")
}

// nameMost is the longest name that the door takes.
const nameMost = 256

// storable is a name as it is kept with a record, which must be possible whatever the
// directory sends: one that no database holds, or no index, is refused by the door later.
func storable(name string) string {
	if runes := []rune(name); len(runes) > nameMost {
		name = string(runes[:nameMost]) + "…"
	}
	return strings.ReplaceAll(name, "\x00", "\uFFFD")
}

// merge brings what a page says of a record into what is known of it. same tells that it
// says nothing new.
func merge(row models.SourceRecord, came source.Record) (out models.SourceRecord, same bool, err error) {
	old, err := decode(row)
	if err != nil {
		return row, false, err
	}
	whole := came
	if row.Document != "" {
		whole = old.Then(came)
	} else if came.Half {
		whole = source.Record{Anchor: came.Anchor, Kind: came.Kind, Half: true}
	}
	out = row
	if out.Document, err = encode(whole, old.Raw); err != nil {
		return row, false, err
	}
	out.Manager = came.Manager.From(row.Manager)
	out.Half, out.Veiled, out.Absent = came.Half, row.Veiled || whole.MembersHidden, models.Present
	if name := nameOf(whole); name != "" {
		name = storable(name)
		out.Name, out.NameKey = name, filter.Fold(name)
	}
	changed := out.Document != row.Document || out.Absent != row.Absent || out.Manager != row.Manager
	out.Dirty = row.Dirty || changed
	return out, !changed && out.Half == row.Half && out.Veiled == row.Veiled, nil
}

// place writes a raw value to the attribute that the organization declared under its name.
func place(doc models.Attributes, a models.CustomAttribute, v any) {
	if v == nil {
		if ext, ok := doc[a.Schema].(map[string]any); ok {
			if delete(ext, a.Name); len(ext) == 0 {
				delete(doc, a.Schema)
			}
		}
		return
	}
	if !fits(a, v) {
		return
	}
	ext, ok := doc[a.Schema].(map[string]any)
	if !ok {
		ext = map[string]any{}
		doc[a.Schema] = ext
	}
	ext[a.Name] = v
}

// fits tells whether a value is of the declared type.
func fits(a models.CustomAttribute, v any) bool {
	if list, ok := v.([]any); ok {
		one := a
		one.Multi = false
		return a.Multi && !slices.ContainsFunc(list, func(item any) bool { return !fits(one, item) })
	}
	if a.Multi {
		return false
	}
	switch v := v.(type) {
	case string:
		return a.Type == "string" || a.Type == "reference" || a.Type == "dateTime"
	case bool:
		return a.Type == "boolean"
	case json.Number:
		return a.Type == "decimal" || a.Type == "integer" && !strings.ContainsAny(v.String(), ".eE")
	}
	return false
}

// own brings the raw values of attributes that the organization declared into a document.
func own(doc models.Attributes, r source.Record, declared []models.CustomAttribute) {
	for _, a := range declared {
		if a.Of != r.Kind {
			continue
		}
		for name, v := range r.Raw {
			if strings.EqualFold(name, a.Name) {
				place(doc, a, v)
			}
		}
	}
}
