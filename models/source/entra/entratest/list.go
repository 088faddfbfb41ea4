package entratest

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// list answers a page of a list: the first of a new one, or the one behind a link.
func (g *Graph) list(r *http.Request, all func() ([]Props, *Answer)) Answer {
	q := r.URL.Query()
	p := &position{kind: r.URL.Path, size: g.o.ListPage}
	if token := q.Get("$skiptoken"); token != "" {
		have := g.links.byToken[token]
		if have == nil || have.kind != p.kind {
			return Refusal(http.StatusBadRequest, "Directory_ExpiredPageToken", "The page token is not there any more.")
		}
		copied := *have
		p = &copied
	} else {
		items, refused := all()
		if refused != nil {
			return *refused
		}
		p.list = items
		if top, err := strconv.Atoi(q.Get("$top")); err == nil {
			p.size = min(top, p.size)
		}
	}
	to := min(p.at+p.size, len(p.list))
	page := Props{"@odata.context": g.URL() + "/v1.0/$metadata", "value": p.list[p.at:to]}
	if p.at = to; to < len(p.list) {
		token := g.opaque()
		p.given = g.o.Now()
		g.links.add(token, p)
		page["@odata.nextLink"] = g.URL() + r.URL.Path + "?$skiptoken=" + token
	}
	return Answer{Page: page}
}

var (
	equals = regexp.MustCompile(`^(id|userPrincipalName|mail) eq '((?:[^']|'')*)'$`)
	among  = regexp.MustCompile(`^id in \(((?:'[^']*',?)+)\)$`)
)

// filtered reads the filters that are understood here.
func filtered(filter string) (func(*object) bool, bool) {
	if filter == "" {
		return func(*object) bool { return true }, true
	}
	if m := equals.FindStringSubmatch(filter); m != nil {
		want := strings.ReplaceAll(m[2], "''", "'")
		return func(o *object) bool {
			have, _ := o.props[m[1]].(string)
			if m[1] == "id" {
				have = o.id
			}
			return strings.EqualFold(have, want)
		}, true
	}
	m := among.FindStringSubmatch(filter)
	if m == nil {
		return nil, false
	}
	ids := strings.Split(strings.ReplaceAll(m[1], "'", ""), ",")
	return func(o *object) bool { return slices.Contains(ids, o.id) }, len(ids) <= 15
}

// listObjects answers /users and /groups.
func (g *Graph) listObjects(t *table, kind string, r *http.Request) Answer {
	return g.list(r, func() ([]Props, *Answer) {
		q := r.URL.Query()
		match, ok := filtered(q.Get("$filter"))
		if !ok {
			a := Refusal(http.StatusBadRequest, "Request_UnsupportedQuery", "This filter is not supported here.")
			return nil, &a
		}
		if q.Has("$search") && r.Header.Get("ConsistencyLevel") != "eventual" {
			a := Refusal(http.StatusBadRequest, "Request_UnsupportedQuery", "Searching wants ConsistencyLevel: eventual.")
			return nil, &a
		}
		words := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(q.Get("$search"), `"displayName:`), `"`))
		out := []Props{}
		for _, id := range t.order {
			o := t.byID[id]
			name, _ := o.props["displayName"].(string)
			if o.there() && match(o) && strings.Contains(strings.ToLower(name), words) {
				v, bad := g.plain(o, kind, q)
				if bad != nil {
					return nil, bad
				}
				out = append(out, v)
			}
		}
		if q.Get("$orderby") == "displayName" {
			slices.SortFunc(out, func(a, b Props) int {
				x, _ := a["displayName"].(string)
				y, _ := b["displayName"].(string)
				return cmp.Compare(x, y)
			})
		}
		return out, nil
	})
}

// plain gives an object as a read without delta does: every selected property, with
// null for those it has not.
func (g *Graph) plain(o *object, kind string, q url.Values) (Props, *Answer) {
	known, names := userProps, strings.Split(cmp.Or(q.Get("$select"), "id,displayName"), ",")
	if kind == "groups" {
		known = groupProps
	}
	if bad := unknown(names, known); bad != "" {
		a := noProperty(bad, kind)
		return nil, &a
	}
	out := Props{}
	for _, name := range names {
		out[name] = o.props[name]
		if g.traps.Half[o.id] {
			out[name] = nil
		}
	}
	out["id"] = o.id
	if strings.HasPrefix(q.Get("$expand"), "manager") && o.boss() != "" {
		out["manager"] = Props{"@odata.type": "#microsoft.graph.user", "id": o.boss()}
	}
	return out, nil
}

// listMembers answers members and transitiveMembers, all of them or users alone.
func (g *Graph) listMembers(group *object, transitive, usersOnly bool, r *http.Request) Answer {
	return g.list(r, func() ([]Props, *Answer) {
		out := []Props{}
		for _, m := range g.membersOf(group, transitive) {
			if !usersOnly || m.kind == "user" {
				out = append(out, Props{"@odata.type": "#microsoft.graph." + m.kind, "id": m.id})
			}
		}
		return out, nil
	})
}

func (g *Graph) membersOf(group *object, transitive bool) []*linked {
	var out []*linked
	seen := map[string]bool{group.id: true}
	queue := []*object{group}
	for len(queue) > 0 {
		o := queue[0]
		queue = queue[1:]
		for _, m := range o.members.present() {
			if seen[m.id] {
				continue
			}
			seen[m.id] = true
			out = append(out, m)
			if inner := g.groups.byID[m.id]; inner != nil && transitive {
				queue = append(queue, inner)
			}
		}
	}
	return out
}

// listGroupsOf answers memberOf and transitiveMemberOf.
func (g *Graph) listGroupsOf(user string, transitive bool, r *http.Request) Answer {
	return g.list(r, func() ([]Props, *Answer) {
		out := []Props{}
		for _, id := range g.groups.order {
			group := g.groups.byID[id]
			in := func(m *linked) bool { return m.id == user }
			if !group.there() || !slices.ContainsFunc(g.membersOf(group, transitive), in) {
				continue
			}
			v, bad := g.plain(group, "groups", r.URL.Query())
			if bad != nil {
				return nil, bad
			}
			out = append(out, v)
		}
		return out, nil
	})
}

// listAssigned answers appRoleAssignedTo.
func (g *Graph) listAssigned(app string, r *http.Request) Answer {
	return g.list(r, func() ([]Props, *Answer) {
		if app != g.o.ClientID && !slices.ContainsFunc(g.grants, func(x grant) bool { return x.app == app }) {
			a := notFound()
			return nil, &a
		}
		out := []Props{}
		for _, x := range g.grants {
			if x.app == app {
				out = append(out, Props{
					"id": x.id, "principalId": x.principal, "principalType": x.kind,
					"appRoleId": "00000000-0000-0000-0000-000000000000", "createdDateTime": nil,
				})
			}
		}
		return out, nil
	})
}
