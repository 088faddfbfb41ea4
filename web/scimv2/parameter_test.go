package scimv2_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"muster/models/scim"
	"muster/web/scimv2"
)

var parameterNames = []string{"attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"}

// FuzzParameters holds the reading of an address to url.ParseQuery, pair by pair, but
// for what that drops, semicolons, and for what it takes plus signs for.
func FuzzParameters(f *testing.F) {
	for _, query := range []string{
		"", "filter=userName+eq+%22a%22&count=1", "startindex=2", "STARTINDEX=2&startIndex=3&startIndex=4", "cursor", "cursor=&cursor=x",
		"filter=a;b&count=1", "count=%zz&count=2", "fil%74er=x&&=y&=", "%zz=1&attributes=a=b", "\u017fortBy=x", "count=1&Count=2",
		"filter=a%20+b", "filter=a+b;c", "attributes=a&Attributes=b&attributes=c",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		c := echo.New().NewContext(&http.Request{URL: &url.URL{RawQuery: query}}, nil)
		values := url.Values{}
		for pair := range strings.SplitSeq(strings.ReplaceAll(query, ";", "%3B"), "&") {
			one, _ := url.ParseQuery(pair)
			for key, list := range one {
				values[key] = append(values[key], plusless(list[0]))
			}
		}
		for _, name := range parameterNames {
			got, given := scimv2.Parameter(c, name)
			got = plusless(got)
			var want []string
			for key, list := range values {
				if strings.EqualFold(key, name) {
					want = append(want, list[0])
				}
			}
			if exact, ok := values[name]; ok {
				want = exact[:1]
			}
			if strings.Contains(strings.ToLower(name), "attributes") {
				checkJoined(t, query, name, got, values)
				continue
			}
			if given != (len(want) > 0) || given && !slices.Contains(want, got) {
				t.Fatalf("%s of %q: %q, %v, want one of %q", name, query, got, given, want)
			}
		}
	})
}

func plusless(text string) string { return strings.ReplaceAll(text, "+", " ") }

// checkJoined wants every name of a list that comes in several parameters.
func checkJoined(t *testing.T, query, name, got string, values url.Values) {
	t.Helper()
	var want []string
	for key, list := range values {
		if strings.EqualFold(key, name) {
			want = append(want, strings.Split(strings.Join(list, ","), ",")...)
		}
	}
	have := strings.Split(got, ",")
	slices.Sort(have)
	slices.Sort(want)
	if want != nil && !slices.Equal(have, want) {
		t.Fatalf("%s of %q: %q, want %q", name, query, have, want)
	}
}

func TestAnAddressIsReadWholeOrRefused(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		population(t, s)
		s.ask(t, "201", "POST", "/Users", `{"schemas":["`+scim.UserURN+`"],"userName":"eve+hr;x@example.com","title":"Aide"}`)
		s.ask(t, "201", "POST", "/Users", `{"schemas":["`+scim.UserURN+`"],"userName":"fay","title":"Chief Aide"}`)
		s.ask(t, "201", "POST", "/Users", `{"schemas":["`+scim.UserURN+`"],"userName":"gus","title":"\"+ \""}`)
		for query, want := range map[string]string{
			`filter=userName%20eq%20"eve+hr;x@example.com"`:      "eve+hr;x@example.com", // as spaces are %20, a plus is a plus
			`filter=userName+eq+"eve%2Bhr%3Bx@example.com"`:      "eve+hr;x@example.com",
			`filter=title+eq+%22Chief%20Aide%22+and+userName+pr`: "fay", // each part as another library has it
			`filter=title%20eq%20"\"+%20\""%20and+userName%20pr`: "gus",
			`filter=userName+eq+"eve+hr;x@example.com"`:          "",    // a form's spaces
			`filter=userName%20eq%20"nobody;at@example.com"`:     "",    // not everybody
			`filter=userName%20eq%20"ada"&aadOptscim062020=%zz`:  "ada", // whatever else the address says
		} {
			if l := s.list(t, "/Users?"+query); l.names() != want {
				t.Errorf("%s: got %q, want %q", query, l.names(), want)
			}
		}
		s.ask(t, "400 invalidFilter", "GET", `/Users?filter=userName%20eq%20"50%zz"`, "")
		s.ask(t, "400 invalidValue", "GET", `/Users?count=%2`, "")
		s.ask(t, "400 invalidValue", "POST", `/Users?attributes=%`, `{"userName":"never-made"}`)
		if l := s.list(t, `/Users?filter=userName%20eq%20"never-made"`); l.names() != "" {
			t.Error("a refused request made a user")
		}

		// Some clients repeat a parameter where the standard has one list.
		found := s.ask(t, "200", "GET", `/Users?filter=userName%20sw%20"eve"&attributes=userName&attributes=title`, "").resources()
		if len(found) != 1 || found[0]["title"] != "Aide" || found[0]["userName"] == nil || found[0]["active"] != nil {
			t.Errorf("attributes given twice: %v", found)
		}
	})
}
