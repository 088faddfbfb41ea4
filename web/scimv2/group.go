package scimv2

import (
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
)

func (s *Server) showGroup(c *call) error {
	if !storable(c.Param("id")) {
		return noRecord("group")
	}
	g, err := s.Read.Group(c.Request().Context(), c.by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	if err := matched(c, etag(g.Tag())); err != nil {
		return err
	}
	if tagged(c, etag(g.Tag()), []string{c.location(c.groups, g.ID)}) {
		return unchanged(c)
	}
	return s.sendGroup(c, http.StatusOK, g)
}

func (s *Server) createGroup(c *call) error {
	doc, ids, _, err := s.groupBody(c)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	if err := s.bring(c.Request().Context(), c.by, ids...); err != nil {
		return err
	}
	g, err := s.Directory.CreateGroup(c.Request().Context(), c.by, ids, func(g *models.Group) error {
		g.Attributes = doc
		return nil
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, c.location(c.groups, g.ID))
	return s.sendGroup(c, http.StatusCreated, g)
}

// groupBody reads a whole group, and apart from it the ids of its members; given tells
// whether the body speaks of members at all.
func (s *Server) groupBody(c *call) (doc scim.Document, ids []string, given bool, err error) {
	data, err := s.body(c, s.Limits.Bytes)
	if err != nil {
		return nil, nil, false, err
	}
	doc, notes, err := c.groups.Decode(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return nil, nil, false, err
	}
	members, given, err := scim.Members(doc)
	return doc, values(members), given, err
}

func values(members []scim.Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.Value
	}
	return ids
}

func (s *Server) replaceGroup(c *call) error {
	doc, ids, given, err := s.groupBody(c)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	var changes []models.MemberChange
	if given {
		changes = []models.MemberChange{{Kind: models.ReplaceMembers, IDs: ids}}
	}
	g, err := s.changeGroup(c, changes, func(g *models.Group) error {
		fresh, err := c.groups.Replace(g.Attributes, maps.Clone(doc))
		if err != nil {
			return translate(err)
		}
		if _, given := doc["externalId"]; !given && g.ExternalID != "" {
			fresh["externalId"] = g.ExternalID
		}
		g.Attributes = fresh
		return nil
	})
	if err != nil {
		return err
	}
	return s.sendGroup(c, http.StatusOK, g)
}

// patchGroup answers 204, as Entra recommends: nobody wants a group of a hundred
// thousand members back for one that was added. attributes asks for a body.
func (s *Server) patchGroup(c *call) error {
	data, err := s.body(c, s.Limits.Bytes)
	if err != nil {
		return s.refused(c, models.GroupTarget, err)
	}
	ops, notes, err := c.groups.DecodePatch(data, s.Limits.Limits)
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
	g, err := s.changeGroup(c, c.memberChanges(members), func(g *models.Group) error {
		doc, tolerated, err := c.groups.Patch(g.Attributes, rest)
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
	if c.query.attributes.text != "" {
		return s.sendGroup(c, http.StatusOK, g)
	}
	tagged(c, etag(g.Tag()), []string{c.location(c.groups, g.ID)})
	return c.NoContent(http.StatusNoContent)
}

func typeOf(k models.MemberKind) string {
	if k == models.GroupMember {
		return "Group"
	}
	return "User"
}

func kindOf(memberType string) models.MemberKind {
	switch memberType {
	case "User":
		return models.UserMember
	case "Group":
		return models.GroupMember
	}
	return ""
}

func (c *call) memberChanges(ops []scim.MemberOp) []models.MemberChange {
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
			selects := op.Matcher(c.root)
			change.Only = kindOf(op.Type)
			change.Match = func(m models.MemberRef) bool {
				return selects(scim.Member{Value: m.ID, Type: typeOf(m.Kind), Display: m.Display})
			}
		}
		out = append(out, change)
	}
	return out
}

func (s *Server) changeGroup(c *call, members []models.MemberChange, edit func(*models.Group) error) (models.Group, error) {
	for _, m := range members {
		if m.Kind == models.RemoveMembers {
			continue
		}
		if err := s.bring(c.Request().Context(), c.by, m.IDs...); err != nil {
			return models.Group{}, err
		}
	}
	return s.Directory.UpdateGroup(c.Request().Context(), c.by, c.Param("id"), members, func(g *models.Group) error {
		if err := precondition(c, etag(g.Tag())); err != nil {
			return err
		}
		return edit(g)
	})
}

func (s *Server) deleteGroup(c *call) error {
	err := s.Directory.DeleteGroup(c.Request().Context(), c.by, c.Param("id"), func(g models.Group) error {
		return precondition(c, etag(g.Tag()))
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
