package scimv2

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
)

// asked reads what a query asks for from the address, RFC 7644 §3.4.2.
func asked(p parameters) (scim.Search, error) {
	s := scim.Search{
		Attributes: names(p.attributes.text), Excluded: names(p.excluded.text),
		Filter: p.filter.text, SortBy: p.sortBy.text,
	}
	var err error
	if s.Descending, err = scim.Descending(p.sortOrder.text); err != nil {
		return s, err
	}
	if s.Start, err = number("startIndex", p.start.text); err != nil {
		return s, err
	}
	if p.cursor.given {
		cursor := p.cursor.text
		s.Cursor = &cursor
	}
	s.Count, err = number("count", p.count.text)
	if err != nil && s.Cursor != nil {
		err = badCount(p.count.text)
	}
	return s, err
}

// number reads an integer parameter; what is no number is refused by name.
func number(name, text string) (*int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil //nolint:nilnil // not given
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, models.Errorf(models.Invalid, name, "%s must be a whole number, not %q.", name, clip(text, 40)).
			WithAdvice("Leave it out, or send a number such as 100.")
	}
	return &n, nil
}

func badCount(text string) error {
	return models.Errorf(models.Invalid, "count", "count must be a whole number of at least 1, not %q.", clip(text, 40)).
		WithAdvice("Leave it out, or send a number such as 100.").WithCode(scim.InvalidCount)
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func names(list string) []string {
	if list == "" {
		return nil
	}
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// projection is what attributes and excludedAttributes ask for (RFC 7644 §3.9).
func (p *parameters) projection(t *scim.Type) *scim.Projection {
	return t.Projection(names(p.attributes.text), names(p.excluded.text))
}

// query turns what was asked for into a question to the store, within the limits.
func (s *Server) query(in scim.Search, t *scim.Type) (models.Query, error) {
	q := models.Query{Types: t, Start: 1, Count: s.Limits.DefaultPage}
	if in.Start != nil {
		q.Start = max(*in.Start, 1)
	}
	if in.Count != nil {
		q.Count = min(max(*in.Count, 0), s.Limits.Page)
	}
	if in.Cursor != nil {
		if in.Count != nil && *in.Count < 1 {
			return q, badCount(strconv.Itoa(*in.Count))
		}
		q.ByCursor, q.Cursor = true, *in.Cursor
		if !storable(q.Cursor) || len(q.Cursor) > cursorMost {
			return q, badCursor()
		}
	}
	var err error
	if q.Sort, err = sortBy(in, t); err != nil {
		return q, err
	}
	q.Filter, err = s.filter(in.Filter, t)
	return q, err
}

// cursorMost is more than the cursors of two lists at once take, with a name in each of
// as many bytes as an index takes, all of them escaped.
const cursorMost = 16 << 10

func badCursor() error {
	return models.Errorf(models.Invalid, "cursor", "This cursor was not given by this server for this query.").
		WithAdvice("Send an empty cursor for the first page, then the nextCursor of each answer with the same filter and order.").WithCode(scim.InvalidCursor)
}

func sortBy(in scim.Search, t *scim.Type) (models.Sort, error) {
	if strings.TrimSpace(in.SortBy) == "" {
		return models.Sort{}, nil
	}
	path, ok := sortPath(in.SortBy, t)
	if !ok {
		return models.Sort{}, models.Errorf(models.Path, "sortBy", "A %s has no attribute %q to sort by.", t.Name, clip(in.SortBy, 120)).
			WithAdvice("Send one attribute that is listed under /Schemas, such as userName or name.familyName.")
	}
	return models.Sort{Path: path, Descending: in.Descending}, nil
}

// sortPath reads an attribute to sort by and tells whether the type has it.
func sortPath(text string, t *scim.Type) (filter.Path, bool) {
	target, err := filter.ParsePath(strings.TrimSpace(text), filter.Limits{})
	if err != nil || target.Filter != nil {
		return filter.Path{}, false
	}
	_, known := t.Attr(target.Path)
	return target.Path, known
}

func (s *Server) filter(text string, t *scim.Type) (filter.Expr, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil //nolint:nilnil // no filter selects all
	}
	if !storable(text) || strings.Contains(text, `\u0000`) {
		return nil, badFilter(errors.New("the filter holds a character that text cannot have"))
	}
	e, err := filter.Parse(text, s.Limits.Filter)
	if err != nil {
		return nil, badFilter(err)
	}
	if err := filter.Check(e, t); err != nil {
		return nil, badFilter(err)
	}
	return e, nil
}

// dialectOf tells what a filter says outside the grammar of RFC 7644 figure 1 and of
// xsd:dateTime.
func dialectOf(e filter.Expr, t filter.Lookup) []scim.Note {
	switch e := e.(type) {
	case filter.And:
		return append(dialectOf(e.Left, t), dialectOf(e.Right, t)...)
	case filter.Or:
		return append(dialectOf(e.Left, t), dialectOf(e.Right, t)...)
	case filter.Not:
		return dialectOf(e.Expr, t)
	case filter.ValuePath:
		if e.Then != nil {
			return []scim.Note{{
				Code: "filter-after-brackets", Attr: e.Path.String(),
				Msg:    "A filter went on after the brackets; it was read as one value that matches both.",
				Advice: "Nothing to do; RFC clients put both conditions inside the brackets.",
			}}
		}
	case filter.Compare:
		if attr, known := t.Attr(e.Path); known && attr.Type == filter.DateTime && looseTime(e) {
			return []scim.Note{{
				Code: "loose-time", Attr: e.Path.String(),
				Msg:    "A filter wrote a time in another way than RFC 7643 has it; it was read as what it means.",
				Advice: `Write it as "2026-01-23T04:56:22+01:00", and in a URL the + as %2B.`,
			}}
		}
	}
	return nil
}

func looseTime(e filter.Compare) bool {
	text, _ := e.Value.(string)
	_, written := filter.Instant(text)
	_, read := filter.Asked(text)
	return read && !written && e.Op != filter.Co && e.Op != filter.Sw && e.Op != filter.Ew
}

func badFilter(err error) error {
	return models.Errorf(models.Filter, "filter", "%s", sentence(err.Error())).
		WithAdvice(`A filter looks like: userName eq "ada@example.com". Strings stand in double quotes.`).WithCode(scim.InvalidFilter)
}

// searchBody reads a SearchRequest, RFC 7644 §3.4.3.
func (s *Server) searchBody(c *call) (scim.Search, error) {
	data, err := s.body(c, s.Limits.Bytes)
	if err != nil {
		return scim.Search{}, err
	}
	in, err := scim.DecodeSearch(data, s.Limits.Limits)
	if err == nil && in.Cursor != nil && in.Count != nil && *in.Count < 1 {
		err = badCount(strconv.Itoa(*in.Count))
	}
	return in, err
}

// unchanged answers 304 where the client has this version already.
func unchanged(c echo.Context) error { return c.NoContent(http.StatusNotModified) }
