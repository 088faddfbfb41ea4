package source

import (
	"slices"

	"muster/models"
)

// Member is one end of a direct membership.
type Member struct {
	Anchor string
	Kind   models.MemberKind
}

// Reach is who a scope holds, and because of which group.
type Reach struct {
	users  map[string]string // user → the group nearest to the scope's roots; "" when a root themselves
	groups map[string]string // group → the group it was reached from; "" for a root
}

// Resolve finds everybody whom the roots hold. direct gives the direct members of a
// group; groups in groups count when nested is set. Circles are walked once: the work
// is in proportion to the memberships, and the shortest way to each user is kept.
func Resolve(roots Roots, nested bool, direct func(group string) []Member) Reach {
	r := Reach{users: map[string]string{}, groups: map[string]string{}}
	for _, user := range roots.Users {
		r.users[user] = ""
	}
	queue := make([]string, 0, len(roots.Groups))
	for _, group := range roots.Groups {
		if _, seen := r.groups[group]; !seen {
			r.groups[group] = ""
			queue = append(queue, group)
		}
	}
	for len(queue) > 0 {
		group := queue[0]
		queue = queue[1:]
		for _, m := range direct(group) {
			if r.take(m, group) && nested {
				queue = append(queue, m.Anchor)
			}
		}
	}
	return r
}

// take notes a member and tells whether it is a group that was not seen before.
func (r Reach) take(m Member, in string) bool {
	if m.Kind != models.GroupMember {
		if _, seen := r.users[m.Anchor]; !seen {
			r.users[m.Anchor] = in
		}
		return false
	}
	if _, seen := r.groups[m.Anchor]; seen {
		return false
	}
	r.groups[m.Anchor] = in
	return true
}

// Len is how many users are held.
func (r Reach) Len() int { return len(r.users) }

// Holds tells whether a user is held.
func (r Reach) Holds(user string) bool {
	_, ok := r.users[user]
	return ok
}

// Because gives the groups through which a user is held, from the scope's own group
// to the one they are a direct member of; nil for a user who is not held or is named
// by the scope directly.
func (r Reach) Because(user string) []string {
	var way []string
	for group := r.users[user]; group != ""; group = r.groups[group] {
		way = append(way, group)
	}
	slices.Reverse(way)
	return way
}

// Above finds every way on which one member is held, one for each root that holds it:
// groups from the root to the member's own. holders gives the groups a member is
// directly in. It answers for one user what Resolve answers for all.
func Above(member string, roots []string, nested bool, holders func(member string) []string) [][]string {
	below := map[string]string{} // group → the next one down towards the member
	queue := []string{}
	for _, group := range holders(member) {
		if _, seen := below[group]; !seen {
			below[group] = ""
			queue = append(queue, group)
		}
	}
	for nested && len(queue) > 0 {
		group := queue[0]
		queue = queue[1:]
		for _, up := range holders(group) {
			if _, seen := below[up]; !seen {
				below[up] = group
				queue = append(queue, up)
			}
		}
	}
	var ways [][]string
	for _, root := range roots {
		if _, held := below[root]; !held {
			continue
		}
		var way []string
		for group := root; group != ""; group = below[group] {
			way = append(way, group)
		}
		ways = append(ways, way)
	}
	return ways
}

// HoldsGroup tells whether a group is one of the scope's, or was reached from one.
func (r Reach) HoldsGroup(group string) bool {
	_, ok := r.groups[group]
	return ok
}
