package scimv2

import (
	"muster/models"
	"muster/models/scim"
)

// membersHeld is how many members of a group are in memory at once. What a larger one
// is answered with goes out while its members are read.
const membersHeld = 500

func (s *Server) sendGroup(c *call, status int, g models.Group) error {
	f := &flow{buffer: borrow(), c: c, status: status, kept: true}
	defer f.giveBack()
	tagged(c, etag(g.Tag()), []string{c.location(c.groups, g.ID)})
	err := s.writeGroup(f, &g, c.query.projection(c.groups))
	if err != nil && f.w == nil { // what is answered instead is another thing
		h := c.Response().Header()
		h.Del("ETag")
		h.Del("Content-Location")
		err = s.half(c, err)
	}
	return s.end(f, err)
}

// writeGroup writes one group: its stored document as it is, or, for a projection, the
// document itself.
func (s *Server) writeGroup(f *flow, g *models.Group, p *scim.Projection) error {
	if p.Wants("members") && g.MemberCount > membersHeld {
		return s.writeLarge(f, g, p)
	}
	env, err := s.groupEnvelope(f.c, g, p.Wants("members"))
	if err != nil {
		return err
	}
	t := f.c.groups
	if p.All() {
		f.bytes = t.Splice(f.bytes, g.Document, env)
		return nil
	}
	doc, err := t.ReadDocument(g.Document)
	if err != nil {
		return err
	}
	f.bytes = append(f.bytes, t.Render(p.Apply(t.Resource(doc, env)))...)
	return nil
}

// writeLarge is writeGroup for a group whose members do not fit in memory.
func (s *Server) writeLarge(f *flow, g *models.Group, p *scim.Projection) error {
	t, env := f.c.groups, envelopeOf(f.c, g)
	var tail []byte
	if p.All() {
		f.bytes, tail = t.SpliceAround(f.bytes, g.Document, env)
	} else {
		doc, err := t.ReadDocument(g.Document)
		if err != nil {
			return err
		}
		head, rest := t.RenderAround(p.Apply(t.Resource(doc, env)))
		f.bytes, tail = append(f.bytes, head...), rest
	}
	f.bytes = append(f.bytes, `"members":[`...)
	between := ""
	err := s.eachMembers(f.c, g, func(part []models.MemberRef) error {
		before := len(f.bytes)
		f.bytes = append(f.bytes, between...)
		begun, err := len(f.bytes), error(nil)
		if f.bytes, err = appendMembers(f.bytes, f.c.root, part, p); err != nil {
			return err
		}
		if len(f.bytes) == begun { // all of them were deleted at the source
			f.bytes = f.bytes[:before]
			return nil
		}
		between = ","
		return f.pass()
	})
	f.bytes = append(append(f.bytes, ']'), tail...)
	return err
}

// appendMembers writes members, separated by commas.
func appendMembers(dst []byte, root string, part []models.MemberRef, p *scim.Projection) ([]byte, error) {
	list := memberRefs(root, part)
	switch {
	case list == nil:
		return dst, nil
	case p.All():
		return append(dst, list[1:len(list)-1]...), nil
	}
	return p.Values(dst, "members", list)
}

func envelopeOf(c *call, g *models.Group) scim.Envelope {
	return scim.Envelope{ID: g.ID, Meta: scim.Meta{
		Created: g.Created.Time(), LastModified: g.Updated.Time(),
		Location: c.location(c.groups, g.ID), Version: etag(g.Tag()),
	}}
}

func (s *Server) groupEnvelope(c *call, g *models.Group, members bool) (scim.Envelope, error) {
	env := envelopeOf(c, g)
	if !members {
		return env, nil
	}
	// A group without members says so: authentik takes a missing list for one that
	// it was not shown, and never mends it.
	env.Members = []byte("[]")
	if g.MemberCount == 0 {
		return env, nil
	}
	var all []models.MemberRef
	err := s.eachMembers(c, g, func(part []models.MemberRef) error {
		all = append(all, part...)
		return nil
	})
	if refs := memberRefs(c.root, all); refs != nil {
		env.Members = refs
	}
	return env, err
}

// eachMembers reads a group's members, a part at a time.
func (s *Server) eachMembers(c *call, g *models.Group, fn func([]models.MemberRef) error) error {
	var last models.MemberRef
	for {
		part, err := s.Read.Members(c.Request().Context(), g.Key, last, membersHeld)
		if err != nil {
			return err
		}
		if err := fn(part); err != nil || len(part) < membersHeld {
			return err
		}
		last = part[len(part)-1]
	}
}
