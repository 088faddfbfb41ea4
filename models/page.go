package models

import "muster/models/filter"

// Page asks for a slice of a list by keyset: After or Before hold an opaque
// cursor from an earlier Slice; both empty is the first page.
type Page struct {
	Limit  int
	After  string
	Before string
}

// Size gives the page size within the bounds of a list page.
func (p Page) Size(fallback, most int) int {
	if p.Limit <= 0 {
		return fallback
	}
	return min(p.Limit, most)
}

// Slice is one page of a list with the way to its neighbours. Total is -1 when
// counting would cost more than answering; Capped tells that a search stopped at
// its bound, so that a narrower one may find more.
type Slice[T any] struct {
	Items  []T
	Next   string // cursor for Page.After; "" on the last page
	Prev   string // cursor for Page.Before; "" on the first page
	Total  int64
	Capped bool
}

// Selection asks for a page of resources as SCIM does. Match has the last word on
// what an index could only narrow; it is needed when Filter is set.
type Selection[T any] struct {
	Filter filter.Expr // nil selects all
	Types  filter.Lookup
	Match  func(*T) (bool, error)
	Start  int // from 1
	Count  int // 0 counts only
}
