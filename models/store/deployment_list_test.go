package store_test

import (
	"fmt"
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// TestMethodChangesAreFound: a page at a time, the first, and the one that ended a term,
// whose name is part of another's.
func TestMethodChangesAreFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		o, err := s.EnsureOrganization(t.Context(), "other", "Other")
		ok(t, err)
		other := o.Key
		if id, err := s.FirstMethodChange(t.Context(), org); err != nil || id != "" {
			t.Errorf("first of none: %q, %v", id, err)
		}
		for n, ended := range []string{"", "scim", "scim~2", "scim", ""} {
			ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
				return tx.InsertMethodChange(&models.MethodChange{ID: fmt.Sprint("c", n), OrganizationID: org, From: models.SCIM, To: models.Manual, At: models.Time(n + 1), Record: models.ChangeRecord{Ended: ended}})
			}))
		}
		var ids string
		for at := (models.Page{Limit: 2}); ; {
			list, err := s.HistoryPage(t.Context(), org, at)
			ok(t, err)
			for _, c := range list.Items {
				ids += c.ID
			}
			if at.After = list.Next; list.Next == "" {
				break
			}
		}
		if ids != "c4c3c2c1c0" {
			t.Errorf("the history pages as %s", ids)
		}
		for _, want := range []struct {
			org      int64
			term, id string
		}{{org, "scim", "c3"}, {org, "scim~2", "c2"}, {org, "sc_m", ""}, {org, "entra", ""}, {other, "scim", ""}} {
			c, found, err := s.ChangeThatEnded(t.Context(), want.org, want.term)
			if err != nil || c.ID != want.id || found != (want.id != "") {
				t.Errorf("%s was ended by %q, %v; want %q", want.term, c.ID, err, want.id)
			}
		}
		if id, err := s.FirstMethodChange(t.Context(), org); err != nil || id != "c0" {
			t.Errorf("the first is %q, %v", id, err)
		}
	})
}

// TestGroupsOfAnEndedTerm: those that hold it still, and those that were written since.
func TestGroupsOfAnEndedTerm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		for _, name := range []string{"Zeta", "Alpha", "Mine"} {
			g := &models.Group{ID: "g" + name, OrganizationID: org, Mode: models.SCIM, Attributes: models.Attributes{"displayName": name}}
			if name == "Mine" {
				g.Mode = models.Manual
			}
			ok(t, g.Extract())
			ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertGroup(g) }))
		}
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.EndTerm(org, "scim") }))
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			g, err := tx.Group(t.Context(), org, "gZeta")
			if err != nil {
				return err
			}
			old := g
			g.Note = "seen"
			return tx.SaveGroup(&old, &g)
		}))
		still, err := s.ReturningGroups(t.Context(), org, "scim", models.Page{})
		ok(t, err)
		since, err := s.TouchedGroups(t.Context(), org, "scim", 0, models.Page{})
		ok(t, err)
		if len(still.Items) != 1 || still.Items[0].DisplayName != "Alpha" || len(since.Items) != 1 || since.Items[0].DisplayName != "Zeta" {
			t.Errorf("still %+v, since %+v", still.Items, since.Items)
		}
	})
}
