package scim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/scim"
)

func TestProject(t *testing.T) {
	const doc = `{"id":"1","schemas":["s"],"userName":"bj","password":"p","name":{"givenName":"B","familyName":"J"},
		"emails":[{"value":"a","type":"work"},{"value":"b"}],"meta":{"version":"1","location":"l"},"` + ent + `":{"department":"HR","manager":{"value":"m","$ref":"r"}}}`
	l := func(names ...string) []string { return names }
	tests := []struct {
		name             string
		attrs, excluded  []string
		want             string
		wantAll, members bool
	}{
		{name: "nothing asked", wantAll: true, want: `{"id":"1","schemas":["s"],"userName":"bj","name":{"givenName":"B","familyName":"J"},
			"emails":[{"value":"a","type":"work"},{"value":"b"}],"meta":{"version":"1","location":"l"},"` + ent + `":{"department":"HR","manager":{"value":"m","$ref":"r"}}}`},
		{name: "one", attrs: l("username"), want: `{"id":"1","schemas":["s"],"userName":"bj"}`},
		{name: "commas and blanks", attrs: l("userName, name.givenName", ""), want: `{"id":"1","schemas":["s"],"userName":"bj","name":{"givenName":"B"}}`},
		{name: "sub-attribute of a list", attrs: l("emails.type"), want: `{"id":"1","schemas":["s"],"emails":[{"type":"work"}]}`},
		{name: "whole beats part", attrs: l("name.givenName", "name"), want: `{"id":"1","schemas":["s"],"name":{"givenName":"B","familyName":"J"}}`},
		{name: "URN forms", attrs: l(scim.UserURN+":userName", ent+":department", "manager.value"), want: `{"id":"1","schemas":["s"],"userName":"bj","` + ent + `":{"department":"HR","manager":{"value":"m"}}}`},
		{name: "whole extension", attrs: l(ent), want: `{"id":"1","schemas":["s"],"` + ent + `":{"department":"HR","manager":{"value":"m","$ref":"r"}}}`},
		{name: "whole core", attrs: l(scim.UserURN), want: `{"id":"1","schemas":["s"],"userName":"bj","name":{"givenName":"B","familyName":"J"},"emails":[{"value":"a","type":"work"},{"value":"b"}]}`},
		{name: "unknown only", attrs: l("shoeSize", "emails[type eq \"work\"]", "]"), want: `{"id":"1","schemas":["s"]}`},
		{name: "never", attrs: l("password"), want: `{"id":"1","schemas":["s"]}`},
		{name: "excluded", excluded: l("emails", "name.familyName", "meta", "id", ent+":manager", "manager.$ref"), want: `{"id":"1","schemas":["s"],"userName":"bj","name":{"givenName":"B"},"` + ent + `":{"department":"HR"}}`},
		{name: "excluded extension", excluded: l(ent, "emails", "name", "meta"), want: `{"id":"1","schemas":["s"],"userName":"bj"}`},
		{name: "excluded all parts", excluded: l("name.givenName", "name.familyName", "emails.value", "emails.type", "meta", ent), want: `{"id":"1","schemas":["s"],"userName":"bj"}`},
		{name: "both", attrs: l("name", "userName"), excluded: l("name.givenName"), want: `{"id":"1","schemas":["s"],"userName":"bj","name":{"familyName":"J"}}`},
	}
	typ := scim.User()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := asDoc(t, doc)
			if diff := cmp.Diff(asDoc(t, tt.want), typ.Project(in, tt.attrs, tt.excluded)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(asDoc(t, doc), in); diff != "" {
				t.Errorf("the original changed:\n%s", diff)
			}
			if got := typ.Projection(tt.attrs, tt.excluded).All(); got != tt.wantAll {
				t.Errorf("All is %v", got)
			}
		})
	}
}

func TestProjectionWants(t *testing.T) {
	typ := scim.Group()
	for _, tt := range []struct {
		attrs, excluded string
		name            string
		want            bool
	}{
		{"", "", "members", true},
		{"", "members", "members", false},
		{"", "Members.display", "members", true},
		{"displayName", "", "members", false},
		{"members.value", "", "members", true},
		{"displayName", "id", "id", true},
		{"", "", "unknown", false},
	} {
		if got := typ.Projection([]string{tt.attrs}, []string{tt.excluded}).Wants(tt.name); got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
	if scim.User().Projection(nil, nil).Wants("password") {
		t.Error("a password is wanted")
	}
}

func TestProjectReturnedOnRequest(t *testing.T) {
	typ := scim.User(scim.Schema{ID: "urn:x:Y", Attributes: []scim.Attribute{
		{Name: "notes", Type: "string", Returned: scim.Request},
		{Name: "pin", Type: "complex", Returned: scim.Default, SubAttributes: []scim.Attribute{
			{Name: "hint", Type: "string"}, {Name: "key", Type: "string", Returned: scim.Always},
		}},
	}})
	doc := asDoc(t, `{"id":"1","urn:x:Y":{"notes":"n","pin":{"hint":"h","key":"k"}}}`)
	for want, p := range map[string]*scim.Projection{
		`{"id":"1","urn:x:Y":{"pin":{"hint":"h","key":"k"}}}`: typ.Projection(nil, nil),
		`{"id":"1","urn:x:Y":{"notes":"n"}}`:                  typ.Projection([]string{"urn:x:Y:notes"}, nil),
		`{"id":"1","urn:x:Y":{"pin":{"key":"k"}}}`:            typ.Projection(nil, []string{"pin.key,pin.hint"}),
	} {
		if diff := cmp.Diff(asDoc(t, want), p.Apply(doc)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
