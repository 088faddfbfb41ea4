package scimv2

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/web/session"
)

func (s *Server) listGroups(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	if _, err := s.Directory.Admit(ctx, by); err != nil {
		return err
	}
	q, err := s.query(c, s.groups)
	if err != nil {
		return err
	}
	sel := models.Selection[models.Group]{Filter: q.expr, Types: s.groups, Start: q.start, Count: q.count}
	if q.expr != nil {
		sel.Match = s.groupMatcher(c, q.expr)
	}
	groups, total, err := s.Read.GroupsSelected(ctx, by.OrganizationID, sel)
	if err != nil {
		return err
	}
	p := projection(c, s.groups)
	resources := make([][]byte, len(groups))
	for i := range groups {
		if resources[i], err = s.encodeGroup(c, &groups[i], p); err != nil {
			return err
		}
	}
	return listing(c, total, q.start, resources)
}

func (s *Server) showGroup(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	if _, err := s.Directory.Admit(ctx, by); err != nil {
		return err
	}
	if !storable(c.Param("id")) {
		return noRecord("group")
	}
	g, err := s.Read.Group(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	if tagged(c, g.Version, s.location(c, s.groups.Endpoint, g.ID)) {
		return c.NoContent(http.StatusNotModified)
	}
	return s.sendGroup(c, http.StatusOK, g)
}

func (s *Server) sendGroup(c echo.Context, status int, g models.Group) error {
	body, err := s.encodeGroup(c, &g, projection(c, s.groups))
	if err != nil {
		return err
	}
	tagged(c, g.Version, s.location(c, s.groups.Endpoint, g.ID))
	return send(c, status, body)
}

func (s *Server) encodeGroup(c echo.Context, g *models.Group, p *scim.Projection) ([]byte, error) {
	env, err := s.groupEnvelope(c, g, p.Wants("members"))
	if err != nil {
		return nil, err
	}
	if p.All() {
		return s.groups.Splice(nil, []byte(g.Document), env), nil
	}
	doc, err := s.groups.ReadDocument([]byte(g.Document))
	if err != nil {
		return nil, err
	}
	return s.groups.Render(p.Apply(s.groups.Resource(doc, env))), nil
}

func (s *Server) groupEnvelope(c echo.Context, g *models.Group, members bool) (scim.Envelope, error) {
	base := s.BaseURL(c)
	env := scim.Envelope{ID: g.ID, Meta: scim.Meta{
		Created: g.Created.Time(), LastModified: g.Updated.Time(),
		Location: base + Prefix + s.groups.Endpoint + "/" + g.ID, Version: etag(g.Version),
	}}
	if !members || g.MemberCount == 0 {
		return env, nil
	}
	all, err := s.allMembers(c, g)
	env.Members = memberRefs(base, all)
	return env, err
}

func (s *Server) allMembers(c echo.Context, g *models.Group) ([]models.MemberRef, error) {
	const size = 2000
	var all []models.MemberRef
	var last models.MemberRef
	for {
		part, err := s.Read.Members(c.Request().Context(), g.Key, last, size)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		if len(part) < size {
			return all, nil
		}
		last = part[len(part)-1]
	}
}

func (s *Server) createGroup(c echo.Context) error {
	data, err := s.body(c)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	doc, notes, err := s.groups.Decode(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	members, _ := scim.Members(doc)
	g, err := s.Directory.CreateGroup(c.Request().Context(), session.Actor(c), values(members), func(g *models.Group) error {
		g.Attributes = doc
		return nil
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, s.location(c, s.groups.Endpoint, g.ID))
	return s.sendGroup(c, http.StatusCreated, g)
}

func values(members []scim.Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.Value
	}
	return ids
}

func (s *Server) replaceGroup(c echo.Context) error {
	data, err := s.body(c)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	doc, notes, err := s.groups.Decode(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	var changes []models.MemberChange
	if members, given := scim.Members(doc); given {
		changes = []models.MemberChange{{Kind: models.ReplaceMembers, IDs: values(members)}}
	}
	g, err := s.changeGroup(c, changes, func(g *models.Group) error {
		if _, given := doc["externalId"]; !given && g.ExternalID != "" {
			doc["externalId"] = g.ExternalID
		}
		g.Attributes = doc
		return nil
	})
	if err != nil {
		return err
	}
	return s.sendGroup(c, http.StatusOK, g)
}

// patchGroup answers 204, as Entra recommends: nobody wants a group of a hundred
// thousand members back for one that was added. attributes asks for a body.
func (s *Server) patchGroup(c echo.Context) error {
	data, err := s.body(c)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	ops, notes, err := s.groups.DecodePatch(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	rest, members, notes, err := scim.SplitMembers(ops, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	var patched []scim.Note
	g, err := s.changeGroup(c, memberChanges(members), func(g *models.Group) error {
		doc, tolerated, err := s.groups.Patch(g.Attributes, rest)
		if err != nil {
			return translate(err)
		}
		patched = tolerated
		g.Attributes = doc
		return nil
	})
	noted(c, patched)
	if err != nil {
		return err
	}
	if param(c, "attributes") != "" {
		return s.sendGroup(c, http.StatusOK, g)
	}
	tagged(c, g.Version, s.location(c, s.groups.Endpoint, g.ID))
	return c.NoContent(http.StatusNoContent)
}

func memberChanges(ops []scim.MemberOp) []models.MemberChange {
	var out []models.MemberChange
	for _, op := range ops {
		change := models.MemberChange{IDs: values(op.Members)}
		switch op.Kind {
		case scim.MemberAdd:
			change.Kind = models.AddMembers
		case scim.MemberRemove:
			change.Kind = models.RemoveMembers
		case scim.MemberRemoveAll:
			change.Kind = models.ClearMembers
		case scim.MemberReplace:
			change.Kind = models.ReplaceMembers
		}
		if op.Filter != nil {
			change.Match = func(m models.MemberRef) bool {
				kind := "User"
				if m.Kind == models.GroupMember {
					kind = "Group"
				}
				return op.Matches(scim.Member{Value: m.ID, Type: kind, Display: m.Display})
			}
		}
		out = append(out, change)
	}
	return out
}

func (s *Server) changeGroup(c echo.Context, members []models.MemberChange, edit func(*models.Group) error) (models.Group, error) {
	return s.Directory.UpdateGroup(c.Request().Context(), session.Actor(c), c.Param("id"), members, func(g *models.Group) error {
		if err := precondition(c, g.Version); err != nil {
			return err
		}
		return edit(g)
	})
}

func (s *Server) deleteGroup(c echo.Context) error {
	err := s.Directory.DeleteGroup(c.Request().Context(), session.Actor(c), c.Param("id"), func(g models.Group) error {
		return precondition(c, g.Version)
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) groupMatcher(c echo.Context, e filter.Expr) func(*models.Group) (bool, error) {
	match := filter.Compile(e, s.groups)
	needsMembers := mentions(e, "members")
	return func(g *models.Group) (bool, error) {
		env, err := s.groupEnvelope(c, g, needsMembers)
		if err != nil {
			return false, err
		}
		doc, err := s.groups.ReadDocument([]byte(g.Document))
		if err != nil {
			return false, err
		}
		return match(s.groups.Resource(doc, env)), nil
	}
}

// mentions tells whether a filter asks about an attribute.
func mentions(e filter.Expr, name string) bool {
	switch e := e.(type) {
	case filter.And:
		return mentions(e.Left, name) || mentions(e.Right, name)
	case filter.Or:
		return mentions(e.Left, name) || mentions(e.Right, name)
	case filter.Not:
		return mentions(e.Expr, name)
	case filter.Compare:
		return strings.EqualFold(e.Path.Name, name)
	case filter.Present:
		return strings.EqualFold(e.Path.Name, name)
	case filter.ValuePath:
		return strings.EqualFold(e.Path.Name, name)
	}
	return false
}
