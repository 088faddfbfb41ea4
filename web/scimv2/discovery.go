package scimv2

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
)

func (s *Server) showServiceProviderConfig(c echo.Context) error {
	if err := unfiltered(c); err != nil {
		return err
	}
	return send(c, http.StatusOK, scim.ServiceProviderConfig(scim.ServiceOptions{
		Base: s.BaseURL(c) + Prefix, Filter: true, Patch: true, ETag: true, MaxResults: s.Limits.Page,
	}))
}

func (s *Server) listResourceTypes(c echo.Context) error {
	return s.discover(c, scim.ResourceTypes(s.BaseURL(c)+Prefix, s.users, s.groups))
}

func (s *Server) showResourceType(c echo.Context) error {
	return one(c, scim.ResourceTypes(s.BaseURL(c)+Prefix, s.users, s.groups))
}

func (s *Server) listSchemas(c echo.Context) error {
	return s.discover(c, scim.Schemas(s.BaseURL(c)+Prefix, s.users, s.groups))
}

func (s *Server) showSchema(c echo.Context) error {
	return one(c, scim.Schemas(s.BaseURL(c)+Prefix, s.users, s.groups))
}

// unfiltered refuses a filter on discovery endpoints with 403 (RFC 7644 §4).
func unfiltered(c echo.Context) error {
	if param(c, "filter") == "" {
		return nil
	}
	return models.Errorf(models.Forbidden, "filter", "Discovery endpoints cannot be filtered.").
		WithAdvice("Leave the filter out: the whole list is short.")
}

// discover lists all there is.
func (s *Server) discover(c echo.Context, list []scim.Resource) error {
	if err := unfiltered(c); err != nil {
		return err
	}
	resources := make([][]byte, len(list))
	for i, r := range list {
		resources[i] = r.JSON
	}
	return listing(c, int64(len(list)), 1, resources)
}

// notOffered answers for the parts of the protocol that this server leaves out.
func notOffered(c echo.Context) error {
	return models.Errorf(models.NotSupported, "", "This server does not offer %s.", clip(c.Request().URL.Path, 200)).
		WithAdvice("Use the endpoints /Users and /Groups, with a filter to search; ServiceProviderConfig tells what is offered.").WithCode("notOffered")
}

func one(c echo.Context, list []scim.Resource) error {
	for _, r := range list {
		if strings.EqualFold(r.ID, c.Param("id")) {
			return send(c, http.StatusOK, r.JSON)
		}
	}
	return models.Errorf(models.NotFound, "id", "There is no %q here.", clip(c.Param("id"), 120)).
		WithAdvice("Leave the id out to list all there are.")
}
