package entra

import (
	"context"
	"hash/maphash"
	"io"
	"iter"
	"net/url"
	"time"

	"muster/models"
	"muster/models/source"
)

// Read reads all users, then all groups with their direct members; or, from a cursor
// that a complete read ended with, what changed in them since. Whoever is in scope is
// for the caller to find: see Roots and source.Resolve.
//
// A link that Graph no longer knows ends the read with ResyncNeeded wherever it comes,
// and is not mended here: what came before it may belong to a state that is gone, so
// only a full read from its beginning proves anything.
func (c *Connector) Read(ctx context.Context, from source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		at, err := c.begin(from)
		if err != nil {
			yield(source.Page{}, err)
			return
		}
		r := &round{c: c, at: at, seed: maphash.MakeSeed(), links: map[uint64]bool{}}
		for last := false; !last; {
			page, err := r.page(ctx)
			if err != nil {
				yield(source.Page{}, err)
				return
			}
			last = page.Done != nil
			if !yield(page, nil) {
				return
			}
		}
	}
}

// round is one read under way. Of the pages it keeps nothing but a mark for each link.
type round struct {
	c     *Connector
	at    place
	seed  maphash.Seed
	links map[uint64]bool
}

// page fetches the next page and moves on behind it.
func (r *round) page(ctx context.Context) (source.Page, error) {
	wire, err := r.fetch(ctx)
	if err != nil {
		return source.Page{}, err
	}
	r.at.Pages++
	page := source.Page{Number: r.at.Pages, Full: r.at.Full, Ignored: map[string]int{}}
	if r.at.Stage == usersStage {
		r.c.users.gather(&page, wire.entries)
	} else {
		r.c.groups.gather(&page, wire.entries)
	}
	r.at.Seen.count(page)
	if err := r.move(wire); err != nil {
		return source.Page{}, err
	}
	page.Resume = r.at.cursor()
	if r.at.Stage == "" {
		page.Done = r.proof(page.Resume)
	}
	return page, nil
}

// fetch asks for the page that the read is at.
func (r *round) fetch(ctx context.Context) (wirePage, error) {
	link := r.at.Link
	if link == "" {
		sel, path := r.c.users, "/users/delta"
		if r.at.Stage == groupsStage {
			sel, path = r.c.groups, "/groups/delta"
		}
		link = r.c.graph.address(path, url.Values{"$select": {sel.forDelta()}})
	}
	mark := maphash.String(r.seed, link)
	if r.links[mark] {
		return wirePage{}, incomplete("Microsoft Graph’s pages lead in a circle.", "")
	}
	r.links[mark] = true
	var wire wirePage
	q := call{url: link, units: 2, low: true, decode: func(body io.Reader) (err error) {
		if wire, err = decodePage(body); err != nil {
			return err
		}
		return r.c.checkLinks(wire)
	}}
	if !r.at.Full {
		// Only what changed, so that a page says little; what is not in it did not change.
		q.header = map[string]string{"Prefer": "return=minimal"}
	}
	err := r.c.graph.get(ctx, q)
	return wire, err
}

// checkLinks refuses a delta page that leads nowhere or elsewhere, before anything of
// it counts.
func (c *Connector) checkLinks(wire wirePage) error {
	link := wire.next + wire.delta
	if link == "" {
		return incomplete("A page of Microsoft Graph has neither a next page nor an end.", "")
	}
	return c.graph.pin(link)
}

// move goes on to the page behind the one that came.
func (r *round) move(wire wirePage) error {
	if wire.next != "" {
		r.at.Link = wire.next
		return nil
	}
	if r.at.Stage == usersStage {
		if r.at.Full && r.at.Seen.Users == 0 {
			return &source.Failure{
				Code: source.EmptyRead, Msg: "Microsoft Graph answered without an error, and with no user at all.",
				Advice: "Every tenant has users. Check the permissions of the application; nothing was concluded.",
			}
		}
		r.at.Users, r.at.Stage, r.at.Link = wire.delta, groupsStage, r.at.Groups
		return nil
	}
	r.at.Groups, r.at.Stage, r.at.Link = wire.delta, "", ""
	return nil
}

func (r *round) proof(next source.Cursor) *source.Proof {
	n := r.at.Seen
	return &source.Proof{
		Next: next, Started: time.Unix(r.at.Started, 0), Ended: r.c.now(), Pages: r.at.Pages,
		Users: n.Users, Groups: n.Groups, Removed: n.Removed, Members: n.Members,
	}
}

func (s *seen) count(p source.Page) {
	s.Users += len(p.Users)
	s.Groups += len(p.Groups)
	s.Removed += len(p.Removed)
	s.Members += len(p.Members)
}

// gather writes the objects of a page down, each once: what comes later about the
// same one supersedes what came before, and adds to it.
func (s selection) gather(page *source.Page, entries []entry) {
	g := gathering{at: map[string]int{}, gone: map[string]int{}, member: map[[2]string]int{}}
	for _, e := range entries {
		if e.removed != nil {
			g.remove(source.Removal{Anchor: e.id, Kind: s.kind, Permanent: e.removed.Reason == "deleted"})
			continue
		}
		g.add(s.record(e))
		for _, edge := range edges(e, page.Ignored) {
			g.link(edge)
		}
	}
	page.Removed, page.Members = g.removed, g.standing()
	if s.kind == models.UserTarget {
		page.Users = g.records
	} else {
		page.Groups = g.records
	}
}
