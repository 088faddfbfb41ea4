package scimv2

import "github.com/labstack/echo/v4"

// Parameter gives a query parameter as handlers read it.
func Parameter(c echo.Context, name string) (string, bool) {
	p := parametersOf(c)
	at := map[string]parameter{
		"attributes": p.attributes, "excludedAttributes": p.excluded, "filter": p.filter, "sortBy": p.sortBy,
		"sortOrder": p.sortOrder, "startIndex": p.start, "count": p.count, "cursor": p.cursor,
	}[name]
	return at.text, at.given
}
