// Package sourcetest is the suite that every connector passes, and a mirror that
// applies pages as a careful reader would, for comparing with the directory.
package sourcetest

import (
	"maps"

	"muster/models"
	"muster/models/source"
)

// State is what a directory holds, as far as the suite compares it.
type State struct {
	Users   map[string]User
	Groups  map[string]string  // anchor → name
	Members map[[2]string]bool // group, member
}

// User is one user of a State.
type User struct {
	Name    string // userName
	Title   string
	Enabled bool
	Manager string // anchor
}

// Mirror is what somebody knows who applied every page they were given.
type Mirror struct {
	docs    map[string]models.Attributes
	enabled map[string]bool
	manager map[string]string
	groups  map[string]models.Attributes
	edges   map[[2]string]bool
	hidden  map[string]bool // groups that do not show their members

	seen map[string]bool // anchors of a full read under way
	held map[[2]string]bool
}

// NewMirror knows nothing.
func NewMirror() *Mirror {
	return &Mirror{
		docs: map[string]models.Attributes{}, enabled: map[string]bool{}, manager: map[string]string{},
		groups: map[string]models.Attributes{}, edges: map[[2]string]bool{}, hidden: map[string]bool{},
		seen: map[string]bool{}, held: map[[2]string]bool{},
	}
}

// Apply takes a page in: removals, records, memberships; and, behind a full read's
// proof alone, whatever did not come is gone.
func (m *Mirror) Apply(p source.Page) {
	if p.Full && p.Number == 1 {
		m.seen, m.held = map[string]bool{}, map[[2]string]bool{}
	}
	for _, r := range p.Removed {
		m.drop(r.Anchor)
	}
	for _, r := range p.Users {
		m.user(r)
	}
	for _, r := range p.Groups {
		m.seen[r.Anchor] = true
		m.groups[r.Anchor] = r.Onto(m.groups[r.Anchor])
		m.hidden[r.Anchor] = m.hidden[r.Anchor] || r.MembersHidden
	}
	for _, e := range p.Members {
		key := [2]string{e.Group, e.Member}
		m.held[key] = !e.Removed
		if e.Removed {
			delete(m.edges, key)
		} else {
			m.edges[key] = true
		}
	}
	if p.Done != nil && p.Full {
		m.sweep()
	}
}

func (m *Mirror) user(r source.Record) {
	m.seen[r.Anchor] = true
	m.docs[r.Anchor] = r.Onto(m.docs[r.Anchor])
	if r.Enabled != nil {
		m.enabled[r.Anchor] = *r.Enabled
	}
	if who := r.Manager.From(m.manager[r.Anchor]); who != "" {
		m.manager[r.Anchor] = who
	} else {
		delete(m.manager, r.Anchor)
	}
}

func (m *Mirror) drop(anchor string) {
	delete(m.docs, anchor)
	delete(m.enabled, anchor)
	delete(m.manager, anchor)
	delete(m.groups, anchor)
	delete(m.seen, anchor)
	maps.DeleteFunc(m.edges, func(k [2]string, _ bool) bool { return k[0] == anchor || k[1] == anchor })
}

func (m *Mirror) sweep() {
	for _, known := range []map[string]models.Attributes{m.docs, m.groups} {
		for anchor := range known {
			if !m.seen[anchor] {
				m.drop(anchor)
			}
		}
	}
	maps.DeleteFunc(m.edges, func(k [2]string, _ bool) bool { return !m.held[k] && !m.hidden[k[0]] })
}

// Document gives a user's or group's document; nil when it is not known.
func (m *Mirror) Document(anchor string) models.Attributes {
	if doc, ok := m.docs[anchor]; ok {
		return doc
	}
	return m.groups[anchor]
}

// State gives what the mirror knows, for comparing.
func (m *Mirror) State() State {
	s := State{Users: map[string]User{}, Groups: map[string]string{}, Members: maps.Clone(m.edges)}
	for anchor, doc := range m.docs {
		s.Users[anchor] = User{
			Name: text(doc, "userName"), Title: text(doc, "title"), Enabled: m.enabled[anchor], Manager: m.manager[anchor],
		}
	}
	for anchor, doc := range m.groups {
		s.Groups[anchor] = text(doc, "displayName")
	}
	return s
}

func text(doc models.Attributes, name string) string {
	s, _ := doc[name].(string)
	return s
}
