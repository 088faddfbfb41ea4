package scimv2_test

import (
	"fmt"
	"testing"
	"time"

	"muster/models"
)

// A group says something else when a member is deleted at the source, comes back or is
// purged, and when a group in it goes: its entity tag and lastModified move, so that no
// 304 stands for what a client has no more, and no If-Match for what it did not see. What
// asks whether somebody changed the group since, such as an undo, finds its version as it
// was.
func TestGroupTagMovesWithItsMembers(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ada := s.create(t, "/Users", `{`+core+`,"userName":"ada","externalId":"a"}`)
		inner := s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"Inner"}`)
		path := "/Groups/" + s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"Outer","members":[{"value":"`+ada+`"},{"value":"`+inner+`"}]}`)
		other := "/Groups/" + s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"Other"}`)
		still := s.ask(t, "200", "GET", other, "")
		seen, modified := map[string]bool{}, ""
		moved := func(what string, now int, do func()) {
			t.Helper()
			before, version := s.ask(t, "200", "GET", path, "").Header().Get("ETag"), s.Group(t, path[len("/Groups/"):]).Version
			do()
			s.ask(t, "412", "PATCH", path, patchBody(`{"op":"replace","path":"displayName","value":"Stale"}`), "If-Match", before)
			r := s.ask(t, "200", "GET", path, "", "If-None-Match", before)
			list, _ := r.at("members").([]any)
			tag := r.Header().Get("ETag")
			seen[before] = true
			if len(list) != now || seen[tag] || tag != r.text("meta/version") || r.text("meta/lastModified") <= modified {
				t.Errorf("%s: %d members, tag %s after %s, meta %v", what, len(list), tag, before, r.at("meta"))
			}
			modified = r.text("meta/lastModified")
			if l := s.list(t, fmt.Sprintf(`/Groups?filter=displayName eq "Outer" and meta.version eq %q`, tag)); l.TotalResults != 1 {
				t.Errorf("%s: a filter by meta.version finds %d", what, l.TotalResults)
			}
			if v := s.Group(t, path[len("/Groups/"):]).Version; v != version {
				t.Errorf("%s: version %d after %d", what, v, version)
			}
			s.ask(t, "304", "GET", path, "", "If-None-Match", tag)
		}
		moved("deleted", 1, func() { s.ask(t, "204", "DELETE", "/Users/"+ada, "") })
		moved("back", 2, func() { s.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"ada","externalId":"a"}`) })
		moved("a group in it", 1, func() { s.ask(t, "204", "DELETE", "/Groups/"+inner, "") })
		s.ask(t, "200", "PATCH", "/Users/"+ada, patchBody(`{"op":"replace","path":"active","value":false}`))
		moved("purged", 0, func() {
			s.Configure(t, func(o *models.Organization) { o.Settings.PurgeDays = 1 })
			s.Pause(48 * time.Hour)
			if n, err := s.Purge(t.Context(), s.Admin()); err != nil || n != 1 {
				t.Fatalf("purged %d, %v", n, err)
			}
		})
		s.ask(t, "304", "GET", other, "", "If-None-Match", still.Header().Get("ETag"))
	})
}
