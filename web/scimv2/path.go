package scimv2

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models/scim"
)

// endpoints are the names that paths begin with, as they are written.
var endpoints = []string{"Users", "Groups", "Schemas", "ResourceTypes", "ServiceProviderConfig", "Bulk", "Me", searchName}

const searchName = ".search"

// TidyPath forgives what clients send, before a route is looked for: a slash too
// many, and names of endpoints in another case.
func TidyPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		asked := r.URL.Path
		if strings.HasPrefix(asked, "//") { // of an endpoint that was put together from an address with a slash at its end
			asked = "/" + strings.TrimLeft(asked, "/")
		}
		rest, ok := strings.CutPrefix(asked, Prefix+"/")
		if !ok {
			return next(c)
		}
		name, tail, _ := strings.Cut(strings.Trim(rest, "/"), "/")
		if slices.Contains(endpoints, name) && !strings.HasSuffix(rest, "/") && rest[0] != '/' && !strings.HasPrefix(tail, ".") && asked == r.URL.Path {
			r.URL.RawPath = "" // nearly every path is written as it should be
			return next(c)
		}
		for _, known := range endpoints {
			if strings.EqualFold(name, known) {
				name = known
			}
		}
		if strings.EqualFold(tail, searchName) {
			tail = searchName
		}
		path := Prefix
		if name != "" {
			path += "/" + name
		}
		if tail != "" {
			path += "/" + tail
		}
		if path != r.URL.Path {
			noted(c, []scim.Note{{
				Code: "path-spelling", Attr: name, Msg: "The address had a slash too many or another case, and was found all the same.",
				Advice: "Nothing to do; the standard has " + Prefix + "/Users and " + Prefix + "/Groups.",
			}})
		}
		r.URL.Path, r.URL.RawPath = path, ""
		return next(c)
	}
}
