package scimv2_test

import (
	"strings"
	"testing"
)

func TestRFCCreate(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		r := s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"ada","id":"x","groups":[{"value":"g"}],"meta":{"version":"9"},"password":"c4nary-Passw0rd",
			"`+enterprise+`":{"manager":{"value":"m","displayName":"sent"}}}`)
		if r.json["groups"] != nil || r.json["password"] != nil || r.text("id") == "x" || r.at(enterprise+"/manager/displayName") != nil {
			t.Errorf("read-only or write-only attributes were taken: %s", r.Body)
		}
		if strings.Contains(r.Body.String(), "c4nary") || len(s.Find(t, "c4nary-Passw0rd")) > 0 {
			t.Error("the password is kept or answered")
		}
		if l := s.list(t, `/Users?filter=password eq "c4nary-Passw0rd"`); l.TotalResults != 0 {
			t.Error("a password can be guessed with a filter")
		}
		s.ask(t, "409 uniqueness", "POST", "/Users", `{`+core+`,"userName":"ADA"}`)
		s.ask(t, "409 uniqueness", "POST", "/Users", `{`+core+`,"userName":"\uff41\uff44\uff41"}`) // full width: the same after PRECIS
		s.ask(t, "201", "POST", "/Groups", `{`+coreGroup+`,"displayName":"Team"}`)
		s.ask(t, "409 uniqueness", "POST", "/Groups", `{`+coreGroup+`,"displayName":"TEAM"}`)
		for _, body := range []string{`{` + core + `}`, `{` + core + `,"userName":""}`, `{` + core + `,"userName":null}`} {
			s.ask(t, "400 invalidValue", "POST", "/Users", body)
		}
		s.ask(t, "400 invalidValue", "POST", "/Groups", `{`+coreGroup+`}`)
		if l := s.list(t, "/Users"); l.TotalResults != 1 {
			t.Errorf("refused creates left %d users", l.TotalResults)
		}
	})
}

func TestRFCPut(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		const full = `{` + core + `,"userName":"ada","displayName":"Ada","title":"Countess","name":{"givenName":"A"},"emails":[{"value":"a@x","type":"work"},{"value":"b@x","type":"home"}],
			"` + enterprise + `":{"department":"D","employeeNumber":"7"}}`
		made := s.ask(t, "201", "POST", "/Users", full)
		path := "/Users/" + made.text("id")
		r := s.ask(t, "200", "PUT", path, `{`+core+`,"id":"other","userName":"ada","groups":[{"value":"g"}],"meta":{"created":"1999-01-01T00:00:00Z"},"emails":[{"value":"c@x"}]}`)
		if got := named(r.json); got != "active emails id meta schemas userName" {
			t.Errorf("a replaced user has %s", got)
		}
		r.is(t, "emails", `[{"value":"c@x"}]`)
		if r.text("id") != made.text("id") || r.text("meta/created") != made.text("meta/created") {
			t.Error("PUT changed a read-only attribute")
		}
		again := s.ask(t, "200", "PUT", path, `{`+core+`,"userName":"ada","emails":[{"value":"c@x"}]}`)
		if again.text("meta/version") != r.text("meta/version") {
			t.Error("the same PUT again made a new version")
		}
		r = s.ask(t, "200", "PUT", path, full)
		r.is(t, enterprise, `{"department":"D","employeeNumber":"7"}`)
		s.ask(t, "400 invalidValue", "PUT", path, `{`+core+`,"displayName":"no name"}`)
		s.ask(t, "404", "PUT", "/Users/0190aaaa-0000-7000-8000-000000000000", `{`+core+`,"userName":"new"}`)
		other := s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"bob"}`).text("id")
		s.ask(t, "409 uniqueness", "PUT", "/Users/"+other, `{`+core+`,"userName":"Ada"}`)
		if l := s.list(t, "/Users"); l.TotalResults != 2 {
			t.Errorf("PUT made a user: %d", l.TotalResults)
		}
		group := "/Groups/" + s.ask(t, "201", "POST", "/Groups", `{`+coreGroup+`,"displayName":"G","members":[{"value":"`+other+`"}]}`).text("id")
		// Members that name nobody are refused; left out, they would empty the group.
		s.ask(t, "400 invalidValue", "PUT", group, `{`+coreGroup+`,"displayName":"H","members":[{"display":"Somebody"}]}`)
		s.ask(t, "400 invalidValue", "POST", "/Groups", `{`+coreGroup+`,"displayName":"I","members":[{"display":"Somebody"}]}`)
		s.ask(t, "200", "GET", group, "").is(t, "members/0/value", `"`+other+`"`)
		g := s.ask(t, "200", "PUT", group, `{`+coreGroup+`,"displayName":"H","members":[]}`)
		g.is(t, "members", `[]`)
	})
}

func TestRFCDelete(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, tt := range []struct{ endpoint, body, change, filter string }{
			{"/Users", `{` + core + `,"userName":"ada","externalId":"e"}`, `{"op":"replace","path":"title","value":"x"}`, `userName eq "ada"`},
			{"/Groups", `{` + coreGroup + `,"displayName":"G","externalId":"e"}`, `{"op":"replace","path":"displayName","value":"x"}`, `displayName eq "G"`},
		} {
			path := tt.endpoint + "/" + s.ask(t, "201", "POST", tt.endpoint, tt.body).text("id")
			if w := s.ask(t, "204", "DELETE", path, ""); w.Body.Len() != 0 {
				t.Errorf("204 with a body: %s", w.Body)
			}
			s.ask(t, "404", "GET", path, "")
			s.ask(t, "404", "HEAD", path, "")
			s.ask(t, "404", "PUT", path, tt.body)
			s.ask(t, "404", "PATCH", path, patchBody(tt.change))
			s.ask(t, "404", "DELETE", path, "")
			for _, query := range []string{"", "?filter=" + tt.filter, `?filter=externalId eq "e"`, `?filter=meta.resourceType pr`} {
				if l := s.list(t, tt.endpoint+query); l.TotalResults != 0 {
					t.Errorf("%s%s finds what was deleted", tt.endpoint, query)
				}
			}
			s.ask(t, "201", "POST", tt.endpoint, tt.body)
		}
	})
}

// RFC 7644 §3.14 with the conditions of RFC 9110 §13.
func TestRFCVersions(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, tt := range []struct{ endpoint, body, change, ok string }{
			{"/Users", `{` + core + `,"userName":"ada"}`, `{"op":"replace","path":"title","value":"x"}`, "200"},
			{"/Groups", `{` + coreGroup + `,"displayName":"G"}`, `{"op":"replace","path":"displayName","value":"x"}`, "204"},
		} {
			made := s.ask(t, "201", "POST", tt.endpoint, tt.body)
			path, tag := tt.endpoint+"/"+made.text("id"), made.Header().Get("ETag")
			strong := strings.TrimPrefix(tag, "W/")
			for _, have := range []string{tag, strong, "*", `"x", ` + tag, `W/"0",` + tag} {
				if w := s.ask(t, "304", "GET", path, "", "If-None-Match", have); w.Body.Len() > 0 || w.Header().Get("ETag") != tag {
					t.Errorf("304 with a body or without ETag: %q %s", w.Header().Get("ETag"), w.Body)
				}
			}
			s.ask(t, "304", "HEAD", path, "", "If-None-Match", tag)
			s.ask(t, "200", "GET", path, "", "If-None-Match", `W/"0"`)
			for _, r := range [][2]string{{"PUT", tt.body}, {"PATCH", patchBody(tt.change)}, {"DELETE", ""}} {
				s.ask(t, "412", r[0], path, r[1], "If-Match", `W/"0"`)
			}
			for _, r := range [][2]string{{"PUT", tt.body}, {"PATCH", patchBody(tt.change)}, {"DELETE", ""}} {
				s.ask(t, "412", r[0], path, r[1], "If-None-Match", tag)
				s.ask(t, "412", r[0], path, r[1], "If-None-Match", "*")
			}
			if got := s.ask(t, "200", "GET", path, ""); got.Header().Get("ETag") != tag {
				t.Error("a refused precondition changed the resource")
			}
			changed := s.ask(t, tt.ok, "PATCH", path, patchBody(tt.change), "If-Match", tag)
			now := changed.Header().Get("ETag")
			if now == tag || now == "" {
				t.Errorf("ETag %q after a change, was %q", now, tag)
			}
			s.ask(t, "412", "PUT", path, tt.body, "If-Match", tag)
			s.ask(t, "200", "PUT", path, tt.body, "If-Match", now)
			s.ask(t, "204", "DELETE", path, "", "If-Match", "*")
			s.ask(t, "404", "GET", path, "", "If-None-Match", tag)
		}
	})
}

func TestRFCReferences(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		boss := s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"boss","displayName":"The Boss"}`).text("id")
		ada := s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"ada","`+enterprise+`":{"manager":{"value":"`+boss+`","displayName":"sent"}}}`)
		inner := s.ask(t, "201", "POST", "/Groups", `{`+coreGroup+`,"displayName":"Inner","members":[{"value":"`+ada.text("id")+`","type":"User"}]}`)
		outer := s.ask(t, "201", "POST", "/Groups", `{`+coreGroup+`,"displayName":"Outer","members":[{"value":"`+inner.text("id")+`"}]}`)
		user := s.ask(t, "200", "GET", "/Users/"+ada.text("id"), "")
		if user.text("groups/0/value") != inner.text("id") || user.text("groups/0/type") != "direct" || user.text("groups/0/display") != "Inner" {
			t.Errorf("groups are %v", user.json["groups"])
		}
		if user.text(enterprise+"/manager/displayName") != "The Boss" {
			t.Errorf("manager is %v", user.at(enterprise+"/manager"))
		}
		if inner.text("members/0/type") != "User" || outer.text("members/0/type") != "Group" || outer.text("members/0/display") != "Inner" {
			t.Errorf("members are %v and %v", inner.json["members"], outer.json["members"])
		}
		for ref, want := range map[string]string{
			user.text("groups/0/$ref"):              inner.text("id"),
			user.text(enterprise + "/manager/$ref"): boss,
			inner.text("members/0/$ref"):            ada.text("id"),
			outer.text("members/0/$ref"):            inner.text("id"),
			user.text("meta/location"):              ada.text("id"),
		} {
			path, ok := strings.CutPrefix(ref, base+"/scim/v2")
			if !ok {
				t.Errorf("%q is no address of this server", ref)
				continue
			}
			if got := s.ask(t, "200", "GET", path, ""); got.text("id") != want {
				t.Errorf("%s leads to %s, not %s", ref, got.text("id"), want)
			}
		}
		s.ask(t, "400 mutability", "PATCH", "/Users/"+ada.text("id"), patchBody(`{"op":"add","path":"groups","value":[{"value":"`+outer.text("id")+`"}]}`))
		s.ask(t, "400 mutability", "PATCH", "/Groups/"+inner.text("id"), patchBody(`{"op":"replace","path":"members[value eq \"`+ada.text("id")+`\"].value","value":"`+boss+`"}`))
	})
}

// A manager who was deleted is named by value alone: an address that gives 404 is none to
// show, and the value is what links the two again when the manager comes back.
func TestManagerWhoWasDeleted(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		const boss, of = `{` + core + `,"userName":"boss","externalId":"b","displayName":"Boss"}`, enterprise + ":manager"
		id := s.create(t, "/Users", boss)
		path := "/Users/" + s.create(t, "/Users", `{`+core+`,"userName":"ada","`+enterprise+`":{"manager":{"value":"`+id+`","$ref":"`+base+`/scim/v2/Users/`+id+`"}}}`)
		linked, bare := `{"value":"`+id+`","$ref":"`+base+`/scim/v2/Users/`+id+`","displayName":"Boss"}`, `{"value":"`+id+`"}`
		shows := func(want string, found int) {
			t.Helper()
			s.ask(t, "200", "GET", path, "").is(t, enterprise+"/manager", want)
			for query, n := range map[string]int{of + `.value eq "` + id + `"`: 1, of + ".$ref pr": found, of + `.displayName eq "Boss"`: found} {
				if l := s.list(t, "/Users?filter="+query); l.TotalResults != n {
					t.Errorf("%s finds %d, want %d", query, l.TotalResults, n)
				}
			}
		}
		shows(linked, 1)
		s.ask(t, "204", "DELETE", "/Users/"+id, "")
		shows(bare, 0)
		s.ask(t, "200", "PUT", path, `{`+core+`,"userName":"ada","`+enterprise+`":{"manager":`+linked+`}}`)
		shows(bare, 0)
		if again := s.ask(t, "201", "POST", "/Users", boss); again.text("id") != id {
			t.Errorf("the manager came back as %s", again.Body)
		}
		shows(linked, 1)
	})
}
