package scimv2_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster/models/scim"
)

func TestRFCDiscovery(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		conf := s.ask(t, "200", "GET", "/ServiceProviderConfig", "")
		conf.is(t, "schemas", `["`+scim.ServiceProviderConfigURN+`"]`)
		for path, want := range map[string]bool{
			"patch/supported": true, "bulk/supported": true, "filter/supported": true, "changePassword/supported": false, "sort/supported": true, "etag/supported": true,
			"pagination/cursor": true, "pagination/index": true,
		} {
			if conf.at(path) != want {
				t.Errorf("%s is %v", path, conf.at(path))
			}
		}
		for _, path := range []string{"bulk/maxOperations", "bulk/maxPayloadSize", "filter/maxResults", "pagination/defaultPageSize", "pagination/maxPageSize"} {
			if n, _ := conf.at(path).(float64); n < 1 {
				t.Errorf("%s is %v", path, conf.at(path))
			}
		}
		for _, path := range []string{"type", "name", "description"} {
			if conf.text("authenticationSchemes/0/"+path) == "" {
				t.Errorf("an authentication scheme without %s", path)
			}
		}
		for _, list := range []string{"/Schemas", "/ResourceTypes"} {
			all := s.ask(t, "200", "GET", list, "")
			all.is(t, "schemas", `["`+scim.ListURN+`"]`)
			// Paging and sorting are ignored, filters refused.
			if some := s.ask(t, "200", "GET", list+"?startIndex=2&count=1&sortBy=name&sortOrder=descending&attributes=id", ""); some.Body.String() != all.Body.String() {
				t.Errorf("%s heeds parameters that it should ignore", list)
			}
			s.ask(t, "403", "GET", list+`?filter=id eq "User"`, "")
			if n := len(all.resources()); float64(n) != all.at("totalResults") {
				t.Errorf("%s: %d of %v", list, n, all.at("totalResults"))
			}
			for _, one := range all.resources() {
				alone := s.ask(t, "200", "GET", list+"/"+one["id"].(string), "")
				if alone.text("meta/location") != base+"/scim/v2"+list+"/"+one["id"].(string) || alone.text("id") != one["id"] {
					t.Errorf("%s %s is at %s", list, one["id"], alone.text("meta/location"))
				}
				if list == "/Schemas" && strings.HasPrefix(one["id"].(string), "urn:ietf:params:scim:api:") {
					t.Errorf("the message schema %s is listed", one["id"])
				}
			}
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
				s.ask(t, "405", method, list, `{}`)
			}
		}
		s.ask(t, "403", "GET", "/ServiceProviderConfig?filter=patch pr", "")
		s.ask(t, "404", "GET", "/Schemas/urn:unknown", "")
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			s.ask(t, "501", method, "/Me", `{}`)
		}
	})
}

func TestRFCResourceTypes(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		schemas := map[string]bool{}
		for _, one := range s.ask(t, "200", "GET", "/Schemas", "").resources() {
			schemas[one["id"].(string)] = true
		}
		types := s.ask(t, "200", "GET", "/ResourceTypes", "").resources()
		for _, one := range types {
			for _, name := range []string{"id", "name", "description", "endpoint", "schema"} {
				if text, _ := one[name].(string); text == "" {
					t.Errorf("a resource type without %s: %v", name, one)
				}
			}
			if !schemas[one["schema"].(string)] {
				t.Errorf("no schema %s", one["schema"])
			}
			extensions, _ := one["schemaExtensions"].([]any)
			for _, e := range extensions {
				ext := e.(map[string]any)
				if _, ok := ext["required"].(bool); !ok || !schemas[ext["schema"].(string)] {
					t.Errorf("extension %v", ext)
				}
			}
			if list := s.ask(t, "200", "GET", one["endpoint"].(string), ""); list.at("totalResults") != 0.0 {
				t.Errorf("%s: %s", one["endpoint"], list.Body)
			}
		}
		if len(types) != 2 {
			t.Errorf("%d resource types", len(types))
		}
	})
}

// RFC 7643 §7 and §8.7: definitions are whole, and true to what is served.
func TestRFCSchemas(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ada, _ := population(t, s)
		user := s.ask(t, "200", "GET", "/Users/"+ada, "").json
		served := map[string]any{}
		for _, one := range s.ask(t, "200", "GET", "/Schemas", "").resources() {
			for _, name := range []string{"id", "name", "description"} {
				if text, _ := one[name].(string); text == "" {
					t.Errorf("schema %v has no %s", one["id"], name)
				}
			}
			for _, a := range one["attributes"].([]any) {
				definition(t, one["id"].(string), a.(map[string]any), 0)
				if one["id"] == scim.UserURN {
					served[a.(map[string]any)["name"].(string)] = a
				}
			}
		}
		for name := range user {
			common := []string{"id", "externalId", "meta", "schemas", enterprise}
			if slices.Contains(common, name) == (served[name] != nil) {
				t.Errorf("%s is served, and in the schema: %v", name, served[name] != nil)
			}
		}
	})
}

var attributeName = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_$-]*$`)

func definition(t *testing.T, where string, a map[string]any, depth int) {
	t.Helper()
	name, _ := a["name"].(string)
	at := where + " " + name
	if !attributeName.MatchString(name) {
		t.Errorf("%s is no attribute name", at)
	}
	for key, allowed := range map[string][]string{
		"type":       {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"},
		"mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
		"returned":   {"always", "never", "default", "request"},
		"uniqueness": {"none", "server", "global"},
	} {
		if text, _ := a[key].(string); !slices.Contains(allowed, text) {
			t.Errorf("%s: %s is %v", at, key, a[key])
		}
	}
	for _, key := range []string{"multiValued", "required", "caseExact"} {
		if _, ok := a[key].(bool); !ok {
			t.Errorf("%s: %s is %v", at, key, a[key])
		}
	}
	if text, _ := a["description"].(string); text == "" {
		t.Errorf("%s has no description", at)
	}
	for key, v := range a {
		if v == nil {
			t.Errorf("%s: %s is null", at, key)
		}
	}
	subs, _ := a["subAttributes"].([]any)
	if (a["type"] == "complex") != (len(subs) > 0) || (a["type"] == "reference") != (a["referenceTypes"] != nil) {
		t.Errorf("%s: type %v, %d parts, references to %v", at, a["type"], len(subs), a["referenceTypes"])
	}
	exact := a["type"] == "reference" || a["type"] == "binary"
	if exact && a["caseExact"] != true || a["type"] == "boolean" && a["caseExact"] == true {
		t.Errorf("%s: a %v with caseExact %v", at, a["type"], a["caseExact"])
	}
	if depth > 0 && a["type"] == "complex" && !strings.HasSuffix(where, scim.SchemaURN+" attributes") {
		t.Errorf("%s is complex inside a complex attribute", at)
	}
	for _, sub := range subs {
		definition(t, at, sub.(map[string]any), depth+1)
	}
}
