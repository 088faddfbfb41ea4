package idp

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// okta speaks as Okta's SCIM 2.0 client does for an app of the App Integration
// Wizard (every update is GET, then PUT of the whole), or with Options.OIN for
// an app of the catalogue (PATCH for activation). It never deletes a user.
type okta struct{ *Simulator }

const (
	pageSize    = 100
	pushAtOnce  = 500 // members that "push now" sends as one list
	oktaAgent   = "Okta SCIM Client 1.0.0"
	oktaContent = "application/scim+json; charset=utf-8"
)

func oktaHeaders() http.Header {
	return http.Header{"User-Agent": {oktaAgent}, "Accept": {oktaContent}, "Content-Type": {oktaContent}}
}

func (o *okta) attributes() []attribute { return attributes("locale") }

func paged(path, filter string, start int) string {
	q := fmt.Sprintf("startIndex=%d&count=%d", start, pageSize)
	if filter != "" {
		// Okta writes spaces as %20.
		q = "filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20") + "&" + q
	}
	return path + "?" + q
}

func (o *okta) probe(ctx context.Context) error {
	path := paged("/Users", "userName eq "+literal(opaque(o.tenant.rng, "test.", 12)+"@"+o.opts.Domain), 1)
	r, err := o.client.send(ctx, call{kind: "test connection", method: http.MethodGet, path: path, expect: []int{200}})
	if err == nil && (r.status != http.StatusOK || total(r) != 0) {
		return fmt.Errorf("test connection: GET %s answered %d instead of an empty list: %.300s", path, r.status, r.body)
	}
	return err
}

func (o *okta) lookup(ctx context.Context, kind, path, filter string) (object, error) {
	r, err := o.client.send(ctx, call{kind: kind, method: http.MethodGet, path: paged(path, filter, 1), expect: []int{200}})
	if err != nil {
		return nil, err
	}
	for _, doc := range found(r) {
		return doc, nil
	}
	return nil, nil
}

func (o *okta) byUserName(ctx context.Context, p *person) (object, error) {
	return o.lookup(ctx, "look up user", "/Users", "userName eq "+literal(p.want.UserName))
}

func (o *okta) user(ctx context.Context, p *person) error {
	p.want.Manager = ""
	if p.boss != nil {
		p.want.Manager = p.boss.want.EmployeeNumber
	}
	switch {
	case p.id == "" && !p.want.Active:
		return nil
	case p.id == "" || p.want.Active && !p.sent.Active:
		return o.assign(ctx, p)
	case !p.want.Active && !p.sent.Active:
		return nil
	case p.want != p.sent:
		return o.update(ctx, p)
	}
	return nil
}

func (o *okta) assign(ctx context.Context, p *person) error {
	doc, err := o.byUserName(ctx, p)
	if err != nil {
		return err
	}
	if doc == nil {
		return o.create(ctx, p)
	}
	return o.takeOver(ctx, p, doc)
}

func (o *okta) takeOver(ctx context.Context, p *person, doc object) error {
	u := readUser(doc, o.attributes())
	o.relink(p, u)
	if p.sent == p.want {
		return nil
	}
	return o.update(ctx, p)
}

func (o *okta) create(ctx context.Context, p *person) error {
	body := object{"schemas": []string{urnUser}, "active": true, "groups": []any{}, "password": p.password}
	o.fill(body, p)
	if body[urnEnterprise] != nil {
		body["schemas"] = []string{urnUser, urnEnterprise}
	}
	o.deliver(func() { o.secrets = append(o.secrets, p.password) })
	r, err := o.client.send(ctx, call{
		kind: "create user", method: http.MethodPost, path: "/Users", body: encode(body), expect: []int{201},
		again: func(ctx context.Context) (reply, bool, error) {
			doc, err := o.byUserName(ctx, p)
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
		return o.takeOver(ctx, p, r.doc())
	case r.status == http.StatusCreated:
		o.link(p, textAt(r.doc(), "id"))
		o.deliver(func() { p.sent = p.want })
	}
	return nil
}

// fill sets every attribute that Okta's mapping governs, and leaves the rest
// of a body as it is.
func (o *okta) fill(body object, p *person) {
	for _, a := range o.attributes() {
		setPath(body, a.path, *a.ref(&p.want))
	}
	ext := child(body, urnEnterprise)
	delete(ext, "manager")
	if p.want.Manager != "" {
		ext["manager"] = object{"value": p.want.Manager, "displayName": p.boss.want.DisplayName}
	}
	if len(ext) == 0 {
		delete(body, urnEnterprise)
	}
}

func (o *okta) update(ctx context.Context, p *person) error {
	kind := "update user"
	if p.sent.Active != p.want.Active {
		kind = map[bool]string{true: "restore user", false: "disable user"}[p.want.Active]
		if o.opts.OIN {
			return o.switchActive(ctx, p, kind)
		}
	}
	return o.replace(ctx, p, kind)
}

// switchActive is the catalogue apps' way; the profile follows by PUT.
func (o *okta) switchActive(ctx context.Context, p *person, kind string) error {
	ok, err := o.patch(ctx, kind, "/Users/"+escape(p.id), []object{{"op": "replace", "value": object{"active": p.want.Active}}})
	if !ok {
		return err
	}
	o.deliver(func() { p.sent.Active = p.want.Active })
	if !p.want.Active || p.sent == p.want {
		return nil
	}
	return o.replace(ctx, p, "update user")
}

func (o *okta) replace(ctx context.Context, p *person, kind string) error {
	body, err := o.read(ctx, p)
	if body == nil {
		return err
	}
	o.fill(body, p)
	body["active"] = p.want.Active
	if body[urnEnterprise] != nil {
		body["schemas"] = []string{urnUser, urnEnterprise}
	}
	r, err := o.client.send(ctx, call{kind: kind, method: http.MethodPut, path: "/Users/" + escape(p.id), body: encode(body), expect: []int{200}})
	if err == nil && r.status == http.StatusOK {
		o.deliver(func() { p.sent = p.want })
	}
	return err
}

// read gets the whole resource before a PUT.
func (o *okta) read(ctx context.Context, p *person) (object, error) {
	r, err := o.client.send(ctx, call{kind: "read user", method: http.MethodGet, path: "/Users/" + escape(p.id), expect: []int{200}})
	if err != nil || r.status != http.StatusOK {
		return nil, err
	}
	return maps.Clone(r.doc()), nil
}

func (o *okta) patch(ctx context.Context, kind, path string, ops []object) (bool, error) {
	r, err := o.client.send(ctx, call{
		kind: kind, method: http.MethodPatch, path: path, expect: []int{200, 204},
		body: encode(object{"schemas": []string{urnPatch}, "Operations": ops}),
	})
	return err == nil && r.status < 300, err
}

// manager is part of the profile in Okta.
func (o *okta) manager(context.Context, *person) error { return nil }

// finish imports what the server holds, as Okta does on a schedule: after the
// first cycle and after every third.
func (o *okta) finish(ctx context.Context) error {
	if o.story.cycle%3 != 1 {
		return nil
	}
	w := o.Expected()
	var users, groups []string
	for _, u := range w.Users {
		users = append(users, u.ID)
	}
	for _, g := range w.Groups {
		if !g.Deleted {
			groups = append(groups, g.ID)
		}
	}
	if err := o.importAll(ctx, "/Users", users); err != nil {
		return err
	}
	return o.importAll(ctx, "/Groups", groups)
}

// importAll reads page after page; each id must come exactly once.
func (o *okta) importAll(ctx context.Context, path string, want []string) error {
	seen := map[string]int{}
	for start := 1; ; {
		q := call{kind: "import page", method: http.MethodGet, path: paged(path, "", start), expect: []int{200}}
		r, err := o.client.send(ctx, q)
		if err != nil || r.status != http.StatusOK {
			return err
		}
		page := found(r)
		for _, doc := range page {
			seen[textAt(doc, "id")]++
		}
		start += len(page)
		if start <= total(r) && len(page) > 0 {
			continue
		}
		twice := slices.ContainsFunc(slices.Collect(maps.Values(seen)), func(n int) bool { return n > 1 })
		lost := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return seen[id] == 1 })
		if twice || len(lost) > 0 || start-1 != total(r) {
			o.client.problem(q, r, fmt.Sprintf("import of %s: %d read of %d, %d of ours not found once, something twice: %v", path, start-1, total(r), len(lost), twice))
		}
		return nil
	}
}
