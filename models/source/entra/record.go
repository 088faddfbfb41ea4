package entra

import (
	"maps"
	"slices"

	"muster/models"
	"muster/models/source"
)

// record says in a source's terms what came of one object.
func (s selection) record(e entry) source.Record {
	r := source.Record{Anchor: e.id, Kind: s.kind, Manager: manager(e)}
	if name, sent := e.values[s.named]; sent && name == nil {
		// Every user has a userPrincipalName and every group a displayName. Null is what
		// Graph sends of objects that may not be seen: none of its nulls means anything.
		r.Half = true
		return r
	}
	r.Raw = flat(e.values)
	for _, name := range slices.Sorted(maps.Keys(r.Raw)) {
		if place, ok := s.places[name]; ok {
			r.Values = append(r.Values, source.Value{Place: place, Is: single(r.Raw[name])})
		}
	}
	if enabled, ok := e.values["accountEnabled"].(bool); ok {
		r.Enabled = &enabled
	}
	r.MembersHidden = e.values["visibility"] == "HiddenMembership"
	return r
}

// flat gives what attribute mappings see: extension attributes by their own names, and
// parts of an attribute beside it. Where Graph nulls the whole, its parts are null.
func flat(values map[string]any) map[string]any {
	raw := make(map[string]any, len(values)+4)
	for name, v := range values {
		switch name {
		case extensionAttributes:
			parts, _ := v.(map[string]any)
			maps.Copy(raw, parts)
		case orgData:
			parts, _ := v.(map[string]any)
			raw[orgData+".division"], raw[orgData+".costCenter"] = parts["division"], parts["costCenter"]
		default:
			raw[name] = v
		}
	}
	return raw
}

// single gives the one value that a place takes; an empty text or list is none.
func single(v any) any {
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			return nil
		}
		return single(v[0])
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}

// manager reads what a delta or an expanded read says of the manager. A delta may
// name those who were as removed and the new one in one list, in any order.
func manager(e entry) *source.Manager {
	if e.boss != nil {
		return &source.Manager{Is: e.boss.ID}
	}
	var gone []string
	for _, l := range e.manager {
		if l.Removed == nil {
			return &source.Manager{Is: l.ID}
		}
		gone = append(gone, l.ID)
	}
	if len(gone) == 0 {
		return nil
	}
	return &source.Manager{Not: gone}
}

// edges gives the memberships that came with a group, and counts the members that are
// neither users nor groups.
func edges(e entry, ignored map[string]int) []source.Edge {
	out := make([]source.Edge, 0, len(e.members))
	for _, l := range e.members {
		kind, ok := memberKind(l.kind())
		if !ok {
			ignored[l.kind()]++
			continue
		}
		out = append(out, source.Edge{Group: e.id, Member: l.ID, Kind: kind, Removed: l.Removed != nil})
	}
	return out
}

// memberKind tells what a member is. One without a type may be a user or a group.
func memberKind(kind string) (models.MemberKind, bool) {
	switch kind {
	case "user":
		return models.UserMember, true
	case "group":
		return models.GroupMember, true
	case "", "directoryObject":
		return "", true
	}
	return "", false
}
