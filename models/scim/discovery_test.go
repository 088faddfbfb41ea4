package scim_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/filter"
	"muster/models/scim"
)

func TestSchemas(t *testing.T) {
	list := scim.Schemas("https://h/scim/v2/", scim.User(), scim.Group())
	var found []string
	for _, r := range list {
		found = append(found, r.ID)
		if !json.Valid(r.JSON) || bytes.Contains(r.JSON, []byte("null")) {
			t.Errorf("%s holds null or is not JSON", r.ID)
		}
		var doc struct {
			ID         string
			Attributes []scim.Attribute
			Meta       struct{ ResourceType, Location string }
		}
		if err := json.Unmarshal(r.JSON, &doc); err != nil || doc.ID != r.ID {
			t.Fatalf("%s: %v", r.ID, err)
		}
		if doc.Meta.Location != "https://h/scim/v2/Schemas/"+r.ID || doc.Meta.ResourceType != "Schema" {
			t.Errorf("meta is %+v", doc.Meta)
		}
		wellDefined(t, r.ID, doc.Attributes)
	}
	want := []string{scim.UserURN, ent, scim.GroupURN, scim.ServiceProviderConfigURN, scim.ResourceTypeURN, scim.SchemaURN}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// wellDefined holds what RFC 7643 section 7 demands of each definition.
func wellDefined(t *testing.T, where string, attrs []scim.Attribute) {
	t.Helper()
	for _, a := range attrs {
		at := where + ":" + a.Name
		if a.Description == "" || a.Mutability == "" || a.Returned == "" || a.Uniqueness == "" || a.Type == "" {
			t.Errorf("%s lacks a characteristic: %+v", at, a)
		}
		if (a.Type == filter.Complex) != (len(a.SubAttributes) > 0) || (a.Type == filter.Reference) != (len(a.ReferenceTypes) > 0) {
			t.Errorf("%s: type and parts disagree", at)
		}
		wellDefined(t, at, a.SubAttributes)
	}
}

func TestUserSchemaNamesEveryAttributeOfTheRFC(t *testing.T) {
	var names []string
	for _, a := range scim.User().Core.Attributes {
		names = append(names, a.Name)
	}
	want := "userName name displayName nickName profileUrl title userType preferredLanguage locale timezone active password " +
		"emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s", got)
	}
}

func TestResourceTypes(t *testing.T) {
	list := scim.ResourceTypes("https://h/scim/v2", scim.User(), scim.Group())
	want := []string{
		`{"schemas":["` + scim.ResourceTypeURN + `"],"id":"User","name":"User","endpoint":"/Users","description":"User Account","schema":"` + scim.UserURN +
			`","schemaExtensions":[{"schema":"` + ent + `","required":false}],"meta":{"resourceType":"ResourceType","location":"https://h/scim/v2/ResourceTypes/User"}}`,
		`{"schemas":["` + scim.ResourceTypeURN + `"],"id":"Group","name":"Group","endpoint":"/Groups","description":"Group","schema":"` + scim.GroupURN +
			`","meta":{"resourceType":"ResourceType","location":"https://h/scim/v2/ResourceTypes/Group"}}`,
	}
	for i, r := range list {
		if diff := cmp.Diff(want[i], string(r.JSON)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.ID, diff)
		}
	}
}

func TestServiceProviderConfig(t *testing.T) {
	got := scim.ServiceProviderConfig(scim.ServiceOptions{Base: "https://h/scim/v2", Patch: true, Filter: true, ETag: true, MaxResults: 200})
	for _, part := range []string{
		`"patch":{"supported":true}`, `"bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0}`, `"filter":{"supported":true,"maxResults":200}`,
		`"changePassword":{"supported":false}`, `"sort":{"supported":false}`, `"etag":{"supported":true}`, `"type":"oauthbearertoken"`,
		`"location":"https://h/scim/v2/ServiceProviderConfig"`,
	} {
		if !bytes.Contains(got, []byte(part)) {
			t.Errorf("%s is missing in %s", part, got)
		}
	}
	if bytes.Contains(got, []byte("documentationUri")) {
		t.Error("an empty documentationUri is sent")
	}
}

func TestTypeIsTheFiltersLookup(t *testing.T) {
	typ := scim.User()
	path := func(text string) filter.Path {
		target, err := filter.ParsePath(text, filter.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return target.Path
	}
	for text, want := range map[string]filter.Attr{
		"USERNAME":                    {Path: filter.Path{Name: "userName"}, Type: filter.String},
		"externalid":                  {Path: filter.Path{Name: "externalId"}, Type: filter.String, CaseExact: true},
		"emails.VALUE":                {Path: filter.Path{Name: "emails", Sub: "value"}, Type: filter.String, Multi: true},
		"meta.lastModified":           {Path: filter.Path{Name: "meta", Sub: "lastModified"}, Type: filter.DateTime},
		"Department":                  {Path: filter.Path{URN: ent, Name: "department"}, Type: filter.String},
		strings.ToUpper(ent):          {Path: filter.Path{URN: ent}, Type: filter.Complex},
		ent + ":manager.value":        {Path: filter.Path{URN: ent, Name: "manager", Sub: "value"}, Type: filter.String, CaseExact: true},
		ent + ".manager":              {Path: filter.Path{URN: ent, Name: "manager"}, Type: filter.Complex},
		scim.UserURN + ":name":        {Path: filter.Path{Name: "name"}, Type: filter.Complex},
		scim.UserURN + ":emails.type": {Path: filter.Path{Name: "emails", Sub: "type"}, Type: filter.String, Multi: true},
	} {
		got, ok := typ.Attr(path(text))
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"shoeSize", "name.x", "userName.x", scim.GroupURN + ":displayName", scim.UserURN, ent + ":x", scim.UserURN + ":department"} {
		if got, ok := typ.Attr(path(text)); ok {
			t.Errorf("%s is %+v", text, got)
		}
	}
}

func TestFiltersOverDocuments(t *testing.T) {
	typ := scim.User()
	doc := typ.Resource(asDoc(t, barbara), envelope())
	for text, want := range map[string]bool{
		`userName eq "BJ"`:                      true,
		`emails[type eq "work"].value eq "W@X"`: true,
		`emails eq "h@x"`:                       true,
		`id eq "u-1" and manager eq "m1"`:       true,
		`groups eq "g1"`:                        true,
		`active eq true and meta.lastModified ge "0001-01-03T00:00:00.0000000Z"`: true,
		ent + ` pr`:                              true,
		`department eq "hr" and not (title pr)`:  true,
		`name[givenName eq "FOO"].familyName pr`: false,
	} {
		e, err := filter.Parse(text, filter.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := filter.Match(e, doc, typ); got != want {
			t.Errorf("%s is %v", text, got)
		}
	}
}
