package scim

import (
	"strings"

	"muster/models/filter"
)

// nearest finds the known attribute that a misspelt path probably means.
func (t *Type) nearest(p filter.Path) string {
	if pl, ok := t.findAttr(filter.Path{URN: p.URN, Name: p.Name}); ok && pl.attr != nil && p.Sub != "" {
		if sub := closest(p.Sub, pl.attr.SubAttributes); sub != "" {
			return pl.attr.Name + "." + sub
		}
		return pl.attr.Name
	}
	if near := closest(p.Name, t.Core.Attributes); near != "" {
		return near
	}
	for i := range t.Extensions {
		if near := closest(p.Name, t.Extensions[i].Attributes); near != "" {
			return t.Extensions[i].ID + ":" + near
		}
	}
	for i := range t.Core.Attributes {
		if sub := t.Core.Attributes[i].sub(p.Name); sub != nil {
			return t.Core.Attributes[i].Name + "." + sub.Name
		}
	}
	return ""
}

// closest allows one slip in three letters, at most three; a name that begins
// with the other (email, emails) is close as well.
func closest(name string, attrs []Attribute) string {
	name = strings.ToLower(name)
	if len(name) < 3 || len(name) > 40 {
		return ""
	}
	best, found := min(len(name)/3, 3)+1, ""
	for i := range attrs {
		have := strings.ToLower(attrs[i].Name)
		d := distance(name, have)
		if strings.HasPrefix(have, name) || strings.HasPrefix(name, have) {
			d = min(d, 1)
		}
		if d < best {
			best, found = d, attrs[i].Name
		}
	}
	return found
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
