package idp

import (
	"context"
	"net/http"
)

func (o *okta) group(ctx context.Context, g *team) error {
	switch {
	case g.gone || g.id == "" && g.ended:
		return nil
	case g.ended:
		return o.dropGroup(ctx, g)
	case g.id == "":
		doc, err := o.findGroup(ctx, g)
		if err != nil {
			return err
		}
		if doc == nil {
			return o.push(ctx, g)
		}
		return o.adoptGroup(ctx, g, doc)
	case g.name != g.sentName:
		return o.name(ctx, g, "rename group")
	}
	return nil
}

func (o *okta) findGroup(ctx context.Context, g *team) (object, error) {
	return o.lookup(ctx, "look up group", "/Groups", "displayName eq "+literal(g.name))
}

// push makes the group empty, then repeats its name with its id.
func (o *okta) push(ctx context.Context, g *team) error {
	r, err := o.client.send(ctx, call{
		kind: "create group", method: http.MethodPost, path: "/Groups", expect: []int{201},
		body: encode(object{"schemas": []string{urnGroup}, "displayName": g.name, "members": []any{}}),
		again: func(ctx context.Context) (reply, bool, error) {
			doc, err := o.findGroup(ctx, g)
			if doc == nil {
				return reply{}, false, err
			}
			return reply{status: http.StatusCreated, body: encode(doc)}, true, err
		},
	})
	if err != nil || r.status != http.StatusCreated {
		return err
	}
	o.deliver(func() { g.id, g.sentName = textAt(r.doc(), "id"), g.name })
	return o.name(ctx, g, "update group")
}

// name sends no path, and the id, which must change nothing else.
func (o *okta) name(ctx context.Context, g *team, kind string) error {
	ok, err := o.patch(ctx, kind, "/Groups/"+escape(g.id), []object{{"op": "replace", "value": object{"id": g.id, "displayName": g.name}}})
	if ok {
		o.deliver(func() { g.sentName = g.name })
	}
	return err
}

func (o *okta) members(ctx context.Context, g *team) error {
	if g.id == "" || g.gone {
		return nil
	}
	o.recognise(g)
	want := o.tenant.desired(g)
	out, in := missing(g.sent, want), missing(want, g.sent)
	switch {
	case len(out)+len(in) == 0:
		return nil
	case len(want) == 0 || o.story.cycle > 1 && (g.key+o.story.cycle)%4 == 0 && len(want) <= pushAtOnce:
		return o.pushNow(ctx, g, want)
	}
	for len(out)+len(in) > 0 {
		var gone, come []*person
		gone, out = split(out)
		come, in = split(in)
		if err := o.changeMembers(ctx, g, gone, come); err != nil {
			return err
		}
	}
	return nil
}

func split(list []*person) (batch, rest []*person) {
	n := min(memberBatch, len(list))
	return list[:n], list[n:]
}

// changeMembers takes out and puts in with one request.
func (o *okta) changeMembers(ctx context.Context, g *team, gone, come []*person) error {
	var ops []object
	for _, p := range gone {
		ops = append(ops, object{"op": "remove", "path": "members[value eq " + literal(p.id) + "]"})
	}
	if len(come) > 0 {
		ops = append(ops, object{"op": "add", "path": "members", "value": named(come)})
	}
	ok, err := o.patch(ctx, "change members", "/Groups/"+escape(g.id), ops)
	if ok {
		o.deliver(func() { note(g, gone, false); note(g, come, true) })
	}
	return err
}

// pushNow replaces the whole list, also by an empty one.
func (o *okta) pushNow(ctx context.Context, g *team, want map[*person]bool) error {
	ok, err := o.patch(ctx, "replace members", "/Groups/"+escape(g.id), []object{{"op": "replace", "path": "members", "value": named(missing(want, nil))}})
	if ok {
		o.deliver(func() { g.sent, g.foreign = want, nil })
	}
	return err
}

func named(people []*person) []object {
	list := []object{}
	for _, p := range people {
		list = append(list, object{"value": p.id, "display": p.sent.UserName})
	}
	return list
}
