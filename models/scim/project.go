package scim

import (
	"slices"
	"strings"

	"muster/models/filter"
)

// Projection is the answer to the query parameters attributes and
// excludedAttributes, RFC 7644 section 3.9, resolved once per request.
type Projection struct {
	t       *Type
	only    bool
	include selection
	exclude selection
}

// selection maps an attribute to its chosen sub-attributes; whole stands for
// all of them. An extension as a whole has the name "".
type (
	selection map[attrKey]map[string]bool
	attrKey   struct{ urn, name string }
)

const whole = ""

// Projection resolves names in any form: name, name.sub, URN:name, a URN
// alone; several may be separated by commas. Unknown names are ignored.
func (t *Type) Projection(attributes, excluded []string) *Projection {
	if len(attributes)+len(excluded) == 0 {
		return t.everything
	}
	p := &Projection{t: t, include: t.selection(attributes), exclude: t.selection(excluded)}
	p.only = strings.Trim(strings.Join(attributes, ""), ", ") != ""
	return p
}

func (t *Type) selection(names []string) selection {
	s := selection{}
	for name := range strings.SplitSeq(strings.Join(names, ","), ",") {
		target, err := filter.ParsePath(strings.TrimSpace(name), filter.Limits{})
		if err != nil || target.Filter != nil {
			continue
		}
		pl, ok := t.find(target.Path)
		switch {
		case !ok:
		case pl.attr == nil && pl.urn == "":
			for i := range t.Core.Attributes {
				s.choose(attrKey{"", t.Core.Attributes[i].Name}, whole)
			}
		case pl.attr == nil:
			s.choose(attrKey{pl.urn, ""}, whole)
		case pl.sub == nil:
			s.choose(attrKey{pl.urn, pl.attr.Name}, whole)
		default:
			s.choose(attrKey{pl.urn, pl.attr.Name}, pl.sub.Name)
		}
	}
	return s
}

func (s selection) choose(key attrKey, sub string) {
	if s[key] == nil {
		s[key] = map[string]bool{}
	}
	s[key][sub] = true
}

// All tells that nothing was asked for: stored bytes can be sent as they are.
func (p *Projection) All() bool {
	return !p.only && len(p.exclude) == 0 && !p.t.withholds && !p.t.hides
}

// Wants tells whether Apply could keep a core attribute, so that a server need
// not load members that excludedAttributes=members leaves out.
func (p *Projection) Wants(name string) bool {
	a := p.t.core.find(name)
	if a == nil || a.Returned == Never {
		return false
	}
	key := attrKey{"", a.Name}
	return a.Returned == Always || p.chosen(key, a) && !p.exclude[key][whole]
}

// chosen tells whether an attribute is in, before exclusion.
func (p *Projection) chosen(key attrKey, a *Attribute) bool {
	if p.only {
		return p.include[key] != nil || key.urn != "" && p.include[attrKey{key.urn, ""}] != nil
	}
	return a == nil || a.Returned != Request
}

// Known returns a document without what no schema knows any more, which is kept but
// never shown. It shares values with doc, which it leaves alone.
func (t *Type) Known(doc Document) Document { return t.Projection(nil, nil).Apply(doc) }

// Apply returns a document with what was asked for and is known. It shares values
// with doc, which it leaves alone.
func (p *Projection) Apply(doc Document) Document {
	out := make(Document, len(doc))
	for key, v := range doc {
		x := p.t.extension(key)
		if x == nil {
			put(out, key, p.keep(attrKey{"", key}, p.t.core.byName[key], v))
			continue
		}
		ext, _ := v.(map[string]any)
		if kept := p.extension(x, ext); len(kept) > 0 {
			out[key] = kept
		}
	}
	return out
}

func (p *Projection) extension(x *index, ext map[string]any) map[string]any {
	kept := make(map[string]any, len(ext))
	if p.exclude[attrKey{x.urn, ""}] != nil {
		return kept
	}
	for name, v := range ext {
		put(kept, name, p.keep(attrKey{x.urn, name}, x.byName[name], v))
	}
	return kept
}

// keep returns what stays of one attribute, or nil.
func (p *Projection) keep(key attrKey, a *Attribute, v any) any {
	switch {
	case a == nil:
		return nil
	case a.Returned == Always:
		return v
	case a.Returned == Never, !p.chosen(key, a):
		return nil
	}
	asked := p.include[key]
	if a.withholds() {
		v = pick(v, func(sub string) bool { return a.shows(sub, asked[sub]) })
	}
	if p.only && len(asked) > 0 && !asked[whole] {
		v = pick(v, func(sub string) bool { return asked[sub] || isAlways(a, sub) })
	}
	if subs := p.exclude[key]; subs[whole] {
		return nil
	} else if len(subs) > 0 {
		v = pick(v, func(sub string) bool { return !subs[sub] || isAlways(a, sub) })
	}
	return v
}

// Values is Apply for a part of the values of a core attribute: it reads a JSON list and
// writes what was asked for of its items, separated by commas.
func (p *Projection) Values(dst []byte, name string, list []byte) ([]byte, error) {
	v, err := plainOf(string(list))
	if err != nil {
		return dst, err
	}
	a := p.t.core.find(name)
	kept, _ := p.keep(attrKey{"", name}, a, v).([]any)
	for i, item := range kept {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, a, item)
	}
	return dst, nil
}

// withholds tells whether something below an attribute is not in every answer.
func (a *Attribute) withholds() bool {
	return slices.ContainsFunc(a.SubAttributes, func(s Attribute) bool { return s.Returned == Never || s.Returned == Request })
}

// shows tells whether a sub-attribute may be in an answer: never, only when it
// was asked for by name, or by default (RFC 7643 section 7).
func (a *Attribute) shows(sub string, asked bool) bool {
	s := a.sub(sub)
	return s == nil || s.Returned != Never && (asked || s.Returned != Request)
}

func isAlways(a *Attribute, sub string) bool {
	if a == nil {
		return false
	}
	s := a.sub(sub)
	return s != nil && s.Returned == Always
}

// pick copies a complex value, or each of a list, with some sub-attributes.
func pick(v any, wanted func(string) bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			if wanted(key) {
				out[key] = item
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			if kept := pick(item, wanted); kept != nil {
				out = append(out, kept)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

// Project applies a projection once; over a list make the Projection first.
func (t *Type) Project(doc Document, attributes, excluded []string) Document {
	return t.Projection(attributes, excluded).Apply(doc)
}
