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
	again, _, err := typ.Decode(string(typ.Render(doc)), scim.Limits{Bytes: 8 << 20})
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
	f.Add([]byte(employee))
	f.Add([]byte(user(`,"x509Certificates":[{"value":"AQID"},{"value":"AQID","primary":true}],"emails":[{"value":"a","type":"work"},{"value":"A","type":"WORK"}]`)))
	types := []*scim.Type{scim.User(), scim.Group(), custom()}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, typ := range types {
			doc, _, err := typ.Decode(string(body), scim.Limits{})
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
	for _, ops := range []string{
		`{"op":"remove","path":"` + hr + `:phones","value":["1","2"]},{"op":"replace","path":"desk","value":{"floor":"4","serial":"s-1"}}`,
		`{"op":"replace","path":"` + hr + `","value":{"born":"2000-01-01T00:00:00Z","salary":1e2}},{"op":"add","path":"phones[value eq \"1\"]","value":"3"}`,
		`{"op":"replace","path":"emails[type eq \"home\"].type","value":"work"},{"op":"replace","path":"emails[primary eq false].value","value":"w@x"}`,
	} {
		f.Add([]byte(`{"Operations":[` + ops + `]}`))
	}
	users, groups, customs := scim.User(), scim.Group(), custom()
	f.Fuzz(func(t *testing.T, body []byte) {
		ops, _, err := users.DecodePatch(string(body), scim.Limits{})
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
		// Every characteristic is held, and what only the server sets stays.
		if got, _, err := customs.Patch(asDoc(t, employed), ops); !isRefusal(t, err) {
			canonical(t, customs, got)
			if ext, ok := got[hr].(map[string]any); !ok || ext["badge"] == nil || ext["born"] != "2000-01-01T00:00:00Z" {
				t.Fatalf("what is required or immutable is gone: %v", got[hr])
			}
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

// employed is an employee without what only the server sets.
const employed = `{"userName":"e","` + hr + `":{"badge":"7","born":"2000-01-01T00:00:00Z","phones":["1","2"],"desk":{"floor":3,"serial":"s-1"}}}`

func FuzzReplace(f *testing.F) {
	for _, body := range []string{employee, employed, `{"userName":"x"}`, `{"userName":"x","` + hr + `":{"badge":"1","phones":["1"],"desk":null,"born":null}}`} {
		f.Add([]byte(body))
	}
	typ := custom()
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, _, err := typ.Decode(string(body), scim.Limits{})
		if isRefusal(t, err) {
			return
		}
		old := asDoc(t, employee)
		got, err := typ.Replace(old, doc)
		if diff := cmp.Diff(asDoc(t, employee), old); diff != "" {
			t.Fatalf("the original changed:\n%s", diff)
		}
		if isRefusal(t, err) {
			return
		}
		ext, _ := got[hr].(map[string]any)
		if ext["score"] == nil || ext["born"] != "2000-01-01T00:00:00Z" {
			t.Fatalf("read-only or immutable values are gone: %v", ext)
		}
		again, _, err := typ.Decode(string(body), scim.Limits{})
		if err == nil {
			again, err = typ.Replace(got, again)
		}
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Fatalf("the same again: %v\n%s", err, diff)
		}
	})
}

func FuzzBulk(f *testing.F) {
	for _, ops := range []string{
		`{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"x"}},{"method":"PATCH","path":"/Users/bulkId:a","data":{"Operations":[]}}`,
		`{"method":"POST","path":"/Groups","bulkId":"a","data":{"m":["bulkId:b"]}},{"method":"POST","path":"/Groups","bulkId":"b","data":{"m":"members[value eq \"bulkId:a\"]"}}`,
		`{"method":"put","path":"","data":"{\"a\":1}"},1,{"bulkId":"a","method":"POST","data":{}}`,
	} {
		f.Add([]byte(`{"failOnErrors":"1","Operations":[` + ops + `]}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := scim.DecodeBulk(string(body), scim.BulkLimits{Operations: 50, Bytes: 1 << 20})
		if isRefusal(t, err) {
			return
		}
		order := b.Order()
		seen := map[int]bool{}
		for _, i := range order {
			seen[i] = true
		}
		if len(order) != len(b.Operations) || len(seen) != len(order) {
			t.Fatalf("%d operations in the order %v", len(b.Operations), order)
		}
		ids := map[string]string{}
		for _, o := range b.Operations {
			if o.Refusal == nil && o.BulkID != "" {
				ids[o.BulkID] = "id-" + o.Method
			}
		}
		for _, o := range b.Operations {
			if o.Refusal != nil {
				continue
			}
			if _, data, err := o.Resolve(ids); !isRefusal(t, err) && data != nil && !json.Valid(data) {
				t.Fatalf("the body became %s", data)
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	f.Add([]byte(`{"schemas":["` + scim.SearchURN + `"],"attributes":["a"],"excludedAttributes":"b","filter":"a pr","sortBy":"a","sortOrder":"Descending","startIndex":"1","count":2,"cursor":""}`))
	f.Add([]byte(`{"COUNT":null,"count":1e9,"attributes":[1]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := scim.DecodeSearch(string(body), scim.Limits{})
		isRefusal(t, err)
	})
}

func BenchmarkDecode(b *testing.B) {
	typ, body := scim.User(), entraUser
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
	doc, _, _ := typ.Decode(entraUser, scim.Limits{})
	body := `{"schemas":["` + scim.PatchURN + `"],"Operations":[{"op":"Replace","path":"active","value":"False"},` +
		`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"n@x"}]}`
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
	doc, _, _ := typ.Decode(entraUser, scim.Limits{})
	stored, env := string(typ.Marshal(doc)), envelope()
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
