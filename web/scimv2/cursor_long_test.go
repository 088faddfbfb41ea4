package scimv2_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// A cursor stands in an address, whatever the values are long that a list is sorted by:
// the server refused those of its own that held them whole.
func TestCursorOverLongValues(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		long := strings.Repeat("é<", 4000)
		var all []string
		for i := range 4 {
			all = append(all, s.create(t, "/Users", fmt.Sprintf(`{%s,"userName":"u%d","displayName":"%s","title":"%s%d"}`, core, i, strings.Repeat("<", 900), long, i)))
		}
		for _, sorted := range []string{"title", "displayName", "title&sortOrder=descending"} {
			for _, endpoint := range []string{"/Users", ""} {
				seen, cursor := map[string]bool{}, ""
				for range all {
					r := s.ask(t, "200", "GET", endpoint+"?attributes=id&count=1&sortBy="+sorted+"&cursor="+url.QueryEscape(cursor), "")
					seen[r.text("Resources/0/id")] = true
					cursor = r.text("nextCursor")
					if len(cursor) > 4<<10 {
						t.Errorf("%s by %s: a cursor of %d characters", endpoint, sorted, len(cursor))
					}
				}
				if len(seen) != len(all) || cursor != "" {
					t.Errorf("%s by %s: %d users in %d pages, and then %q", endpoint, sorted, len(seen), len(all), cursor)
				}
			}
		}
	})
}
