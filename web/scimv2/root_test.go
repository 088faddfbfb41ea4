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
			"":                                     "u2 u1 u0 g2 g1 g0",
			"startIndex=2&count=3":                 "u1 u0 g2",
			"startIndex=5&count=3":                 "g1 g0",
			"startIndex=9":                         "",
			"sortBy=userName&count=4":              "u0 u1 u2 g2",       // groups have no userName: as they came
			"sortBy=displayName":                   "g0 g1 g2 u2 u1 u0", // users without come last
			"sortBy=userName&sortOrder=descending": "g2 g1 g0 u2 u1 u0",
			`filter=meta.resourceType eq "Group"`:  "g2 g1 g0",
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

// An order at the root is one order over users and groups (RFC 7644 §3.4.2.3), by index
// and by cursor, with what has no value last, or first when it descends.
func TestOneOrderAtTheRoot(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for i, display := range []string{"Émile", "bob", "", "Zoe", "ada", "carl", ""} {
			s.create(t, "/Users", fmt.Sprintf(`{"userName":"u%d","displayName":%q,"externalId":"x%d"}`, i, display, 8-i))
		}
		for i, display := range []string{"Carl", "ADA staff", "zzz", "Émile team", "bo"} {
			s.create(t, "/Groups", fmt.Sprintf(`{"displayName":%q,"externalId":"x%d"}`, display, 2*i))
		}
		for query, want := range map[string]string{
			"sortBy=displayName":                                    "u4ada ADA staff bo u1bob u5carl Carl u3Zoe zzz u0Émile Émile team u2 u6",
			"sortBy=displayName&sortOrder=descending":               "u6 u2 Émile team u0Émile zzz u3Zoe u5carl Carl u1bob bo ADA staff u4ada",
			"sortBy=externalId":                                     "Carl u6 ADA staff u5carl u4ada zzz u3Zoe u2 Émile team u1bob u0Émile bo",
			"sortBy=userName":                                       "u0Émile u1bob u2 u3Zoe u4ada u5carl u6 Carl ADA staff zzz Émile team bo",
			"sortBy=meta.created&sortOrder=descending":              "bo Émile team zzz ADA staff Carl u6 u5carl u4ada u3Zoe u2 u1bob u0Émile",
			"sortBy=id":                                             "u0Émile u1bob u2 u3Zoe u4ada u5carl u6 Carl ADA staff zzz Émile team bo",
			`sortBy=displayName&filter=displayName co "a"`:          "u4ada ADA staff u5carl Carl Émile team",
			`sortBy=displayName&filter=meta.resourceType eq "User"`: "u4ada u1bob u5carl u3Zoe u0Émile u2 u6",
		} {
			names, all := s.root(t, query)
			if names != want {
				t.Errorf("%q: %q, want %q", query, names, want)
			}
			for _, count := range []int{1, 2, 3, 5, 11, 12} {
				var walked, paged []string
				for cursor := ""; ; {
					names, got := s.root(t, fmt.Sprintf("%s&count=%d&cursor=%s", query, count, url.QueryEscape(cursor)))
					if walked = append(walked, names); len(got.Resources) > count || got.TotalResults != all.TotalResults || len(walked) > 20 {
						t.Fatalf("%q: a page of %d holds %d of %d", query, count, len(got.Resources), got.TotalResults)
					}
					if cursor = got.NextCursor; cursor == "" {
						break
					}
				}
				for start := 1; start <= all.TotalResults; start += count {
					names, got := s.root(t, fmt.Sprintf("%s&count=%d&startIndex=%d", query, count, start))
					if paged = append(paged, names); got.StartIndex != start || got.TotalResults != all.TotalResults {
						t.Errorf("%q: page %d is answered as %d of %d", query, start, got.StartIndex, got.TotalResults)
					}
				}
				if got := strings.TrimSpace(strings.Join(walked, " ")); got != want || strings.Join(paged, " ") != want {
					t.Errorf("%q by %d: walked %q, paged %q, want %q", query, count, got, paged, want)
				}
			}
		}
		if _, got := s.root(t, "sortBy=displayName&count=0"); got.TotalResults != 12 || len(got.Resources) != 0 || got.NextCursor != "" {
			t.Errorf("counted %+v", got)
		}
		w := s.send(http.MethodPost, "/scim/v2/.search", nil, `{"sortBy":"displayName","count":2,"startIndex":2}`)
		if body := w.Body.String(); w.Code != http.StatusOK || strings.Index(body, "ADA staff") > strings.Index(body, `"bo"`) || strings.Contains(body, "nextCursor") {
			t.Errorf(".search was answered %d: %s", w.Code, body)
		}
		s.ask(t, "400 invalidValue", "GET", "?sortBy=displayName&startIndex=10002", "")
		for _, cursor := range []string{"m.", "m.x.y", "u.", "nonsense", "m...", "m.-.x"} {
			s.ask(t, "400 invalidCursor", "GET", "?sortBy=displayName&cursor="+cursor, "")
		}
	})
}
