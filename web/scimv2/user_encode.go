package scimv2

import (
	"muster/models"
	"muster/models/scim"
)

// around is what is known of a page of users beside their documents.
type around struct {
	groups   map[int64][]models.MemberRef
	managers map[string]models.MemberRef
}

// around reads what stands beside the documents of users; fresh ones were made a
// moment ago and are in no group yet.
func (s *Server) around(c *call, users []models.User, p *scim.Projection, fresh bool) (around, error) {
	ctx := c.Request().Context()
	var a around
	keys := make([]int64, len(users))
	var managers []string
	for i := range users {
		u := &users[i]
		keys[i] = u.Key
		if u.ManagerID != "" && storable(u.ManagerID) {
			managers = append(managers, u.ManagerID)
		}
	}
	var err error
	if len(keys) > 0 && !fresh && p.Wants("groups") {
		if a.groups, err = s.Read.GroupsOfUsers(ctx, keys); err != nil {
			return a, err
		}
	}
	if len(managers) > 0 {
		a.managers, err = s.Read.Resolve(ctx, c.by.OrganizationID, managers)
	}
	return a, err
}

// appendUser writes one user. A stored document goes out as it is; one that names
// a manager, or a projection, needs the document itself.
func (s *Server) appendUser(dst []byte, c *call, u *models.User, a around, p *scim.Projection) ([]byte, error) {
	env := s.userEnvelope(c, u, a)
	if p.All() && u.ManagerID == "" {
		return c.users.Splice(dst, u.Document, env), nil
	}
	doc, err := s.userDocument(c, u, a)
	if err != nil {
		return dst, err
	}
	return append(dst, c.users.Render(p.Apply(c.users.Resource(doc, env)))...), nil
}

func (s *Server) userEnvelope(c *call, u *models.User, a around) scim.Envelope {
	return scim.Envelope{
		ID:     u.ID,
		Active: new(u.Enters()),
		Groups: groupRefs(c.root, a.shownGroups(u)),
		Meta: scim.Meta{
			Created: u.Created.Time(), LastModified: u.Updated.Time(),
			Location: c.location(c.users, u.ID), Version: a.tag(u),
		},
	}
}

// userDocument gives the document with the manager as the schema shows it: value,
// $ref and displayName (RFC 7643 §4.3).
func (s *Server) userDocument(c *call, u *models.User, a around) (scim.Document, error) {
	doc, err := c.users.ReadDocument(u.Document)
	if err != nil {
		return nil, err
	}
	ext, _ := doc[scim.EnterpriseURN].(map[string]any)
	if manager, ok := ext["manager"].(map[string]any); ok {
		if m, known := a.shownManager(u); known {
			manager["$ref"] = c.location(c.users, m.ID)
			manager["displayName"] = m.Display
		}
	}
	return doc, nil
}
