package scimv2

import (
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/web/session"
)

// around is what is known of a page of users beside their documents.
type around struct {
	base     string
	groups   map[int64][]models.MemberRef
	managers map[string]models.MemberRef
}

// encodeUsers turns users into answers. Stored documents go out as they are; one
// that names a manager, or a projection, needs the document itself.
func (s *Server) encodeUsers(c echo.Context, users []models.User, p *scim.Projection) ([][]byte, error) {
	a, err := s.around(c, users, p)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(users))
	for i := range users {
		if out[i], err = s.encodeUser(&users[i], a, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Server) around(c echo.Context, users []models.User, p *scim.Projection) (around, error) {
	ctx := c.Request().Context()
	a := around{base: s.BaseURL(c)}
	var keys []int64
	var managers []string
	for _, u := range users {
		keys = append(keys, u.Key)
		if u.ManagerID != "" && storable(u.ManagerID) {
			managers = append(managers, u.ManagerID)
		}
	}
	var err error
	if len(keys) > 0 && p.Wants("groups") {
		if a.groups, err = s.Read.GroupsOfUsers(ctx, keys); err != nil {
			return a, err
		}
	}
	if len(managers) > 0 {
		a.managers, err = s.Read.Resolve(ctx, session.Actor(c).OrganizationID, managers)
	}
	return a, err
}

func (s *Server) encodeUser(u *models.User, a around, p *scim.Projection) ([]byte, error) {
	env := s.userEnvelope(u, a)
	if p.All() && u.ManagerID == "" {
		return s.users.Splice(nil, []byte(u.Document), env), nil
	}
	doc, err := s.userDocument(u, a)
	if err != nil {
		return nil, err
	}
	return s.users.Render(p.Apply(s.users.Resource(doc, env))), nil
}

func (s *Server) userEnvelope(u *models.User, a around) scim.Envelope {
	groups := a.groups[u.Key]
	return scim.Envelope{
		ID:     u.ID,
		Active: new(u.Status == models.Active),
		Groups: groupRefs(a.base, groups[:min(len(groups), groupsMost)]),
		Meta: scim.Meta{
			Created: u.Created.Time(), LastModified: u.Updated.Time(),
			Location: a.base + Prefix + s.users.Endpoint + "/" + u.ID, Version: etag(u.Version),
		},
	}
}

// userDocument gives the document with the manager as the schema shows it: value,
// $ref and displayName (RFC 7643 §4.3).
func (s *Server) userDocument(u *models.User, a around) (scim.Document, error) {
	doc, err := s.users.ReadDocument([]byte(u.Document))
	if err != nil {
		return nil, err
	}
	ext, _ := doc[scim.EnterpriseURN].(map[string]any)
	if manager, ok := ext["manager"].(map[string]any); ok && u.ManagerID != "" {
		if m, known := a.managers[u.ManagerID]; known && m.Kind == models.UserMember && !m.Hidden {
			manager["$ref"] = a.base + Prefix + s.users.Endpoint + "/" + m.ID
			manager["displayName"] = m.Display
		}
	}
	return doc, nil
}

// userMatcher tests what SQL could only narrow.
func (s *Server) userMatcher(c echo.Context, e filter.Expr) func(*models.User) (bool, error) {
	match := filter.Compile(e, s.users)
	base := s.BaseURL(c)
	ctx := c.Request().Context()
	needsGroups := mentions(e, "groups")
	return func(u *models.User) (bool, error) {
		a := around{base: base}
		if needsGroups {
			groups, err := s.Read.GroupsOf(ctx, models.UserMember, u.Key, groupsMost)
			if err != nil {
				return false, err
			}
			a.groups = map[int64][]models.MemberRef{u.Key: groups}
		}
		doc, err := s.userDocument(u, a)
		if err != nil {
			return false, err
		}
		return match(s.users.Resource(doc, s.userEnvelope(u, a))), nil
	}
}
