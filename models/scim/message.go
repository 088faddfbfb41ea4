package scim

import "strconv"

// ListResponse is the answer to a query, RFC 7644 section 3.4.2. Resources are
// encoded already (see Splice) and go out as they are. Total counts all
// matches; StartIndex counts from 1. ByCursor is the form of RFC 9865 section 2:
// cursors instead of startIndex, each left out at its end of the list. Without it Next
// may stand beside startIndex, for clients that began a walk by cursor without saying so.
type ListResponse struct {
	Total      int
	StartIndex int
	ByCursor   bool
	Next, Prev string
	Items      int // how many Resources a caller of Around writes itself
	Resources  [][]byte
}

// JSON is the response body. Resources is there even when empty, since
// connection tests of identity providers look for it.
func (l ListResponse) JSON() []byte {
	l.Items = len(l.Resources)
	head, tail := l.Around()
	size := len(head) + len(tail)
	for _, r := range l.Resources {
		size += len(r) + 1
	}
	b := append(make([]byte, 0, size), head...)
	for i, r := range l.Resources {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, r...)
	}
	return append(b, tail...)
}

// Around gives what stands before and after the resources, for a list that is
// written as it goes: Items of them, with commas between.
func (l ListResponse) Around() (head, tail []byte) {
	b := append(make([]byte, 0, 256), `{"schemas":["`+ListURN+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(l.Total), 10)
	if l.ByCursor {
		b = l.appendCursors(b)
	} else {
		b = append(b, `,"startIndex":`...)
		b = strconv.AppendInt(b, int64(max(l.StartIndex, 1)), 10)
		l.Prev = ""
		b = l.appendCursors(b)
	}
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(l.Items), 10)
	return append(b, `,"Resources":[`...), []byte("]}")
}

func (l ListResponse) appendCursors(b []byte) []byte {
	if l.Prev != "" {
		b = appendString(append(b, `,"previousCursor":`...), l.Prev)
	}
	if l.Next != "" {
		b = appendString(append(b, `,"nextCursor":`...), l.Next)
	}
	return b
}
