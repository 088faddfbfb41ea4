package scim_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/scim"
)

const entraUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],` +
	`"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef","userName":"Test_User_dd23ca7c@example.com","active":true,"displayName":"Lennon Boyle",` +
	`"emails":[{"primary":true,"type":"work","value":"Test_User_dd23ca7c@example.com"}],"meta":{"resourceType":"User"},` +
	`"name":{"formatted":"Lennon Boyle","familyName":"Boyle","givenName":"Lennon"},"title":"Engineer","preferredLanguage":"en-US",` +
	`"phoneNumbers":[{"type":"work","value":"+1 201 555 0123"},{"type":"mobile","value":"+1 201 555 0124"}],` +
	`"addresses":[{"type":"work","streetAddress":"1 Main Street","locality":"Springfield","region":"IL","postalCode":"62701","country":"US"}],` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984","department":"R&D","manager":{"value":"26118915-6090-4610-87e4-49d8ca9f808d"}},"roles":[]}`

// isRefusal holds that nothing but a scim.Error ever comes out.
func isRefusal(t *testing.T, err error) bool {
	var e *scim.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("not a scim.Error: %v", err)
	}
	return err != nil
}

// canonical holds what Document promises: it survives storage unchanged, and
// decoding what was rendered gives the same document again.
func canonical(t *testing.T, typ *scim.Type, doc scim.Document) {
	stored := typ.Marshal(doc)
	if !json.Valid(stored) {
		t.Fatalf("stored form is not JSON: %s", stored)
	}
	again, _, err := typ.Decode(typ.Render(doc), scim.Limits{Bytes: 8 << 20})
	if err != nil {
		t.Fatalf("%s cannot be read again: %v", typ.Render(doc), err)
	}
	if diff := cmp.Diff(doc, again); diff != "" {
		t.Fatalf("reading it again gives another document:\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(entraUser))
	f.Add([]byte(user(`,"active":"True","emails":{"value":"x"},"name.givenName":"B","manager":["m"],"roles":["{}"]`)))
	f.Add([]byte(user(`,"` + ent + `:department":1,"emails[type eq \"work\"].value":"b","USERNAME":"c","id":1`)))
	f.Add([]byte(`{"userName":"\ud800\u00e9","emails":[[]]}`))
	users, groups := scim.User(), scim.Group()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, typ := range []*scim.Type{users, groups} {
			doc, _, err := typ.Decode(body, scim.Limits{})
			if isRefusal(t, err) {
				continue
			}
			for _, key := range []string{"id", "meta", "schemas", "password", "groups"} {
				if _, leaked := doc[key]; leaked {
					t.Fatalf("%s is in the document", key)
				}
			}
			canonical(t, typ, doc)
		}
	})
}

func FuzzPatch(f *testing.F) {
	for _, ops := range []string{
		`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"n@x"}`,
		`{"op":"add","value":{"name.givenName":"G","` + ent + `:manager":"m","members":["a"]}}`,
		`{"op":"remove","path":"members","value":[{"$ref":"Users/1"}]},{"op":"remove","path":"members[value eq \"a\"]"}`,
		`{"op":"add","path":"phoneNumbers.value","value":["1"]},{"op":"remove","path":"name"}`,
	} {
		f.Add([]byte(`{"schemas":["` + scim.PatchURN + `"],"Operations":[` + ops + `]}`))
	}
	users, groups := scim.User(), scim.Group()
	f.Fuzz(func(t *testing.T, body []byte) {
		ops, _, err := users.DecodePatch(body, scim.Limits{})
		if isRefusal(t, err) {
			return
		}
		doc := asDoc(t, barbara)
		got, _, err := users.Patch(doc, ops)
		if diff := cmp.Diff(asDoc(t, barbara), doc); diff != "" {
			t.Fatalf("the original changed:\n%s", diff)
		}
		if !isRefusal(t, err) {
			canonical(t, users, got)
			scim.Diff(doc, got)
		}
		rest, _, _, err := scim.SplitMembers(ops, scim.Limits{})
		if isRefusal(t, err) {
			return
		}
		if got, _, err := groups.Patch(scim.Document{"displayName": "G"}, rest); !isRefusal(t, err) {
			if _, leaked := got["members"]; leaked {
				t.Fatal("members are in the document")
			}
			canonical(t, groups, got)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	typ, body := scim.User(), []byte(entraUser)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := typ.Decode(body, scim.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPatch(b *testing.B) {
	typ := scim.User()
	doc, _, _ := typ.Decode([]byte(entraUser), scim.Limits{})
	body := []byte(`{"schemas":["` + scim.PatchURN + `"],"Operations":[{"op":"Replace","path":"active","value":"False"},` +
		`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"n@x"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		ops, _, err := typ.DecodePatch(body, scim.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := typ.Patch(doc, ops); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	typ := scim.User()
	doc, _, _ := typ.Decode([]byte(entraUser), scim.Limits{})
	stored, env := typ.Marshal(doc), envelope()
	b.Run("marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			typ.Marshal(doc)
		}
	})
	b.Run("splice", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, 0, 4096)
		for b.Loop() {
			typ.Splice(dst[:0], stored, env)
		}
	})
	b.Run("read, project, render", func(b *testing.B) {
		b.ReportAllocs()
		p := typ.Projection([]string{"userName,emails"}, nil)
		for b.Loop() {
			doc, err := typ.ReadDocument(stored)
			if err != nil {
				b.Fatal(err)
			}
			typ.Render(p.Apply(typ.Resource(doc, env)))
		}
	})
	b.Run("diff", func(b *testing.B) {
		b.ReportAllocs()
		other := typ.Resource(doc, scim.Envelope{})
		for b.Loop() {
			scim.Diff(doc, other)
		}
	})
}
