package entratest

import (
	"maps"
	"slices"
)

// Props are the properties of an object in Graph's names. nil takes one away.
type Props = map[string]any

// object is a user or a group with what is needed to tell what changed since when.
type object struct {
	id      string
	props   Props            // a name with nil once had a value
	changed map[string]int64 // property → the change that set it
	created int64
	removed int64 // the change that removed it; 0 while it is there
	reason  string
	manager linkSet // users
	members linkSet // groups
}

// linked is another object that one points to, or did.
type linked struct {
	id      string
	kind    string // user, group, device …
	present bool
	seq     int64
}

// linkSet is whom an object points to, or did, in the order in which they came first.
type linkSet struct {
	byID  map[string]*linked
	order []string
}

func (s *linkSet) add(id, kind string, seq int64) {
	l := s.byID[id]
	if l == nil {
		l = &linked{id: id, kind: kind}
		s.byID[id] = l
		s.order = append(s.order, id)
	}
	l.present, l.seq = true, seq
}

func (s *linkSet) remove(id string, seq int64) {
	if l := s.byID[id]; l != nil && l.present {
		l.present, l.seq = false, seq
	}
}

// present lists those who are pointed to now.
func (s *linkSet) present() []*linked {
	out := make([]*linked, 0, len(s.order))
	for _, id := range s.order {
		if l := s.byID[id]; l.present {
			out = append(out, l)
		}
	}
	return out
}

// since lists what changed after a change; after none, those who are pointed to.
func (s *linkSet) since(seq int64) []linked {
	var out []linked
	for _, id := range s.order {
		if l := s.byID[id]; l.seq > seq && (l.present || seq > 0) {
			out = append(out, *l)
		}
	}
	return out
}

// boss is the id of a user's manager; "" for none.
func (o *object) boss() string {
	for _, l := range o.manager.present() {
		return l.id
	}
	return ""
}

func (o *object) there() bool { return o.removed == 0 }

// touched is the last change of what is selected.
func (o *object) touched(names map[string]bool) int64 {
	last := max(o.created, o.removed)
	for name, seq := range o.changed {
		if names[name] {
			last = max(last, seq)
		}
	}
	return last
}

// table keeps objects in the order in which they were made.
type table struct {
	byID  map[string]*object
	order []string
}

func newTable() table { return table{byID: map[string]*object{}} }

func (t *table) add(o *object) {
	t.byID[o.id] = o
	t.order = append(t.order, o.id)
}

// AddUser makes a user and gives its id. Without other word the user is enabled.
func (g *Graph) AddUser(p Props) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := Props{"accountEnabled": true, "userType": "Member"}
	maps.Copy(all, p)
	return g.create(&g.users, all)
}

// AddGroup makes a group and gives its id.
func (g *Graph) AddGroup(p Props) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := Props{"securityEnabled": true}
	maps.Copy(all, p)
	return g.create(&g.groups, all)
}

func (g *Graph) create(t *table, p Props) string {
	g.seq++
	o := &object{id: g.newID(), props: Props{}, changed: map[string]int64{}, created: g.seq}
	o.manager.byID, o.members.byID = map[string]*linked{}, map[string]*linked{}
	g.put(o, p)
	t.add(o)
	return o.id
}

func (g *Graph) put(o *object, p Props) {
	for name, v := range p {
		o.props[name], o.changed[name] = v, g.seq
	}
}

// EditUser sets properties of a user. An unknown id is a fault of the caller.
func (g *Graph) EditUser(id string, p Props) { g.edit(&g.users, id, p) }

// EditGroup sets properties of a group.
func (g *Graph) EditGroup(id string, p Props) { g.edit(&g.groups, id, p) }

func (g *Graph) edit(t *table, id string, p Props) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	g.put(t.byID[id], p)
}

// Enable lets a user sign in, or not any more.
func (g *Graph) Enable(id string, on bool) { g.EditUser(id, Props{"accountEnabled": on}) }

// RemoveUser moves a user to the bin, or removes it for good. Memberships end with it.
func (g *Graph) RemoveUser(id string, permanent bool) { g.remove(&g.users, id, permanent) }

// RemoveGroup moves a group to the bin, or removes it for good.
func (g *Graph) RemoveGroup(id string, permanent bool) { g.remove(&g.groups, id, permanent) }

func (g *Graph) remove(t *table, id string, permanent bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	o := t.byID[id]
	o.removed, o.reason = g.seq, "changed"
	if permanent {
		o.reason = "deleted"
	}
	for _, group := range g.groups.byID {
		group.members.remove(id, g.seq)
	}
}

// Restore brings a user or group back from the bin.
func (g *Graph) Restore(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	for _, t := range []*table{&g.users, &g.groups} {
		if o := t.byID[id]; o != nil {
			o.removed, o.reason, o.created = 0, "", g.seq
			// What comes back comes whole.
			g.put(o, maps.Clone(o.props))
			for _, l := range append(o.members.present(), o.manager.present()...) {
				l.seq = g.seq
			}
		}
	}
}

// AddMembers puts users and groups into a group.
func (g *Graph) AddMembers(group string, ids ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	for _, id := range ids {
		g.groups.byID[group].members.add(id, g.kindOf(id), g.seq)
	}
}

// AddOther puts something that is neither a user nor a group into a group.
func (g *Graph) AddOther(group, kind string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	g.groups.byID[group].members.add(g.newID(), kind, g.seq)
}

func (g *Graph) kindOf(id string) string {
	if g.groups.byID[id] != nil {
		return "group"
	}
	return "user"
}

// RemoveMembers takes members out of a group.
func (g *Graph) RemoveMembers(group string, ids ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	for _, id := range ids {
		g.groups.byID[group].members.remove(id, g.seq)
	}
}

// SetManager gives a user a manager; "" takes it away.
func (g *Graph) SetManager(user, manager string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	o := g.users.byID[user]
	o.manager.remove(o.boss(), g.seq)
	if manager != "" {
		o.manager.add(manager, "user", g.seq)
	}
}

// grant is an assignment of an application.
type grant struct{ id, app, principal, kind string }

// Assign gives an application to a User, a Group or a ServicePrincipal.
func (g *Graph) Assign(app, principal, kind string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.grants = append(g.grants, grant{g.newID(), app, principal, kind})
}

// Unassign takes an application away.
func (g *Graph) Unassign(app, principal string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.grants = slices.DeleteFunc(g.grants, func(x grant) bool { return x.app == app && x.principal == principal })
}

// Users gives the properties of all users that are there, by id, for comparisons.
func (g *Graph) Users() map[string]Props { return g.snapshot(&g.users) }

// Groups gives the properties of all groups that are there, by id.
func (g *Graph) Groups() map[string]Props { return g.snapshot(&g.groups) }

func (g *Graph) snapshot(t *table) map[string]Props {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make(map[string]Props, len(t.order))
	for id, o := range t.byID {
		if o.there() {
			out[id] = maps.Clone(o.props)
		}
	}
	return out
}

// Members gives the ids of a group's users and groups, in the order they were added.
func (g *Graph) Members(group string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []string
	for _, m := range g.groups.byID[group].members.present() {
		if m.kind == "user" || m.kind == "group" {
			out = append(out, m.id)
		}
	}
	return out
}

// Manager gives the id of a user's manager; "" for none.
func (g *Graph) Manager(user string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.users.byID[user].boss()
}
