package transform

import (
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
)

// Target is an attribute that a mapping may compute.
type Target struct {
	place
	Type  filter.Type
	Multi bool // a list of simple values
	most  int  // characters
	index int  // bytes of the folded text that an index takes; 0 for no index
}

// place is where a value stands in a document.
type place struct {
	urn, name, sub string
	kind           string // of a value in a list: emails[type eq "work"].value
}

// String is the path as it is stored and as a PATCH would write it.
func (p place) String() string {
	return filter.Target{Path: filter.Path{URN: p.urn, Name: p.name, Sub: p.sub}, Filter: p.filter()}.String()
}

func (p place) filter() filter.Expr {
	if p.kind == "" {
		return nil
	}
	return filter.Compare{Path: filter.Path{Name: "type"}, Op: filter.Eq, Value: p.kind}
}

// Short is the path as the log and people say it: without the schema.
func (p place) Short() string {
	p.urn = ""
	return p.String()
}

// Logged tells whether a path of the log is about this attribute.
func (p place) Logged(path string) bool {
	short := p.Short()
	return path == short || strings.HasPrefix(path, short+"[")
}

// home is the part of a document that is remembered when the value is computed: a
// value in a list is remembered with its list.
func (p place) home() place {
	if p.kind != "" {
		return place{urn: p.urn, name: p.name}
	}
	return p
}

// placeOf reads a path that was written by String.
func placeOf(path string) place {
	t, err := filter.ParsePath(path, filter.Limits{})
	if err != nil {
		return place{name: path}
	}
	p := place{urn: t.URN, name: t.Name, sub: t.Sub}
	if c, ok := t.Filter.(filter.Compare); ok {
		p.kind, _ = c.Value.(string)
	}
	return p
}

// ParseTarget finds the attribute that a mapping computes, and refuses in words what
// no mapping may compute.
func ParseTarget(text string, types *scim.Type) (Target, *models.Error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Target{}, models.Errorf(models.Invalid, "target", "The mapping names no attribute.").WithAdvice("Choose the attribute to compute.")
	}
	if len(text) > targetMost {
		return Target{}, refuse("The attribute’s name has %d characters; at most %d are allowed.", len(text), targetMost).WithAdvice("Choose an attribute from the list.")
	}
	path, err := filter.ParsePath(text, filter.Limits{})
	if err != nil {
		return Target{}, refuse("%q is not the name of an attribute.", text).WithAdvice("Choose an attribute from the list, such as title or name.givenName.")
	}
	a, ok := attributeAt(path.Path, types)
	if !ok {
		return Target{}, refuse("No user has an attribute %s.", text).WithAdvice("Choose an attribute from the list, or declare it under Attributes first.")
	}
	if err := reserved(a); err != nil {
		return Target{}, err
	}
	return a.target(path.Filter)
}

const targetMost = 300

func refuse(format string, args ...any) *models.Error {
	return models.Errorf(models.Invalid, "target", format, args...).WithCode("attributeMappingTarget")
}

// found is an attribute of the schema with its sub-attribute, if the path has one.
type found struct {
	urn       string
	attr, sub *scim.Attribute
}

func (f found) leaf() *scim.Attribute {
	if f.sub != nil {
		return f.sub
	}
	return f.attr
}

// attributeAt resolves a path in any case; extensions may be left out.
func attributeAt(p filter.Path, types *scim.Type) (found, bool) {
	at, ok := types.Attr(p)
	if !ok || at.Path.Name == "" {
		return found{}, false
	}
	attrs := types.Core.Attributes
	for _, x := range types.Extensions {
		if x.ID == at.Path.URN {
			attrs = x.Attributes
		}
	}
	f := found{urn: at.Path.URN, attr: named(attrs, at.Path.Name)}
	if f.attr == nil { // id, externalId, meta, schemas
		f.attr = &scim.Attribute{Name: at.Path.Name, Type: at.Type, MultiValued: at.Multi}
		return f, true
	}
	if at.Path.Sub != "" {
		f.sub = named(f.attr.SubAttributes, at.Path.Sub)
	}
	return f, true
}

func named(list []scim.Attribute, name string) *scim.Attribute {
	i := slices.IndexFunc(list, func(a scim.Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// reserved refuses what identifies a record and what Muster itself answers for.
func reserved(f found) *models.Error {
	if f.urn != "" {
		return nil
	}
	switch f.attr.Name {
	case "userName":
		return refuse("userName cannot be computed here: identity providers look people up by the userName they sent, and would not find them.").
			WithAdvice("Map userName in the identity provider, where both sides see the same value.")
	case "externalId":
		return refuse("externalId cannot be computed: it is the directory’s own name for the person, by which they are known again.").
			WithAdvice("Choose what goes into externalId in the identity provider.")
	case "active":
		return refuse("active cannot be computed: the status of a user has rules of its own.").
			WithAdvice("Use a mapping’s initial status, or disable the person in the directory.")
	case "groups":
		return refuse("groups cannot be computed: membership is kept at the group.").WithAdvice("Use a mapping that adds users to a group.")
	case "password":
		return refuse("password cannot be computed: Muster keeps none.").WithAdvice("Choose another attribute.")
	case "id", "meta", "schemas":
		return refuse("%s cannot be computed: Muster itself answers for it.", f.attr.Name).WithAdvice("Choose another attribute.")
	}
	return nil
}

// listed are the lists in which one value is known by its type.
var listed = map[string][]string{
	"emails": {"value"}, "phoneNumbers": {"value"},
	"addresses": {"formatted", "streetAddress", "locality", "region", "postalCode", "country"},
}

// target makes an attribute that was found a target, where it is one value or a list
// of simple ones.
func (f found) target(at filter.Expr) (Target, *models.Error) {
	leaf := f.leaf()
	t := Target{place: place{urn: f.urn, name: f.attr.Name}, Type: leaf.Type}
	if f.sub != nil {
		t.sub = f.sub.Name
	}
	switch {
	case f.attr.Mutability == scim.ReadOnly || leaf.Mutability == scim.ReadOnly || t.sub == "$ref":
		return t, refuse("%s cannot be computed: it follows from another value.", t.Short()).WithAdvice("Compute %s.value instead.", t.name)
	case f.urn == "" && f.attr.MultiValued:
		return f.value(t, at)
	case at != nil:
		return t, refuse("%s is no list, so it has no value of a type.", t.name).WithAdvice("Write %s without brackets.", t.name)
	case leaf.Type == filter.Complex:
		return t, refuse("%s has parts, which are computed one by one.", t.Short()).WithAdvice("Choose one of them, such as %s.%s.", t.name, leaf.SubAttributes[0].Name)
	case leaf.Type == filter.Binary:
		return t, refuse("%s holds bytes, which no expression makes.", t.Short()).WithAdvice("Choose another attribute.")
	}
	t.Multi = f.attr.MultiValued
	t.most, t.index = t.limits()
	return t, nil
}

// limits holds a result to what lists and look-ups of users are indexed by: a user is
// rather told of by a note than refused for what an expression made.
func (t Target) limits() (most, index int) {
	switch short := t.Short(); {
	case t.urn == models.EnterpriseURN && (t.name == "employeeNumber" || t.name == "manager"):
		return indexedMost, indexedKey
	case t.urn != "":
	case short == "displayName", short == "name.formatted", t.name == "emails":
		return indexedMost, indexedKey
	case t.name == "name": // given and family name make a display name together
		return indexedMost / 3, indexedKey / 3
	}
	return resultMost, 0
}

// value makes one value of a list a target: the one of a type.
func (f found) value(t Target, at filter.Expr) (Target, *models.Error) {
	subs, ok := listed[t.name]
	if !ok {
		return t, refuse("%s is a list that the directory keeps; none of its values can be computed.", t.name).
			WithAdvice("Choose an attribute with one value, or declare one under Attributes.")
	}
	if t.sub == "" {
		t.sub = "value"
	}
	example := place{name: t.name, sub: subs[0], kind: "work"}
	types := named(f.attr.SubAttributes, "type").CanonicalValues
	c, isCompare := at.(filter.Compare)
	kind, _ := c.Value.(string)
	i := slices.IndexFunc(types, func(s string) bool { return strings.EqualFold(s, kind) })
	if !isCompare || c.Op != filter.Eq || !strings.EqualFold(c.Path.String(), "type") || i < 0 || !slices.Contains(subs, t.sub) {
		return t, refuse("%s is a list: a mapping computes its value of one type.", t.name).
			WithAdvice("Write %s. The types are %s.", example, strings.Join(types, ", "))
	}
	t.kind, t.Type = types[i], filter.String
	t.most, t.index = t.limits()
	return t, nil
}

// Targets lists what a mapping may compute, in the order of the schema: the
// attributes with one value first, then one value of each list that has types.
func Targets(types *scim.Type) []Target {
	var list, values []Target
	add := func(urn string, attrs []scim.Attribute) {
		for i := range attrs {
			for _, p := range candidates(urn, &attrs[i]) {
				t, err := ParseTarget(p.String(), types)
				switch {
				case err != nil:
				case t.kind != "":
					values = append(values, t)
				default:
					list = append(list, t)
				}
			}
		}
	}
	add("", types.Core.Attributes)
	for _, x := range types.Extensions {
		add(x.ID, x.Attributes)
	}
	return append(list, values...)
}

func candidates(urn string, a *scim.Attribute) []place {
	if subs, ok := listed[a.Name]; ok && urn == "" {
		var out []place
		for _, sub := range subs {
			out = append(out, place{name: a.Name, sub: sub, kind: "work"})
		}
		if a.Name == "phoneNumbers" {
			out = append(out, place{name: a.Name, sub: "value", kind: "mobile"})
		}
		return out
	}
	if len(a.SubAttributes) == 0 || a.MultiValued {
		return []place{{urn: urn, name: a.Name}}
	}
	out := make([]place, 0, len(a.SubAttributes))
	for _, sub := range a.SubAttributes {
		out = append(out, place{urn: urn, name: a.Name, sub: sub.Name})
	}
	return out
}
