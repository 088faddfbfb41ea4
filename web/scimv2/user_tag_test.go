package scimv2_test

import (
	"fmt"
	"strings"
	"testing"
)

// What stands beside a user's document moves the entity tag, so that no 304 stands for
// groups or a manager's name that a client has no more. The user is the same version as
// before: a change that names it is carried out, and a filter finds it.
func TestUserTagMovesWithWhatStandsBeside(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		boss := s.create(t, "/Users", `{`+core+`,"userName":"boss","displayName":"Old"}`)
		path := "/Users/" + s.create(t, "/Users", `{`+core+`,"userName":"ada","`+enterprise+`":{"manager":{"value":"`+boss+`"}}}`)
		group := "/Groups/" + s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"First"}`)
		seen := map[string]bool{}
		moved := func(what string, do func()) {
			t.Helper()
			before := s.ask(t, "200", "GET", path, "").Header().Get("ETag")
			s.ask(t, "304", "GET", path, "", "If-None-Match", before)
			seen[before] = true
			do()
			r := s.ask(t, "200", "GET", path, "", "If-None-Match", before)
			tag := r.Header().Get("ETag")
			if seen[tag] || tag != r.text("meta/version") || !strings.HasPrefix(tag, `W/"1`) {
				t.Errorf("%s: tag %s after %s, meta %v", what, tag, before, r.at("meta"))
			}
			if got := s.ask(t, "200", "GET", `/Users?filter=userName eq "ada"`, "").text("Resources/0/meta/version"); got != tag {
				t.Errorf("%s: a list shows version %s, not %s", what, got, tag)
			}
			for _, filter := range []string{`meta.version eq %q`, `meta[version eq %q]`} {
				if l := s.list(t, fmt.Sprintf(`/Users?filter=userName eq "ada" and `+filter, tag)); l.TotalResults != 1 {
					t.Errorf("%s: a filter by %s finds %d", what, filter, l.TotalResults)
				}
			}
		}
		moved("put into a group", func() {
			s.ask(t, "204", "PATCH", group, patchBody(`{"op":"add","path":"members","value":[{"value":"`+strings.TrimPrefix(path, "/Users/")+`"}]}`))
		})
		moved("the group is renamed", func() {
			s.ask(t, "204", "PATCH", group, patchBody(`{"op":"replace","path":"displayName","value":"Second"}`))
		})
		moved("the manager is renamed", func() {
			s.ask(t, "200", "PATCH", "/Users/"+boss, patchBody(`{"op":"replace","path":"displayName","value":"New"}`))
		})
		held := s.ask(t, "200", "GET", path, "").Header().Get("ETag")
		moved("the group is deleted", func() { s.ask(t, "204", "DELETE", group, "") })
		moved("the manager is deleted", func() { s.ask(t, "204", "DELETE", "/Users/"+boss, "") })
		if tag := s.ask(t, "200", "GET", path, "").Header().Get("ETag"); tag != `W/"1"` {
			t.Errorf("with nothing beside it the tag is %s", tag)
		}
		s.ask(t, "200", "PATCH", path, patchBody(`{"op":"replace","path":"title","value":"T"}`), "If-Match", held)
		s.ask(t, "412", "PATCH", path, patchBody(`{"op":"replace","path":"title","value":"U"}`), "If-Match", held)
	})
}
