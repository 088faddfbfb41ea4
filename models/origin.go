package models

// Origin tells where the present value of an attribute came from.
type Origin struct {
	Source   Method    `json:"s"` // method word of the writer
	Kind     ActorKind `json:"k"` // what sort of party wrote it
	Name     string    `json:"n"` // the token's description or the admin's e-mail
	ChangeID string    `json:"c"` // the log entry's change id
	At       Time      `json:"t"`
	Rule     string    `json:"r,omitempty"` // the mapping that gave the value by name, or the attribute mapping that computed it by id
}

// Origins keeps, per attribute path, the index of the change that wrote it. Most
// attributes share one change, so the changes are stored once.
type Origins struct {
	Changes []Origin       `json:"c,omitempty"`
	Attrs   map[string]int `json:"a,omitempty"`
}

// Of gives the origin of an attribute path.
func (o Origins) Of(path string) (Origin, bool) {
	i, ok := o.Attrs[path]
	if !ok || i < 0 || i >= len(o.Changes) {
		return Origin{}, false
	}
	return o.Changes[i], true
}

// Note records that a change wrote (or cleared) attribute paths, and returns the
// origins without changes that no attribute refers to any more.
func (o Origins) Note(by Origin, written, cleared []string) Origins {
	next := Origins{Attrs: make(map[string]int, len(o.Attrs)+len(written))}
	index := map[int]int{}
	keep := func(path string, old int) {
		at, ok := index[old]
		if !ok {
			at = len(next.Changes)
			index[old] = at
			next.Changes = append(next.Changes, o.Changes[old])
		}
		next.Attrs[path] = at
	}
	gone := make(map[string]bool, len(written)+len(cleared))
	for _, p := range written {
		gone[p] = true
	}
	for _, p := range cleared {
		gone[p] = true
	}
	for path, old := range o.Attrs {
		if !gone[path] && old >= 0 && old < len(o.Changes) {
			keep(path, old)
		}
	}
	if len(written) > 0 {
		at := len(next.Changes)
		next.Changes = append(next.Changes, by)
		for _, p := range written {
			next.Attrs[p] = at
		}
	}
	return next
}
