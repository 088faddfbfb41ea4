package scimv2_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models/scim"
)

func bulkBody(ops string) string {
	return `{"schemas":["` + scim.BulkURN + `"],"Operations":[` + ops + `]}`
}

// statuses lists the outcomes of a bulk request.
func (r reply) statuses() string {
	var out []string
	list, _ := r.json["Operations"].([]any)
	for _, item := range list {
		m := item.(map[string]any)
		text, _ := m["status"].(string)
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestRFCBulk(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		r := s.ask(t, "200", "POST", "/Bulk", bulkBody(`
			{"method":"POST","path":"/Groups","bulkId":"g","data":{`+coreGroup+`,"displayName":"Tour Guides","members":[{"type":"User","value":"bulkId:alice"}]}},
			{"method":"POST","path":"/Users","bulkId":"alice","data":{`+core+`,"userName":"Alice"}},
			{"method":"POST","path":"/Users","bulkId":"bob","data":{`+core+`,"userName":"Bob","`+enterprise+`":{"manager":{"value":"bulkId:alice"}}}},
			{"method":"PATCH","path":"/Users/bulkId:bob","data":{"Operations":[{"op":"add","path":"title","value":"T"}]}}`))
		r.is(t, "schemas", `["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]`)
		if r.statuses() != "201 201 201 200" {
			t.Fatalf("statuses %s: %s", r.statuses(), r.Body)
		}
		for i, id := range []string{"g", "alice", "bob"} {
			at := fmt.Sprintf("Operations/%d/", i)
			if r.text(at+"bulkId") != id || r.text(at+"method") != "POST" || !strings.HasPrefix(r.text(at+"location"), base+"/scim/v2/") || r.text(at+"version") == "" {
				t.Errorf("operation %d: %s", i, r.Body)
			}
		}
		first := r
		path := func(i int) string {
			return strings.TrimPrefix(first.text(fmt.Sprintf("Operations/%d/location", i)), base+"/scim/v2")
		}
		alice := strings.TrimPrefix(path(1), "/Users/")
		if got := s.ask(t, "200", "GET", path(0), ""); got.text("members/0/value") != alice {
			t.Errorf("the group's member is %v", got.json["members"])
		}
		bob := s.ask(t, "200", "GET", path(2), "")
		if bob.text(enterprise+"/manager/value") != alice || bob.text("title") != "T" {
			t.Errorf("Bob is %s", bob.Body)
		}
		// Partial failure: the others are carried out all the same.
		r = s.ask(t, "200", "POST", "/Bulk", bulkBody(`
			{"method":"POST","path":"/Users","bulkId":"x","data":{`+core+`,"userName":"alice"}},
			{"method":"PUT","path":"`+path(2)+`","version":"W/\"0\"","data":{`+core+`,"userName":"Bob"}},
			{"method":"PATCH","path":"`+path(2)+`","version":"`+strings.ReplaceAll(bob.Header().Get("ETag"), `"`, `\"`)+`","data":{"Operations":[{"op":"replace","path":"title","value":"U"}]}},
			{"method":"DELETE","path":"/Users/0190aaaa-0000-7000-8000-000000000000"},
			{"method":"DELETE","path":"`+path(1)+`"},
			{"method":"POST","path":"/Users","bulkId":"y","data":{`+core+`,"userName":"Yves"}}`))
		if r.statuses() != "409 412 200 404 204 201" {
			t.Fatalf("statuses %s: %s", r.statuses(), r.Body)
		}
		for i, want := range []string{"uniqueness", "", "-", ""} {
			at := fmt.Sprintf("Operations/%d/", i)
			if want == "-" {
				continue
			}
			scimType, _ := r.at(at + "response/scimType").(string)
			if scimType != want || r.text(at+"response/detail") == "" || r.text(at+"response/status") != r.text(at+"status") {
				t.Errorf("operation %d: %v", i, r.at(at+"response"))
			}
			if (i == 0) != (r.at(at+"location") == nil) {
				t.Errorf("operation %d is at %v", i, r.at(at+"location"))
			}
		}
		if got := s.ask(t, "200", "GET", path(2), ""); got.text("title") != "U" {
			t.Error("what was answered with 200 did not happen")
		}
		s.ask(t, "404", "GET", path(1), "")
	})
}

// An operation's location is where the resource is, however its path was spelled.
func TestRFCBulkLocation(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		const gone = "0190aaaa-0000-7000-8000-000000000000"
		var ops []string
		for _, path := range []string{"/Users/", "Users/", "/users/", "/scim/v2/Users/"} {
			ops = append(ops, `{"method":"DELETE","path":"`+path+gone+`"}`, `{"method":"DELETE","path":"`+path+gone+`/"}`)
		}
		r := s.ask(t, "200", "POST", "/Bulk", bulkBody(strings.Join(ops, ",")))
		for i := range ops {
			if at := r.text(fmt.Sprintf("Operations/%d/location", i)); at != base+"/scim/v2/Users/"+gone {
				t.Errorf("%s is at %q", ops[i], at)
			}
		}
	})
}

func TestRFCBulkFailOnErrors(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		bad := func(i int) string {
			return fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"b%d","data":{%s}}`, i, core)
		}
		good := func(i int) string {
			return fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"g%d","data":{%s,"userName":"g%d"}}`, i, core, i)
		}
		ops := strings.Join([]string{good(1), bad(1), good(2), bad(2), good(3)}, ",")
		for _, tt := range []struct {
			failOn string
			want   string
			users  int
		}{
			{`"failOnErrors":1,`, "201 400", 1},
			{`"failOnErrors":2,`, "409 400", 1},
			{``, "409 400 201 400 201", 3},
		} {
			r := s.ask(t, "200", "POST", "/Bulk", `{"schemas":["`+scim.BulkURN+`"],`+tt.failOn+`"Operations":[`+ops+`]}`)
			if r.statuses() != tt.want {
				t.Errorf("%s statuses %s, want %s", tt.failOn, r.statuses(), tt.want)
			}
			if n := s.list(t, "/Users").TotalResults; n != tt.users {
				t.Errorf("%s: %d users, want %d", tt.failOn, n, tt.users)
			}
		}
	})
}

// Users may manage each other; a group never holds itself through another.
func TestRFCBulkCircles(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		user := func(name, manager string) string {
			return `{"method":"POST","path":"/Users","bulkId":"` + name + `","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterprise + `"],"userName":"` + name + `","` + enterprise + `":{"department":"D","manager":{"value":"bulkId:` + manager + `"}}}}`
		}
		r := s.ask(t, "200", "POST", "/Bulk", bulkBody(user("ada", "bob")+","+user("bob", "cy")+","+user("cy", "ada")+","+user("own", "own")))
		if r.statuses() != "201 201 201 201" {
			t.Fatalf("statuses %s: %s", r.statuses(), r.Body)
		}
		for i, manager := range []string{"bob", "cy", "ada", "own"} {
			at := fmt.Sprintf("Operations/%d/", i)
			_, path, _ := strings.Cut(r.text(at+"location"), "/scim/v2")
			got := s.ask(t, "200", "GET", path, "")
			id := s.list(t, `/Users?filter=userName eq "`+manager+`"`).Resources[0].ID
			if got.text(enterprise+"/manager/value") != id || got.text(enterprise+"/department") != "D" || got.text("meta/version") != r.text(at+"version") {
				t.Errorf("user %d: %s, want manager %s and version %s", i, got.Body, id, r.text(at+"version"))
			}
		}

		// What operations behind them do stays.
		r = s.ask(t, "200", "POST", "/Bulk", bulkBody(user("kim", "lee")+","+user("lee", "kim")+","+user("max", "max")+`,
			{"method":"PATCH","path":"/Users/bulkId:kim","data":{"Operations":[{"op":"add","path":"title","value":"T"}]}},
			{"method":"PATCH","path":"/Users/bulkId:lee","data":{"Operations":[{"op":"add","path":"title","value":"T"},{"op":"remove","path":"`+enterprise+`:department"}]}},
			{"method":"PATCH","path":"/Users/bulkId:max","data":{"Operations":[{"op":"remove","path":"`+enterprise+`:manager"}]}}`))
		if r.statuses() != "201 201 201 200 200 200" {
			t.Fatalf("statuses %s: %s", r.statuses(), r.Body)
		}
		for name, want := range map[string]string{"kim": "T D true", "lee": "T  true", "max": " D false"} {
			found := s.list(t, `/Users?filter=userName eq "`+name+`"`).Resources[0].ID
			got := s.ask(t, "200", "GET", "/Users/"+found, "")
			if have := fmt.Sprint(got.text("title"), " ", got.text(enterprise+"/department"), " ", got.text(enterprise+"/manager/value") != ""); have != want {
				t.Errorf("%s: %q, want %q", name, have, want)
			}
		}

		// What cannot be made leaves the other with a refusal that names it.
		r = s.ask(t, "200", "POST", "/Bulk", bulkBody(user("dee", "ada")+","+user("eve", "dee2")+`,{"method":"POST","path":"/Users","bulkId":"dee2","data":{"`+enterprise+`":{"manager":{"value":"bulkId:eve"}}}}`))
		if r.statuses() != "400 400 400" {
			t.Errorf("statuses %s: %s", r.statuses(), r.Body)
		}
	})
}

func TestRFCBulkLimits(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		conf := s.ask(t, "200", "GET", "/ServiceProviderConfig", "")
		most, bytes := int(conf.at("bulk/maxOperations").(float64)), int(conf.at("bulk/maxPayloadSize").(float64))
		one := `{"method":"DELETE","path":"/Users/x"}`
		many := s.ask(t, "413", "POST", "/Bulk", bulkBody(strings.Repeat(one+",", most)+one))
		if !strings.Contains(many.text("detail"), fmt.Sprint(most)) {
			t.Errorf("the limit is not named: %s", many.text("detail"))
		}
		large := s.ask(t, "413", "POST", "/Bulk", bulkBody(`{"method":"POST","path":"/Users","bulkId":"1","data":{`+core+`,"userName":"`+strings.Repeat("x", bytes)+`"}}`))
		if !strings.Contains(large.text("detail"), fmt.Sprint(bytes)) {
			t.Errorf("the limit is not named: %s", large.text("detail"))
		}
		s.ask(t, "400 invalidSyntax", "POST", "/Bulk", `{"Operations":[]}`)
		s.ask(t, "400 invalidSyntax", "POST", "/Bulk", `{`)
		r := s.ask(t, "200", "POST", "/Bulk", bulkBody(`
			{"method":"POST","path":"/Users","data":{`+core+`,"userName":"no bulkId"}},
			{"path":"/Users","bulkId":"1","data":{`+core+`,"userName":"no method"}},
			{"method":"POST","bulkId":"2","data":{`+core+`,"userName":"no path"}},
			{"method":"POST","path":"/Users","bulkId":"3"},
			{"method":"GET","path":"/Users"},
			{"method":"POST","path":"/Bulk","bulkId":"4","data":{"Operations":[]}},
			{"method":"POST","path":"/Groups","bulkId":"a","data":{`+coreGroup+`,"displayName":"A","members":[{"value":"bulkId:b"}]}},
			{"method":"POST","path":"/Groups","bulkId":"b","data":{`+coreGroup+`,"displayName":"B","members":[{"value":"bulkId:a"}]}},
			{"method":"POST","path":"/Groups","bulkId":"c","data":{`+coreGroup+`,"displayName":"C","members":[{"value":"bulkId:nobody"}]}}`))
		if r.statuses() != "400 400 400 400 400 400 409 409 400" {
			t.Errorf("statuses %s: %s", r.statuses(), r.Body)
		}
		if n := s.list(t, "/Users").TotalResults + s.list(t, "/Groups").TotalResults; n != 0 {
			t.Errorf("%d records were made", n)
		}
		s.token = s.newToken(t, "read", s.Org.Key)
		s.ask(t, "403", "POST", "/Bulk", bulkBody(`{"method":"POST","path":"/Users","bulkId":"1","data":{`+core+`,"userName":"x"}}`))
	})
}
