package deployment

import (
	"slices"

	"muster/models"
)

// restored are the rules that an undo brings back of those that its change deleted, and
// in words what comes back otherwise than it was, because of what somebody did since.
type restored struct {
	mappings   []models.Mapping
	attributes []models.AttributeMapping
	left       []string
}

// restores decides which deleted rules come back. What was made since stands: one
// attribute is computed by one mapping, and a deleted profile is given to nobody.
func restores(have UndoSnapshot) restored {
	out := restored{mappings: slices.Clone(have.Change.Record.Mappings)}
	for i := range out.mappings {
		m := &out.mappings[i]
		gone := m.ProfileKey != 0 && !slices.ContainsFunc(have.Profiles, func(p models.Profile) bool { return p.Key == m.ProfileKey })
		if gone {
			m.ProfileKey = 0
			out.left = append(out.left, "Mapping “"+m.Name+"” comes back without a profile: the one that it gave was deleted since.")
		}
	}
	for _, a := range have.Change.Record.Attributes {
		taken := func(now models.AttributeMapping) bool { return now.Method == a.Method && now.Target == a.Target }
		if slices.ContainsFunc(have.Attributes, taken) {
			out.left = append(out.left, "The deleted attribute mapping of "+a.Target+" does not come back: another one was made since and stays.")
			continue
		}
		out.attributes = append(out.attributes, a)
	}
	return out
}
