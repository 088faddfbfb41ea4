package scimv2_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/scim"
)

// The tests of this file and of those beside it named rfc_* hold single statements
// of the RFCs; testdata/rfc says which test holds which.

// reply is an answer read as JSON.
type reply struct {
	*httptest.ResponseRecorder
	json map[string]any
}

// ask sends a request and holds what every answer must be: JSON of SCIM's type in
// UTF-8 with schemas, an error body on refusal, and the status that is expected.
// want is a status, and for refusals its scimType behind it, as in "400 noTarget".
func (s *server) ask(t *testing.T, want, method, path, body string, headers ...string) reply {
	t.Helper()
	with := map[string]string{}
	for i := 0; i+1 < len(headers); i += 2 {
		with[headers[i]] = headers[i+1]
	}
	w := s.send(method, "/scim/v2"+path, with, body)
	r := reply{ResponseRecorder: w}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &r.json); err != nil {
			t.Fatalf("%s %s: the answer is no JSON: %v\n%s", method, path, err, w.Body)
		}
		if kind := w.Header().Get("Content-Type"); kind != "application/scim+json" {
			t.Errorf("%s %s: answered as %q", method, path, kind)
		}
		if list, _ := r.json["schemas"].([]any); len(list) == 0 {
			t.Errorf("%s %s: an answer without schemas: %s", method, path, w.Body)
		}
	}
	status, scimType, _ := strings.Cut(want, " ")
	got, _ := r.json["scimType"].(string)
	if fmt.Sprint(w.Code) != status || w.Code >= 400 && got != scimType {
		t.Errorf("%s %s %s: %d %q, want %s: %.300s", method, path, body, w.Code, got, want, w.Body)
	}
	if w.Code >= 400 && method != "HEAD" {
		if r.json["status"] != status || r.json["detail"] == "" || !cmp.Equal(r.json["schemas"], []any{scim.ErrorURN}) {
			t.Errorf("%s %s: the error body is %s", method, path, w.Body)
		}
	}
	return r
}

// at reads a value by path, such as meta.version or emails.0.value.
func (r reply) at(path string) any {
	var v any = r.json
	for name := range strings.SplitSeq(path, "/") {
		switch have := v.(type) {
		case map[string]any:
			v = have[name]
		case []any:
			i := int(name[0] - '0')
			if i >= len(have) {
				return nil
			}
			v = have[i]
		default:
			return nil
		}
	}
	return v
}

func (r reply) text(path string) string { s, _ := r.at(path).(string); return s }

// resources are a list's.
func (r reply) resources() []map[string]any {
	var out []map[string]any
	list, _ := r.json["Resources"].([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		out = append(out, m)
	}
	return out
}

// is holds that a value equals what JSON says.
func (r reply) is(t *testing.T, path, want string) {
	t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	if diff := cmp.Diff(w, r.at(path)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// named lists the attributes of a resource, sorted.
func named(resource map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(resource)), " ")
}

func patchBody(ops string) string {
	return `{"schemas":["` + scim.PatchURN + `"],"Operations":[` + ops + `]}`
}

const (
	core       = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	coreGroup  = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`
	enterprise = scim.EnterpriseURN
)

// population makes four users and two groups that the query tests know.
func population(t *testing.T, s *server) (ada, bob string) {
	t.Helper()
	ada = s.create(t, "/Users", `{`+core+`,"userName":"ada","externalId":"X1","title":"b","userType":"Employee","profileUrl":"https://e/Ada","name":{"givenName":"Ada","familyName":"O'Malley"},
		"emails":[{"value":"ada@example.com","type":"work"},{"value":"ada@home.example","type":"home","primary":true}],"ims":[{"value":"ada@foo.com","type":"xmpp"}],
		"x509Certificates":[{"value":"AQID"}],"`+enterprise+`":{"department":"Engines"}}`)
	s.Clock.Advance(3600e9)
	bob = s.create(t, "/Users", `{`+core+`,"userName":"Bob","externalId":"x1","title":"A","userType":"Intern","active":false,"emails":[{"value":"bob@example.org","type":"work"}]}`)
	s.create(t, "/Users", `{`+core+`,"userName":"carl","userType":"Employee","emails":[{"value":"a@z.example","type":"home"}]}`)
	s.create(t, "/Users", `{`+core+`,"userName":"Dora","title":"C"}`)
	s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"Team","members":[{"value":"`+ada+`"}]}`)
	s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"ada","externalId":"X1"}`)
	return ada, bob
}

func TestRFCEveryAnswer(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		u := s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"ada"}`).text("id")
		for _, r := range []struct{ want, method, path, body string }{
			{"200", "GET", "/Users", ""},
			{"200", "GET", "/Users/" + u, ""},
			{"200", "GET", "/ServiceProviderConfig", ""},
			{"200", "PUT", "/Users/" + u, `{` + core + `,"userName":"ada"}`},
			{"200", "PATCH", "/Users/" + u, patchBody(`{"op":"add","path":"title","value":"x"}`)},
			{"404", "GET", "/Users/nobody", ""},
			{"404", "PUT", "/Users/nobody", `{` + core + `,"userName":"x"}`},
			{"404", "PATCH", "/Groups/nobody", patchBody(`{"op":"replace","path":"displayName","value":"x"}`)},
			{"404", "DELETE", "/Groups/nobody", ""},
			{"404", "GET", "/Things", ""},
			{"400 invalidSyntax", "POST", "/Users", `{`},
			{"400 invalidSyntax", "POST", "/Users", ``},
			{"400 invalidSyntax", "POST", "/Users", `[]`},
			{"400 invalidValue", "POST", "/Users", `{` + core + `}`},
			{"400 invalidFilter", "GET", "/Users?filter=userName", ""},
			{"409 uniqueness", "POST", "/Users", `{` + core + `,"userName":"ADA"}`},
			{"405", "PUT", "/Users", `{}`},
		} {
			s.ask(t, r.want, r.method, r.path, r.body)
		}
		for _, accept := range []string{"application/scim+json", "application/json", "*/*", "text/html", "application/scim+json;q=0.5, application/json"} {
			s.ask(t, "200", "GET", "/Users/"+u, "", "Accept", accept)
		}
		for _, kind := range []string{"application/scim+json", "application/json", "application/scim+json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
			s.ask(t, "200", "PUT", "/Users/"+u, `{`+core+`,"userName":"ada"}`, "Content-Type", kind)
		}
		if r := s.ask(t, "415", "PUT", "/Users/"+u, `<user/>`, "Content-Type", "application/xml"); r.Code != 415 {
			t.Error("another media type is taken")
		}
		name := "Ada \u00c5ngstr\u00f6m \u65e5\u672c \U0001F600"
		r := s.ask(t, "200", "PUT", "/Users/"+u, `{`+core+`,"userName":"ada","displayName":"`+name+`"}`)
		if !bytes.Contains(r.Body.Bytes(), []byte(name)) {
			t.Errorf("UTF-8 is not kept: %s", r.Body)
		}
	})
}

func TestRFCUnauthorized(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, r := range [][2]string{
			{"GET", "/Users"},
			{"POST", "/Users"},
			{"PUT", "/Users/1"},
			{"PATCH", "/Users/1"},
			{"DELETE", "/Users/1"},
			{"GET", "/Schemas"},
			{"POST", "/Bulk"},
			{"POST", "/.search"},
			{"GET", "/Me"},
		} {
			w := s.ask(t, "401", r[0], r[1], "", "Authorization", "-")
			if !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s %s: challenge %q", r[0], r[1], w.Header().Get("WWW-Authenticate"))
			}
		}
	})
}

// What a client sends in another order or form means the same (RFC 7643 §2.3.8,
// §2.5, §3).
func TestRFCEquivalentForms(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		first := s.ask(t, "201", "POST", "/Users", `{"schemas":["`+scim.UserURN+`","`+enterprise+`"],"userName":"one","name":{"givenName":"A","familyName":"B"},"`+enterprise+`":{"department":"D"},
			"title":null,"emails":[],"roles":null}`)
		second := s.ask(t, "201", "POST", "/Users", `{"`+enterprise+`":{"department":"D"},"name":{"familyName":"B","givenName":"A"},"userName":"two","schemas":["`+enterprise+`","`+scim.UserURN+`"]}`)
		for _, name := range []string{"schemas", "name", enterprise} {
			if diff := cmp.Diff(first.json[name], second.json[name]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if a, b := named(first.json), named(second.json); a != b {
			t.Errorf("null and [] leave traces: %s, but %s", a, b)
		}
		// null and [] unassign; on PUT and PATCH alike.
		id := first.text("id")
		s.ask(t, "200", "PATCH", "/Users/"+id, patchBody(`{"op":"add","value":{"title":"T","emails":[{"value":"a@x"}]}}`))
		r := s.ask(t, "200", "PATCH", "/Users/"+id, patchBody(`{"op":"replace","value":{"title":null,"emails":[]}}`))
		if r.json["title"] != nil || r.json["emails"] != nil {
			t.Errorf("null and [] do not unassign: %s", r.Body)
		}
		for _, filter := range []string{`title pr`, `emails pr`, `not (title eq null)`} {
			if l := s.list(t, `/Users?filter=id eq "`+id+`" and `+filter); l.TotalResults != 0 {
				t.Errorf("%s finds what is unassigned", filter)
			}
		}
		// Duplicates and strangers in schemas do not come back.
		r = s.ask(t, "201", "POST", "/Users", `{"schemas":["`+scim.UserURN+`","`+scim.UserURN+`","urn:unknown"],"userName":"three"}`)
		r.is(t, "schemas", `["`+scim.UserURN+`"]`)
		// A URN with another version, or none, refers to the same resource.
		s.ask(t, "201", "POST", "/Groups", `{`+coreGroup+`,"displayName":"G","members":[{"$ref":"https://muster.example.com/scim/Users/`+id+`"},{"$ref":"https://muster.example.com/scim/v9/Users/`+second.text("id")+`"}]}`)
		if l := s.list(t, `/Groups?filter=members eq "`+id+`" and members eq "`+second.text("id")+`"`); l.TotalResults != 1 {
			t.Error("references with other versions are not understood")
		}
	})
}

func TestRFCMeta(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, tt := range []struct{ endpoint, kind, body, change string }{
			{"/Users", "User", `{` + core + `,"id":"mine","userName":"a b/c","meta":{"resourceType":"Thing","created":"1999-01-01T00:00:00Z","version":"W/\"9\"","location":"x"}}`, `{"op":"replace","path":"title","value":"x"}`},
			{"/Groups", "Group", `{` + coreGroup + `,"id":"mine","displayName":"G","meta":{"resourceType":"Thing"}}`, `{"op":"replace","path":"displayName","value":"H"}`},
		} {
			made := s.ask(t, "201", "POST", tt.endpoint, tt.body)
			id := made.text("id")
			if id == "" || id == "mine" || strings.Contains(strings.ToLower(id), "bulkid") {
				t.Errorf("id is %q", id)
			}
			location := base + "/scim/v2" + tt.endpoint + "/" + id
			if made.Header().Get("Location") != location || made.text("meta/location") != location || made.Header().Get("Content-Location") != location {
				t.Errorf("locations: %q, %q, %q", made.Header().Get("Location"), made.text("meta/location"), made.Header().Get("Content-Location"))
			}
			if made.text("meta/resourceType") != tt.kind || made.text("meta/created") != made.text("meta/lastModified") || made.text("meta/created") == "" {
				t.Errorf("meta is %v", made.json["meta"])
			}
			if v := made.text("meta/version"); v != made.Header().Get("ETag") || !strings.HasPrefix(v, `W/"`) {
				t.Errorf("version %q, ETag %q", v, made.Header().Get("ETag"))
			}
			path := strings.TrimPrefix(location, base+"/scim/v2")
			if got := s.ask(t, "200", "GET", path, ""); !cmp.Equal(got.json, made.json) || got.Header().Get("ETag") != made.text("meta/version") {
				t.Errorf("what is read differs from what was made: %s", cmp.Diff(made.json, got.json))
			}
			s.Clock.Advance(5e9)
			s.ask(t, "20"+map[string]string{"User": "0", "Group": "4"}[tt.kind], "PATCH", path, patchBody(tt.change))
			after := s.ask(t, "200", "GET", path, "")
			if after.text("id") != id || after.text("meta/created") != made.text("meta/created") || after.text("meta/location") != location {
				t.Errorf("a change moved what must stay: %v", after.json["meta"])
			}
			if after.text("meta/lastModified") <= made.text("meta/lastModified") || after.text("meta/version") == made.text("meta/version") {
				t.Errorf("a change did not show in meta: %v, was %v", after.json["meta"], made.json["meta"])
			}
		}
	})
}
