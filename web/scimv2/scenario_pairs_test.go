package scimv2_test

import (
	"fmt"
	"strings"

	"muster/models"
	"muster/models/scim"
)

// pair is an attribute with its value, "" for none.
type pair struct{ key, value string }

// pairs are key=value words in their order.
type pairs []pair

func readPairs(words []string) (pairs, error) {
	var out pairs
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is no attribute with a value", w)
		}
		if _, known := attributePaths[key]; !known {
			return nil, fmt.Errorf("nobody knows the attribute %q", key)
		}
		out = append(out, pair{key, value})
	}
	return out, nil
}

// attributePaths are the attributes that cases name: the path of each, from the
// outside in.
var attributePaths = map[string][]string{
	"name": {"userName"}, "displayName": {"displayName"}, "externalId": {"externalId"}, "active": {"active"},
	"title": {"title"}, "type": {"userType"}, "given": {"name", "givenName"}, "family": {"name", "familyName"},
	"email": {"emails"}, "department": {models.EnterpriseURN, "department"}, "employee": {models.EnterpriseURN, "employeeNumber"},
}

func (p pair) json() any {
	switch p.key {
	case "active":
		return p.value == "true"
	case "email":
		return []any{map[string]any{"value": p.value, "type": "work", "primary": true}}
	}
	return p.value
}

// apply sets the attributes in a document.
func (s pairs) apply(doc scim.Document) {
	for _, p := range s {
		at, path := doc, attributePaths[p.key]
		if len(path) == 2 {
			inner, ok := at[path[0]].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[path[0]] = inner
			}
			at, path = inner, path[1:]
		}
		if at[path[0]] = p.json(); p.value == "" {
			delete(at, path[0])
		}
	}
	for _, outer := range []string{"name", models.EnterpriseURN} {
		if inner, ok := doc[outer].(map[string]any); ok && len(inner) == 0 {
			delete(doc, outer)
		}
	}
}

// document is a record with these attributes and no others.
func (s pairs) document() scim.Document {
	doc := scim.Document{}
	s.apply(doc)
	return doc
}

// operations are a PATCH that sets the attributes.
func (s pairs) operations() []any {
	var out []any
	for _, p := range s {
		path := strings.Join(attributePaths[p.key], ".")
		if attributePaths[p.key][0] == models.EnterpriseURN {
			path = strings.Join(attributePaths[p.key], ":")
		}
		op := map[string]any{"op": "replace", "path": path, "value": p.json()}
		if p.value == "" {
			op = map[string]any{"op": "remove", "path": path}
		}
		out = append(out, op)
	}
	return out
}

// called gives what the record is called, fallback where the words do not say.
func (s pairs) called(fallback string) string {
	for _, p := range s {
		if p.key == "name" || p.key == "displayName" && fallback == "" {
			fallback = p.value
		}
	}
	return fallback
}

// named adds the userName that a label stands for, unless the words give one.
func (s pairs) named(label string) pairs {
	for _, p := range s {
		if p.key == "name" {
			return s
		}
	}
	return append(pairs{{"name", label}}, s...)
}
