package scimv2_test

import (
	"strings"
	"testing"

	"muster/models"
)

// What an organization declared behaves as a schema of the RFC does, from
// discovery to filters.
func TestRFCCustomSchemas(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		urn, hr := models.CustomSchema(models.UserTarget), "urn:example:params:hr:2.0:User"
		s.Configure(t, func(o *models.Organization) {
			o.Settings.Attributes = []models.CustomAttribute{
				{Of: models.UserTarget, Schema: urn, Name: "costCode", Type: "string"},
				{Of: models.UserTarget, Schema: urn, Name: "badge", Type: "string", CaseExact: true, Description: "The badge."},
				{Of: models.UserTarget, Schema: urn, Name: "floor", Type: "integer"},
				{Of: models.UserTarget, Schema: urn, Name: "rate", Type: "decimal"},
				{Of: models.UserTarget, Schema: urn, Name: "remote", Type: "boolean"},
				{Of: models.UserTarget, Schema: hr, Name: "hired", Type: "dateTime"},
				{Of: models.UserTarget, Schema: hr, Name: "skills", Type: "string", Multi: true},
				{Of: models.UserTarget, Schema: hr, Name: "page", Type: "reference"},
				{Of: models.GroupTarget, Schema: models.CustomSchema(models.GroupTarget), Name: "owner", Type: "string"},
			}
		})
		types := s.ask(t, "200", "GET", "/ResourceTypes/User", "")
		types.is(t, "schemaExtensions", `[{"schema":"`+enterprise+`","required":false},{"schema":"`+urn+`","required":false},{"schema":"`+hr+`","required":false}]`)
		for _, id := range []string{urn, hr, models.CustomSchema(models.GroupTarget)} {
			one := s.ask(t, "200", "GET", "/Schemas/"+id, "")
			list, _ := one.json["attributes"].([]any)
			for _, a := range list {
				definition(t, id, a.(map[string]any), 0)
			}
			if len(list) == 0 {
				t.Errorf("%s has no attributes", id)
			}
		}
		ada := s.ask(t, "201", "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","`+urn+`":{"COSTCODE":"Alpha","badge":"b-1","floor":"3","rate":1.5,"remote":"True","unknown":1},
			"`+hr+`":{"hired":"2020-02-03T04:05:06.7Z","skills":"go","page":"https://e/ada"}}`)
		ada.is(t, urn, `{"costCode":"Alpha","badge":"b-1","floor":3,"rate":1.5,"remote":true}`)
		ada.is(t, hr, `{"hired":"2020-02-03T04:05:06.7Z","skills":["go"],"page":"https://e/ada"}`)
		ada.is(t, "schemas", `["urn:ietf:params:scim:schemas:core:2.0:User","`+urn+`","`+hr+`"]`)
		s.create(t, "/Users", `{"userName":"bob","`+urn+`":{"costCode":"beta","floor":12,"remote":false}}`)
		s.create(t, "/Users", `{"userName":"cy"}`)
		for filter, want := range map[string]string{
			urn + `:costCode eq "ALPHA"`:                 "ada",
			`costCode eq "alpha"`:                        "ada",
			urn + `:badge eq "B-1"`:                      "",
			urn + `:badge eq "b-1"`:                      "ada",
			urn + `:floor gt 3`:                          "bob", // by number, not by text
			urn + `:floor le 12 and floor ge 3`:          "ada bob",
			`rate lt 1.50001`:                            "ada",
			`remote eq true`:                             "ada",
			`remote ne true`:                             "bob cy",
			hr + `:hired ge "2020-02-03T05:05:06+01:00"`: "ada",
			hr + `:skills eq "GO"`:                       "ada",
			`skills co "o"`:                              "ada",
			hr + ` pr`:                                   "ada",
			urn + ` pr`:                                  "ada bob",
			`schemas eq "` + hr + `"`:                    "ada",
			`not (costCode pr)`:                          "cy",
		} {
			if got := s.list(t, "/Users?filter="+strings.ReplaceAll(filter, "+", "%2B")).names(); got != want {
				t.Errorf("%s: got %q, want %q", filter, got, want)
			}
		}
		if got := s.list(t, "/Users?sortBy="+urn+":floor&sortOrder=descending").names(); got != "cy bob ada" {
			t.Errorf("sorted by floor: %s", got)
		}
		s.ask(t, "400 invalidFilter", "GET", "/Users?filter=remote gt true", "")
		path := "/Users/" + ada.text("id")
		r := s.ask(t, "200", "PATCH", path, patchBody(`{"op":"Replace","path":"`+urn+`:floor","value":"4"},{"op":"add","path":"`+hr+`:skills","value":["sql","GO"]},{"op":"replace","value":{"`+urn+`:remote":"False"}}`))
		r.is(t, urn+"/floor", `4`)
		r.is(t, hr+"/skills", `["go","sql"]`)
		r.is(t, urn+"/remote", `false`)
		s.ask(t, "400 invalidValue", "PATCH", path, patchBody(`{"op":"replace","path":"`+urn+`:floor","value":1.5}`))
		s.ask(t, "400 invalidPath", "PATCH", path, patchBody(`{"op":"replace","path":"`+urn+`:nothing","value":1}`))
		got := s.ask(t, "200", "GET", path+"?attributes="+urn+":floor,"+hr, "")
		got.is(t, urn, `{"floor":4}`)
		if names := named(got.json); names != "id schemas "+hr+" "+urn {
			t.Errorf("attributes gives %s", names)
		}
		r = s.ask(t, "200", "PUT", path, `{"userName":"ada","`+urn+`":{"costCode":"Gamma"}}`)
		r.is(t, urn, `{"costCode":"Gamma"}`)
		if r.json[hr] != nil {
			t.Errorf("PUT kept an extension: %s", r.Body)
		}
		group := s.ask(t, "201", "POST", "/Groups", `{"displayName":"G","`+models.CustomSchema(models.GroupTarget)+`":{"owner":"Ada"}}`)
		if l := s.list(t, `/Groups?filter=owner eq "ADA"`); l.TotalResults != 1 {
			t.Errorf("a group's custom attribute is not found: %s", group.Body)
		}
		// Another organization knows none of it.
		s.token = s.newToken(t, models.ProvisionScope, s.Another(t).Key)
		s.ask(t, "404", "GET", "/Schemas/"+hr, "")
		if other := s.ask(t, "201", "POST", "/Users", `{"userName":"ada","`+urn+`":{"costCode":"x"}}`); other.json[urn] != nil {
			t.Errorf("an attribute of another organization was taken: %s", other.Body)
		}
	})
}
