package scimv2

import (
	"net/http"
	"strings"

	"muster/models"
	"muster/models/scim"
)

func (s *Server) showServiceProviderConfig(c *call) error {
	if err := unfiltered(c); err != nil {
		return err
	}
	return send(c, http.StatusOK, scim.ServiceProviderConfig(scim.ServiceOptions{
		Base: c.root, Filter: true, Patch: true, ETag: true, Sort: true, Bulk: true, Cursor: true,
		MaxResults: s.Limits.Page, DefaultPage: s.Limits.DefaultPage,
		BulkMaxOperations: s.Limits.BulkOperations, BulkMaxBytes: s.Limits.BulkBytes,
	}))
}

func (s *Server) listResourceTypes(c *call) error {
	return s.discover(c, scim.ResourceTypes(c.root, c.users, c.groups))
}

func (s *Server) showResourceType(c *call) error {
	return one(c, scim.ResourceTypes(c.root, c.users, c.groups))
}

func (s *Server) listSchemas(c *call) error {
	return s.discover(c, scim.Schemas(c.root, c.users, c.groups))
}

func (s *Server) showSchema(c *call) error {
	return one(c, scim.Schemas(c.root, c.users, c.groups))
}

// unfiltered refuses a filter on discovery endpoints with 403 (RFC 7644 §4).
func unfiltered(c *call) error {
	if c.query.filter.text == "" {
		return nil
	}
	return models.Errorf(models.Forbidden, "filter", "Discovery endpoints cannot be filtered.").
		WithAdvice("Leave the filter out: the whole list is short.")
}

// discover lists all there is.
func (s *Server) discover(c *call, list []scim.Resource) error {
	if err := unfiltered(c); err != nil {
		return err
	}
	resources := make([][]byte, len(list))
	for i, r := range list {
		resources[i] = r.JSON
	}
	return listing(c, resources)
}

// me answers for the alias of the client's own resource, RFC 7644 §3.11. A token
// stands for a directory, which is nobody's user.
func me(*Server, *call) error {
	return models.Errorf(models.NotSupported, "", "A SCIM token stands for a directory and not for a user, so /Me leads nowhere.").
		WithAdvice("Look the user up under /Users, for example with the filter userName eq.").WithCode("notOffered")
}

func one(c *call, list []scim.Resource) error {
	for _, r := range list {
		if strings.EqualFold(r.ID, c.Param("id")) {
			return send(c, http.StatusOK, r.JSON)
		}
	}
	return models.Errorf(models.NotFound, "id", "There is no %q here.", clip(c.Param("id"), 120)).
		WithAdvice("Leave the id out to list all there are.")
}
