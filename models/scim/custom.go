package scim

import (
	"slices"

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
			list = append(list, Schema{ID: a.Schema, Name: "Custom " + string(of), Description: "Attributes that this organization declared."})
		}
		list[i].Attributes = append(list[i].Attributes, customAttribute(a))
	}
	return list
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
