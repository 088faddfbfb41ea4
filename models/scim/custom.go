package scim

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"muster/models"
	"muster/models/filter"
)

// CustomSchemas turns what an organization declared into extensions, one for each
// schema named, in the order of their declaration.
func CustomSchemas(declared []models.CustomAttribute, of models.TargetType) []Schema {
	var list []Schema
	for _, a := range declared {
		if a.Of != of {
			continue
		}
		i := slices.IndexFunc(list, func(s Schema) bool { return sameName(s.ID, a.Schema) })
		if i < 0 {
			i = len(list)
			list = append(list, Schema{ID: a.Schema, Name: customName(list, a.Schema), Description: "Attributes that this organization declared."})
		}
		list[i].Attributes = append(list[i].Attributes, customAttribute(a))
	}
	return list
}

// customName makes a schema's name out of its URN, as EnterpriseUser is one: clients
// make types out of schemas and call them so, which takes a name that no other
// extension of the resource has and that a programming language accepts.
func customName(others []Schema, urn string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(urn, ":") {
		switch strings.ToLower(word) {
		case "urn", "ietf", "params", "scim", "schemas", "extension":
			continue
		}
		if !strings.ContainsFunc(word, unicode.IsLetter) {
			continue // a version
		}
		for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	name := strings.TrimLeftFunc(b.String(), unicode.IsDigit)
	if name == "" {
		name = "Custom"
	}
	taken := func(name string) bool {
		standard := []string{"User", "Group", "EnterpriseUser"}
		return slices.ContainsFunc(standard, func(s string) bool { return sameName(s, name) }) ||
			slices.ContainsFunc(others, func(s Schema) bool { return sameName(s.Name, name) })
	}
	unique := name
	for n := 2; taken(unique); n++ {
		unique = fmt.Sprintf("%s%d", name, n)
	}
	return unique
}

func customAttribute(a models.CustomAttribute) Attribute {
	out := Attribute{
		Name: a.Name, Type: filter.Type(a.Type), MultiValued: a.Multi, CaseExact: a.CaseExact,
		Description: a.Description, Mutability: ReadWrite, Returned: Default, Uniqueness: None,
	}
	// RFC 7643 sections 2.3.2, 2.3.7 and 7: what a type leaves no choice about, and
	// a description, which a definition must have.
	switch out.Type {
	case filter.Reference:
		out.ReferenceTypes, out.CaseExact = []string{"uri"}, true
	case filter.String:
	default:
		out.CaseExact = false
	}
	if out.Description == "" {
		out.Description = "The attribute " + a.Name + " of this organization."
	}
	return out
}
