package scimv2_test

import "testing"

func TestPathsAreFoundInAnySpelling(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		population(t, s)
		for _, path := range []string{"/users", "/Users/", "/USERS//", "//Users", "//users/"} {
			if l := s.list(t, path+`?filter=userName eq "ada"`); l.names() != "ada" {
				t.Errorf("GET %s: %q", path, l.names())
			}
		}
		ada := s.list(t, `/Users?filter=userName eq "ada"`).Resources[0].ID
		s.ask(t, "200", "GET", "//users/"+ada, "")
		for _, path := range []string{"/.search", "/.Search", "/Users/.SEARCH", "/users/.search/", "//Groups/.search"} {
			s.ask(t, "200", "POST", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"count":1}`)
		}
		s.ask(t, "404", "GET", "/users/"+ada+"/extra", "")
	})
}
