package idp

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// entra speaks as Microsoft Entra ID's provisioning service does: without
// Options.Flag with capitalised operations and text for booleans, with it in
// the form of RFC 7644.
type entra struct{ *Simulator }

const memberBatch = 100

func entraHeaders() http.Header {
	return http.Header{"Accept": {"application/scim+json"}, "Content-Type": {"application/scim+json; charset=utf-8"}}
}

func (e *entra) attributes() []attribute {
	table := attributes("preferredLanguage")
	return slices.Insert(table, 5, attribute{"name.formatted", func(u *User) *string { return &u.FormattedName }})
}

// probe is Test Connection: a search for someone who cannot exist must be
// answered with an empty list, not with 404.
func (e *entra) probe(ctx context.Context) error {
	nobody := guid(e.tenant.rng)
	for _, path := range []string{
		"/Users?filter=" + url.QueryEscape("userName eq "+literal(nobody)),
		"/Groups?excludedAttributes=members&filter=" + url.QueryEscape("displayName eq "+literal(nobody)),
	} {
		q := call{kind: "test connection", method: http.MethodGet, path: path, expect: []int{200}}
		r, err := e.client.send(ctx, q)
		if err != nil {
			return err
		}
		if r.status != http.StatusOK || total(r) != 0 {
			return fmt.Errorf("test connection: GET %s answered %d instead of an empty list: %.300s", path, r.status, r.body)
		}
	}
	return nil
}

func (e *entra) lookup(ctx context.Context, attribute, value string) (object, error) {
	r, err := e.client.send(ctx, call{
		kind: "look up user", method: http.MethodGet, expect: []int{200},
		path: "/Users?filter=" + url.QueryEscape(attribute+" eq "+literal(value)),
	})
	if err != nil {
		return nil, err
	}
	for _, doc := range found(r) {
		return doc, nil
	}
	return nil, nil
}

// match looks for a person by the matching attributes, in their order.
func (e *entra) match(ctx context.Context, p *person) (object, error) {
	for _, a := range [][2]string{{"userName", p.want.UserName}, {"externalId", p.want.ExternalID}} {
		if doc, err := e.lookup(ctx, a[0], a[1]); doc != nil || err != nil {
			return doc, err
		}
	}
	return nil, nil
}

func (e *entra) user(ctx context.Context, p *person) error {
	switch {
	case p.gone || p.id == "" && !p.want.Active:
		return nil
	case p.purged:
		return e.remove(ctx, p)
	case p.id == "" || p.want.Active && !p.sent.Active:
		return e.assign(ctx, p)
	}
	return e.update(ctx, p)
}

// assign creates a person, or takes over the record that matches: someone who
// was there before, or who left and returns.
func (e *entra) assign(ctx context.Context, p *person) error {
	doc, err := e.match(ctx, p)
	if err != nil {
		return err
	}
	if doc == nil {
		return e.create(ctx, p)
	}
	e.adopt(p, doc)
	return e.update(ctx, p)
}

func (e *entra) adopt(p *person, doc object) {
	u := readUser(doc, e.attributes())
	e.relink(p, u)
}

func (e *entra) create(ctx context.Context, p *person) error {
	r, err := e.client.send(ctx, call{
		kind: "create user", method: http.MethodPost, path: "/Users", body: encode(e.newUser(p)), expect: []int{201},
		again: func(ctx context.Context) (reply, bool, error) {
			doc, err := e.match(ctx, p)
			if doc == nil {
				return reply{}, false, err
			}
			return reply{status: http.StatusOK, body: encode(doc)}, true, err
		},
	})
	switch {
	case err != nil:
		return err
	case r.status == http.StatusOK:
		e.adopt(p, r.doc())
		return e.update(ctx, p)
	case r.status == http.StatusCreated:
		e.link(p, textAt(r.doc(), "id"))
		e.deliver(func() { p.sent = p.want })
	}
	return nil
}

// newUser is the body of a create, with what real tenants put into it: nulls,
// booleans as text, attributes that no schema knows, an extension that is
// named and not there.
func (e *entra) newUser(p *person) object {
	doc := object{
		"schemas": []string{urnUser, urnEnterprise}, "active": true, "roles": []any{}, "meta": object{"resourceType": "User"},
	}
	for _, a := range e.attributes() {
		if v := *a.ref(&p.want); v != "" {
			setPath(doc, a.path, v)
		}
	}
	if p.key%10 == 3 && !e.opts.Flag {
		doc["active"] = "True"
	}
	if p.key%7 == 2 {
		doc["nickName"], doc["timezone"] = nil, nil
	}
	if p.key%9 == 4 {
		doc["onPremisesExtensionAttributes"] = object{"extensionAttribute1": "badge 17"}
	}
	return doc
}

func (e *entra) update(ctx context.Context, p *person) error {
	ops := e.changes(p)
	if len(ops) == 0 {
		return nil
	}
	kind := "update user"
	if p.sent.Active != p.want.Active {
		kind = map[bool]string{true: "restore user", false: "disable user"}[p.want.Active]
	}
	ok, err := e.patch(ctx, kind, "/Users/"+escape(p.id), ops)
	if ok {
		e.deliver(func() {
			manager := p.sent.Manager
			p.sent = p.want
			p.sent.Manager = manager
		})
	}
	return err
}

// changes lists the operations for what differs from what was delivered.
func (e *entra) changes(p *person) []object {
	var ops []object
	whole := object{}
	for _, a := range e.attributes() {
		have, want := *a.ref(&p.sent), *a.ref(&p.want)
		switch {
		case have == want:
		case want == "":
			ops = append(ops, object{"op": e.op("Remove"), "path": a.path})
		case e.opts.Flag:
			whole[a.path] = want
		case have == "":
			ops = append(ops, object{"op": "Add", "path": a.path, "value": want})
		default:
			ops = append(ops, object{"op": "Replace", "path": a.path, "value": want})
		}
	}
	if len(whole) > 0 {
		ops = append(ops, object{"op": "replace", "value": whole})
	}
	if p.sent.Active != p.want.Active {
		ops = append(ops, object{"op": e.op("Replace"), "path": "active", "value": e.boolean(p.want.Active)})
	}
	return ops
}

func (e *entra) op(name string) string {
	if e.opts.Flag {
		return map[string]string{"Add": "add", "Replace": "replace", "Remove": "remove"}[name]
	}
	return name
}

func (e *entra) boolean(b bool) any {
	if e.opts.Flag {
		return b
	}
	return map[bool]string{true: "True", false: "False"}[b]
}

// patch says whether the server has taken the operations.
func (e *entra) patch(ctx context.Context, kind, path string, ops []object) (bool, error) {
	r, err := e.client.send(ctx, call{
		kind: kind, method: http.MethodPatch, path: path, expect: []int{200, 204},
		body: encode(object{"schemas": []string{urnPatch}, "Operations": ops}),
	})
	return err == nil && r.status < 300, err
}

// remove is the hard delete, thirty days after a person was disabled.
func (e *entra) remove(ctx context.Context, p *person) error {
	r, err := e.client.send(ctx, call{kind: "delete user", method: http.MethodDelete, path: "/Users/" + escape(p.id), expect: []int{204}})
	if err == nil && (r.status == http.StatusNoContent || r.status == http.StatusNotFound) {
		e.deliver(func() { p.gone = true })
	}
	return err
}

// manager follows when everyone is there, because it refers to another's id.
func (e *entra) manager(ctx context.Context, p *person) error {
	want := ""
	if p.boss != nil {
		want = p.boss.id
	}
	if p.id == "" || p.gone || !p.sent.Active || want == p.sent.Manager {
		return nil
	}
	if want != "" && (e.story.cycle > 1 || p.key%10 == 0) {
		if err := e.refers(ctx, "/Users", p.id, "manager", want, false); err != nil {
			return err
		}
	}
	ok, err := e.patch(ctx, "set manager", "/Users/"+escape(p.id), []object{e.managerOperation(p, want)})
	if ok {
		e.deliver(func() { p.sent.Manager = want })
	}
	return err
}

// managerOperation takes turns with the forms that were seen.
func (e *entra) managerOperation(p *person, want string) object {
	op := "Add"
	if p.sent.Manager != "" {
		op = "Replace"
	}
	switch {
	case want == "" && p.key%2 == 0:
		return object{"op": e.op("Remove"), "path": managerPath}
	case want == "":
		return object{"op": e.op("Replace"), "path": managerPath, "value": ""}
	case p.key%5 == 1:
		return object{"op": e.op(op), "path": "manager", "value": []object{{"$ref": e.client.base + "/Users/" + want, "value": want}}}
	}
	return object{"op": e.op(op), "path": managerPath, "value": want}
}

// refers is the reference check before a change: does the record already
// refer to that id? An answer other than the delivered state is a problem.
func (e *entra) refers(ctx context.Context, where, id, attribute, to string, want bool) error {
	q := call{
		kind: "check reference", method: http.MethodGet, expect: []int{200},
		path: where + "?filter=" + url.QueryEscape("id eq "+literal(id)+" and "+attribute+" eq "+literal(to)) + "&attributes=id",
	}
	r, err := e.client.send(ctx, q)
	if err == nil && r.status == http.StatusOK && (total(r) > 0) != want {
		e.client.problem(q, r, fmt.Sprintf("%d found, while the delivered state says %v", total(r), want))
	}
	return err
}

func (e *entra) finish(context.Context) error { return nil }
