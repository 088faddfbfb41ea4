package scimv2_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const patched = `{` + core + `,"userName":"ada","displayName":"Ada","name":{"givenName":"Ada","familyName":"L"},
	"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}],"addresses":[{"type":"work","streetAddress":"1 Way","locality":"L"}],
	"` + enterprise + `":{"department":"D"}}`

// patchCase is one line of the tables of RFC 7644 §3.5.2.1 to §3.5.2.3: what the
// operations make of the user above. An empty want says that nothing changes.
type patchCase struct{ name, ops, path, want string }

func eachPatch(t *testing.T, cases []patchCase) {
	t.Helper()
	eachServer(t, func(t *testing.T, s *server) {
		made := s.ask(t, "201", "POST", "/Users", patched)
		path := "/Users/" + made.text("id")
		for _, tt := range cases {
			t.Run(tt.name, func(t *testing.T) {
				s.Clock.Advance(3e9)
				before := s.ask(t, "200", "PUT", path, patched)
				s.Clock.Advance(3e9)
				got := s.ask(t, "200", "PATCH", path, patchBody(tt.ops))
				read := s.ask(t, "200", "GET", path, "")
				if diff := cmp.Diff(read.json, got.json); diff != "" {
					t.Errorf("the answer is not what is stored:\n%s", diff)
				}
				if tt.want == "" {
					if diff := cmp.Diff(before.json, got.json); diff != "" {
						t.Errorf("a change where there should be none:\n%s", diff)
					}
					return
				}
				got.is(t, tt.path, tt.want)
				if got.text("meta/version") == before.text("meta/version") || got.text("meta/lastModified") == before.text("meta/lastModified") {
					t.Errorf("meta did not move: %v", got.json["meta"])
				}
			})
		}
	})
}

func TestRFCPatchAdd(t *testing.T) {
	const work, home = `{"value":"w@x","type":"work","primary":true}`, `{"value":"h@x","type":"home"}`
	eachPatch(t, []patchCase{
		{"without path the value is the resource", `{"op":"add","value":{"nickName":"N","emails":[{"value":"n@x"}]}}`, "emails", `[` + work + `,` + home + `,{"value":"n@x"}]`},
		{"what does not exist is added", `{"op":"add","path":"nickName","value":"N"}`, "nickName", `"N"`},
		{"a sub-attribute that does not exist is added", `{"op":"add","path":"name.middleName","value":"M"}`, "name", `{"givenName":"Ada","familyName":"L","middleName":"M"}`},
		{"a complex attribute takes sub-attributes", `{"op":"add","path":"name","value":{"honorificPrefix":"Ms."}}`, "name", `{"givenName":"Ada","familyName":"L","honorificPrefix":"Ms."}`},
		{"a multi-valued attribute gets one value more", `{"op":"add","path":"emails","value":[{"value":"n@x","type":"other"}]}`, "emails", `[` + work + `,` + home + `,{"value":"n@x","type":"other"}]`},
		{"a single-valued attribute is replaced", `{"op":"add","path":"displayName","value":"New"}`, "displayName", `"New"`},
		{"in an extension by its URN", `{"op":"add","path":"` + enterprise + `:employeeNumber","value":"7"}`, enterprise, `{"department":"D","employeeNumber":"7"}`},
		{"a value that is there changes nothing", `{"op":"add","path":"emails","value":[` + home + `]}`, "", ""},
		{"a single value that is there changes nothing", `{"op":"add","path":"displayName","value":"Ada"},{"op":"add","path":"name.givenName","value":"Ada"}`, "", ""},
		{"values that are there without path change nothing", `{"op":"add","value":{"displayName":"Ada","emails":[` + work + `]}}`, "", ""},
		{
			"a new primary value takes the mark", `{"op":"add","path":"emails","value":[{"value":"n@x","primary":true}]}`, "emails",
			`[{"value":"w@x","type":"work","primary":false},` + home + `,{"value":"n@x","primary":true}]`,
		},
	})
}

func TestRFCPatchRemove(t *testing.T) {
	const work, home = `{"value":"w@x","type":"work","primary":true}`, `{"value":"h@x","type":"home"}`
	eachPatch(t, []patchCase{
		{"a single-valued attribute is unassigned", `{"op":"remove","path":"displayName"}`, "displayName", `null`},
		{"a multi-valued attribute is unassigned", `{"op":"remove","path":"emails"}`, "emails", `null`},
		{"matching values are removed", `{"op":"remove","path":"emails[type eq \"work\" and value ew \"x\"]"}`, "emails", `[` + home + `]`},
		{"the last value unassigns the attribute", `{"op":"remove","path":"emails[value ew \"x\"]"}`, "emails", `null`},
		{"a sub-attribute of matching values is unassigned", `{"op":"remove","path":"addresses[type eq \"work\"].locality"}`, "addresses", `[{"type":"work","streetAddress":"1 Way"}]`},
		{"a sub-attribute is unassigned", `{"op":"remove","path":"name.familyName"}`, "name", `{"givenName":"Ada"}`},
		{"an attribute of an extension takes the schema along", `{"op":"remove","path":"` + enterprise + `:department"}`, "schemas", `["urn:ietf:params:scim:schemas:core:2.0:User"]`},
		{"what is not there is a success", `{"op":"remove","path":"nickName"},{"op":"remove","path":"ims"},{"op":"remove","path":"emails[type eq \"fax\"]"}`, "", ""},
		{"not the value of another type", `{"op":"remove","path":"emails[type eq \"home\"]"}`, "emails", `[` + work + `]`},
	})
}

func TestRFCPatchReplace(t *testing.T) {
	const work, home = `{"value":"w@x","type":"work","primary":true}`, `{"value":"h@x","type":"home"}`
	eachPatch(t, []patchCase{
		{"without path the value lists attributes", `{"op":"replace","value":{"displayName":"New","emails":[{"value":"n@x"}],"name":{"givenName":"G"}}}`, "name", `{"givenName":"G","familyName":"L"}`},
		{"a single-valued attribute", `{"op":"replace","path":"displayName","value":"New"}`, "displayName", `"New"`},
		{"a multi-valued attribute with all its values", `{"op":"replace","path":"emails","value":[{"value":"n@x"}]}`, "emails", `[{"value":"n@x"}]`},
		{"what does not exist is added", `{"op":"replace","path":"nickName","value":"N"}`, "nickName", `"N"`},
		{"a complex attribute keeps what is not named", `{"op":"replace","path":"name","value":{"familyName":"K"}}`, "name", `{"givenName":"Ada","familyName":"K"}`},
		{
			"all matching values", `{"op":"replace","path":"emails[value ew \"@x\"].display","value":"Mail"}`, "emails",
			`[{"value":"w@x","type":"work","primary":true,"display":"Mail"},{"value":"h@x","type":"home","display":"Mail"}]`,
		},
		{"a matching value as a whole", `{"op":"replace","path":"addresses[type eq \"work\"]","value":{"type":"work","locality":"M","primary":true}}`, "addresses", `[{"type":"work","locality":"M","primary":true}]`},
		{"a sub-attribute of matching values", `{"op":"replace","path":"addresses[type eq \"work\"].streetAddress","value":"9 Way"}`, "addresses", `[{"type":"work","streetAddress":"9 Way","locality":"L"}]`},
		{
			"primary true takes it from the others", `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, "emails",
			`[{"value":"w@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}]`,
		},
		{"an extension's attribute brings its schema", `{"op":"remove","path":"` + enterprise + `"},{"op":"replace","path":"` + enterprise + `:costCenter","value":"1"}`, enterprise, `{"costCenter":"1"}`},
		{"what is so already changes nothing", `{"op":"replace","path":"emails","value":[` + work + `,` + home + `]},{"op":"replace","value":{"displayName":"Ada"}}`, "", ""},
		{"operations apply in order, each on the result of the last", `{"op":"replace","path":"displayName","value":"1"},{"op":"add","path":"nickName","value":"N"},{"op":"replace","path":"displayName","value":"2"},{"op":"remove","path":"nickName"}`, "displayName", `"2"`},
	})
}

func TestRFCPatchRefusals(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		made := s.ask(t, "201", "POST", "/Users", patched)
		path := "/Users/" + made.text("id")
		for _, tt := range []struct{ want, ops string }{
			{"400 noTarget", `{"op":"remove"}`},
			{"400 noTarget", `{"op":"replace","path":"emails[value eq \"nobody@x\"].display","value":"x"}`},
			{"400 noTarget", `{"op":"replace","path":"addresses[type eq \"home\"]","value":{"locality":"x"}}`},
			{"400 mutability", `{"op":"remove","path":"userName"}`},
			{"400 mutability", `{"op":"remove","path":"id"}`},
			{"400 mutability", `{"op":"remove","path":"meta"}`},
			{"400 mutability", `{"op":"replace","path":"id","value":"x"}`},
			{"400 mutability", `{"op":"add","path":"meta.created","value":"2020-01-01T00:00:00Z"}`},
			{"400 mutability", `{"op":"replace","path":"groups","value":[]}`},
			{"400 invalidPath", `{"op":"replace","path":"shoeSize","value":9}`},
			{"400 invalidPath", `{"op":"replace","path":"emails[","value":9}`},
			{"400 invalidPath", `{"op":"replace","path":"name.firstName","value":"x"}`},
			{"400 invalidValue", `{"op":"add","path":"title"}`},
			{"400 invalidValue", `{"op":"replace","path":"active","value":"perhaps"}`},
			{"400 invalidValue", `{"op":"replace","path":"title","value":{"a":1}}`},
			{"400 invalidValue", `{"op":"add","value":"x"}`},
			{"400 invalidSyntax", `{"op":"move","path":"title","value":"x"}`},
			{"400 invalidSyntax", `{"path":"title","value":"x"}`},
			{"400 invalidFilter", `{"op":"remove","path":"emails[primary gt true]"}`},
		} {
			s.ask(t, tt.want, "PATCH", path, patchBody(`{"op":"replace","path":"displayName","value":"half"},`+tt.ops))
		}
		s.ask(t, "400 invalidSyntax", "PATCH", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`)
		s.ask(t, "400 invalidSyntax", "PATCH", path, patchBody(``))
		s.ask(t, "409 uniqueness", "PATCH", "/Users/"+s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"bob"}`).text("id"),
			patchBody(`{"op":"replace","path":"displayName","value":"half"},{"op":"replace","path":"userName","value":"ADA"}`))
		if got := s.ask(t, "200", "GET", path, ""); !cmp.Equal(got.json, made.json) {
			t.Errorf("a refused PATCH left traces:\n%s", cmp.Diff(made.json, got.json))
		}
		if l := s.list(t, `/Users?filter=displayName eq "half"`); l.TotalResults != 0 {
			t.Error("a refused PATCH left traces in another user")
		}
	})
}

func TestRFCPatchAnswers(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ada := s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"ada"}`).text("id")
		user := s.ask(t, "200", "PATCH", "/Users/"+ada+"?attributes=title", patchBody(`{"op":"add","path":"title","value":"T"}`))
		if got := named(user.json); got != "id schemas title" {
			t.Errorf("attributes=title gives %s", got)
		}
		made := s.ask(t, "201", "POST", "/Groups", `{`+coreGroup+`,"displayName":"G"}`)
		path := "/Groups/" + made.text("id")
		add := patchBody(`{"op":"add","path":"members","value":[{"value":"` + ada + `"}]}`)
		s.Clock.Advance(3e9)
		w := s.ask(t, "204", "PATCH", path, add)
		if w.Body.Len() > 0 || w.Header().Get("ETag") == "" {
			t.Errorf("204 with a body or without ETag: %s", w.Body)
		}
		one := s.ask(t, "200", "GET", path, "")
		s.Clock.Advance(3e9)
		s.ask(t, "204", "PATCH", path, add) // a member that is there already
		s.ask(t, "204", "PATCH", path, patchBody(`{"op":"remove","path":"members[value eq \"0190aaaa-0000-7000-8000-000000000000\"]"}`))
		if two := s.ask(t, "200", "GET", path, ""); !cmp.Equal(one.json, two.json) {
			t.Errorf("nothing to do changed the group:\n%s", cmp.Diff(one.json, two.json))
		}
		got := s.ask(t, "200", "PATCH", path+"?attributes=displayName", patchBody(`{"op":"replace","path":"displayName","value":"H"}`))
		if names := named(got.json); names != "displayName id schemas" {
			t.Errorf("attributes=displayName gives %s", names)
		}
		got = s.ask(t, "200", "PATCH", path+"?attributes=members", patchBody(`{"op":"remove","path":"members"}`))
		got.is(t, "members", `[]`)
		s.ask(t, "200", "PATCH", path+"?attributes=members.value", patchBody(`{"op":"replace","path":"members","value":[{"value":"`+ada+`"}]}`)).is(t, "members", `[{"value":"`+ada+`"}]`)
		s.ask(t, "400 invalidValue", "PATCH", path, patchBody(`{"op":"replace","path":"displayName","value":"half"},{"op":"add","path":"members","value":[{"value":"nobody"}]}`))
		if g := s.ask(t, "200", "GET", path, ""); g.text("displayName") != "H" {
			t.Error("a refused PATCH left traces in the group")
		}
	})
}
