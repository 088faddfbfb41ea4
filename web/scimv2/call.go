package scimv2

import (
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
	"muster/web/session"
)

// call is one request on its way: who asks, and what resources look like in that
// organization.
type call struct {
	echo.Context
	by     models.Actor
	root   string // public address of the endpoints, no trailing slash
	users  *scim.Type
	groups *scim.Type
	query  parameters
}

// handler answers a call on one side: the organization itself, or its rehearsal.
type handler func(s *Server, c *call) error

// admission is what a route asks of the organization before its handler runs.
type admission int

const (
	always   admission = iota // discovery: what the server can do, whoever is in charge
	inCharge                  // reading needs SCIM to be the deployment method
	atDoor                    // writing too, but the directory refuses, so that its log tells of it
)

// called makes the call, in the organization of the token.
func called(a admission, next handler) func(*Server, echo.Context) error {
	return func(s *Server, c echo.Context) error {
		by := session.Actor(c)
		org, err := s.Directory.Admit(c.Request().Context(), by)
		if err != nil && (a == inCharge || models.KindOf(err) != models.Forbidden) {
			return err
		}
		if err := s.bring(c.Request().Context(), by, c.Param("id")); err != nil {
			return err
		}
		query := parametersOf(c)
		if err := query.check(); err != nil {
			return err
		}
		t := s.types.of(org)
		return next(s, &call{Context: c, by: by, root: s.BaseURL(c) + Prefix, users: t.users, groups: t.groups, query: query})
	}
}

// location is the public address of a resource.
func (c *call) location(t *scim.Type, id string) string { return c.root + t.Endpoint + "/" + id }

// within is the same caller's call in another request, such as an operation of a
// bulk request.
func (c *call) within(inner echo.Context) *call {
	session.SetActor(inner, c.by)
	return &call{Context: inner, by: c.by, root: c.root, users: c.users, groups: c.groups}
}
