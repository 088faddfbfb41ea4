package scim

import (
	"strings"

	"muster/models/filter"
)

// Type is a resource type: a core schema with its extensions, indexed. Build
// it once; it is safe for concurrent use and must not be changed afterwards.
type Type struct {
	Name        string
	Endpoint    string
	Description string
	Core        Schema
	Extensions  []Schema

	common   []Attribute
	core     index
	exts     []index
	requires []*Attribute

	immutable  []place     // may be set once
	readOnly   []place     // of extensions: what a client sends for it is ignored
	everything *Projection // when nothing was asked for

	withholds bool // a stored attribute is not in every answer
	hides     bool // stored documents may hold what no schema knows any more
}

// User is the type of RFC 7643 section 4.1 with the enterprise extension and
// the extra schemas of an organization. Attribute names of extensions should
// differ from each other, so that filters may leave the URN out.
func User(extra ...Schema) *Type {
	t := &Type{Name: "User", Endpoint: "/Users", Description: "User Account", Core: userSchema()}
	t.Extensions = append([]Schema{enterpriseSchema()}, extra...)
	return t.build()
}

// Group is the type of RFC 7643 section 4.2.
func Group(extra ...Schema) *Type {
	t := &Type{Name: "Group", Endpoint: "/Groups", Description: "Group", Core: groupSchema(), Extensions: extra}
	return t.build()
}

// WithStrangers says that stored documents may hold what no schema knows any more,
// so that they are not sent as they are. It returns t, and belongs to its making.
func (t *Type) WithStrangers() *Type {
	t.hides = true
	return t
}

// index finds attributes by exact and by lower-case name. urn is the key of
// the extension in a document, empty for the core schema; key is that key as
// stored bytes hold it. No text can hold those: its quotes have backslashes.
type index struct {
	urn    string
	key    string
	byName map[string]*Attribute
	whole  Attribute // the extension as if it were one complex attribute
}

func (x *index) add(attrs []Attribute) {
	for i := range attrs {
		x.byName[strings.ToLower(attrs[i].Name)] = &attrs[i]
		x.byName[attrs[i].Name] = &attrs[i]
	}
}

// isIn tells whether a stored document uses the extension. What is looked for begins
// behind the quote, since every name and every text begins with one.
func (x *index) isIn(stored string) bool {
	for from := 0; ; {
		i := strings.Index(stored[from:], x.key[1:])
		if i < 0 {
			return false
		}
		if at := from + i; at > 0 && stored[at-1] == x.key[0] {
			return true
		}
		from += i + 1
	}
}

func (x *index) find(name string) *Attribute {
	if a, ok := x.byName[name]; ok {
		return a
	}
	return x.byName[strings.ToLower(name)]
}

func (t *Type) build() *Type {
	t.common = commonAttributes()
	t.core = index{byName: map[string]*Attribute{}}
	t.core.add(t.common)
	t.core.add(t.Core.Attributes)
	t.settleOnce("", t.Core.Attributes)
	for i := range t.Extensions {
		urn := t.Extensions[i].ID
		x := index{urn: urn, key: string(append(appendString(nil, urn), ':')), byName: map[string]*Attribute{}}
		x.whole.SubAttributes = t.Extensions[i].Attributes
		x.add(t.Extensions[i].Attributes)
		t.exts = append(t.exts, x)
		t.settleOnce(x.urn, t.Extensions[i].Attributes)
	}
	for i := range t.Core.Attributes {
		if t.Core.Attributes[i].Required {
			t.requires = append(t.requires, &t.Core.Attributes[i])
		}
	}
	t.everything = &Projection{t: t, include: selection{}, exclude: selection{}}
	return t
}

// settleOnce remembers the immutable attributes, so that PATCH can hold them.
// Parts of a list are left out: its values come and go as wholes.
func (t *Type) settleOnce(urn string, attrs []Attribute) {
	for i := range attrs {
		a := &attrs[i]
		switch {
		case a.Mutability == Immutable:
			t.immutable = append(t.immutable, place{urn: urn, attr: a})
		case a.Mutability == ReadOnly && urn != "":
			t.readOnly = append(t.readOnly, place{urn: urn, attr: a})
		}
		for j := range a.SubAttributes {
			if !a.MultiValued && a.Mutability != Immutable && a.SubAttributes[j].Mutability == Immutable {
				t.immutable = append(t.immutable, place{urn: urn, attr: a, sub: &a.SubAttributes[j]})
			}
		}
		t.withholds = t.withholds || a.Mutability != WriteOnly && (a.Returned == Never || a.Returned == Request) || a.withholds()
	}
}

// place is a resolved path. attr is nil when the path is an extension (urn
// set) or the core schema (urn empty) as a whole; sub may be nil.
type place struct {
	urn  string
	attr *Attribute
	sub  *Attribute
}

func (p place) String() string {
	s := p.urn
	if p.attr != nil {
		if s != "" {
			s += ":"
		}
		s += p.attr.Name
	}
	if p.sub != nil {
		s += "." + p.sub.Name
	}
	return s
}

// readOnly tells whether a client may not write here.
func (p place) readOnly() bool {
	return p.attr != nil && p.attr.Mutability == ReadOnly || p.sub != nil && p.sub.Mutability == ReadOnly
}

// extension finds an extension by its URN in any case.
func (t *Type) extension(urn string) *index {
	for i := range t.exts {
		if sameName(t.exts[i].urn, urn) {
			return &t.exts[i]
		}
	}
	return nil
}

// find resolves a path in any case. A name without URN is looked for in the
// core schema first, then in the extensions: clients leave the URN out.
func (t *Type) find(p filter.Path) (place, bool) {
	pl, ok := t.findAttr(p)
	if !ok || p.Sub == "" {
		return pl, ok
	}
	if pl.attr == nil { // urn:…:2.0:User.department
		return t.findAttr(filter.Path{URN: p.URN + ":" + p.Name, Name: p.Sub})
	}
	pl.sub = pl.attr.sub(p.Sub)
	return pl, pl.sub != nil
}

func (t *Type) findAttr(p filter.Path) (place, bool) {
	if p.URN == "" {
		if a := t.core.find(p.Name); a != nil {
			return place{attr: a}, true
		}
		for i := range t.exts {
			if a := t.exts[i].find(p.Name); a != nil {
				return place{urn: t.exts[i].urn, attr: a}, true
			}
		}
		return place{}, false
	}
	if sameName(p.URN, t.Core.ID) {
		a := t.core.find(p.Name)
		return place{attr: a}, a != nil
	}
	if x := t.extension(p.URN); x != nil {
		a := x.find(p.Name)
		return place{urn: x.urn, attr: a}, a != nil
	}
	whole := p.URN + ":" + p.Name
	if x := t.extension(whole); x != nil {
		return place{urn: x.urn}, true
	}
	return place{}, sameName(whole, t.Core.ID)
}

// Attr makes a Type the filter's Lookup.
func (t *Type) Attr(p filter.Path) (filter.Attr, bool) {
	pl, ok := t.find(p)
	if !ok || pl.attr == nil && pl.urn == "" {
		return filter.Attr{}, false
	}
	if pl.attr == nil {
		return filter.Attr{Path: filter.Path{URN: pl.urn}, Type: filter.Complex}, true
	}
	out := filter.Attr{Path: filter.Path{URN: pl.urn, Name: pl.attr.Name}, Multi: pl.attr.MultiValued}
	leaf := pl.attr
	if pl.sub != nil {
		leaf, out.Path.Sub = pl.sub, pl.sub.Name
	}
	out.Type, out.CaseExact = leaf.Type, leaf.CaseExact
	return out, true
}

// sameName compares names and URNs, which are ASCII, without regard to case.
func sameName(a, b string) bool { return a == b || strings.EqualFold(a, b) }
