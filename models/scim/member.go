package scim

import (
	"net/http"

	"muster/models/filter"
)

// Member is a member of a group as a client names it. Type is User, Group or
// empty when the client did not say.
type Member struct{ Value, Type, Display string }

// MemberKind is what a MemberOp does.
type MemberKind string

// The kinds of member operations.
const (
	MemberAdd       MemberKind = "add"
	MemberRemove    MemberKind = "remove"
	MemberRemoveAll MemberKind = "remove all"
	MemberReplace   MemberKind = "replace"
)

// MemberOp is a change of membership. Adding who is there and removing who is
// not are successes. Filter is set only for a MemberRemove whose path is not a
// plain list of ids, such as members[type eq "Group"]: the caller removes the
// stored members that Matcher selects. Where Members or Type are set with it,
// it can select nobody else, so that a large group need not be read for it.
type MemberOp struct {
	Kind    MemberKind
	Members []Member
	Filter  filter.Expr
	Type    string
}

// Matcher tells which stored members Filter selects. root is the address that
// their $ref begin with, without a slash at its end.
func (o MemberOp) Matcher(root string) func(Member) bool {
	if o.Filter == nil {
		return func(Member) bool { return false }
	}
	match := filter.CompileValue(o.Filter, memberLookup{}, filter.Path{Name: "members"})
	return func(m Member) bool {
		return match(map[string]any{
			"value": m.Value, "type": m.Type, "display": m.Display, "$ref": root + "/" + m.Type + "s/" + m.Value,
		})
	}
}

// memberLookup knows the parts of a member.
type memberLookup struct{}

func (memberLookup) Attr(p filter.Path) (filter.Attr, bool) {
	for _, name := range [...]string{"value", "type", "display", "$ref"} {
		if sameName(p.Sub, name) {
			p.Sub = name
			return filter.Attr{Path: p, Type: filter.String, CaseExact: name == "value"}, true
		}
	}
	return filter.Attr{}, false
}

// SplitMembers takes the changes of membership out of a PATCH on a group, in
// order; rest is for Patch. Every shape that clients send is read: path
// members, members[value eq "x"], no path with {"members": […]}, plain ids,
// {"members": […]} under remove, $ref alone. Only a remove without value, or
// with null, empties the group: Entra ID sends the members to remove as value,
// and Keycloak null once a group has become empty. Neighbouring operations of
// one kind are joined.
func SplitMembers(ops []Operation, lim Limits) (rest []Operation, members []MemberOp, noted []Note, err error) {
	s := &splitter{}
	lim = lim.orDefault()
	for _, op := range ops {
		if err := s.operation(op); err != nil {
			return nil, nil, nil, numbered(op.number, err)
		}
		if s.count > lim.Values {
			return nil, nil, nil, Errorf(http.StatusRequestEntityTooLarge, "", "more than %d members in one request; send them in several", lim.Values)
		}
	}
	return s.rest, s.members, s.notes, nil
}

// Members takes the members out of a decoded POST or PUT body, each once.
// given is false when the body had no members or null, which a PUT should take
// as "not mentioned"; it is true for [], which says that there are none. One that names
// nobody is an *Error: left out, it would empty a group that it was meant to fill.
func Members(doc Document) (list []Member, given bool, err error) {
	raw, given := doc["members"].([]any)
	delete(doc, "members")
	s := &splitter{}
	for _, item := range raw {
		m, err := s.member(item)
		if err != nil {
			return nil, given, err
		}
		list = append(list, m)
	}
	return dedupe(list), given, nil
}

func dedupe(list []Member) []Member {
	seen := make(map[string]bool, len(list))
	out := list[:0:0]
	for _, m := range list {
		if !seen[m.Value] {
			seen[m.Value] = true
			out = append(out, m)
		}
	}
	return out
}
