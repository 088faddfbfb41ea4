package scim

import (
	"slices"
	"strings"

	"muster/models/filter"
)

type splitter struct {
	rest    []Operation
	members []MemberOp
	notes   notes
	count   int
	of      *Type // made when a path asks for parts of members
}

func (s *splitter) operation(op Operation) error {
	if op.Target == nil {
		return s.pathless(op)
	}
	if !isMembers(op.Target.Path) {
		s.rest = append(s.rest, op)
		return nil
	}
	if err := s.misspelt(op.Target); err != nil {
		return err
	}
	if sub := op.Target.Sub; sub != "" && !sameName(sub, "value") && !sameName(sub, "$ref") {
		return nil // display and type follow from the member itself
	}
	if op.Target.Filter != nil && op.Op == Replace && op.Target.Sub != "" {
		return badRequest(Mutability, "a member's %s is set once; remove the member and add the other one", op.Target.Sub)
	}
	if op.Target.Filter != nil {
		return s.filtered(op)
	}
	return s.change(op.Op, op.Value)
}

// misspelt refuses a path that asks for what no member has. All members lack it alike:
// with ne or not, such a filter would select every one of them.
func (s *splitter) misspelt(target *filter.Target) error {
	if target.Sub == "" && target.Filter == nil {
		return nil
	}
	if s.of == nil {
		s.of = Group()
	}
	members := s.of.core.find("members")
	unknown := ""
	if target.Filter != nil {
		unknown = members.lacks(target.Filter)
	}
	if unknown == "" && target.Sub != "" && members.sub(target.Sub) == nil {
		unknown = target.Sub
	}
	if unknown == "" {
		return nil
	}
	return s.of.unknownPath(filter.Path{Name: members.Name, Sub: unknown})
}

func isMembers(p filter.Path) bool {
	return sameName(p.Name, "members") && (p.URN == "" || sameName(p.URN, GroupURN))
}

// pathless takes members out of an object that may hold other attributes.
func (s *splitter) pathless(op Operation) error {
	raw := op.Value
	if list, ok := raw.([]any); ok && len(list) == 1 {
		raw = list[0]
	}
	fields, ok := fieldsOf(raw)
	if !ok {
		s.rest = append(s.rest, op)
		return nil
	}
	others := make(object, 0, len(fields))
	for _, f := range fields {
		target, mine := membersKey(f.name)
		_, isList := f.value.([]any)
		switch {
		case sameName(f.name, GroupURN):
			op := op
			op.Value = f.value
			if err := s.pathless(op); err != nil {
				return err
			}
		case !mine:
			others = append(others, f)
		case isList || !isEmpty(f.value):
			if s.misspelt(&target) != nil {
				s.notes.add(NoteUnknownAttribute, clip(f.name))
				continue
			}
			op := Operation{Op: op.Op, Path: f.name, Target: &target, HasValue: true, Value: f.value}
			if err := s.operation(op); err != nil {
				return err
			}
		}
	}
	if len(others) > 0 {
		op.Value = others
		s.rest = append(s.rest, op)
	}
	return nil
}

// membersKey reads a key that means members, in any of its forms.
func membersKey(name string) (filter.Target, bool) {
	if !strings.Contains(strings.ToLower(name), "members") {
		return filter.Target{}, false
	}
	target, err := filter.ParsePath(name, filter.Limits{})
	return target, err == nil && isMembers(target.Path)
}

// change reads the value of an operation on members.
func (s *splitter) change(op OpKind, raw any) error {
	if op == Remove && raw == nil {
		s.members = append(s.members, MemberOp{Kind: MemberRemoveAll})
		return nil
	}
	list, err := s.list(raw)
	if err != nil {
		return err
	}
	switch op {
	case Add:
		s.join(MemberAdd, list)
	case Remove:
		s.notes.add(NoteValueOnRemove, "members")
		s.join(MemberRemove, list)
	case Replace:
		s.members = append(s.members, MemberOp{Kind: MemberReplace, Members: dedupe(list)})
	}
	return nil
}

// join appends to the operation before, if it is of the same kind.
func (s *splitter) join(kind MemberKind, list []Member) {
	if len(list) == 0 {
		return
	}
	if n := len(s.members); n > 0 && s.members[n-1].Kind == kind && s.members[n-1].Filter == nil {
		s.members[n-1].Members = append(s.members[n-1].Members, list...)
		return
	}
	s.members = append(s.members, MemberOp{Kind: kind, Members: list})
}

// filtered is members[…]: plain ids where the filter lists them.
func (s *splitter) filtered(op Operation) error {
	ids, plain := idsOf(op.Target.Filter)
	switch {
	case op.Op == Add && plain:
		s.join(MemberAdd, ids)
	case op.Op == Remove && plain:
		s.count += len(ids)
		s.join(MemberRemove, ids)
	case op.Op == Remove:
		among := idsAmong(op.Target.Filter)
		s.count += len(among)
		s.members = append(s.members, MemberOp{Kind: MemberRemove, Filter: byID(op.Target.Filter), Members: among, Type: typeAmong(op.Target.Filter)})
	case op.Op == Replace && plain:
		list, err := s.list(op.Value)
		if err != nil {
			return err
		}
		// Who is put in the place of themselves neither leaves nor joins.
		s.join(MemberRemove, slices.DeleteFunc(ids, func(gone Member) bool {
			return slices.ContainsFunc(list, func(m Member) bool { return m.Value == gone.Value })
		}))
		s.join(MemberAdd, list)
	default:
		return badRequest(NoTarget, "%s members[%s] does not say which member; use members[value eq \"id\"]", op.Op, clip(op.Target.Filter.String()))
	}
	return nil
}

// list reads members in every shape; nil and [] are no members.
func (s *splitter) list(raw any) ([]Member, error) {
	items, isList := raw.([]any)
	if !isList {
		if isEmpty(raw) {
			return nil, nil
		}
		s.notes.add(NoteSingleForList, "members")
		items = []any{raw}
	}
	out := make([]Member, 0, len(items))
	for _, item := range items {
		if inner, ok := membersInside(item); ok {
			list, err := s.list(inner)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
			continue
		}
		m, err := s.member(item)
		if err != nil {
			return nil, err
		}
		s.count++
		out = append(out, m)
	}
	return out, nil
}

// membersInside unwraps {"members": […]} and a list in a list.
func membersInside(item any) (any, bool) {
	if list, ok := item.([]any); ok {
		return list, true
	}
	fields, _ := fieldsOf(item)
	for _, f := range fields {
		if sameName(f.name, "members") {
			return f.value, true
		}
	}
	return nil, false
}

func (s *splitter) member(item any) (Member, error) {
	var m Member
	var ref string
	if id, ok := item.(string); ok && id != "" {
		s.notes.add(NoteTextForObject, "members")
		return Member{Value: id}, nil
	}
	fields, ok := fieldsOf(item)
	for _, f := range fields {
		text, _ := f.value.(string)
		switch {
		case sameName(f.name, "value"):
			m.Value = text
		case sameName(f.name, "type"):
			m.Type = kindOf(text)
		case sameName(f.name, "display"):
			m.Display = text
		case sameName(f.name, "$ref"):
			ref = text
		}
	}
	if kind, id := splitRef(ref); ok && id != "" {
		if m.Value == "" {
			s.notes.add(NoteRefOnly, "members")
			m.Value = id
		}
		if m.Type == "" {
			m.Type = kind
		}
	}
	if m.Value == "" {
		return m, invalidValue("members", `%s names no member; send {"value": "<id>"}`, show(item))
	}
	return m, nil
}

// kindOf gives the resource type its canonical spelling; what else clients
// write there (direct, for one) says nothing about the member.
func kindOf(text string) string {
	for _, kind := range [...]string{"User", "Group"} {
		if sameName(text, kind) {
			return kind
		}
	}
	return ""
}
