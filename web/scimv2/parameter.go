package scimv2

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// parameters are what the address of a query says.
type parameters struct {
	attributes, excluded, filter, sortBy, sortOrder, start, count, cursor parameter
}

// parameter is the first value under a name. Some clients write startindex: any case
// is taken, but the standard's own goes before.
type parameter struct {
	text         string
	given, exact bool
}

func (p *parameter) take(text string, exact bool) {
	if !p.given || exact && !p.exact {
		*p = parameter{text: text, given: true, exact: exact}
	}
}

// parametersOf reads them without the map of url.ParseQuery, which most queries would
// make for one filter. It skips what that skips.
func parametersOf(c echo.Context) (p parameters) {
	query := c.Request().URL.RawQuery
	if query == "" {
		return p
	}
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if pair == "" || strings.Contains(pair, ";") {
			continue
		}
		name, err := url.QueryUnescape(key)
		if err != nil {
			continue
		}
		if text, err := url.QueryUnescape(value); err == nil {
			p.take(name, text)
		}
	}
	return p
}

func (p *parameters) take(name, text string) {
	for _, known := range [...]struct {
		name string
		at   *parameter
	}{
		{"filter", &p.filter},
		{"startIndex", &p.start},
		{"count", &p.count},
		{"cursor", &p.cursor},
		{"attributes", &p.attributes},
		{"excludedAttributes", &p.excluded},
		{"sortBy", &p.sortBy},
		{"sortOrder", &p.sortOrder},
	} {
		if strings.EqualFold(name, known.name) {
			known.at.take(text, name == known.name)
			return
		}
	}
}
