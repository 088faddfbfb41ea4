package models

import (
	"cmp"
	"encoding/json"
	"slices"
)

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
	Changes []Origin `json:"c,omitempty"`
	Attrs   Written  `json:"a,omitempty"`
}

// Written lists attribute paths in their order, each once. It is stored as a JSON
// object, and is no map because every change of a user reads, copies and writes it.
type Written []WrittenPath

// WrittenPath is a path and the index of the change that wrote it.
type WrittenPath struct {
	Path   string
	Change int
}

func (w WrittenPath) compare(path string) int { return cmp.Compare(w.Path, path) }

// MarshalJSON writes the indexes by path.
func (w Written) MarshalJSON() ([]byte, error) {
	byPath := make(map[string]int, len(w))
	for _, p := range w {
		byPath[p.Path] = p.Change
	}
	return json.Marshal(byPath) //nolint:wrapcheck // numbers by text never fail
}

// UnmarshalJSON reads what MarshalJSON writes.
func (w *Written) UnmarshalJSON(data []byte) error {
	var byPath map[string]int
	if err := json.Unmarshal(data, &byPath); err != nil {
		return err //nolint:wrapcheck // whose origins they are, the caller knows
	}
	*w = nil
	for _, path := range sortedKeys(byPath) {
		*w = append(*w, WrittenPath{path, byPath[path]})
	}
	return nil
}

// Of gives the origin of an attribute path.
func (o Origins) Of(path string) (Origin, bool) {
	at, ok := slices.BinarySearchFunc(o.Attrs, path, WrittenPath.compare)
	if !ok {
		return Origin{}, false
	}
	i := o.Attrs[at].Change
	if i < 0 || i >= len(o.Changes) {
		return Origin{}, false
	}
	return o.Changes[i], true
}

// Note records that a change wrote (or cleared) attribute paths, and returns the
// origins without changes that no attribute refers to any more.
func (o Origins) Note(by Origin, written, cleared []string) Origins {
	written = slices.Compact(slices.Sorted(slices.Values(written)))
	next := Origins{Attrs: make(Written, 0, len(o.Attrs)+len(written))}
	moved := make([]int, len(o.Changes)) // the new index of a change, from 1
	for _, w := range o.Attrs {
		_, again := slices.BinarySearch(written, w.Path)
		if again || slices.Contains(cleared, w.Path) || w.Change < 0 || w.Change >= len(o.Changes) {
			continue
		}
		if moved[w.Change] == 0 {
			next.Changes = append(next.Changes, o.Changes[w.Change])
			moved[w.Change] = len(next.Changes)
		}
		next.Attrs = append(next.Attrs, WrittenPath{w.Path, moved[w.Change] - 1})
	}
	if len(written) > 0 {
		for _, path := range written {
			next.Attrs = append(next.Attrs, WrittenPath{path, len(next.Changes)})
		}
		next.Changes = append(next.Changes, by)
		slices.SortFunc(next.Attrs, func(a, b WrittenPath) int { return a.compare(b.Path) })
	}
	return next
}
