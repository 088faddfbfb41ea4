package source

import (
	"strings"

	"muster/models"
)

// Place is where a single value stands in a SCIM document: an attribute, one part
// of it, and for attributes of several values the type of the one that is meant.
type Place struct {
	URN  string // extension; "" for the core schema
	Attr string
	Type string // of the value among several, such as "work"; "" for attributes of one value
	Sub  string // "" for simple attributes
}

// String gives the place as a SCIM path.
func (p Place) String() string {
	var b strings.Builder
	if p.URN != "" {
		b.WriteString(p.URN + ":")
	}
	b.WriteString(p.Attr)
	if p.Type != "" {
		b.WriteString(`[type eq "` + p.Type + `"]`)
	}
	if p.Sub != "" {
		b.WriteString("." + p.Sub)
	}
	return b.String()
}

// Put sets the value. A typed value that the document does not have yet is added;
// the first e-mail address so added is the primary one.
func (p Place) Put(doc models.Attributes, value any) {
	if p.URN != "" {
		doc = child(doc, p.URN)
	}
	switch {
	case p.Type != "":
		p.item(doc)[p.Sub] = value
	case p.Sub != "":
		child(doc, p.Attr)[p.Sub] = value
	default:
		doc[p.Attr] = value
	}
}

// item finds the value of the type, or makes it.
func (p Place) item(doc models.Attributes) map[string]any {
	list, _ := doc[p.Attr].([]any)
	for _, one := range list {
		if m, ok := one.(map[string]any); ok && sameType(m, p.Type) {
			return m
		}
	}
	made := map[string]any{"type": p.Type}
	if p.Attr == "emails" && len(list) == 0 {
		made["primary"] = true
	}
	doc[p.Attr] = append(list, made)
	return made
}

// Clear takes the value away, and what holds nothing any more with it.
func (p Place) Clear(doc models.Attributes) {
	in := doc
	if p.URN != "" {
		ext, ok := doc[p.URN].(map[string]any)
		if !ok {
			return
		}
		in = ext
	}
	switch {
	case p.Type != "":
		p.clearItem(in)
	case p.Sub != "":
		m, _ := in[p.Attr].(map[string]any)
		delete(m, p.Sub)
		if len(m) == 0 {
			delete(in, p.Attr)
		}
	default:
		delete(in, p.Attr)
	}
	if p.URN != "" && len(in) == 0 {
		delete(doc, p.URN)
	}
}

func (p Place) clearItem(doc models.Attributes) {
	list, _ := doc[p.Attr].([]any)
	var kept []any
	for _, one := range list {
		m, ok := one.(map[string]any)
		if ok && sameType(m, p.Type) {
			delete(m, p.Sub)
			if bare(m) {
				continue
			}
		}
		kept = append(kept, one)
	}
	if len(kept) == 0 {
		delete(doc, p.Attr)
		return
	}
	doc[p.Attr] = kept
}

// bare tells whether only what describes the value is left of it.
func bare(m map[string]any) bool {
	for name := range m {
		if name != "type" && name != "primary" && name != "display" {
			return false
		}
	}
	return true
}

func sameType(m map[string]any, typ string) bool {
	have, _ := m["type"].(string)
	return strings.EqualFold(have, typ)
}

func child(doc map[string]any, name string) map[string]any {
	m, ok := doc[name].(map[string]any)
	if !ok {
		m = map[string]any{}
		doc[name] = m
	}
	return m
}
