// Package scim is the protocol of RFC 7643 and RFC 7644 without transport and
// without storage: schemas, reading and writing resources, PATCH, projection
// and messages. One schema table drives all of it. Leniency towards clients
// lives only where input is coerced, so that every Document is RFC-clean.
package scim

import "muster/models/filter"

// The URNs of RFC 7643 section 10 and RFC 7644 section 10.
const (
	UserURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

	ServiceProviderConfigURN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	ResourceTypeURN          = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	SchemaURN                = "urn:ietf:params:scim:schemas:core:2.0:Schema"

	ListURN   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	SearchURN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	PatchURN  = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	BulkURN   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	ErrorURN  = "urn:ietf:params:scim:api:messages:2.0:Error"

	BulkResponseURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// Values of mutability, returned and uniqueness, RFC 7643 section 2.2.
const (
	ReadOnly  = "readOnly"
	ReadWrite = "readWrite"
	Immutable = "immutable"
	WriteOnly = "writeOnly"

	Always  = "always"
	Default = "default"
	Request = "request"
	Never   = "never"

	Server = "server"
	None   = "none"
)

// Attribute describes one attribute; the fields are RFC 7643 section 7's.
type Attribute struct {
	Name            string      `json:"name"`
	Type            filter.Type `json:"type"`
	SubAttributes   []Attribute `json:"subAttributes,omitempty"`
	MultiValued     bool        `json:"multiValued"`
	Description     string      `json:"description"`
	Required        bool        `json:"required"`
	CanonicalValues []string    `json:"canonicalValues,omitempty"`
	CaseExact       bool        `json:"caseExact"`
	Mutability      string      `json:"mutability"`
	Returned        string      `json:"returned"`
	Uniqueness      string      `json:"uniqueness"`
	ReferenceTypes  []string    `json:"referenceTypes,omitempty"`
}

// Schema is a set of attributes under a URN.
type Schema struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Attributes  []Attribute `json:"attributes"`
}

// sub finds a sub-attribute, preferring the exact spelling.
func (a *Attribute) sub(name string) *Attribute {
	for i := range a.SubAttributes {
		if a.SubAttributes[i].Name == name {
			return &a.SubAttributes[i]
		}
	}
	for i := range a.SubAttributes {
		if sameName(a.SubAttributes[i].Name, name) {
			return &a.SubAttributes[i]
		}
	}
	return nil
}

// The constructors below give an attribute the defaults of RFC 7643 section
// 2.2; the methods change one characteristic each.

func attribute(typ filter.Type, name, description string) Attribute {
	return Attribute{Name: name, Type: typ, Description: description, Mutability: ReadWrite, Returned: Default, Uniqueness: None}
}

func text(name, description string) Attribute {
	return attribute(filter.String, name, description)
}

func boolean(name, description string) Attribute {
	return attribute(filter.Boolean, name, description)
}

func number(name, description string) Attribute {
	return attribute(filter.Integer, name, description)
}

func dateTime(name, description string) Attribute {
	return attribute(filter.DateTime, name, description)
}

func reference(name, description string, types ...string) Attribute {
	a := attribute(filter.Reference, name, description)
	a.ReferenceTypes, a.CaseExact = types, true
	return a
}

func complexOf(name, description string, subs ...Attribute) Attribute {
	a := attribute(filter.Complex, name, description)
	a.SubAttributes = subs
	return a
}

// plural is the usual multi-valued attribute of RFC 7643 section 2.4.
func plural(name, description string, value Attribute, types ...string) Attribute {
	kind := text("type", "What the value is for.")
	kind.CanonicalValues = types
	return complexOf(name, description, value,
		text("display", "The value in a form for people to read."), kind,
		boolean("primary", "True for the preferred value; at most one value has it."),
	).multi()
}

func (a Attribute) multi() Attribute    { a.MultiValued = true; return a }
func (a Attribute) required() Attribute { a.Required = true; return a }
func (a Attribute) exact() Attribute    { a.CaseExact = true; return a }
func (a Attribute) fixed() Attribute    { a.Mutability = Immutable; return a }

func (a Attribute) unique(where string) Attribute  { a.Uniqueness = where; return a }
func (a Attribute) returned(when string) Attribute { a.Returned = when; return a }
func (a Attribute) oneOf(values ...string) Attribute {
	a.CanonicalValues = values
	return a
}

// readOnly marks the attribute and all that is below it.
func (a Attribute) readOnly() Attribute {
	a.Mutability = ReadOnly
	for i := range a.SubAttributes {
		a.SubAttributes[i] = a.SubAttributes[i].readOnly()
	}
	return a
}
