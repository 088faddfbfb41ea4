package scim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/models/scim"
)

// asDoc reads canonical JSON, for expectations that are easy on the eye.
func asDoc(t testing.TB, text string) scim.Document {
	t.Helper()
	doc, err := scim.User().ReadDocument(text)
	if err != nil {
		t.Fatalf("bad expectation %s: %v", text, err)
	}
	return doc
}

func codes(list []scim.Note) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.Code+" "+n.Attr)
	}
	return out
}

const ent = scim.EnterpriseURN

// user wraps attributes in an otherwise clean create request.
func user(attrs string) string {
	return `{"schemas":["` + scim.UserURN + `"],"userName":"bj"` + attrs + `}`
}

func TestDecodeUser(t *testing.T) {
	tests := []struct {
		name, body, want string
		notes            []string
	}{
		{name: "minimal", body: user(``), want: `{"userName":"bj"}`},
		{
			name: "Entra ID create",
			body: `{"schemas":["` + scim.UserURN + `","` + ent + `"],"externalId":"0a21","userName":"bj","active":true,
				"addresses":null,"displayName":"B J","emails":[{"type":"work","value":"b@x","primary":true}],
				"meta":{"resourceType":"User"},"name":{"formatted":null,"familyName":"J","givenName":"B"},"roles":[],"title":null}`,
			want: `{"externalId":"0a21","userName":"bj","active":true,"displayName":"B J",
				"emails":[{"type":"work","value":"b@x","primary":true}],"name":{"familyName":"J","givenName":"B"}}`,
		},
		{
			name: "Entra ID without flag", body: user(`,"active":"True","department":"HR","manager":"m1"`),
			want:  `{"userName":"bj","active":true,"` + ent + `":{"department":"HR","manager":{"value":"m1"}}}`,
			notes: []string{"boolean-as-string active", "extension-without-urn " + ent + ":department", "extension-without-urn " + ent + ":manager", "text-for-object " + ent + ":manager"},
		},
		{
			name:  "Okta PUT of the whole resource",
			body:  user(`,"id":"1","meta":{"version":"x","resourceType":"User"},"groups":[],"password":"s3cret","locale":"en-US","active":false`),
			want:  `{"userName":"bj","locale":"en-US","active":false}`,
			notes: []string{"read-only-ignored id", "read-only-ignored meta", "password-ignored password"},
		},
		{
			name: "OneLogin e-mail as one object", body: user(`,"emails":{"value":"b@x","type":"work"}`),
			want:  `{"userName":"bj","emails":[{"value":"b@x","type":"work"}]}`,
			notes: []string{"single-for-list emails"},
		},
		{name: "JumpCloud null e-mails", body: user(`,"emails":null`), want: `{"userName":"bj"}`},
		{
			name: "e-mails as text", body: user(`,"emails":["a@x","b@x"],"phoneNumbers":"1"`),
			want:  `{"userName":"bj","emails":[{"value":"a@x"},{"value":"b@x"}],"phoneNumbers":[{"value":"1"}]}`,
			notes: []string{"text-for-object emails", "single-for-list phoneNumbers", "text-for-object phoneNumbers"},
		},
		{
			name: "flat, dotted and filtered keys",
			body: user(`,"name.givenName":"B","` + ent + `:department":"HR","emails[type eq \"work\"].value":"b@x","urn:IETF:params:scim:schemas:core:2.0:user:title":"T"`),
			want: `{"userName":"bj","title":"T","name":{"givenName":"B"},"` + ent + `":{"department":"HR"},"emails":[{"type":"work","value":"b@x"}]}`,
			notes: []string{
				"dotted-key name.givenName", "flat-urn-key " + ent + ":department",
				"filter-key emails.value", "value-created emails.value", "flat-urn-key title",
			},
		},
		{
			name: "manager as list with $ref", body: user(`,"` + strings.ToLower(ent) + `":{"manager":[{"$ref":"https://h/scim/v2/Users/m1","displayName":"Boss"}]}`),
			want:  `{"userName":"bj","` + ent + `":{"manager":{"value":"m1","$ref":"https://h/scim/v2/Users/m1"}}}`,
			notes: []string{"list-for-single " + ent + ":manager", "read-only-ignored " + ent + ":manager.displayName", "ref-only " + ent + ":manager"},
		},
		{name: "manager null", body: user(`,"` + ent + `":{"manager":null,"department":""}`), want: `{"userName":"bj"}`},
		{
			name: "names in any case, twice", body: `{"SCHEMAS":["` + scim.UserURN + `"],"username":"a","userName":"bj","Name":{"GIVENNAME":"x","givenName":"B"}}`,
			want:  `{"userName":"bj","name":{"givenName":"B"}}`,
			notes: []string{"key-case schemas", "key-case userName", "duplicate-key userName", "key-case name", "key-case name.givenName", "duplicate-key name.givenName"},
		},
		{
			name: "unknown attributes and schemas", body: `{"schemas":["` + scim.UserURN + `","urn:x:Y"],"userName":"bj","favourite":{"a":1},"urn:x:Y":{"b":2},"emails":[{"value":"b@x","verified":true}]}`,
			want:  `{"userName":"bj","emails":[{"value":"b@x"}]}`,
			notes: []string{"unknown-schema urn:x:Y", "unknown-attribute favourite", "unknown-attribute urn:x:Y", "unknown-attribute emails.verified"},
		},
		{
			name: "several primary", body: user(`,"emails":[{"value":"a","primary":true},{"value":"b","primary":"true"}]`),
			want:  `{"userName":"bj","emails":[{"value":"a","primary":true},{"value":"b","primary":false}]}`,
			notes: []string{"boolean-as-string emails.primary", "several-primary emails"},
		},
		{
			name: "the primary value twice", body: user(`,"emails":[{"value":"a@x","primary":true},{"value":"b@x"},{"value":"A@x","primary":true}]`),
			want: `{"userName":"bj","emails":[{"value":"A@x","primary":true},{"value":"b@x"}]}`,
		},
		{
			name: "primary is what is kept", body: user(`,"emails":[{"value":"","primary":true},{"value":"a@x","primary":true}]`),
			want: `{"userName":"bj","emails":[{"value":"a@x","primary":true}]}`,
		},
		{
			name: "the same value twice", body: user(`,"emails":[{"value":"a@x","type":"work"},{"value":"A@x","type":"Work","primary":true}]`),
			want: `{"userName":"bj","emails":[{"value":"A@x","type":"Work","primary":true}]}`,
		},
		{
			name: "roles as JSON text", body: user(`,"roles":["{\"id\":\"1\",\"value\":\"admin\"}",{"value":"{\"id\":\"2\"}"}]`),
			want:  `{"userName":"bj","roles":[{"value":"{\"id\":\"1\",\"value\":\"admin\"}"},{"value":"{\"id\":\"2\"}"}]}`,
			notes: []string{"text-for-object roles"},
		},
		{
			name: "numbers and objects for text", body: user(`,"` + ent + `":{"employeeNumber":701984},"title":{"value":"T"},"nickName":["N"]`),
			want:  `{"userName":"bj","title":"T","nickName":"N","` + ent + `":{"employeeNumber":"701984"}}`,
			notes: []string{"text-from-other " + ent + ":employeeNumber", "object-for-text title", "list-for-single nickName"},
		},
		{name: "a type without address is no e-mail", body: user(`,"emails":[{"type":"work","value":null},{"type":"home","value":"h"}]`), want: `{"userName":"bj","emails":[{"type":"home","value":"h"}]}`},
		{name: "no schemas", body: `{"userName":"bj"}`, want: `{"userName":"bj"}`, notes: []string{"missing-schemas schemas"}},
		{name: "byte order mark", body: "\uFEFF" + user(``), want: `{"userName":"bj"}`},
	}
	typ := scim.User()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, noted, err := typ.Decode(tt.body, scim.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asDoc(t, tt.want), doc); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.notes, codes(noted), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := user(`,"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40))
	tests := []struct {
		name, body, typ, says string
		status                int
	}{
		{"empty", ``, scim.InvalidSyntax, "the body is empty", 400},
		{"a list", `[]`, scim.InvalidSyntax, "must be a JSON object", 400},
		{"cut off", `{"userName":"a"`, scim.InvalidSyntax, "at byte 15", 400},
		{"no comma", `{"a":1 "b":2}`, scim.InvalidSyntax, "at byte 7", 400},
		{"trailing comma", `{"a":1,}`, scim.InvalidSyntax, "a name in double quotes", 400},
		{"no colon", `{"a" 1}`, scim.InvalidSyntax, `":"`, 400},
		{"bare word", `{"a":yes}`, scim.InvalidSyntax, "double quotes", 400},
		{"bad number", `{"a":01}`, scim.InvalidSyntax, "not a number", 400},
		{"bad escape", `{"a":"\x"}`, scim.InvalidSyntax, "escape", 400},
		{"control character", "{\"a\":\"\n\"}", scim.InvalidSyntax, "control character", 400},
		{"open text", `{"a":"x`, scim.InvalidSyntax, "never closed", 400},
		{"two objects", `{}{}`, scim.InvalidSyntax, "one object only", 400},
		{"not UTF-8", "{\"a\":\"\xff\"}", scim.InvalidSyntax, "UTF-8", 400},
		{"NUL", `{"userName":"a\u0000"}`, scim.InvalidSyntax, "U+0000", 400},
		{"deep", deep, scim.InvalidSyntax, "deeper than 32", 400},
		{"large", `{"userName":"` + strings.Repeat("x", 1<<20) + `"}`, "", "at most 1048576", 413},
		{"no userName", `{"schemas":[]}`, scim.InvalidValue, "userName", 400},
		{"empty userName", `{"userName":""}`, scim.InvalidValue, "userName", 400},
		{"userName is a list", `{"userName":["a","b"]}`, scim.InvalidValue, "userName: one value", 400},
		{"userName is a boolean", `{"userName":true}`, scim.InvalidValue, "userName: true is not a string", 400},
		{"active", user(`,"active":"yes"`), scim.InvalidValue, `active: "yes" is not a boolean; send true or false`, 400},
		{"name as text", user(`,"name":"B J"`), scim.InvalidValue, "name: an object is needed", 400},
		{"e-mail value", user(`,"emails":[{"value":{"a":1}}]`), scim.InvalidValue, "emails.value", 400},
		{"extension", user(`,"` + ent + `":"x"`), scim.InvalidValue, ent + ": an object", 400},
		{"too many values", user(`,"emails":[` + strings.Repeat(`"a",`, 600) + `"b"]`), "", "at most 500", 413},
	}
	typ := scim.User()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := typ.Decode(tt.body, scim.Limits{})
			wantError(t, err, tt.status, tt.typ, tt.says)
		})
	}
}

func wantError(t *testing.T, err error, status int, typ, says string) {
	t.Helper()
	var e *scim.Error
	if !errors.As(err, &e) {
		t.Fatalf("want a scim.Error, got %v", err)
	}
	if e.Status != status || e.Type != typ || !strings.Contains(e.Detail, says) {
		t.Errorf("got %d %q %q, want %d %q with %q", e.Status, e.Type, e.Detail, status, typ, says)
	}
}

// A hostile body deviates in as many places as it can; the notes stay few.
func TestNotesAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		b.WriteString(`,"x` + strings.Repeat("y", i%50) + string(rune('a'+i%26)) + `":1`)
	}
	_, noted, err := scim.User().Decode(user(b.String()), scim.Limits{})
	if err != nil || len(noted) > 50 {
		t.Errorf("%d notes, %v", len(noted), err)
	}
}

func TestCustomSchema(t *testing.T) {
	urn := "urn:example:acme:2.0:User"
	typ := scim.User(scim.Schema{ID: urn, Name: "Acme", Attributes: []scim.Attribute{
		{Name: "level", Type: "integer", Mutability: scim.ReadWrite},
		{Name: "badge", Type: "string", Mutability: scim.Immutable},
		{Name: "since", Type: "dateTime", Mutability: scim.ReadWrite},
		{Name: "score", Type: "decimal", Mutability: scim.ReadWrite},
		{Name: "tags", Type: "string", MultiValued: true, Mutability: scim.ReadWrite},
	}})
	doc, _, err := typ.Decode(user(`,"`+urn+`":{"level":"7","badge":"b1","since":"2026-01-02T03:04:05Z","score":1.5,"tags":"red"}`), scim.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := asDoc(t, `{"userName":"bj","`+urn+`":{"level":7,"badge":"b1","since":"2026-01-02T03:04:05Z","score":1.5,"tags":["red"]}}`)
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for body, typ2 := range map[string]string{
		`{"op":"replace","path":"` + urn + `:badge","value":"b2"}`: scim.Mutability,
		`{"op":"replace","path":"` + urn + `:level","value":1.5}`:  scim.InvalidValue,
		`{"op":"replace","path":"` + urn + `:since","value":"x"}`:  scim.InvalidValue,
		`{"op":"replace","path":"` + urn + `:score","value":true}`: scim.InvalidValue,
	} {
		_, _, err := patch(t, typ, doc, body)
		wantError(t, err, 400, typ2, urn)
	}
	got, _, err := patch(t, typ, doc, `{"op":"remove","path":"tags[value eq \"RED\"]"},{"op":"add","path":"tags","value":["blue","blue"]}`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"blue"}, got[urn].(map[string]any)["tags"]); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}
