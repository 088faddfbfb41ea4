package scim

import (
	"bytes"
	"slices"
	"time"
)

// Meta is the server's half of a resource's meta attribute. Version is the
// entity tag, such as W/"3".
type Meta struct {
	Created, LastModified time.Time
	Location, Version     string
}

// Envelope is what a server knows about a resource beside its document.
// Groups and Members are JSON arrays; nil leaves the attribute out.
type Envelope struct {
	ID      string
	Active  *bool
	Groups  []byte
	Members []byte
	Meta    Meta
}

// envelope names are written around the stored part, never in it.
var tailNames = [...]string{"active", "groups", "members", "meta"}

func inEnvelope(name string) bool {
	return name == "schemas" || name == "id" || name == "password" || slices.Contains(tailNames[:], name)
}

// Marshal writes the stored form of a document: attributes in the schema's
// order, without what belongs to the envelope and without password. Attributes
// that no schema knows any more are kept, at the end: data outlives a schema.
func (t *Type) Marshal(doc Document) []byte {
	b := append(make([]byte, 0, 512), '{')
	b = t.appendStored(b, doc)
	return append(b, '}')
}

// Render writes what doc holds as a response, with schemas computed from it.
// The order of keys is stable: schemas, id, the schema's order, then active,
// groups, members and meta.
func (t *Type) Render(doc Document) []byte {
	b := t.renderHead(doc)
	for _, name := range tailNames {
		if v := doc[name]; v != nil {
			b = append(t.appendPair(b, name, t.core.find(name), v), ',')
		}
	}
	return append(bytes.TrimSuffix(b, []byte{','}), '}')
}

// RenderAround is Render in two parts, for members that are too many to be in memory at
// once: as SpliceAround has it. Members of doc itself are left out.
func (t *Type) RenderAround(doc Document) (head, tail []byte) {
	head = t.renderHead(doc)
	for _, name := range tailNames {
		switch v := doc[name]; {
		case v == nil || name == "members":
		case name == "meta":
			tail = t.appendPair([]byte{','}, name, t.core.find(name), v)
		default:
			head = append(t.appendPair(head, name, t.core.find(name), v), ',')
		}
	}
	return head, append(tail, '}')
}

// renderHead is Render up to what stands last, with the comma before that.
func (t *Type) renderHead(doc Document) []byte {
	b := t.appendSchemas(make([]byte, 0, 1024), func(x *index) bool { return doc[x.urn] != nil })
	if id, ok := doc["id"].(string); ok {
		b = appendString(append(b, `,"id":`...), id)
	}
	b = append(b, ',')
	return comma(t.appendStored(b, doc))
}

// Splice writes the response for a stored document without reading it, by
// laying the envelope around the bytes of Marshal. The result is appended to
// dst and equals Render of the same resource.
func (t *Type) Splice(dst []byte, stored string, env Envelope) []byte {
	b := t.spliceHead(dst, stored, env)
	if env.Members != nil {
		b = append(append(b, `,"members":`...), env.Members...)
	}
	return t.spliceTail(b, env)
}

// SpliceAround is Splice in two parts, for members that are too many to be in memory at
// once: between head, which is appended to dst, and tail they stand as
// `"members":[…]`, without commas around them.
func (t *Type) SpliceAround(dst []byte, stored string, env Envelope) (head, tail []byte) {
	return append(t.spliceHead(dst, stored, env), ','), t.spliceTail(nil, env)
}

func (t *Type) spliceTail(b []byte, env Envelope) []byte {
	return append(t.appendMeta(append(b, `,"meta":`...), env.Meta), '}')
}

func (t *Type) spliceHead(dst []byte, stored string, env Envelope) []byte {
	b := t.appendSchemas(dst, func(x *index) bool { return x.isIn(stored) })
	b = appendString(append(b, `,"id":`...), env.ID)
	if len(stored) > 2 {
		b = append(append(b, ','), stored[1:len(stored)-1]...)
	}
	if env.Active != nil {
		b = append(b, `,"active":`...)
		if *env.Active {
			b = append(b, "true"...)
		} else {
			b = append(b, "false"...)
		}
	}
	if env.Groups != nil {
		b = append(append(b, `,"groups":`...), env.Groups...)
	}
	return b
}

// Resource is Splice for those who need the document itself: to match it with
// a filter, or to project it.
func (t *Type) Resource(doc Document, env Envelope) Document {
	out := make(Document, len(doc)+5)
	for key, v := range doc {
		if !inEnvelope(key) {
			out[key] = v
		}
	}
	out["id"] = env.ID
	out["schemas"] = t.schemasOf(doc)
	if env.Active != nil {
		out["active"] = *env.Active
	}
	for name, raw := range map[string][]byte{"groups": env.Groups, "members": env.Members} {
		if raw == nil {
			continue
		}
		if v, err := plainOf(string(raw)); err == nil {
			out[name] = v
		}
	}
	if v, err := plainOf(string(t.appendMeta(nil, env.Meta))); err == nil {
		out["meta"] = v
	}
	return out
}

// schemasOf lists the schemas whose attributes a document has.
func (t *Type) schemasOf(doc Document) []any {
	list := []any{t.Core.ID}
	for i := range t.exts {
		if doc[t.exts[i].urn] != nil {
			list = append(list, t.exts[i].urn)
		}
	}
	return list
}

func (t *Type) appendSchemas(b []byte, has func(*index) bool) []byte {
	b = appendString(append(b, `{"schemas":[`...), t.Core.ID)
	for i := range t.exts {
		if has(&t.exts[i]) {
			b = appendString(append(b, ','), t.exts[i].urn)
		}
	}
	return append(b, ']')
}

func (t *Type) appendMeta(b []byte, m Meta) []byte {
	b = appendString(append(b, `{"resourceType":`...), t.Name)
	b = appendTime(b, `,"created":"`, m.Created)
	b = appendTime(b, `,"lastModified":"`, m.LastModified)
	if m.Location != "" {
		b = appendString(append(b, `,"location":`...), m.Location)
	}
	if m.Version != "" {
		b = appendString(append(b, `,"version":`...), m.Version)
	}
	return append(b, '}')
}

func appendTime(b []byte, name string, at time.Time) []byte {
	if at.IsZero() {
		return b
	}
	at = at.UTC()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	b = digits(append(b, name...), year, 4)
	b = digits(append(b, '-'), int(month), 2)
	b = digits(append(b, '-'), day, 2)
	b = digits(append(b, 'T'), hour, 2)
	b = digits(append(b, ':'), minute, 2)
	b = digits(append(b, ':'), second, 2)
	b = digits(append(b, '.'), at.Nanosecond()/int(time.Millisecond), 3)
	return append(b, 'Z', '"')
}

// digits writes a number at its full width; time.Format would read its layout anew
// for each of a thousand resources.
func digits(b []byte, n, width int) []byte {
	for range width {
		b = append(b, '0')
	}
	for i := len(b) - 1; n > 0 && i >= len(b)-width; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// appendStored writes the pairs of the stored form, without the braces.
func (t *Type) appendStored(b []byte, doc Document) []byte {
	written := 0
	pair := func(name string, a *Attribute, v any) {
		if written++; v == nil || inEnvelope(name) {
			return
		}
		b = append(t.appendPair(b, name, a, v), ',')
	}
	if v, ok := doc["externalId"]; ok {
		pair("externalId", nil, v)
	}
	for i := range t.Core.Attributes {
		a := &t.Core.Attributes[i]
		if v, ok := doc[a.Name]; ok {
			pair(a.Name, a, v)
		}
	}
	for i := range t.exts {
		if v, ok := doc[t.exts[i].urn]; ok {
			pair(t.exts[i].urn, &t.exts[i].whole, v)
		}
	}
	if written < len(doc) {
		for _, name := range t.strangers(doc) {
			pair(name, nil, doc[name])
		}
	}
	return bytes.TrimSuffix(b, []byte{','})
}

// strangers are the keys of a document that no schema knows.
func (t *Type) strangers(doc Document) []string {
	var names []string
	for name := range doc {
		if t.core.byName[name] == nil && t.extension(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func comma(b []byte) []byte {
	if last := b[len(b)-1]; last == ',' || last == '{' {
		return b
	}
	return append(b, ',')
}
