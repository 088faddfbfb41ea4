package scim

import "slices"

// Replace lays the decoded body of a PUT over the stored document, attribute by
// attribute (RFC 7644 section 3.5.1): what the body has replaces, what it leaves
// out is cleared, a read-only attribute of an extension stays as it is, and an
// immutable one may be given again or left out but not changed, which is a
// mutability error. What no schema knows any more stays: data outlives a schema.
// fresh is changed and returned; old is not.
func (t *Type) Replace(old, fresh Document) (Document, error) {
	for _, pl := range slices.Concat(t.immutable, t.readOnly) {
		if before := pl.in(old); before != nil && pl.in(fresh) == nil {
			pl.give(fresh, clone(before))
		}
	}
	for _, name := range t.strangers(old) {
		if _, given := fresh[name]; !given && !inEnvelope(name) {
			fresh[name] = clone(old[name])
		}
	}
	for i := range t.exts {
		t.exts[i].keepStrangers(old, fresh)
	}
	if err := t.keepsImmutable(old, fresh); err != nil {
		return nil, err
	}
	return fresh, nil
}

// keepStrangers keeps the attributes of an extension that it has no more.
func (x *index) keepStrangers(old, fresh Document) {
	ext, _ := old[x.urn].(map[string]any)
	for name, v := range ext {
		if x.byName[name] == nil {
			within(fresh, x.urn)[name] = clone(v)
		}
	}
}

// give sets what stands at a place of a document that is no list.
func (p place) give(doc Document, v any) {
	home := doc
	if p.urn != "" {
		home = within(doc, p.urn)
	}
	if p.sub == nil {
		home[p.attr.Name] = v
		return
	}
	within(home, p.attr.Name)[p.sub.Name] = v
}

// within gives the object under a name, made if there is none.
func within(doc map[string]any, name string) map[string]any {
	m, ok := doc[name].(map[string]any)
	if !ok {
		m = map[string]any{}
		doc[name] = m
	}
	return m
}
