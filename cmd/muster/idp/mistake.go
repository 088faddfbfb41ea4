package idp

import (
	"context"
	"net/http"
	"strings"
)

// mistake is something wrong that real tenants send. It is planned before the
// cycle's requests, so that chance does not depend on answers.
type mistake struct {
	name string
	make func(ctx context.Context, p, q *person, g *team) error
}

type plannedMistake struct {
	mistake
	p, q *person
	g    *team
}

// planMistakes picks three for the first cycle and two for each later one, in
// turn, and whom they concern.
func (s *Simulator) planMistakes() []plannedMistake {
	list := s.speak.mistakes()
	first, n := 0, 3
	if s.story.cycle > 1 {
		first, n = 3+2*(s.story.cycle-2), 2
	}
	here := s.tenant.here()
	var plan []plannedMistake
	for i := range n {
		m := plannedMistake{mistake: list[(first+i)%len(list)]}
		at := s.tenant.rng.IntN(len(here))
		m.p, m.q = here[at], here[(at+1)%len(here)]
		m.g = pick(s.tenant.rng, s.tenant.teams)
		plan = append(plan, m)
	}
	return plan
}

func (s *Simulator) makeMistakes(ctx context.Context, plan []plannedMistake) error {
	for _, m := range plan {
		if m.p.id == "" || m.q.id == "" || m.p == m.q || m.g.id == "" || m.g.gone {
			continue
		}
		if err := m.make(ctx, m.p, m.q, m.g); err != nil {
			return err
		}
	}
	return nil
}

// wrong sends a request that is wrong on purpose.
func (s *Simulator) wrong(ctx context.Context, name, method, path string, body []byte, expect ...int) (reply, error) {
	return s.client.send(ctx, call{kind: "mistake: " + name, mistake: name, method: method, path: path, body: body, expect: expect})
}

func patchBody(ops ...object) []byte {
	return encode(object{"schemas": []string{urnPatch}, "Operations": ops})
}

// cutShort is a body that a proxy cut off.
func (s *Simulator) cutShort(ctx context.Context, _, _ *person, _ *team) error {
	_, err := s.wrong(ctx, "JSON cut short", http.MethodPost, "/Users", []byte(`{"schemas":["`+urnUser+`"],"userName":"half`), 400)
	return err
}

func (s *Simulator) noUserName(ctx context.Context, p, _ *person, _ *team) error {
	_, err := s.wrong(ctx, "missing userName", http.MethodPost, "/Users", encode(object{
		"schemas": []string{urnUser}, "active": true, "displayName": "Meeting room " + p.want.Locality, "externalId": guidLike(p.want.ExternalID),
	}), 400)
	return err
}

// guidLike derives an id that nobody has.
func guidLike(id string) string { return "x" + id[1:] }

// takenName creates a second account with a name that differs only in case.
func (s *Simulator) takenName(ctx context.Context, p, _ *person, _ *team) error {
	_, err := s.wrong(ctx, "duplicate userName", http.MethodPost, "/Users", encode(object{
		"schemas": []string{urnUser, urnEnterprise}, "userName": strings.ToUpper(p.sent.UserName), "externalId": guidLike(p.want.ExternalID),
		"active": true, "displayName": "Second account of " + p.want.DisplayName,
	}), 409)
	return err
}

func (s *Simulator) takenGroupName(ctx context.Context, _, _ *person, g *team) error {
	_, err := s.wrong(ctx, "duplicate group name", http.MethodPost, "/Groups", encode(object{
		"schemas": []string{urnGroup}, "displayName": g.sentName, "externalId": guidLike(g.externalID),
	}), 409)
	return err
}

func (s *Simulator) unknownRecord(ctx context.Context, p, _ *person, _ *team) error {
	_, err := s.wrong(ctx, "unknown record", http.MethodGet, "/Users/"+escape(guidLike(p.id)), nil, 404)
	return err
}

// memberTwice adds someone who may be a member already, in the collection's
// form with an extra name and an id beside the operations.
func (s *Simulator) memberTwice(ctx context.Context, _, _ *person, g *team) error {
	for _, p := range missing(g.sent, nil) {
		body := encode(object{"schemas": []string{urnPatch}, "id": g.id, "Operations": []object{
			{"name": "addMember", "op": "Add", "path": "members", "value": []object{{"displayName": p.want.DisplayName, "value": p.id}}},
		}})
		_, err := s.wrong(ctx, "member added again", http.MethodPatch, "/Groups/"+escape(g.id), body, 200, 204)
		return err
	}
	return nil
}

// strangerOut removes someone who is no member.
func (s *Simulator) strangerOut(ctx context.Context, p, q *person, g *team) error {
	if g.sent[p] {
		p = q
	}
	if g.sent[p] {
		return nil
	}
	body := patchBody(object{"op": "Remove", "path": "members", "value": []object{{"$ref": nil, "value": p.id}}})
	_, err := s.wrong(ctx, "removal of a non-member", http.MethodPatch, "/Groups/"+escape(g.id), body, 200, 204)
	return err
}

func (s *Simulator) tooLong(ctx context.Context, p, _ *person, _ *team) error {
	body := patchBody(object{"op": "Replace", "path": "displayName", "value": strings.Repeat("Confidential signature ", 5000)})
	_, err := s.wrong(ctx, "over-long value", http.MethodPatch, "/Users/"+escape(p.id), body, 400, 413)
	return err
}

func (s *Simulator) unknownPath(ctx context.Context, p, _ *person, _ *team) error {
	body := patchBody(object{"op": "Add", "path": "extensionAttribute7", "value": "badge 17"})
	_, err := s.wrong(ctx, "unknown attribute", http.MethodPatch, "/Users/"+escape(p.id), body, 400)
	return err
}

// ghostManager names a manager whom the server never saw. A server may refuse
// or keep it; what it answers is what must be found there. The next cycle sets
// it right.
func (s *Simulator) ghostManager(ctx context.Context, p, _ *person, _ *team) error {
	ghost := guidLike(p.id)
	body := patchBody(object{"op": "Replace", "path": managerPath, "value": ghost})
	r, err := s.wrong(ctx, "unknown manager", http.MethodPatch, "/Users/"+escape(p.id), body, 200, 204, 400, 404)
	if err == nil && r.status < 300 {
		s.deliver(func() { p.sent.Manager = ghost })
	}
	return err
}

func (e *entra) mistakes() []mistake {
	return []mistake{
		{"missing userName", e.noUserName},
		{"duplicate userName", e.nameOfAnother},
		{"JSON cut short", e.cutShort},
		{"unknown manager", e.ghostManager},
		{"member added again", e.memberTwice},
		{"over-long value", e.tooLong},
		{"removal of a non-member", e.strangerOut},
		{"unknown attribute", e.unknownPath},
		{"duplicate group name", e.takenGroupName},
		{"unknown record", e.unknownRecord},
	}
}

// nameOfAnother happens when two accounts map to one name: the search by
// externalId finds nobody, and the create collides.
func (e *entra) nameOfAnother(ctx context.Context, p, q *person, g *team) error {
	if _, err := e.lookup(ctx, "externalId", guidLike(p.want.ExternalID)); err != nil {
		return err
	}
	return e.takenName(ctx, p, q, g)
}

func (o *okta) mistakes() []mistake {
	return []mistake{
		{"missing userName", o.noUserName},
		{"duplicate userName", o.nameOfAnother},
		{"JSON cut short", o.cutShort},
		{"unknown attribute", o.unknownMember},
		{"removal of a non-member", o.strangerOut},
		{"duplicate group name", o.takenGroupName},
		{"member added again", o.memberTwice},
		{"over-long value", o.tooLong},
		{"unknown record", o.unknownRecord},
		{"duplicate userName", o.takenName},
	}
}

// nameOfAnother is a change of the sign-in name to one that is in use.
func (o *okta) nameOfAnother(ctx context.Context, p, q *person, _ *team) error {
	body, err := o.read(ctx, p)
	if body == nil {
		return err
	}
	body["userName"] = q.sent.UserName
	_, err = o.wrong(ctx, "duplicate userName", http.MethodPut, "/Users/"+escape(p.id), encode(body), 409)
	return err
}

// unknownMember puts a custom attribute of the app into the body, which the
// server has no schema for: it is to be passed over.
func (o *okta) unknownMember(ctx context.Context, p, _ *person, _ *team) error {
	body, err := o.read(ctx, p)
	if body == nil {
		return err
	}
	body["favouriteColour"] = "teal"
	_, err = o.wrong(ctx, "unknown attribute", http.MethodPut, "/Users/"+escape(p.id), encode(body), 200)
	return err
}
