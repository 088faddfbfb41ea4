package scim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Bulk is a bulk request, RFC 7644 section 3.7. FailOnErrors is how many errors
// end it; 0 never does.
type Bulk struct {
	FailOnErrors int
	Operations   []BulkOperation
}

// BulkOperation is one of its operations. Refusal is set when it cannot even be
// tried: the others are, all the same.
type BulkOperation struct {
	Method  string // POST, PUT, PATCH or DELETE
	Path    string // relative to the base address, such as /Users/2819…
	BulkID  string
	Version string
	Refusal *Error
	Later   []string // bulkIds it is made without; see Link

	data any
}

// BulkLimits bound a bulk request; both are announced in ServiceProviderConfig.
type BulkLimits struct {
	Operations int
	Bytes      int
	Depth      int // of the JSON, 0 for the default
}

const bulkPrefix = "bulkId:"

// DecodeBulk reads a bulk request. An error is about the request as a whole.
func DecodeBulk(body string, lim BulkLimits) (Bulk, error) {
	var b Bulk
	// The operations' own bodies lie three levels down.
	fields, err := readObject(body, Limits{Bytes: lim.Bytes, Depth: Limits{Depth: lim.Depth}.orDefault().Depth + 3})
	if err != nil {
		return b, err
	}
	var list []any
	for _, f := range fields {
		switch {
		case sameName(f.name, "failOnErrors") && f.value != nil:
			n, err := wholeNumber(f.name, f.value)
			if err != nil {
				return b, err
			}
			b.FailOnErrors = max(*n, 0)
		case sameName(f.name, "Operations"):
			list, _ = f.value.([]any)
		}
	}
	switch {
	case len(list) == 0:
		return b, badRequest(InvalidSyntax, `the request holds no operations; send "Operations": [{"method": …, "path": …}]`)
	case len(list) > lim.Operations:
		return b, Errorf(http.StatusRequestEntityTooLarge, "", "%d operations, at most %d are allowed in one bulk request; send them in several", len(list), lim.Operations)
	}
	b.Operations = make([]BulkOperation, len(list))
	for i, item := range list {
		b.Operations[i] = decodeBulkOperation(item)
	}
	refuseTwins(b.Operations)
	return b, nil
}

func decodeBulkOperation(raw any) BulkOperation {
	var op BulkOperation
	fields, ok := fieldsOf(raw)
	if !ok {
		op.Refusal = badRequest(InvalidSyntax, "%s is not an operation; send an object with method, path and data", show(raw))
		return op
	}
	for _, f := range fields {
		text, isText := f.value.(string)
		switch {
		case sameName(f.name, "method"):
			op.Method = strings.ToUpper(text)
		case sameName(f.name, "path"):
			op.Path = text
		case sameName(f.name, "bulkId"):
			op.BulkID = text
		case sameName(f.name, "version"):
			op.Version = text
		case sameName(f.name, "data"):
			op.data = f.value
			if isText { // some clients send the body as text
				if inner, err := readObject(text, Limits{Bytes: len(text), Depth: 64}); err == nil {
					op.data = inner
				}
			}
		}
	}
	op.Refusal = op.check()
	return op
}

// check holds what RFC 7644 section 3.7 demands of an operation.
func (o *BulkOperation) check() *Error {
	switch o.Method {
	case http.MethodPost:
		if o.BulkID == "" {
			return badRequest(InvalidSyntax, "a POST in a bulk request needs a bulkId; send one that is unique in the request")
		}
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
	case "":
		return badRequest(InvalidSyntax, "method is missing; send POST, PUT, PATCH or DELETE")
	default:
		return badRequest(InvalidSyntax, "%q is no method of a bulk operation; send POST, PUT, PATCH or DELETE", clip(o.Method))
	}
	if o.Path == "" {
		return badRequest(InvalidSyntax, "path is missing; send the endpoint, such as /Users, or the resource, such as /Users/2819c223")
	}
	if _, ok := o.data.(object); !ok && o.Method != http.MethodDelete {
		return badRequest(InvalidSyntax, "%s needs data; send the request's body as an object", o.Method)
	}
	return nil
}

// refuseTwins lets the first keep a bulkId that is given twice.
func refuseTwins(ops []BulkOperation) {
	seen := map[string]bool{}
	for i := range ops {
		o := &ops[i]
		if o.BulkID == "" || o.Method != http.MethodPost {
			continue
		}
		if seen[o.BulkID] && o.Refusal == nil {
			o.Refusal = badRequest(InvalidValue, "bulkId %q is given twice; each must be unique in the request", clip(o.BulkID))
		}
		seen[o.BulkID] = true
	}
}

// Order says in which order to carry the operations out: as they stand, but what
// others refer to by bulkId comes before them. Of those that wait for each other in
// a circle one is made without its reference (Later), or all are refused.
func (b Bulk) Order() []int {
	makers := map[string]int{}
	for i, o := range b.Operations {
		if o.Method == http.MethodPost && o.Refusal == nil {
			makers[o.BulkID] = i
		}
	}
	w := bulkWalk{ops: b.Operations, makers: makers, state: make([]walkState, len(b.Operations))}
	for i := range b.Operations {
		if w.state[i] == unseen {
			w.visit(i)
		}
	}
	return w.order
}

type walkState int

const (
	unseen walkState = iota
	waiting
	ordered
)

type bulkWalk struct {
	ops    []BulkOperation
	makers map[string]int
	state  []walkState
	trail  []int
	order  []int
}

func (w *bulkWalk) visit(i int) {
	w.state[i] = waiting
	w.trail = append(w.trail, i)
	for _, id := range w.ops[i].References() {
		next, known := w.makers[id]
		switch {
		case !known || w.state[next] == ordered:
		case w.state[next] == waiting:
			w.circle(next, id)
		default:
			w.visit(next)
		}
	}
	w.trail = w.trail[:len(w.trail)-1]
	w.state[i] = ordered
	w.order = append(w.order, i)
}

// References lists the bulkIds that the path and the data refer to.
func (o BulkOperation) References() []string {
	var ids []string
	note := func(id string) (string, bool) {
		ids = append(ids, id)
		return "", false
	}
	resolvePath(o.Path, note)
	resolveText(o.data, note)
	return ids
}

// Resolve gives path and body with every bulkId replaced by the id it stands for.
// A refusal names the first one that stands for nothing. What comes Later is left out.
func (o BulkOperation) Resolve(ids map[string]string) (path string, body []byte, err error) {
	missing := ""
	lookup := func(id string) (string, bool) {
		got, ok := ids[id]
		if !ok && missing == "" {
			missing = id
		}
		return got, ok
	}
	path = resolvePath(o.Path, lookup)
	data := o.data
	if o.Later != nil {
		data, _ = unlinked(data, func(id string) bool { return slices.Contains(o.Later, id) })
	}
	data = resolveText(data, lookup)
	if missing != "" {
		return "", nil, badRequest(InvalidValue, "bulkId %q stands for no record that this request created; check the operation that should create it", clip(missing))
	}
	if data == nil {
		return path, nil, nil
	}
	return path, appendRaw(nil, data), nil
}

func resolvePath(path string, lookup func(string) (string, bool)) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if id, ok := strings.CutPrefix(p, bulkPrefix); ok {
			if got, ok := lookup(id); ok {
				parts[i] = got
			}
		}
	}
	return strings.Join(parts, "/")
}

// resolveText replaces a text that is a reference as a whole, and one in the
// quotes of a path such as members[value eq "bulkId:x"].
func resolveText(v any, lookup func(string) (string, bool)) any {
	switch v := v.(type) {
	case string:
		if id, ok := strings.CutPrefix(v, bulkPrefix); ok {
			if got, ok := lookup(id); ok {
				return got
			}
			return v
		}
		return resolveQuoted(v, lookup)
	case object:
		out := make(object, len(v))
		for i, f := range v {
			out[i] = field{f.name, resolveText(f.value, lookup)}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = resolveText(v[i], lookup)
		}
		return out
	}
	return v
}

func resolveQuoted(s string, lookup func(string) (string, bool)) string {
	const open = `"` + bulkPrefix
	before, rest, ok := strings.Cut(s, open)
	if !ok {
		return s
	}
	id, tail, closed := strings.Cut(rest, `"`)
	if !closed {
		return s
	}
	got, known := lookup(id)
	if !known {
		got = bulkPrefix + id
	}
	return before + `"` + got + `"` + resolveQuoted(tail, lookup)
}

// appendRaw writes a value as it was read: order and repetition of names kept,
// for the endpoint that will read it again.
func appendRaw(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		b = append(b, '{')
		for i, f := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, f.name), ':')
			b = appendRaw(b, f.value)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendRaw(b, v[i])
		}
		return append(b, ']')
	}
	return appendValue(b, nil, v)
}

// BulkResult is the outcome of one operation. Response is the body that the
// operation alone would have been answered with; it is given for refusals, as
// section 3.7.3 demands, and left out for what succeeded.
type BulkResult struct {
	Method, BulkID, Version, Location string
	Status                            int
	Response                          []byte
}

// BulkResponse is the answer to a bulk request.
func BulkResponse(results []BulkResult) []byte {
	b := append(make([]byte, 0, 128+256*len(results)), `{"schemas":["`+BulkResponseURN+`"],"Operations":[`...)
	for i, r := range results {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for _, f := range []struct{ name, value string }{
			{"location", r.Location}, {"method", r.Method}, {"bulkId", r.BulkID}, {"version", r.Version},
		} {
			if f.value != "" {
				b = append(appendString(append(appendString(b, f.name), ':'), f.value), ',')
			}
		}
		b = append(b, `"status":"`+strconv.Itoa(r.Status)+`"`...)
		if r.Response != nil {
			b = append(append(b, `,"response":`...), r.Response...)
		}
		b = append(b, '}')
	}
	return append(b, "]}"...)
}
