package entra

import (
	"slices"

	"muster/models/source"
)

// gathering merges what one page says several times. Across pages it is the caller's
// store that merges: every record and edge says only what it says.
type gathering struct {
	records []source.Record
	removed []source.Removal
	edges   []source.Edge
	at      map[string]int // anchor → place in records
	gone    map[string]int // anchor → place in removed
	member  map[[2]string]int
}

// add takes a record. It takes a removal before it back: the object was restored.
func (g *gathering) add(r source.Record) {
	if i, ok := g.gone[r.Anchor]; ok {
		g.removed, g.gone = without(g.removed, g.gone, i, func(x source.Removal) string { return x.Anchor })
	}
	if i, ok := g.at[r.Anchor]; ok {
		g.records[i] = g.records[i].Then(r)
		return
	}
	g.at[r.Anchor] = len(g.records)
	g.records = append(g.records, r)
}

// remove takes a removal, and drops what was said of the object before it.
func (g *gathering) remove(r source.Removal) {
	if i, ok := g.at[r.Anchor]; ok {
		g.records, g.at = without(g.records, g.at, i, func(x source.Record) string { return x.Anchor })
	}
	if i, ok := g.gone[r.Anchor]; ok {
		r.Permanent = r.Permanent || g.removed[i].Permanent
		g.removed[i] = r
		return
	}
	g.gone[r.Anchor] = len(g.removed)
	g.removed = append(g.removed, r)
}

// link takes a membership; the last word on it counts.
func (g *gathering) link(e source.Edge) {
	key := [2]string{e.Group, e.Member}
	if i, ok := g.member[key]; ok {
		if e.Kind == "" {
			e.Kind = g.edges[i].Kind
		}
		g.edges[i] = e
		return
	}
	g.member[key] = len(g.edges)
	g.edges = append(g.edges, e)
}

// standing gives the memberships of groups that the page leaves standing.
func (g *gathering) standing() []source.Edge {
	return slices.DeleteFunc(g.edges, func(e source.Edge) bool {
		_, gone := g.gone[e.Group]
		return gone
	})
}

// without drops one item and moves the places of those behind it.
func without[T any](items []T, at map[string]int, i int, anchor func(T) string) ([]T, map[string]int) {
	delete(at, anchor(items[i]))
	items = append(items[:i:i], items[i+1:]...)
	for ; i < len(items); i++ {
		at[anchor(items[i])] = i
	}
	return items, at
}
