package scim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/models/scim"
)

// patch sends operations, separated by commas, through decoding and Patch.
func patch(t testing.TB, typ *scim.Type, doc scim.Document, ops string) (scim.Document, []scim.Note, error) {
	t.Helper()
	list, noted, err := typ.DecodePatch(`{"schemas":["`+scim.PatchURN+`"],"Operations":[`+ops+`]}`, scim.Limits{})
	if err != nil {
		return nil, nil, err
	}
	out, more, err := typ.Patch(doc, list)
	return out, append(noted, more...), err
}

const barbara = `{"userName":"bj","active":true,"displayName":"Babs","name":{"givenName":"Barbara","familyName":"Jensen"},
	"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}],
	"addresses":[{"type":"work","streetAddress":"1 Main","locality":"Town"}],
	"` + ent + `":{"department":"HR","manager":{"value":"m1","$ref":"../Users/m1"}}}`

func TestPatch(t *testing.T) {
	const work, home = `{"value":"w@x","type":"work","primary":true}`, `{"value":"h@x","type":"home"}`
	tests := []struct {
		name, ops string
		path      string // what to look at: an attribute, or "" for the whole
		want      string
		notes     []string
	}{
		{
			name: "RFC 3.5.2.1 add without path", ops: `{"op":"add","value":{"emails":[{"value":"n@x","type":"other"}],"nickName":"Babs"}}`,
			path: "emails", want: `[` + work + `,` + home + `,{"value":"n@x","type":"other"}]`,
		},
		{name: "add what is there", ops: `{"op":"add","path":"emails","value":[` + home + `]}`, path: "emails", want: `[` + work + `,` + home + `]`},
		{
			name: "add brings the same value up to date", ops: `{"op":"add","path":"emails","value":[{"value":"H@x","type":"home","display":"Home"}]}`,
			path: "emails", want: `[` + work + `,{"value":"H@x","type":"home","display":"Home"}]`,
		},
		{
			name: "a new primary takes the mark", ops: `{"op":"add","path":"emails","value":[{"value":"n@x","primary":true}]}`,
			path: "emails", want: `[{"value":"w@x","type":"work","primary":false},` + home + `,{"value":"n@x","primary":true}]`,
		},
		{
			name: "primary by path", ops: `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`,
			path: "emails", want: `[{"value":"w@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}]`,
		},
		{name: "RFC 3.5.2.2 remove by filter", ops: `{"op":"remove","path":"emails[type eq \"work\" and value ew \"x\"]"}`, path: "emails", want: `[` + home + `]`},
		{name: "remove all values", ops: `{"op":"remove","path":"emails"}`, path: "emails", want: `null`},
		{name: "remove a sub-attribute of a filtered value", ops: `{"op":"remove","path":"addresses[type eq \"work\"].locality"}`, path: "addresses", want: `[{"type":"work","streetAddress":"1 Main"}]`},
		{name: "remove the last of a value", ops: `{"op":"remove","path":"emails[type eq \"work\"].value"}`, path: "emails", want: `[` + home + `]`},
		{name: "remove what is not there", ops: `{"op":"remove","path":"title"},{"op":"remove","path":"phoneNumbers[type eq \"fax\"]"},{"op":"remove","path":"` + ent + `:division"},{"op":"remove","path":"name.middleName"},{"op":"remove","path":"phoneNumbers[type eq \"x\"].value"}`, path: "", want: barbara},
		{name: "RFC 3.5.2.3 replace a list", ops: `{"op":"replace","path":"emails","value":[{"value":"n@x"}]}`, path: "emails", want: `[{"value":"n@x"}]`},
		{name: "replace a complex attribute merges", ops: `{"op":"replace","path":"name","value":{"givenName":"B","familyName":null}}`, path: "name", want: `{"givenName":"B"}`},
		{name: "clearing one part leaves the others", ops: `{"op":"replace","path":"name","value":{"familyName":null}}`, path: "name", want: `{"givenName":"Barbara"}`},
		{name: "replace a value by filter", ops: `{"op":"replace","path":"addresses[type eq \"work\"]","value":{"streetAddress":"2 Main"}}`, path: "addresses", want: `[{"type":"work","streetAddress":"2 Main"}]`},
		{name: "add to a value by filter", ops: `{"op":"add","path":"addresses[type eq \"work\"]","value":{"region":"R"}}`, path: "addresses", want: `[{"type":"work","streetAddress":"1 Main","locality":"Town","region":"R"}]`},
		{name: "replace a street", ops: `{"op":"replace","path":"addresses[type eq \"work\"].streetAddress","value":"9 Main"}`, path: "addresses", want: `[{"type":"work","streetAddress":"9 Main","locality":"Town"}]`},
		{name: "no path replace merges", ops: `{"op":"replace","value":{"displayName":"D","name":{"givenName":"G"},"emails":[{"value":"n@x"}]}}`, path: "name", want: `{"givenName":"G","familyName":"Jensen"}`},

		{
			name: "Entra: capitalised, text for boolean", ops: `{"op":"Replace","path":"active","value":"False"}`, path: "active", want: `false`,
			notes: []string{"capitalised-op op", "boolean-as-string active"},
		},
		{name: "Entra: add of a simple attribute replaces", ops: `{"op":"Add","path":"displayName","value":"B"}`, path: "displayName", want: `"B"`, notes: []string{"capitalised-op op"}},
		{name: "Entra: value by filter", ops: `{"op":"replace","path":"emails[type eq \"work\"].value","value":"n@x"}`, path: "emails", want: `[{"value":"n@x","type":"work","primary":true},` + home + `]`},
		{
			name: "Entra: creates the value", ops: `{"op":"replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"+1"}`, path: "phoneNumbers", want: `[{"type":"mobile","value":"+1"}]`,
			notes: []string{"value-created phoneNumbers.value"},
		},
		{
			name: "Entra: several operations, one address", ops: `{"op":"add","path":"addresses[type eq \"home\"].region","value":"R"},{"op":"add","path":"addresses[type eq \"home\"].country","value":"DE"}`,
			path: "addresses", want: `[{"type":"work","streetAddress":"1 Main","locality":"Town"},{"type":"home","region":"R","country":"DE"}]`, notes: []string{"value-created addresses.region"},
		},
		{
			name: "the same value twice keeps its mark", ops: `{"op":"add","path":"emails","value":[{"value":"n@x","primary":true},{"value":"N@x","primary":true}]}`,
			path: "emails", want: `[{"value":"w@x","type":"work","primary":false},` + home + `,{"value":"N@x","primary":true}]`,
		},
		{
			name: "what is not kept takes no mark", ops: `{"op":"add","path":"emails","value":[{"type":"other","primary":true}]}`,
			path: "emails", want: `[` + work + `,` + home + `]`,
		},
		{
			name: "a mark without value goes", ops: `{"op":"add","path":"emails[type eq \"other\"].primary","value":true}`,
			path: "emails", want: `[` + work + `,` + home + `]`, notes: []string{"value-created emails.primary"},
		},
		{
			name: "a mark that is filled stays", ops: `{"op":"add","path":"emails[type eq \"other\"].primary","value":true},{"op":"add","path":"emails[type eq \"other\"].value","value":"n@x"}`,
			path: "emails", want: `[{"value":"w@x","type":"work","primary":false},` + home + `,{"value":"n@x","type":"other","primary":true}]`, notes: []string{"value-created emails.primary"},
		},
		{
			name: "a mark for all goes to one with a value", ops: `{"op":"remove","path":"emails[type eq \"work\"].value"},{"op":"replace","path":"emails.primary","value":true}`,
			path: "emails", want: `[{"value":"h@x","type":"home","primary":true}]`, notes: []string{"sub-without-filter emails.primary"},
		},
		{name: "adding nothing to a value", ops: `{"op":"add","path":"emails[type eq \"work\"]","value":{}}`, path: "emails", want: `[` + work + `,` + home + `]`},
		{name: "adding a list of nothing to a value", ops: `{"op":"add","path":"emails[type eq \"work\"]","value":[{}]}`, path: "emails", want: `[` + work + `,` + home + `]`},
		{
			name: "Entra: primary before the value", ops: `{"op":"add","path":"phoneNumbers[type eq \"work\"].primary","value":true},{"op":"add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`,
			path: "phoneNumbers", want: `[{"type":"work","primary":true,"value":"1"}]`, notes: []string{"value-created phoneNumbers.primary"},
		},
		{
			name: "Entra: role filter with text", ops: `{"op":"add","path":"roles[primary eq \"True\"].value","value":"admin"}`, path: "roles", want: `[{"primary":true,"value":"admin"}]`,
			notes: []string{"boolean-as-string roles.primary", "value-created roles.value"},
		},
		{
			name: "Entra: role filter for what is not primary", ops: `{"op":"add","path":"roles[primary eq \"False\"].value","value":"user"}`, path: "roles", want: `[{"primary":false,"value":"user"}]`,
			notes: []string{"value-created roles.value"},
		},
		{name: "what is not marked is not primary", ops: `{"op":"remove","path":"emails[primary eq false]"}`, path: "emails", want: `[` + work + `]`},
		{
			name: "Entra with flag: one value of many keys", ops: `{"op":"replace","value":{"displayName":"D","name.givenName":"G","emails[type eq \"work\"].value":"n@x","` + ent + `:department":"IT"}}`,
			path: "", want: strings.NewReplacer(`"Babs"`, `"D"`, `"Barbara"`, `"G"`, `"w@x"`, `"n@x"`, `"HR"`, `"IT"`).Replace(barbara),
			notes: []string{"dotted-key name.givenName", "filter-key emails.value", "flat-urn-key " + ent + ":department"},
		},
		{
			name: "Entra: manager by URN", ops: `{"op":"Replace","path":"` + ent + `:manager","value":"m2"}`, path: ent, want: `{"department":"HR","manager":{"value":"m2"}}`,
			notes: []string{"capitalised-op op", "text-for-object " + ent + ":manager"},
		},
		{
			name: "Entra: manager as list on the bare path", ops: `{"op":"add","path":"manager","value":[{"$ref":"../Users/m2","value":"m2"}]}`, path: ent, want: `{"department":"HR","manager":{"value":"m2","$ref":"../Users/m2"}}`,
			notes: []string{"list-for-single " + ent + ":manager"},
		},
		{name: "Entra: manager removed", ops: `{"op":"remove","path":"` + ent + `:manager"}`, path: ent, want: `{"department":"HR"}`},
		{name: "Entra: manager emptied", ops: `{"op":"replace","path":"manager","value":""}`, path: ent, want: `{"department":"HR"}`},
		{name: "Entra: manager emptied by add", ops: `{"op":"add","path":"` + ent + `:manager","value":""}`, path: ent, want: `{"department":"HR"}`},
		{name: "Entra: manager null inside an object", ops: `{"op":"replace","path":"manager","value":{"value":null}}`, path: ent, want: `{"department":"HR"}`},
		{name: "Entra: manager.value emptied", ops: `{"op":"replace","path":"manager.value","value":""}`, path: ent, want: `{"department":"HR"}`},
		{name: "the extension as a whole", ops: `{"op":"replace","path":"` + ent + `","value":{"department":"IT","division":"D"}}`, path: ent, want: `{"department":"IT","division":"D","manager":{"value":"m1","$ref":"../Users/m1"}}`},
		{name: "the extension removed", ops: `{"op":"remove","path":"` + ent + `"}`, path: ent, want: `null`},
		{name: "remove with value", ops: `{"op":"remove","path":"emails","value":[{"value":"H@X"}]}`, path: "emails", want: `[` + work + `]`, notes: []string{"value-on-remove emails"}},

		{name: "Okta: deactivation", ops: `{"op":"replace","value":{"active":false}}`, path: "active", want: `false`},
		{name: "Okta: password", ops: `{"op":"replace","value":{"password":"s3cret"}}`, path: "", want: barbara, notes: []string{"password-ignored password"}},
		{name: "password by path", ops: `{"op":"replace","path":"password","value":"s3cret"}`, path: "", want: barbara, notes: []string{"password-ignored password"}},
		{
			name: "id, meta, schemas, groups in the value", ops: `{"op":"replace","value":{"id":"1","schemas":["x"],"meta":{"version":"1"},"groups":[{"value":"g"}],"displayName":"D"}}`,
			path: "displayName", want: `"D"`, notes: []string{"read-only-ignored id", "read-only-ignored meta", "read-only-ignored groups"},
		},
		{name: "Keycloak: list of one", ops: `{"op":"replace","path":"active","value":["false"]}`, path: "active", want: `false`, notes: []string{"list-for-single active", "boolean-as-string active"}},
		{
			name: "Keycloak: JSON as text without path", ops: `{"op":"replace","value":"{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"displayName\":\"D\"}"}`,
			path: "displayName", want: `"D"`, notes: []string{"json-as-text value"},
		},
		{
			name: "JSON as text in a list", ops: `{"op":"add","path":"emails","value":["{\"value\":\"n@x\",\"type\":\"other\"}"]}`, path: "emails",
			want: `[` + work + `,` + home + `,{"value":"n@x","type":"other"}]`, notes: []string{"json-as-text emails"},
		},
		{
			name: "JSON as text of a list, an object, an extension",
			ops:  `{"op":"replace","path":"emails","value":" [{\"value\":\"n@x\"}] "},{"op":"replace","path":"name","value":["{\"givenName\":\"G\"}"]},{"op":"replace","path":"` + ent + `","value":"{\"department\":\"IT\"}"}`,
			path: "", want: strings.NewReplacer(`"Barbara"`, `"G"`, `"HR"`, `"IT"`, work+`,`+home, `{"value":"n@x"}`).Replace(barbara), notes: []string{"json-as-text emails", "json-as-text name", "json-as-text " + ent, "list-for-single name"},
		},
		{name: "text that looks like JSON stays text where text belongs", ops: `{"op":"replace","path":"displayName","value":"{\"value\":\"n\"}"}`, path: "displayName", want: `"{\"value\":\"n\"}"`},
		{
			name: "Entra: a role is JSON", ops: `{"op":"add","path":"roles","value":["{\"id\":\"1\",\"value\":\"v\"}"]}`, path: "roles", want: `[{"value":"{\"id\":\"1\",\"value\":\"v\"}"}]`,
			notes: []string{"text-for-object roles"},
		},
		{name: "add of an object without parts", ops: `{"op":"add","path":"name","value":{}},{"op":"add","value":{"name":{}}},{"op":"add","path":"` + ent + `:manager","value":{}}`, path: "", want: barbara},
		{name: "list of one without path", ops: `{"op":"replace","value":[{"active":"false"}]}`, path: "active", want: `false`, notes: []string{"list-for-single value", "boolean-as-string active"}},
		{name: "unknown attribute in the value", ops: `{"op":"replace","value":{"shoeSize":44,"displayName":"D"}}`, path: "displayName", want: `"D"`, notes: []string{"unknown-attribute shoeSize"}},
		{name: "sub-attribute of a list", ops: `{"op":"replace","path":"phoneNumbers.value","value":"1"}`, path: "phoneNumbers", want: `[{"value":"1"}]`, notes: []string{"sub-without-filter phoneNumbers.value"}},
		{name: "null clears", ops: `{"op":"replace","path":"displayName","value":null}`, path: "displayName", want: `null`},
		{name: "filter on a single complex attribute", ops: `{"op":"replace","path":"name[givenName eq \"barbara\"].familyName","value":"J"}`, path: "name", want: `{"givenName":"Barbara","familyName":"J"}`},
		{name: "names in any case", ops: `{"OP":"replace","Path":"DISPLAYNAME","Value":"D","name":"extra"}`, path: "displayName", want: `"D"`},
		{name: "remove then add in one request", ops: `{"op":"remove","path":"emails"},{"op":"add","path":"emails","value":{"value":"n@x"}}`, path: "emails", want: `[{"value":"n@x"}]`, notes: []string{"single-for-list emails"}},
	}
	typ := scim.User()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := asDoc(t, barbara)
			got, noted, err := patch(t, typ, doc, tt.ops)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asDoc(t, barbara), doc); diff != "" {
				t.Errorf("the original changed:\n%s", diff)
			}
			want, have := asDoc(t, `{"":`+tt.want+`}`)[""], any(got)
			if tt.path != "" {
				have = got[tt.path]
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.path, diff)
			}
			if diff := cmp.Diff(tt.notes, codes(noted), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatchRefuses(t *testing.T) {
	tests := []struct{ name, ops, typ, says string }{
		{"unknown path", `{"op":"replace","path":"nickNme","value":"x"}`, scim.InvalidPath, "did you mean nickName?"},
		{"unknown singular", `{"op":"replace","path":"email","value":"x"}`, scim.InvalidPath, "did you mean emails?"},
		{"unknown sub-attribute", `{"op":"replace","path":"name.firstName","value":"x"}`, scim.InvalidPath, "name.firstName; did you mean name"},
		{"sub-attribute without its parent", `{"op":"replace","path":"givenName","value":"x"}`, scim.InvalidPath, "did you mean name.givenName?"},
		{"unknown in brackets", `{"op":"remove","path":"emails[kind eq \"work\"]"}`, scim.InvalidPath, "emails.kind; did you mean emails"},
		{"unknown beside a known one", `{"op":"replace","path":"emails[type eq \"work\" and not (valu pr)].value","value":"x"}`, scim.InvalidPath, "emails.valu; did you mean emails.value"},
		{"unknown in extension", `{"op":"add","path":"` + ent + `:departmnt","value":"x"}`, scim.InvalidPath, "department"},
		{"nothing near", `{"op":"add","path":"zzzzzz","value":"x"}`, scim.InvalidPath, "zzzzzz"},
		{"sub of simple", `{"op":"add","path":"userName.x","value":"x"}`, scim.InvalidPath, "userName"},
		{"bad path", `{"op":"add","path":"emails[type eq","value":"x"}`, scim.InvalidPath, "operation 1"},
		{"path not text", `{"op":"add","path":1,"value":"x"}`, scim.InvalidPath, "path is 1"},
		{"filter on simple", `{"op":"add","path":"userName[value eq \"x\"]","value":"x"}`, scim.InvalidPath, "brackets"},
		{"filter on URN", `{"op":"add","path":"` + ent + `[department eq \"x\"]","value":"x"}`, scim.InvalidPath, "URN"},
		{"order of booleans", `{"op":"remove","path":"emails[primary gt true]"}`, scim.InvalidFilter, "no order"},
		{"id", `{"op":"replace","path":"id","value":"x"}`, scim.Mutability, "id is read-only"},
		{"meta", `{"op":"replace","path":"meta.version","value":"x"}`, scim.Mutability, "meta.version"},
		{"groups", `{"op":"add","path":"groups","value":[{"value":"x"}]}`, scim.Mutability, "groups"},
		{"manager's name", `{"op":"add","path":"manager.displayName","value":"x"}`, scim.Mutability, "displayName"},
		{"remove userName", `{"op":"remove","path":"userName"}`, scim.Mutability, "required"},
		{"empty userName", `{"op":"replace","path":"userName","value":""}`, scim.InvalidValue, "userName"},
		{"no target", `{"op":"replace","path":"emails[type ne \"work\" and type ne \"home\"].value","value":"x"}`, scim.NoTarget, "describes it"},
		{"no target in or", `{"op":"replace","path":"emails[type eq \"a\" or type eq \"b\"].value","value":"x"}`, scim.NoTarget, "emails"},
		{"no target in contradiction", `{"op":"replace","path":"emails[type eq \"a\" and type eq \"b\"].value","value":"x"}`, scim.NoTarget, "emails"},
		{"no target in single", `{"op":"replace","path":"name[givenName eq \"x\"].familyName","value":"x"}`, scim.NoTarget, "name"},
		{"remove without path", `{"op":"remove"}`, scim.NoTarget, "needs a path"},
		{"remove with object only", `{"op":"remove","value":{"title":"x"}}`, scim.NoTarget, "needs a path"},
		{"no value", `{"op":"add","path":"title"}`, scim.InvalidValue, "needs a value"},
		{"no op", `{"path":"title","value":"x"}`, scim.InvalidSyntax, "op is missing"},
		{"wrong op", `{"op":"move","path":"title","value":"x"}`, scim.InvalidSyntax, `"move"`},
		{"operation is text", `"add"`, scim.InvalidSyntax, "not an operation"},
		{"text without path", `{"op":"add","value":"x"}`, scim.InvalidValue, "without path"},
		{"wrong type", `{"op":"replace","path":"active","value":"maybe"}`, scim.InvalidValue, "active"},
		{"second operation named", `{"op":"add","path":"title","value":"x"},{"op":"add","path":"title","value":{"a":1}}`, scim.InvalidValue, "operation 2: title"},
	}
	typ := scim.User()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := asDoc(t, barbara)
			_, _, err := patch(t, typ, doc, tt.ops)
			wantError(t, err, 400, tt.typ, tt.says)
			if diff := cmp.Diff(asDoc(t, barbara), doc); diff != "" {
				t.Errorf("a refused request changed the original:\n%s", diff)
			}
		})
	}
}

func TestDecodePatchEnvelope(t *testing.T) {
	typ := scim.User()
	ops, noted, err := typ.DecodePatch(`{"id":"x","operations":{"op":"Replace","path":"","value":{"active":false}}}`, scim.Limits{})
	if err != nil || len(ops) != 1 || ops[0].Op != scim.Replace || ops[0].Target != nil {
		t.Fatalf("%+v, %v", ops, err)
	}
	want := []string{"key-case Operations", "missing-schemas schemas", "operations-not-a-list Operations", "capitalised-op op"}
	if diff := cmp.Diff(want, codes(noted)); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	for _, body := range []string{`{}`, `{"Operations":[]}`, `{"Operations":"x"}`, `{"Operations":null}`} {
		_, _, err := typ.DecodePatch(body, scim.Limits{})
		wantError(t, err, 400, scim.InvalidSyntax, "holds no operations")
	}
	many := `{"Operations":[` + strings.Repeat(`{"op":"remove","path":"title"},`, 1000) + `{"op":"remove","path":"title"}]}`
	_, _, err = typ.DecodePatch(many, scim.Limits{})
	wantError(t, err, 413, "", "1001 operations, at most 1000")
}

// Operations may be built in Go as well, with maps.
func TestPatchFromGo(t *testing.T) {
	got, _, err := scim.User().Patch(asDoc(t, barbara), []scim.Operation{{Op: scim.Replace, HasValue: true, Value: map[string]any{
		"active": false, "name": map[string]any{"givenName": "G"},
	}}})
	if err != nil || got["active"] != false {
		t.Fatalf("%v, %v", got, err)
	}
}
