package scimv2_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"muster/web/scimv2"
)

var parameterNames = []string{"attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"}

// FuzzParameters holds the reading of an address to url.ParseQuery.
func FuzzParameters(f *testing.F) {
	for _, query := range []string{
		"", "filter=userName+eq+%22a%22&count=1", "startindex=2", "STARTINDEX=2&startIndex=3&startIndex=4", "cursor", "cursor=&cursor=x",
		"filter=a;b&count=1", "count=%zz&count=2", "fil%74er=x&&=y&=", "%zz=1&attributes=a=b", "\u017fortBy=x", "count=1&Count=2",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		c := echo.New().NewContext(&http.Request{URL: &url.URL{RawQuery: query}}, nil)
		values, _ := url.ParseQuery(query)
		for _, name := range parameterNames {
			got, given := scimv2.Parameter(c, name)
			var want []string
			for key, list := range values {
				if strings.EqualFold(key, name) {
					want = append(want, list[0])
				}
			}
			if exact, ok := values[name]; ok {
				want = exact[:1]
			}
			if given != (len(want) > 0) || given && !slices.Contains(want, got) {
				t.Fatalf("%s of %q: %q, %v, want one of %q", name, query, got, given, want)
			}
		}
	})
}
