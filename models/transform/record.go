package transform

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/expr-lang/expr/types"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
)

// aliases are names for what is asked for most often of a list.
var aliases = map[string]place{
	"workEmail": {name: "emails", sub: "value", kind: "work"},
	"workPhone": {name: "phoneNumbers", sub: "value", kind: "work"},
}

// unseen are the attributes that no directory delivers, or that nobody may see.
var unseen = []string{"schemas", "id", "meta", "active", "groups", "password"}

// names gives every attribute that an expression may name, with the place where it
// stands: those of extensions by their short names, unless a core one has it.
func names(t *scim.Type) map[string]found {
	out := map[string]found{"externalId": {attr: &scim.Attribute{Name: "externalId", Type: filter.String}}}
	add := func(urn string, attrs []scim.Attribute) {
		for i := range attrs {
			name := strings.ReplaceAll(attrs[i].Name, "-", "_") // a - would subtract
			if _, taken := out[name]; !taken {
				out[name] = found{urn: urn, attr: &attrs[i]}
			}
		}
	}
	add("", t.Core.Attributes)
	for _, x := range t.Extensions {
		add(x.ID, x.Attributes)
	}
	for _, name := range unseen {
		delete(out, name)
	}
	return out
}

// Named is an attribute as an expression names it, with the names of its parts.
type Named struct {
	Name  string
	Parts []string
	List  bool // has several values
}

// Names lists what an expression can name, by name.
func Names(t *scim.Type) []Named {
	out := make([]Named, 0, 40)
	for name := range aliases {
		out = append(out, Named{Name: name})
	}
	for name, f := range names(t) {
		n := Named{Name: name, List: f.attr.MultiValued}
		for _, sub := range f.attr.SubAttributes {
			n.Parts = append(n.Parts, sub.Name)
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b Named) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return out
}

// vocabulary tells the expression language which names there are. Everything may be
// absent, so everything is of any type.
func vocabulary(t *scim.Type) types.Map {
	m := types.Map{}
	for name := range aliases {
		m[name] = types.Any
	}
	for name := range names(t) {
		m[name] = types.Any
	}
	return m
}

// record is what an expression sees of a delivered document; what is absent is nil.
func record(doc models.Attributes, known map[string]found) map[string]any {
	env := make(map[string]any, len(known)+len(aliases))
	for name, p := range aliases {
		// The work address is, as everywhere, the primary one where none is of that type.
		if env[name] = p.in(doc); env[name] == nil {
			env[name] = asText(models.PreferredValue(doc[p.name], p.kind))
		}
	}
	for name, f := range known {
		env[name] = plain(place{urn: f.urn, name: f.attr.Name}.in(doc))
	}
	return env
}

// plain turns the numbers of a document into what an expression computes with.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return v
}

// asText makes no text nothing.
func asText(s string) any {
	if s == "" {
		return nil
	}
	return s
}
