package scimv2_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

type rootPage struct {
	TotalResults, StartIndex, ItemsPerPage int
	NextCursor                             string
	Resources                              []struct{ UserName, DisplayName string }
}

func (s *server) root(t *testing.T, query string) (string, rootPage) {
	t.Helper()
	w := s.send(http.MethodGet, "/scim/v2?"+query, nil, "")
	var got rootPage
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s was answered %d: %s", query, w.Code, w.Body)
	}
	var names []string
	for _, r := range got.Resources {
		names = append(names, r.UserName+r.DisplayName)
	}
	return strings.Join(names, " "), got
}

// A query at the root is over users and then groups (RFC 7644 §3.4.2.1), by index
// and by cursor; each is seen once.
func TestQueriesAtTheRoot(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for i := range 3 {
			s.create(t, "/Users", fmt.Sprintf(`{"userName":"u%d"}`, 2-i))
		}
		for i := range 3 {
			s.create(t, "/Groups", fmt.Sprintf(`{"displayName":"g%d"}`, 2-i))
		}
		for query, want := range map[string]string{
			"":                                    "u2 u1 u0 g2 g1 g0",
			"startIndex=2&count=3":                "u1 u0 g2",
			"startIndex=5&count=3":                "g1 g0",
			"startIndex=9":                        "",
			"sortBy=userName&count=4":             "u0 u1 u2 g2", // groups have no userName: as they came
			"sortBy=displayName":                  "u2 u1 u0 g0 g1 g2",
			`filter=meta.resourceType eq "Group"`: "g2 g1 g0",
			`filter=displayName eq "g1" or userName eq "u1"`: "u1 g1",
		} {
			names, got := s.root(t, query)
			if names != want {
				t.Errorf("%q: %q, want %q", query, names, want)
			}
			if !strings.Contains(query, "filter") && got.TotalResults != 6 {
				t.Errorf("%q: %d in all", query, got.TotalResults)
			}
		}
		if w := s.send(http.MethodGet, "/scim/v2?sortBy=shoeSize", nil, ""); w.Code != http.StatusBadRequest {
			t.Errorf("an order that nothing has was answered %d", w.Code)
		}
		for i, count := range []int{1, 2, 4, 10, 1, 2, 3, 4, 6, 10} {
			var walked []string
			cursor := ""
			for range 12 {
				query := fmt.Sprintf("count=%d&cursor=%s", count, url.QueryEscape(cursor))
				if i > 3 && cursor == "" { // the first page may be asked for without a cursor
					query = fmt.Sprintf("count=%d", count)
				}
				names, got := s.root(t, query)
				walked = append(walked, strings.Fields(names)...)
				if len(got.Resources) > count || got.TotalResults != 6 {
					t.Errorf("a page of %d holds %d of %d", count, len(got.Resources), got.TotalResults)
				}
				if cursor = got.NextCursor; cursor == "" {
					break
				}
			}
			if got := strings.Join(walked, " "); got != "u2 u1 u0 g2 g1 g0" {
				t.Errorf("walked by %d: %s", count, got)
			}
		}
		if w := s.send(http.MethodGet, "/scim/v2?cursor=nonsense", nil, ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "invalidCursor") {
			t.Errorf("a cursor of nobody's was answered %d: %s", w.Code, w.Body)
		}
	})
}
