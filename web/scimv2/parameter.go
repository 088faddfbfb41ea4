package scimv2

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
)

// parameters are what the address of a query says.
type parameters struct {
	attributes, excluded, filter, sortBy, sortOrder, start, count, cursor parameter

	unreadable string // the first of them whose value no decoding gives
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

// join adds to a list of names: some clients repeat the parameter instead of writing
// one list with commas.
func (p *parameter) join(text string) {
	if p.given {
		text = p.text + "," + text
	}
	*p = parameter{text: text, given: true}
}

// parametersOf reads them. It differs from url.ParseQuery, which leaves out what it
// cannot read: a lookup that lost its filter would find everybody, and the client take
// the first for the one it looked for. A semicolon is text, as RFC 3986 has it.
func parametersOf(c echo.Context) (p parameters) {
	for pair := range strings.SplitSeq(c.Request().URL.RawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if pair == "" {
			continue
		}
		name, err := url.QueryUnescape(key)
		if err != nil {
			continue
		}
		p.take(name, value)
	}
	return p
}

func (p *parameters) take(name, raw string) {
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
		if !strings.EqualFold(name, known.name) {
			continue
		}
		text, err := decoded(raw)
		switch {
		case err != nil && p.unreadable == "":
			p.unreadable = known.name
		case err != nil:
		case known.at == &p.attributes, known.at == &p.excluded:
			known.at.join(text)
		default:
			known.at.take(text, name == known.name)
		}
		return
	}
}

// decoded reads the value of a parameter. A plus is the space of a form; but between
// quotes a client that writes its spaces as %20 means a plus by it, as in
// userName%20eq%20"ada+hr@example.com".
func decoded(raw string) (string, error) {
	if strings.Contains(raw, "%20") && strings.Contains(raw, "+") {
		raw = plusQuoted(raw)
	}
	return url.QueryUnescape(raw)
}

// plusQuoted encodes what is a plus between quotes.
func plusQuoted(raw string) string {
	var b strings.Builder
	quoted, escaped := false, false
	for raw != "" {
		part := raw[:1]
		if part == "%" {
			part = raw[:min(3, len(raw))]
		}
		raw = raw[len(part):]
		switch mark := strings.ToUpper(part); {
		case mark == "+" && quoted:
			part = "%2B"
		case (mark == `"` || mark == "%22") && !escaped:
			quoted = !quoted
		}
		escaped = quoted && !escaped && (part == `\` || strings.EqualFold(part, "%5C"))
		b.WriteString(part)
	}
	return b.String()
}

// check refuses what cannot be read instead of answering another question.
func (p *parameters) check() error {
	if p.unreadable == "" {
		return nil
	}
	kind := models.Invalid
	if p.unreadable == "filter" {
		kind = models.Filter
	}
	return models.Errorf(kind, p.unreadable, "The parameter %s holds a %% that two hexadecimal digits do not follow.", p.unreadable).
		WithAdvice("Encode the value for an address: a percent sign is written %%25, a quote %%22.").WithCode("badEncoding")
}
