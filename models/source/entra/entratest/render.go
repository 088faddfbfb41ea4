package entratest

import "slices"

// render gives one object of a delta's page.
func (g *Graph) render(t *table, p *position, it item, minimal bool) Props {
	o := t.byID[it.id]
	if !o.there() {
		return Props{"id": o.id, "@removed": Props{"reason": o.reason}}
	}
	out := Props{"id": o.id}
	switch {
	case g.traps.Half[o.id]:
		out["@odata.type"] = "#microsoft.graph." + singular(p.kind)
		for _, name := range p.names {
			if name != "id" && name != "manager" && name != "members" {
				out[name] = nil
			}
		}
		return out
	case it.bare && minimal:
	default:
		g.properties(out, o, p, it.since, minimal)
	}
	if len(it.links) > 0 {
		out["members@delta"] = g.linksOf(it.links)
	}
	if bosses := o.manager.since(it.since); slices.Contains(p.names, "manager") && len(bosses) > 0 {
		out["manager@delta"] = g.linksOf(bosses)
	}
	return out
}

// properties writes what is selected: of a new object what it ever had, of a changed
// one what it has, with null for what it has no more.
func (g *Graph) properties(out Props, o *object, p *position, since int64, minimal bool) {
	fresh := o.created > since
	for _, name := range p.names {
		v, ever := o.props[name]
		switch {
		case name == "manager" || name == "members":
		case minimal && !fresh && o.changed[name] <= since:
		case ever:
			out[name] = v
		case !fresh && !minimal:
			out[name] = nil
		}
	}
	out["id"] = o.id
}

func (g *Graph) linksOf(some []linked) []any {
	out := make([]any, 0, len(some))
	for _, m := range some {
		l := Props{"id": m.id}
		if !g.traps.Typeless {
			l["@odata.type"] = "#microsoft.graph." + m.kind
		}
		if !m.present {
			removed := Props{"reason": "deleted"}
			if g.traps.NoReason {
				removed = Props{}
			}
			l["@removed"] = removed
		}
		out = append(out, l)
	}
	return out
}

func singular(kind string) string { return kind[:len(kind)-1] }
