package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// wirePage is one answer of a list or a delta.
type wirePage struct {
	entries []entry
	next    string // @odata.nextLink
	delta   string // @odata.deltaLink
}

// entry is one object of a page. Values has what was selected, null as nil.
type entry struct {
	id      string
	kind    string // @odata.type without its namespace; "" when it was not sent
	removed *removed
	values  map[string]any
	members []link // members@delta
	manager []link // manager@delta
	boss    *link  // manager, expanded; nil when it was not sent or null
}

type removed struct {
	Reason string `json:"reason"`
}

// link is an object that another one points to.
type link struct {
	ID      string   `json:"id"`
	Type    string   `json:"@odata.type"`
	Removed *removed `json:"@removed"`
}

func (l link) kind() string { return kindOf(l.Type) }

func kindOf(odataType string) string {
	return strings.TrimPrefix(strings.TrimPrefix(odataType, "#"), "microsoft.graph.")
}

// depthMost bounds how deep a value may be nested; Graph's are three deep.
const depthMost = 16

var (
	errShape = errors.New("the answer has another shape than Graph’s")
	errNoID  = errors.New("an object has no id, or one that is none")
)

// decodePage reads a page as it comes in, and keeps one page in memory. Whatever does
// not look like a page, or ends before its end, is an error.
func decodePage(r io.Reader) (wirePage, error) {
	var page wirePage
	listed := false
	d := json.NewDecoder(r)
	d.UseNumber() // values are passed on as they were written
	err := eachMember(d, func(name string) error {
		switch name {
		case "@odata.nextLink":
			return d.Decode(&page.next)
		case "@odata.deltaLink":
			return d.Decode(&page.delta)
		case "value":
			if listed {
				return errShape
			}
			listed = true
			return eachItem(d, func() error {
				e, err := decodeEntry(d)
				page.entries = append(page.entries, e)
				return err
			})
		}
		return skip(d)
	})
	if err != nil {
		return wirePage{}, err
	}
	if !listed || page.next != "" && page.delta != "" {
		return wirePage{}, errShape
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return wirePage{}, errShape
	}
	return page, nil
}

func decodeEntry(d *json.Decoder) (entry, error) {
	e := entry{values: map[string]any{}}
	err := eachMember(d, func(name string) error {
		switch name {
		case "id":
			return d.Decode(&e.id)
		case "@odata.type":
			var typ string
			err := d.Decode(&typ)
			e.kind = kindOf(typ)
			return err
		case "@removed":
			return d.Decode(&e.removed)
		case "members@delta":
			return decodeLinks(d, &e.members)
		case "manager@delta":
			return decodeLinks(d, &e.manager)
		case "manager":
			return d.Decode(&e.boss)
		}
		if strings.Contains(name, "@") {
			return skip(d)
		}
		v, err := decodeValue(d, 0)
		e.values[name] = v
		return err
	})
	if err == nil && (!named(e.id) || e.boss != nil && !named(e.boss.ID)) {
		err = errNoID
	}
	return e, err
}

// named tells whether an id is one: Graph's are short and plain, and what stands in their
// place is stored and compared as it is.
func named(id string) bool {
	return id != "" && len(id) <= idMost && !strings.ContainsFunc(id, unicode.IsControl)
}

// idMost bounds an id; Graph's are 36 long.
const idMost = 128

func decodeLinks(d *json.Decoder, into *[]link) error {
	return eachItem(d, func() error {
		var l link
		if err := d.Decode(&l); err != nil {
			return err
		}
		if !named(l.ID) {
			return errNoID
		}
		*into = append(*into, l)
		return nil
	})
}

// decodeValue reads any value, to a bounded depth.
func decodeValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, whole(err)
	}
	brace, open := t.(json.Delim)
	switch {
	case !open:
		return t, nil
	case depth >= depthMost:
		return nil, fmt.Errorf("%w: nested deeper than %d", errShape, depthMost)
	case brace == '[':
		list := []any{}
		for d.More() {
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, whole(err)
	}
	object := map[string]any{}
	err = members(d, func(name string) error {
		v, err := decodeValue(d, depth+1)
		object[name] = v
		return err
	})
	return object, err
}

// skip reads over a value.
func skip(d *json.Decoder) error {
	_, err := decodeValue(d, 0)
	return err
}

// eachMember reads an object; do reads the value of each member.
func eachMember(d *json.Decoder, do func(name string) error) error {
	if err := open(d, '{'); err != nil {
		return err
	}
	return members(d, do)
}

// members reads an object behind its brace.
func members(d *json.Decoder, do func(name string) error) error {
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return whole(err)
		}
		name, ok := t.(string)
		if !ok {
			return errShape
		}
		if err := do(name); err != nil {
			return whole(err)
		}
	}
	_, err := d.Token()
	return whole(err)
}

// eachItem reads a list; do reads each item.
func eachItem(d *json.Decoder, do func() error) error {
	if err := open(d, '['); err != nil {
		return err
	}
	for d.More() {
		if err := do(); err != nil {
			return whole(err)
		}
	}
	_, err := d.Token()
	return whole(err)
}

func open(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return whole(err)
	}
	if t != want {
		return errShape
	}
	return nil
}

// whole turns an end in the middle into what it is.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err //nolint:wrapcheck // the failure is classed by whoever asked
}
