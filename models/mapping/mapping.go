// Package mapping decides, without touching anything, which of an organization's
// rules gives a user their profile, and explains why others did not.
package mapping

import (
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
)

// Subject is a user as rules see them.
type Subject struct {
	Document models.Attributes
	Groups   []string // public ids of the groups the user is in, directly or through other groups
}

// Rules are the rules of one method, compiled, in the order they are asked. They are
// safe for concurrent use.
type Rules struct {
	list  []rule
	types filter.Lookup
}

type rule struct {
	models.Mapping
	expr    filter.Expr // nil for none
	matches filter.Matcher
}

// Types tells the types of a user's attributes in an organization.
func Types(o models.OrganizationSettings) *scim.Type {
	return scim.User(scim.CustomSchemas(o.Attributes, models.UserTarget)...)
}

// Compile puts the rules that are asked in their order. A stored filter that can no
// longer be read, or that names an attribute which is declared no more, matches
// nobody and is told by Broken.
func Compile(list []models.Mapping, types filter.Lookup) *Rules {
	r := &Rules{types: types}
	for _, m := range list {
		if !m.Asked() {
			continue
		}
		c := rule{Mapping: m, matches: func(map[string]any) bool { return true }}
		if m.Filter != "" {
			expr, err := Parse(m.Filter, types)
			if err != nil {
				c.matches = func(map[string]any) bool { return false }
			} else {
				c.expr = expr
				c.matches = filter.Compile(expr, Exactness(types, m.CaseExact))
			}
		}
		r.list = append(r.list, c)
	}
	slices.SortStableFunc(r.list, func(a, b rule) int { return int(a.Position - b.Position) })
	return r
}

// Any tells whether there is a rule to ask.
func (r *Rules) Any() bool { return r != nil && len(r.list) > 0 }

// AskGroups tells whether a rule looks at groups, so that the caller need not read
// them otherwise.
func (r *Rules) AskGroups() bool {
	return r != nil && slices.ContainsFunc(r.list, func(c rule) bool { return len(c.Groups) > 0 })
}

// List gives the rules in the order they are asked.
func (r *Rules) List() []models.Mapping {
	if r == nil {
		return nil
	}
	out := make([]models.Mapping, len(r.list))
	for i := range r.list {
		out[i] = r.list[i].Mapping
	}
	return out
}

// First gives the rule that wins a user: the first that matches.
func (r *Rules) First(s Subject) (models.Mapping, bool) {
	if r == nil {
		return models.Mapping{}, false
	}
	for i := range r.list {
		if r.list[i].match(s) {
			return r.list[i].Mapping, true
		}
	}
	return models.Mapping{}, false
}

func (c *rule) match(s Subject) bool { return c.inGroup(s.Groups) && c.matches(s.Document) }

func (c *rule) inGroup(groups []string) bool {
	return len(c.Groups) == 0 || slices.ContainsFunc(c.Groups, func(id string) bool { return slices.Contains(groups, id) })
}

// Parse reads a rule's filter and refuses what a rule cannot ask: an attribute that
// no schema knows, and what Muster itself answers for, which changes with the very
// decision.
func Parse(text string, types filter.Lookup) (filter.Expr, error) {
	expr, err := filter.Parse(text, filter.Limits{})
	if err != nil {
		return nil, models.Errorf(models.Filter, "filter", "The condition cannot be read: %v.", strings.TrimSuffix(err.Error(), ".")).
			WithAdvice(`Write it as a SCIM filter, such as department eq "Sales" and title pr.`).WithCode("invalidFilter")
	}
	if err := filter.Check(expr, types); err != nil {
		return nil, models.Errorf(models.Filter, "filter", "The condition cannot be answered: %v.", strings.TrimSuffix(err.Error(), ".")).
			WithAdvice("Use eq or ne for this attribute, or compare it with a value of its type.").WithCode("invalidFilter")
	}
	if err := asked(expr, types, filter.Path{}); err != nil {
		return nil, err
	}
	return expr, nil
}

// asked walks the attributes of a condition; parent is the attribute around brackets.
func asked(e filter.Expr, types filter.Lookup, parent filter.Path) error {
	switch e := e.(type) {
	case filter.And:
		return first(asked(e.Left, types, parent), asked(e.Right, types, parent))
	case filter.Or:
		return first(asked(e.Left, types, parent), asked(e.Right, types, parent))
	case filter.Not:
		return asked(e.Expr, types, parent)
	case filter.Compare:
		return attribute(e.Path, types, parent)
	case filter.Present:
		return attribute(e.Path, types, parent)
	case filter.ValuePath:
		if err := attribute(e.Path, types, parent); err != nil || e.Then == nil {
			return first(err, asked(e.Filter, types, e.Path))
		}
		return first(asked(e.Filter, types, e.Path), asked(e.Then, types, e.Path))
	}
	return nil
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func attribute(p filter.Path, types filter.Lookup, parent filter.Path) error {
	if parent.Name != "" {
		if whole, ok := types.Attr(parent); ok && whole.Type != filter.Complex && strings.EqualFold(p.Name, "value") {
			return nil // what a simple value is called between brackets
		}
		p = filter.Path{URN: parent.URN, Name: parent.Name, Sub: p.Name}
	}
	attr, ok := types.Attr(p)
	if !ok {
		return models.Errorf(models.Filter, "filter", "No user has an attribute %s.", p).
			WithAdvice("Choose one from the list, or declare it under Attributes first.").WithCode("unknownAttribute")
	}
	own := []string{"id", "active", "meta", "groups", "schemas", "password"}
	name := attr.Path.Name
	if attr.Path.URN == "" && slices.ContainsFunc(own, func(s string) bool { return strings.EqualFold(s, name) }) {
		advice := "Use an attribute that the directory sends."
		if name == "groups" {
			advice = "Choose the groups above the condition; groups within groups count there too."
		}
		return models.Errorf(models.Filter, "filter", "A mapping cannot ask for %s.", name).WithAdvice("%s", advice).WithCode("ownAttribute")
	}
	if name == "manager" && attr.Path.Sub != "" && attr.Path.Sub != "value" {
		return models.Errorf(models.Filter, "filter", "A mapping cannot ask for %s of a manager: it changes with the manager's own record.", attr.Path.Sub).
			WithAdvice("Use manager.value, or groups.").WithCode("ownAttribute")
	}
	return nil
}

// Exactness makes a rule compare all texts letter by letter, or none, whatever the
// attribute's own schema says: identity providers type externalId in any case too.
// Addresses of pages, pictures and certificates are always compared letter by letter.
func Exactness(types filter.Lookup, exact bool) filter.Lookup { return exactness{types, exact} }

type exactness struct {
	filter.Lookup
	exact bool
}

// Attr is the attribute with the rule's case.
func (e exactness) Attr(p filter.Path) (filter.Attr, bool) {
	a, ok := e.Lookup.Attr(p)
	a.CaseExact = e.exact || models.KeptExact(a.Path)
	return a, ok
}

// Check refuses a rule that cannot be saved, naming the field.
func Check(m models.Mapping, types filter.Lookup) error {
	switch {
	case strings.TrimSpace(m.Name) == "":
		return models.Errorf(models.Invalid, "name", "The mapping has no name.").WithAdvice("Say whom it is for, such as Sales EMEA.")
	case len(m.Name) > 100:
		return models.Errorf(models.Invalid, "name", "The name has %d characters; at most 100 are allowed.", len(m.Name)).WithAdvice("Shorten it.")
	case len(m.Description) > 500:
		return models.Errorf(models.Invalid, "description", "The description has %d characters; at most 500 are allowed.", len(m.Description)).WithAdvice("Shorten it.")
	case !m.Method.Valid() || m.Method == models.Manual:
		return models.Errorf(models.Invalid, "method", "A mapping belongs to SCIM, Microsoft Entra ID or AD/LDAP, not to %q.", m.Method).
			WithAdvice("Users made by hand get their profile on their own page.")
	case m.InitialStatus != models.Active && m.InitialStatus != models.Inactive:
		return models.Errorf(models.Invalid, "initialStatus", "A new user cannot begin as %q.", m.InitialStatus).WithAdvice("Choose active or inactive.")
	case len(m.Groups) > groupsMost || len(m.LocalGroups) > groupsMost:
		return models.Errorf(models.Invalid, "groups", "A mapping names at most %d groups.", groupsMost).WithAdvice("Nest them in one group and name that.")
	case len(m.Filter) > filterMost:
		return models.Errorf(models.Invalid, "filter", "The condition has %d characters; at most %d are allowed.", len(m.Filter), filterMost).
			WithAdvice("Split it into two mappings.")
	}
	if m.Filter == "" {
		return nil
	}
	_, err := Parse(m.Filter, types)
	return err
}

const (
	groupsMost = 100
	filterMost = 4096
)

// Sentence says in words whom a rule is for. Group names come from the caller.
func Sentence(m models.Mapping, groupName func(id string) string) string {
	var parts []string
	if len(m.Groups) > 0 {
		names := make([]string, len(m.Groups))
		for i, id := range m.Groups {
			names[i] = groupName(id)
		}
		of := "members of "
		if len(names) > 1 {
			of = "members of any of "
		}
		parts = append(parts, of+strings.Join(names, ", "))
	}
	if m.Filter != "" {
		parts = append(parts, m.Filter)
	}
	if len(parts) == 0 {
		return "everyone"
	}
	return strings.Join(parts, " and ")
}
