package models

import (
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"
)

// JSONText is what writes itself as the JSON that encoding/json would make of it,
// without finding out by reflection what it is made of: such values are encoded
// with every change of a user.
type JSONText interface{ AppendJSON(b []byte) []byte }

// AppendJSON writes the origins as they are stored.
func (o Origins) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if len(o.Changes) > 0 {
		b = append(b, `"c":[`...)
		for i, c := range o.Changes {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendMember(b, `{"s":`, string(c.Source))
			b = appendMember(b, `,"k":`, string(c.Kind))
			b = appendMember(b, `,"n":`, c.Name)
			b = appendMember(b, `,"c":`, c.ChangeID)
			b = strconv.AppendInt(append(b, `,"t":`...), int64(c.At), 10)
			if c.Rule != "" {
				b = appendMember(b, `,"r":`, c.Rule)
			}
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	if len(o.Attrs) > 0 {
		if len(o.Changes) > 0 {
			b = append(b, ',')
		}
		b = append(b, `"a":`...)
		sep := byte('{')
		for _, w := range o.Attrs {
			b = appendString(append(b, sep), w.Path)
			b = strconv.AppendInt(append(b, ':'), int64(w.Change), 10)
			sep = ','
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// AppendJSON writes the details as they are stored.
func (d LogDetails) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if len(d.Steps) > 0 {
		b = append(b, `"steps":[`...)
		for _, s := range d.Steps {
			b = appendMember(b, `{"name":`, string(s.Name))
			b = appendMember(b, `,"status":`, string(s.Status))
			b = append(appendMember(b, `,"text":`, s.Text), '}', ',')
		}
		b = append(b[:len(b)-1], ']', ',')
	}
	if len(d.Modified) > 0 {
		b = append(b, `"modified":[`...)
		for _, c := range d.Modified {
			b = appendMember(b, `{"path":`, c.Path)
			if c.Old != "" {
				b = appendMember(b, `,"old":`, c.Old)
			}
			if c.New != "" {
				b = appendMember(b, `,"new":`, c.New)
			}
			b = append(b, '}', ',')
		}
		b = append(b[:len(b)-1], ']', ',')
	}
	if d.Advice != "" {
		b = append(appendMember(b, `"advice":`, d.Advice), ',')
	}
	if d.Anchor != "" {
		b = append(appendMember(b, `"anchor":`, d.Anchor), ',')
	}
	if len(d.Notes) > 0 {
		b = append(b, `"notes":[`...)
		for _, note := range d.Notes {
			b = append(appendString(b, note), ',')
		}
		b = append(b[:len(b)-1], ']', ',')
	}
	if d.Queue != "" {
		b = append(appendMember(b, `"queue":`, d.Queue), ',')
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}')
}

func appendMember(b []byte, name, value string) []byte {
	return appendString(append(b, name...), value)
}

// appendDocument writes a document as encoding/json does, names sorted.
func appendDocument(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendString(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case map[string]any:
		if v == nil {
			return append(b, "null"...), nil
		}
		b = append(b, '{')
		for i, name := range sortedKeys(v) {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendDocument(append(appendString(b, name), ':'), v[name]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case []any:
		if v == nil {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendDocument(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	rest, err := json.Marshal(v)
	return append(b, rest...), err //nolint:wrapcheck // the caller says whose document it is
}

// appendString writes a text; what hardly ever needs an escape is left to encoding/json.
func appendString(b []byte, s string) []byte {
	begun := len(b)
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
			continue
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError && r != '\u2028' && r != '\u2029' {
				b = append(b, s[i:i+n]...)
				i += n
				continue
			}
		case c >= ' ' && c != '<' && c != '>' && c != '&':
			b = append(b, c)
			i++
			continue
		}
		quoted, err := json.Marshal(s)
		if err != nil { // text never fails
			quoted = []byte(`""`)
		}
		return append(b[:begun], quoted...)
	}
	return append(b, '"')
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
