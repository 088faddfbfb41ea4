package models

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/models/filter"
)

// IndexedValue is what a user is found by beside the columns: a path and a key.
type IndexedValue struct{ Path, Key string }

// The paths of indexed values that are no attribute's own.
const (
	WordPath  = "word"
	EmailPath = "emails"
)

// indexKeyMost bounds a key: a longer value is found by its beginning.
const indexKeyMost = 128

// IndexKey cuts a folded value to what an index keeps.
func IndexKey(folded string) string { return cut(folded, indexKeyMost) }

// IndexPrefix gives what a folded value and everything that begins with it have in
// common in an index. whole tells that it is the value itself, and that no other
// value has it for a key.
func IndexPrefix(folded string) (prefix string, whole bool) {
	const most = indexKeyMost - utf8.UTFMax // what a key has, however it was cut
	return cut(folded, most), len(folded) <= most
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// IndexedPath tells under which path the values of an attribute are indexed:
// those that directories look people up by, and all that an organization added.
// given and family name and the employee number are found by their words instead.
func IndexedPath(p filter.Path) (string, bool) {
	switch p.URN {
	case "":
		switch p.Name {
		case "emails", "phoneNumbers", "roles", "entitlements":
			return p.Name, p.Sub == "" || p.Sub == "value"
		case "title", "userType", "nickName":
			return p.Name, p.Sub == ""
		}
		return "", false
	case EnterpriseURN:
		switch p.Name {
		case "department", "division", "organization", "costCenter":
			return FoldedKey(p.URN, p.Name), p.Sub == ""
		}
		return "", false
	}
	return FoldedKey(p.URN, p.Name), p.Name != "" && (p.Sub == "" || p.Sub == "value")
}

// IndexedNumber is the key of a number: equal numbers have equal keys.
func IndexedNumber(n json.Number) string {
	tagged, _ := FoldedNumber(n)
	tagged, _, _ = strings.Cut(tagged, "i")
	return "\x01" + tagged
}

// Indexed lists all that the user is found by, each once.
func (u *User) Indexed() []IndexedValue {
	x := indexer{list: make([]IndexedValue, 0, 24)}
	for _, w := range u.Words() {
		x.add(WordPath, w)
	}
	for _, e := range u.Emails() {
		x.add(EmailPath, e)
	}
	for name, v := range u.Attributes {
		if name == "emails" {
			continue
		}
		if path, ok := IndexedPath(filter.Path{Name: name}); ok && !strings.Contains(name, ":") {
			x.values(path, v, false)
		}
		ext, _ := v.(map[string]any)
		if ext == nil || !strings.Contains(name, ":") {
			continue
		}
		for sub, v := range ext {
			if path, ok := IndexedPath(filter.Path{URN: name, Name: sub}); ok {
				x.values(path, v, name != EnterpriseURN)
			}
		}
	}
	return x.list
}

type indexer struct {
	list []IndexedValue
	seen map[IndexedValue]bool // of a long list; a short one is quicker to look through
}

const shortList = 64

func (x *indexer) add(path, folded string) {
	v := IndexedValue{path, IndexKey(folded)}
	if folded == "" || x.has(v) {
		return
	}
	x.list = append(x.list, v)
	if x.seen != nil {
		x.seen[v] = true
	}
}

func (x *indexer) has(v IndexedValue) bool {
	if len(x.list) < shortList {
		return slices.Contains(x.list, v)
	}
	if x.seen == nil {
		x.seen = make(map[IndexedValue]bool, 2*shortList)
		for _, v := range x.list {
			x.seen[v] = true
		}
	}
	return x.seen[v]
}

// values adds what stands at a path: text, and where a schema can ask for it
// numbers and instants.
func (x *indexer) values(path string, v any, rich bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if _, nested := item.([]any); !nested {
				x.values(path, item, rich)
			}
		}
	case map[string]any:
		if inner := v["value"]; inner != nil {
			if _, nested := inner.(map[string]any); !nested {
				x.values(path, inner, rich)
			}
		}
	case string:
		x.add(path, filter.Fold(v))
		if !rich || len(v) < len(time.DateOnly) {
			return
		}
		if t, ok := filter.Instant(v); ok {
			x.add(path+"~t", FoldedInstant(t))
		}
	case json.Number:
		if rich {
			x.add(path, IndexedNumber(v))
		}
	}
}
