package scimv2_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/web/scimv2"
)

const fuzzed = `{` + core + `,"userName":"fuzz","displayName":"F","name":{"givenName":"G"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}],
	"` + enterprise + `":{"department":"D"}}`

// FuzzBodies sends whole bodies through the server: none is answered with 500, a
// refused one has no effect, and what is answered is what is stored, which can be
// sent back and is then no change.
func FuzzBodies(f *testing.F) {
	for _, body := range []string{
		fuzzed, `{"userName":"x","active":"False","emails":null}`,
		patchBody(`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"n@x"},{"op":"Add","path":"active","value":"False"}`),
		patchBody(`{"op":"replace","value":{"name.givenName":"G","` + enterprise + `:manager":"m","id":"1"}}`),
		patchBody(`{"op":"remove","path":"emails","value":[{"value":"h@x"}]},{"op":"add","path":"members","value":["a"]}`),
		`{"Operations":[{"op":"remove","path":"userName"}]}`, `{`, `[]`, `{"userName":"\ud800"}`,
	} {
		f.Add(body)
	}
	s := longLived(f)
	id := s.create(f, "/Users", fuzzed)
	group := s.create(f, "/Groups", `{`+coreGroup+`,"displayName":"Fuzz"}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, r := range [][2]string{{"PATCH", "/Users/" + id}, {"PUT", "/Users/" + id}, {"PATCH", "/Groups/" + group}, {"PUT", "/Groups/" + group}} {
			before := s.ask(t, "200", "GET", r[1], "")
			w := s.send(r[0], "/scim/v2"+r[1], nil, body)
			after := s.ask(t, "200", "GET", r[1], "")
			switch {
			case w.Code >= 500:
				t.Fatalf("%s %q: %d %s", r[0], body, w.Code, w.Body)
			case w.Code >= 400:
				if diff := cmp.Diff(before.json, after.json); diff != "" {
					t.Fatalf("%s %q was refused with %d and left:\n%s", r[0], body, w.Code, diff)
				}
				continue
			case w.Code == 200 && w.Body.String() != after.Body.String():
				t.Fatalf("%s %q: answered %s, stored %s", r[0], body, w.Body, after.Body)
			}
			again := s.ask(t, "200", "PUT", r[1], after.Body.String())
			if diff := cmp.Diff(after.json, again.json); diff != "" {
				t.Fatalf("%s %q: what was answered, sent back, is a change:\n%s", r[0], body, diff)
			}
		}
		w := s.send("POST", "/scim/v2/Users", nil, body)
		if w.Code >= 500 {
			t.Fatalf("POST %q: %d %s", body, w.Code, w.Body)
		}
		for _, target := range []string{"/Bulk", "/.search"} {
			if w := s.send("POST", "/scim/v2"+target, nil, body); w.Code >= 500 && w.Code != 501 {
				t.Fatalf("POST %s %q: %d %s", target, body, w.Code, w.Body)
			}
		}
	})
}

// forgetful takes no note of what was exchanged: fuzzing would wait for its
// writing and not for what is tested.
type forgetful struct{}

func (forgetful) Record(models.Exchange) {}

// longLived is a server for some hundred thousand requests.
func longLived(f *testing.F) *server {
	f.Helper()
	return newServer(f, directorytest.SQLite(f)).variant(f, func(o *scimv2.Options) { o.Recorder = forgetful{} })
}

// FuzzQuery asks lists for anything: what does not parse is a 4xx, never a 500,
// and what parses is answered.
func FuzzQuery(f *testing.F) {
	for _, q := range [][3]string{
		{`userName eq "fuzz"`, "userName", ""},
		{`emails[type eq "work"].value co "x" and not (meta.created lt "2020-01-01T00:00:00Z")`, "emails", "name.givenName"},
		{enterprise + `:department pr or groups eq null`, "meta.lastModified", "id"},
		{`a.b ne -1.5e300`, "shoeSize", "emails[type eq"},
		{"\x00", "\xff", "%"},
	} {
		f.Add(q[0], q[1], q[2])
	}
	s := longLived(f)
	s.create(f, "/Users", fuzzed)
	s.create(f, "/Groups", `{`+coreGroup+`,"displayName":"Fuzz"}`)
	f.Fuzz(func(t *testing.T, filter, sortBy, attributes string) {
		for _, more := range []string{"", "&startIndex=2&count=1", "&cursor=&count=1", "&cursor=" + url.QueryEscape(attributes)} {
			query := "?filter=" + url.QueryEscape(filter) + "&sortBy=" + url.QueryEscape(sortBy) + "&attributes=" + url.QueryEscape(attributes) + more
			for _, endpoint := range []string{"/Users", "/Groups", ""} {
				if w := s.send("GET", "/scim/v2"+endpoint+query, nil, ""); w.Code >= 500 {
					t.Fatalf("%s%s: %d %s", endpoint, query, w.Code, w.Body)
				}
			}
		}
	})
}
