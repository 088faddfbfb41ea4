package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"muster/models"
)

// seek is a place between two resources of a list: the sort key and the key of the
// one beside it. As text it is a cursor of RFC 9865, which says nothing to a client.
type seek struct {
	Query  uint64 `json:"q"` // which filter and sort it belongs to
	Text   string `json:"s,omitempty"`
	Number int64  `json:"n,omitempty"`
	Key    int64  `json:"k"`
	Back   bool   `json:"b,omitempty"`
	Total  int64  `json:"t"` // as the first page counted it; -1 when nobody has
}

func (s seek) String() string {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // which would make six characters of one
	if err := e.Encode(s); err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(bytes.TrimSpace(body.Bytes()))
}

// parseSeek reads a cursor of this query, and refuses any other text.
func parseSeek(text string, query uint64) (seek, error) {
	var s seek
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(body, &s)
	}
	if err != nil || !utf8.ValidString(s.Text) || strings.Contains(s.Text, "\x00") {
		return s, badCursor("The cursor is not one that this service gave out.")
	}
	if s.Query != query {
		return s, badCursor("The cursor belongs to a list with another filter or another order.")
	}
	return s, nil
}

func badCursor(why string) *models.Error {
	return models.Errorf(models.Invalid, "cursor", "%s", why).
		WithAdvice("Begin again without a value for cursor, and change neither filter nor sortBy and sortOrder between pages.").
		WithCode("invalidCursor")
}

// fingerprint tells lists apart.
func (c compiler) fingerprint(q models.Query) uint64 {
	h := fnv.New64a()
	text := ""
	if q.Filter != nil {
		text = q.Filter.String()
	}
	_, _ = fmt.Fprintf(h, "%s\x00%d\x00%s\x00%s\x00%t", c.table, c.organization, text, strings.ToLower(q.Sort.Path.String()), q.Sort.Descending)
	return h.Sum64()
}
