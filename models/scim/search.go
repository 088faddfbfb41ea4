package scim

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Search is what a query asks for: the parameters of RFC 7644 section 3.4.2 and
// RFC 9865 section 2, from an address or from a SearchRequest. Numbers are nil
// when they are not given, and so is Cursor, since an empty one asks for the
// first page.
type Search struct {
	Attributes []string
	Excluded   []string
	Filter     string
	SortBy     string
	Descending bool
	Start      *int
	Count      *int
	Cursor     *string
}

// DecodeSearch reads a SearchRequest, RFC 7644 section 3.4.3. Names are taken in
// any case, numbers also as text; what is unknown is ignored.
func DecodeSearch(body string, lim Limits) (Search, error) {
	var s Search
	fields, err := readObject(body, lim.orDefault())
	if err != nil {
		return s, err
	}
	for _, f := range fields {
		if f.value == nil {
			continue
		}
		if err := s.read(strings.ToLower(f.name), f.name, f.value); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *Search) read(key, name string, v any) (err error) {
	switch key {
	case "attributes":
		s.Attributes, err = textList(name, v)
	case "excludedattributes":
		s.Excluded, err = textList(name, v)
	case "filter":
		s.Filter, err = oneText(name, v)
	case "sortby":
		s.SortBy, err = oneText(name, v)
	case "sortorder":
		var order string
		if order, err = oneText(name, v); err == nil {
			s.Descending, err = Descending(order)
		}
	case "startindex":
		s.Start, err = wholeNumber(name, v)
	case "count":
		s.Count, err = wholeNumber(name, v)
	case "cursor":
		var cursor string
		cursor, err = oneText(name, v)
		s.Cursor = &cursor
	}
	return err
}

// Descending reads a sortOrder, RFC 7644 section 3.4.2.3, in any case; no order
// is ascending.
func Descending(order string) (bool, error) {
	switch strings.ToLower(order) {
	case "", "ascending":
		return false, nil
	case "descending":
		return true, nil
	}
	return false, invalidValue("sortOrder", "%q is no order; send ascending or descending", clip(order))
}

func oneText(name string, v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", invalidValue(name, "%s is not text; send a string", show(v))
}

func textList(name string, v any) ([]string, error) {
	if s, ok := v.(string); ok {
		return []string{s}, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, invalidValue(name, "%s is no list of names; send an array of strings", show(v))
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		s, err := oneText(name, item)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func wholeNumber(name string, v any) (*int, error) {
	text := ""
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, invalidValue(name, "%s is not a whole number; leave it out, or send a number such as 100", show(v))
	}
	return &n, nil
}
