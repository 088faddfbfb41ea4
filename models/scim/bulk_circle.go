package scim

import (
	"net/http"
	"slices"
	"strings"
)

// circle deals with operations that refer to each other in a ring, the last of the
// trail to one that waits for it. RFC 7644 section 3.7.1 wants it tried, and allows 409.
// Users can be made without their managers and be given them afterwards. A group that
// holds itself through others is none that can be stored: those are refused.
func (w *bulkWalk) circle(from int, id string) {
	ring := w.trail[slices.Index(w.trail, from):]
	if !slices.ContainsFunc(ring, func(i int) bool { return !w.ops[i].makesUser() }) {
		last := &w.ops[ring[len(ring)-1]]
		last.Later = append(last.Later, id)
		return
	}
	for _, i := range ring {
		if w.ops[i].Refusal == nil {
			w.ops[i].Refusal = Errorf(http.StatusConflict, "", "the operation with bulkId %q waits for itself through its references; create the records first and link them in a second request", clip(w.ops[i].BulkID))
		}
	}
}

func (o *BulkOperation) makesUser() bool {
	path := strings.Trim(o.Path, "/")
	return o.Method == http.MethodPost && sameName(path[strings.LastIndexByte(path, '/')+1:], "Users")
}

// Linkable tells whether all is made that an operation refers to Later.
func (o *BulkOperation) Linkable(made map[string]string) bool {
	return !slices.ContainsFunc(o.Later, func(id string) bool { return made[id] == "" })
}

// Link is what remains of an operation that made the resource of this id without what
// it refers to Later: that is added, and nothing else is written again, which operations
// behind it may have changed meanwhile.
func (o *BulkOperation) Link(id string) BulkOperation {
	rest, _ := links(o.data, func(id string) bool { return slices.Contains(o.Later, id) })
	add := object{{"op", string(Add)}, {"value", rest}}
	return BulkOperation{
		Method: http.MethodPatch, Path: strings.TrimRight(o.Path, "/") + "/" + id, BulkID: o.BulkID,
		data: object{{"schemas", []any{PatchURN}}, {"Operations", []any{add}}},
	}
}

// links keeps of a value what unlinked leaves out. It tells whether there is anything.
func links(v any, later func(id string) bool) (any, bool) {
	switch v := v.(type) {
	case string:
		id, isReference := strings.CutPrefix(v, bulkPrefix)
		return v, isReference && later(id)
	case object:
		var out object
		for _, f := range v {
			value, some := links(f.value, later)
			switch {
			case some && sameName(f.name, "value"):
				return v, true
			case some:
				out = append(out, field{f.name, value})
			}
		}
		return out, len(out) > 0
	case []any:
		var out []any
		for _, item := range v {
			if item, some := links(item, later); some {
				out = append(out, item)
			}
		}
		return out, len(out) > 0
	}
	return nil, false
}

// unlinked leaves references out of a value, and with them what has nothing else to
// say: {"value": "bulkId:x"} goes as a whole. It tells whether anything is left.
func unlinked(v any, later func(id string) bool) (any, bool) {
	switch v := v.(type) {
	case string:
		id, isReference := strings.CutPrefix(v, bulkPrefix)
		return v, !isReference || !later(id)
	case object:
		out := make(object, 0, len(v))
		for _, f := range v {
			value, left := unlinked(f.value, later)
			switch {
			case left:
				out = append(out, field{f.name, value})
			case sameName(f.name, "value"):
				return nil, false
			}
		}
		return out, true
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			if item, left := unlinked(item, later); left {
				out = append(out, item)
			}
		}
		return out, true
	}
	return v, true
}
