package store

import (
	"context"
	"slices"

	"muster/models"
)

// groupWordsMost bounds how many words of a search for groups count: more than of one
// for users, because a whole name of a group is pasted that has many parts.
const groupWordsMost = 12

// groupSearch cuts a search for groups to words as their names are cut.
func groupSearch(search string) []string {
	words := models.GroupWords(search)
	return words[:min(len(words), groupWordsMost)]
}

// searchGroups finds the groups that have, for each word, a word beginning with it, and
// the mode, as searchUsers finds users. A search that is no word has none.
func (r Reader) searchGroups(ctx context.Context, organization int64, q models.GroupQuery) (searched, error) {
	words := groupSearch(q.Search)
	if len(words) == 0 {
		return searched{}, nil
	}
	l, err := r.lead(ctx, organization, groupWords, words)
	if err != nil {
		return searched{}, err
	}
	c := l.hits(organization, q.Mode != "")
	l.others(r, &c)
	if q.Mode != "" {
		c.and("(groups.mode || '') IN "+termsOf, organization, q.Mode)
	}
	return l.chosen(ctx, r, c)
}

// changeGroupWords writes what a group is found by now in the place of what it was, both
// in order.
func (tx *Tx) changeGroupWords(g *models.Group, old, now []string) error {
	for _, w := range old {
		if _, kept := slices.BinarySearch(now, w); kept {
			continue
		}
		text := "DELETE FROM group_words WHERE organization_id = ? AND group_id = ? AND word = ?"
		if err := tx.along(whatever("index group "+g.ID), text, g.OrganizationID, g.Key, w); err != nil {
			return err
		}
	}
	return tx.addGroupWords(g, slices.DeleteFunc(now, func(w string) bool { _, had := slices.BinarySearch(old, w); return had }))
}

// addGroupWords writes words that a group was not found by.
func (tx *Tx) addGroupWords(g *models.Group, words []string) error {
	for _, w := range words {
		text := "INSERT INTO group_words (organization_id, word, group_id) VALUES (?, ?, ?)"
		if err := tx.along(whatever("index group "+g.ID), text, g.OrganizationID, w, g.Key); err != nil {
			return err
		}
	}
	return nil
}
