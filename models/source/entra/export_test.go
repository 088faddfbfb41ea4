package entra

import (
	"context"
	"io"

	"muster/models/source"
)

// PublicOnly is the check of an address before it is dialled.
func PublicOnly(address string) error { return publicOnly("tcp", address, nil) }

// ConnectionCode is the class of a call that had no answer.
func ConnectionCode(err error) source.Code {
	return source.CodeOf(connectionFailure(context.Background(), err))
}

// ErrPrivate is what the dialler says of a private address.
var ErrPrivate = errPrivate

// DecodePage reads a page and tells the ids on it.
func DecodePage(r io.Reader) (ids []string, err error) {
	page, err := decodePage(r)
	for _, e := range page.entries {
		ids = append(ids, e.id)
	}
	var p source.Page
	p.Ignored = map[string]int{}
	userSelection(nil).gather(&p, page.entries)
	groupSelection(nil).gather(&p, page.entries)
	return ids, err
}
