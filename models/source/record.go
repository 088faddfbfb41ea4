package source

import (
	"cmp"
	"maps"
	"slices"

	"muster/models"
)

// Record is what a directory said of one user or group. It says nothing about what
// is not in it: a value that did not come is not a value that is gone. One with no
// values at all says that the user or group is there.
type Record struct {
	Anchor string
	Kind   models.TargetType
	// Values are what came in SCIM terms, place by place, as the connector translates
	// attributes unless told otherwise.
	Values []Value
	// Raw is what came in the directory's own terms, for attribute mappings: a name
	// with nil is an attribute that the directory says has no value, a name that is
	// missing was not sent.
	Raw     map[string]any
	Enabled *bool    // nil when it was not sent
	Manager *Manager // nil when it was not sent
	// Half tells that the directory showed the record's id and kind alone, because
	// the connector may not see more. It exists; nothing else may be concluded.
	Half bool
	// MembersHidden tells that a group keeps its members from whoever has no special
	// permission: that none came proves nothing.
	MembersHidden bool
}

// Value is what stands at a place; nil says that nothing does.
type Value struct {
	Place Place
	Is    any
}

// Manager is what came about a user's manager.
type Manager struct {
	// Is is the manager's anchor; "" when there is none.
	Is string
	// Not, with Is empty, are those who are the manager no longer: whoever is stored is
	// cleared only if it is one of them. Empty too, there is none at all.
	Not []string
}

// From tells who the manager is for somebody who knew of another, or of none ("").
func (m *Manager) From(known string) string {
	switch {
	case m == nil:
		return known
	case m.Is != "" || len(m.Not) == 0 || slices.Contains(m.Not, known):
		return m.Is
	}
	return known
}

// Text gives the text that came for a core attribute, such as "userName"; "" when
// none did.
func (r Record) Text(attr string) string {
	for _, v := range r.Values {
		if v.Place == (Place{Attr: attr}) {
			s, _ := v.Is.(string)
			return s
		}
	}
	return ""
}

// Document gives what came as a SCIM document of its own.
func (r Record) Document() models.Attributes { return r.Onto(models.Attributes{}) }

// Onto gives a document with what came written over it: values are set, those that
// the directory says are gone are cleared, and everything else stays.
func (r Record) Onto(doc models.Attributes) models.Attributes {
	doc = models.CopyAttributes(doc)
	for _, v := range r.Values {
		if v.Is == nil {
			v.Place.Clear(doc)
		} else {
			v.Place.Put(doc, v.Is)
		}
	}
	return doc
}

// Cleared lists the places that the directory says have no value.
func (r Record) Cleared() []Place {
	var out []Place
	for _, v := range r.Values {
		if v.Is == nil {
			out = append(out, v.Place)
		}
	}
	return out
}

// Then gives the record with what came later about the same one.
func (r Record) Then(later Record) Record {
	if later.Half {
		r.Half = r.Half || len(r.Values) == 0
		return r
	}
	values := slices.Clone(r.Values)
	for _, v := range later.Values {
		at := slices.IndexFunc(values, func(w Value) bool { return w.Place == v.Place })
		if at < 0 {
			values = append(values, v)
		} else {
			values[at] = v
		}
	}
	raw := make(map[string]any, len(r.Raw)+len(later.Raw))
	maps.Copy(raw, r.Raw)
	maps.Copy(raw, later.Raw)
	r.Values, r.Raw, r.Half = values, raw, false
	if later.Enabled != nil {
		r.Enabled = later.Enabled
	}
	r.Manager = r.Manager.then(later.Manager)
	r.MembersHidden = r.MembersHidden || later.MembersHidden
	return r
}

// then gives what two words on the manager say together.
func (m *Manager) then(later *Manager) *Manager {
	if m == nil || later == nil {
		return cmp.Or(later, m)
	}
	switch {
	case later.Is != "" || len(later.Not) == 0:
		return later
	case m.Is != "":
		if slices.Contains(later.Not, m.Is) {
			return later
		}
		return m
	case len(m.Not) == 0:
		return m
	}
	return &Manager{Not: append(slices.Clone(m.Not), later.Not...)}
}
