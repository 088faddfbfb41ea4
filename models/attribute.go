package models

import (
	"regexp"
	"slices"
	"strings"
)

// CustomAttribute is one that an organization declared beside the standard ones.
// SCIM shows those of a schema as an extension (RFC 7643 §3.3): in Schemas, in
// resources, in filters and in the log.
type CustomAttribute struct {
	Of          TargetType `json:"of"`     // UserTarget or GroupTarget
	Schema      string     `json:"schema"` // URN of the extension
	Name        string     `json:"name"`
	Type        string     `json:"type"` // string, boolean, integer, decimal, dateTime or reference
	Multi       bool       `json:"multi,omitempty"`
	CaseExact   bool       `json:"caseExact,omitempty"`
	Description string     `json:"description,omitempty"`
}

// CustomSchema gives the URN that custom attributes have unless another is named.
// Entra ID takes custom attributes only under URNs of this form.
func CustomSchema(of TargetType) string {
	if of == GroupTarget {
		return "urn:ietf:params:scim:schemas:extension:custom:2.0:Group"
	}
	return "urn:ietf:params:scim:schemas:extension:custom:2.0:User"
}

// AttributeTypes are the types a custom attribute can have, RFC 7643 §2.3.
func AttributeTypes() []string {
	return []string{"string", "boolean", "integer", "decimal", "dateTime", "reference"}
}

// CustomAttributesMost bounds how many an organization may declare.
const CustomAttributesMost = 100

var (
	attributeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)
	schemaName    = regexp.MustCompile(`^[Uu][Rr][Nn]:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[A-Za-z0-9()+,.:=@;$_!*'%-]{1,200}$`)
)

// Check refuses a declaration that no schema could hold, naming the field.
func (a CustomAttribute) Check() error {
	switch {
	case a.Of != UserTarget && a.Of != GroupTarget:
		return Errorf(Invalid, "of", "A custom attribute belongs to users or to groups, not to %q.", a.Of).
			WithAdvice("Choose one of the two.")
	case !attributeName.MatchString(a.Name):
		return Errorf(Invalid, "name", "%q cannot be the name of an attribute.", a.Name).
			WithAdvice("Begin with a letter and use letters, digits, - and _ only, 64 at most, such as costCode.")
	case !schemaName.MatchString(a.Schema):
		return Errorf(Invalid, "schema", "%q is no schema name.", a.Schema).
			WithAdvice("Leave it as it is, or write a URN such as %s.", CustomSchema(a.Of))
	case strings.HasPrefix(strings.ToLower(a.Schema), "urn:ietf:params:scim:schemas:core:"), strings.EqualFold(a.Schema, EnterpriseURN):
		return Errorf(Invalid, "schema", "%s is a standard schema; its attributes are fixed.", a.Schema).
			WithAdvice("Use %s.", CustomSchema(a.Of))
	case len(a.Description) > 500:
		return Errorf(Invalid, "description", "The description has %d characters; at most 500 are allowed.", len(a.Description)).
			WithAdvice("One sentence is enough.")
	}
	if slices.Contains(AttributeTypes(), a.Type) {
		return nil
	}
	return Errorf(Invalid, "type", "%q is no attribute type.", a.Type).
		WithAdvice("Choose one of %s.", strings.Join(AttributeTypes(), ", "))
}

// Same tells whether two declarations mean the same place in a document: names
// differ only in case there, whatever their schema, so that filters may leave the
// URN out.
func (a CustomAttribute) Same(b CustomAttribute) bool {
	return a.Of == b.Of && strings.EqualFold(a.Name, b.Name)
}
