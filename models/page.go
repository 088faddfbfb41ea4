package models

import (
	"time"

	"muster/models/filter"
)

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
// its bound, so that a narrower one may find more; Partial, that it found what belongs
// to the best of many records only.
type Slice[T any] struct {
	Items   []T
	Next    string // cursor for Page.After; "" on the last page
	Prev    string // cursor for Page.Before; "" on the first page
	Total   int64
	Capped  bool
	Partial bool
}

// Sort orders a selection by one attribute (RFC 7644 §3.4.2.3); the zero Sort is
// the order of creation.
type Sort struct {
	Path       filter.Path
	Descending bool
}

// Query asks for a page of resources as SCIM does: by place (RFC 7644 §3.4.2.4) or
// by cursor (RFC 9865).
type Query struct {
	Filter filter.Expr // nil selects all
	Types  filter.Lookup
	Sort   Sort

	Start    int    // from 1; ignored when ByCursor
	Count    int    // 0 counts only
	ByCursor bool   // RFC 9865; Cursor "" is the first page
	Cursor   string // Found.Next or Found.Prev of the same filter and sort

	Placed bool // asks for Found.Places too

	ScanMost int64         // how many resources may be read through where no index helps; 0 is 200,000
	Most     time.Duration // how long the search may take; 0 is 5 seconds

	// Base is the address before /Users and /Groups, of which $ref and
	// meta.location are made, so that a filter can compare them.
	Base string
}

// Found is one page of a Query: Next and Prev are cursors, "" at the ends. They are
// set for paging by place too, so that a caller who knows the page before goes on
// without counting rows off.
type Found[T any] struct {
	Items      []T
	Total      int64
	Next, Prev string
	Places     []Place // of Items
}

// Place is where a resource stands in the order of a list, so that lists of several
// types can be merged into one: ascending by Number and then by Text, whatever the type.
type Place struct {
	Number int64
	Text   string
	Cursor string // begins after it
}
