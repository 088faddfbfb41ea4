package entratest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenLife is how long a delta's link is good.
const tokenLife = 7 * 24 * time.Hour

// linksMost is how many links are remembered.
const linksMost = 20_000

// links are the opaque links that were given, until they are forgotten.
type links struct {
	byToken map[string]*position
	order   []string
}

func newLinks() links { return links{byToken: map[string]*position{}} }

func (l *links) add(token string, p *position) {
	l.byToken[token] = p
	l.order = append(l.order, token)
	if len(l.order) > linksMost {
		delete(l.byToken, l.order[0])
		l.order = l.order[1:]
	}
}

// position is where a link leads.
type position struct {
	kind   string   // users or groups, or a list's own name
	names  []string // what was selected
	given  time.Time
	since  int64   // a delta that was not begun: changes after this one
	round  []item  // nil until it was begun
	start  int64   // the last change when the round began
	at     int     // next item of the round
	empty  bool    // an empty page was just given
	before int64   // since of the round before, for replays
	list   []Props // of a list
	size   int
}

// item is one object of a round's page, with a part of its links.
type item struct {
	id    string
	since int64
	links []linked
	bare  bool // a further part: no properties
}

// delta answers a page of a delta of users or groups.
func (g *Graph) delta(kind string, r *http.Request) Answer {
	t, known := &g.users, userProps
	if kind == "groups" {
		t, known = &g.groups, groupProps
	}
	q := r.URL.Query()
	token := q.Get("$skiptoken") + q.Get("$deltatoken")
	p := &position{kind: kind, given: g.o.Now()}
	switch {
	case token != "" && token != "latest":
		have := g.links.byToken[token]
		if have == nil || have.kind != kind || g.o.Now().Sub(have.given) > tokenLife {
			return Refusal(http.StatusBadRequest, "syncStateNotFound", "The sync state is not there any more.")
		}
		copied := *have
		p = &copied
	default:
		for _, no := range []string{"$top", "$orderby", "$filter", "$expand"} {
			if q.Has(no) {
				return Refusal(http.StatusBadRequest, "Request_UnsupportedQuery", no+" is not supported here.")
			}
		}
		p.names = strings.Split(q.Get("$select"), ",")
		if bad := unknown(p.names, known); bad != "" {
			return noProperty(bad, kind)
		}
		if i := slices.IndexFunc(p.names, func(name string) bool { return elsewhere[name] }); i >= 0 {
			return Refusal(http.StatusBadRequest, "BadRequest",
				"Invalid request for delta query: for this entity set, $expand/$select is not supported for the following properties: "+p.names[i])
		}
		if token == "latest" {
			p.since, p.round = g.seq, []item{}
		}
	}
	if p.round == nil {
		p.start, p.round = g.seq, g.round(t, p)
	}
	return g.deltaPage(t, p, strings.Contains(r.Header.Get("Prefer"), "return=minimal"))
}

func (g *Graph) deltaPage(t *table, p *position, minimal bool) Answer {
	page := Props{"@odata.context": g.URL() + "/v1.0/$metadata#" + p.kind, "value": []any{}}
	if g.traps.EmptyPages && !p.empty && p.at < len(p.round) {
		p.empty = true
		page["@odata.nextLink"] = g.link(p, "$skiptoken", *p)
		return Answer{Page: page}
	}
	to := min(p.at+g.o.PageSize, len(p.round))
	values := make([]any, 0, to-p.at)
	for _, it := range p.round[p.at:to] {
		if v := g.render(t, p, it, minimal && !g.traps.IgnoreMinimal); v != nil {
			values = append(values, v)
		}
	}
	page["value"] = values
	p.at, p.empty = to, false
	if to < len(p.round) {
		page["@odata.nextLink"] = g.link(p, "$skiptoken", *p)
		return Answer{Page: page}
	}
	page["@odata.deltaLink"] = g.link(p, "$deltatoken", position{kind: p.kind, names: p.names, since: p.start, before: p.since})
	return Answer{Page: page}
}

// link remembers a position and gives the link that leads there.
func (g *Graph) link(p *position, name string, to position) string {
	token := g.opaque()
	to.given = g.o.Now()
	g.links.add(token, &to)
	return g.URL() + "/v1.0/" + p.kind + "/delta?" + name + "=" + token
}

// round lists what changed, as the pages will give it.
func (g *Graph) round(t *table, p *position) []item {
	round := []item{}
	if g.traps.Replay && p.since > 0 {
		round = g.changes(t, p, p.before)
	}
	round = append(round, g.changes(t, p, p.since)...)
	if n := g.traps.Repeats; n > 0 {
		round = slices.Repeat(round, n+1)
	}
	if g.traps.Spread {
		slices.SortStableFunc(round, func(a, b item) int { return boolInt(a.bare) - boolInt(b.bare) })
	}
	if g.traps.Shuffle {
		g.random.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
	}
	return round
}

// changes lists what changed after a change; after none, all there is.
func (g *Graph) changes(t *table, p *position, since int64) []item {
	names := set(p.names)
	round := []item{}
	for _, id := range t.order {
		o := t.byID[id]
		switch {
		case !o.there():
			if o.removed > since && (since > 0 || g.traps.RemovedFirst) {
				round = append(round, item{id: id, since: since})
			}
		default:
			round = append(round, g.parts(o, since, names)...)
		}
	}
	return round
}

// parts gives an object that changed, with its links in parts.
func (g *Graph) parts(o *object, since int64, names map[string]bool) []item {
	var changed []linked
	if names["members"] {
		changed = o.members.since(since)
	}
	whole := o.touched(names) > since || names["manager"] && len(o.manager.since(since)) > 0
	if !whole && len(changed) == 0 {
		return nil
	}
	out := []item{{id: o.id, since: since, bare: !whole}}
	for i, some := range slices.Collect(slices.Chunk(changed, g.o.MembersPart)) {
		if i == 0 {
			out[0].links = some
			continue
		}
		out = append(out, item{id: o.id, since: since, links: some, bare: true})
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func set(names []string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, name := range names {
		out[name] = true
	}
	return out
}
