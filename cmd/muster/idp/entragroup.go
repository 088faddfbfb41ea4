package idp

import (
	"context"
	"net/http"
	"net/url"
	"slices"
)

func (e *entra) group(ctx context.Context, g *team) error {
	switch {
	case g.gone || g.id == "" && g.ended:
		return nil
	case g.ended:
		return e.dropGroup(ctx, g)
	case g.id == "":
		doc, err := e.findGroup(ctx, g)
		if err != nil {
			return err
		}
		if doc == nil {
			return e.createGroup(ctx, g)
		}
		return e.adoptGroup(ctx, g, doc)
	case g.name != g.sentName:
		ok, err := e.patch(ctx, "rename group", "/Groups/"+escape(g.id), []object{{"op": e.op("Replace"), "path": "displayName", "value": g.name}})
		if ok {
			e.deliver(func() { g.sentName = g.name })
		}
		return err
	}
	return nil
}

func (e *entra) findGroup(ctx context.Context, g *team) (object, error) {
	for _, a := range [][2]string{{"displayName", g.name}, {"externalId", g.externalID}} {
		r, err := e.client.send(ctx, call{
			kind: "look up group", method: http.MethodGet, expect: []int{200},
			path: "/Groups?excludedAttributes=members&filter=" + url.QueryEscape(a[0]+" eq "+literal(a[1])),
		})
		if err != nil {
			return nil, err
		}
		for _, doc := range found(r) {
			return doc, nil
		}
	}
	return nil, nil
}

func (e *entra) createGroup(ctx context.Context, g *team) error {
	r, err := e.client.send(ctx, call{
		kind: "create group", method: http.MethodPost, path: "/Groups", expect: []int{201},
		body: encode(object{
			"schemas": []string{urnGroup, urnEntraGroup}, "externalId": g.externalID, "displayName": g.name,
			"meta": object{"resourceType": "Group"},
		}),
		again: func(ctx context.Context) (reply, bool, error) {
			doc, err := e.findGroup(ctx, g)
			if doc == nil {
				return reply{}, false, err
			}
			return reply{status: http.StatusCreated, body: encode(doc)}, true, err
		},
	})
	if err == nil && r.status == http.StatusCreated {
		e.deliver(func() { g.id, g.sentName = textAt(r.doc(), "id"), g.name })
	}
	return err
}

// adoptGroup takes over a group that an earlier run has made.
func (s *Simulator) adoptGroup(ctx context.Context, g *team, doc object) error {
	id := textAt(doc, "id")
	r, err := s.client.send(ctx, call{kind: "read group", method: http.MethodGet, path: "/Groups/" + escape(id), expect: []int{200}})
	if err != nil || r.status != http.StatusOK {
		return err
	}
	s.deliver(func() { g.id, g.sentName, g.foreign = id, textAt(r.doc(), "displayName"), memberIDs(r.doc()) })
	return nil
}

// recognise finds people among a taken-over group's members: at once, or when
// an earlier run's later joiner joins in this run.
func (s *Simulator) recognise(g *team) {
	if len(g.foreign) == 0 {
		return
	}
	of := map[string]*person{}
	for _, p := range s.tenant.people {
		of[p.id] = p
	}
	s.deliver(func() {
		g.foreign = slices.DeleteFunc(g.foreign, func(id string) bool {
			p := of[id]
			if p != nil {
				g.sent[p] = true
			}
			return p != nil
		})
	})
}

func memberIDs(group object) []string {
	var ids []string
	list, _ := group["members"].([]any)
	for _, e := range list {
		m, _ := e.(object)
		if id, ok := m["value"].(string); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (s *Simulator) dropGroup(ctx context.Context, g *team) error {
	r, err := s.client.send(ctx, call{kind: "delete group", method: http.MethodDelete, path: "/Groups/" + escape(g.id), expect: []int{204}})
	if err == nil && (r.status == http.StatusNoContent || r.status == http.StatusNotFound) {
		s.deliver(func() { g.gone, g.foreign = true, nil; clear(g.sent) })
	}
	return err
}

func (e *entra) members(ctx context.Context, g *team) error {
	if g.id == "" || g.gone {
		return nil
	}
	e.recognise(g)
	want := e.tenant.desired(g)
	for batch := range slices.Chunk(missing(g.sent, want), memberBatch) {
		if err := e.changeMembers(ctx, g, batch, "Remove"); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(missing(want, g.sent), memberBatch) {
		if err := e.changeMembers(ctx, g, batch, "Add"); err != nil {
			return err
		}
	}
	return nil
}

func (e *entra) changeMembers(ctx context.Context, g *team, batch []*person, op string) error {
	if e.story.cycle > 1 {
		if err := e.refers(ctx, "/Groups", g.id, "members", batch[0].id, op == "Remove"); err != nil {
			return err
		}
	}
	kind := map[string]string{"Add": "add members", "Remove": "remove members"}[op]
	ok, err := e.patch(ctx, kind, "/Groups/"+escape(g.id), e.memberOperations(batch, op))
	if ok {
		e.deliver(func() { note(g, batch, op == "Add") })
	}
	return err
}

func (e *entra) memberOperations(batch []*person, op string) []object {
	var values, ops []object
	for _, p := range batch {
		value := object{"$ref": nil, "value": p.id}
		if e.opts.Flag {
			value = object{"value": p.id}
			ops = append(ops, object{"op": "remove", "path": "members[value eq " + literal(p.id) + "]"})
		}
		values = append(values, value)
	}
	if e.opts.Flag && op == "Remove" {
		return ops
	}
	return []object{{"op": e.op(op), "path": "members", "value": values}}
}

func note(g *team, batch []*person, member bool) {
	for _, p := range batch {
		if member {
			g.sent[p] = true
		} else {
			delete(g.sent, p)
		}
	}
}
