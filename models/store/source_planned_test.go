package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
	"muster/models/store/storetest"
)

// A part of a plan is walked forth and back by pages and searched by the beginnings of
// names, whatever their letters, and by anchor.
func TestPlannedRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, err := s.EnsureOrganization(t.Context(), store.FirstOrganization, "Planned")
		ok(t, err)
		conn := models.Connector{OrganizationID: o.Key, ID: "c-1", Method: models.Entra, Settings: "{}"}
		var names []string
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			if err := tx.InsertConnector(&conn); err != nil {
				return err
			}
			var list []models.SourceRecord
			add := func(name string, what models.Planned) {
				list = append(list, models.SourceRecord{
					ConnectorID: conn.Key, Kind: models.UserTarget, Anchor: fmt.Sprintf("anchor-%02d", len(list)), Name: name, NameKey: filter.Fold(name), Document: "{}", Plan: what,
				})
			}
			for i := range 7 {
				names = append(names, fmt.Sprintf("user%d@example.com", i))
				add(names[i], models.PlanCreate)
			}
			add("user\x1f@example.com", models.PlanUpdate)
			add("user\x1fb@example.com", models.PlanUpdate)
			add("Özil@example.com", models.PlanCreate)
			add("user9@example.com", models.PlanAdopt)
			return tx.PutRecords(list)
		}))
		names = append(names, "Özil@example.com")
		ask := func(q models.PlannedQuery) models.Slice[models.SourceRecord] {
			t.Helper()
			q.Kind = models.UserTarget
			if q.What == "" {
				q.What = models.PlanCreate
			}
			found, err := s.PlannedRecords(t.Context(), conn.Key, q)
			ok(t, err)
			return found
		}
		of := func(found models.Slice[models.SourceRecord]) (out []string) {
			for _, r := range found.Items {
				out = append(out, r.Name)
			}
			return out
		}
		for search, want := range map[string][]string{
			"": names, "USER": names[:7], "user3": {names[3]}, "özil": {"Özil@example.com"}, "anchor-04": {names[4]}, " user2@ ": {names[2]},
			"user9": nil, "user%": nil, "ser1": nil, "anchor": nil,
		} {
			if diff := cmp.Diff(want, of(ask(models.PlannedQuery{Search: search}))); diff != "" {
				t.Errorf("search %q (-want +got):\n%s", search, diff)
			}
		}
		first := ask(models.PlannedQuery{Page: models.Page{Limit: 3}})
		second := ask(models.PlannedQuery{Page: models.Page{Limit: 3, After: first.Next}})
		third := ask(models.PlannedQuery{Page: models.Page{Limit: 3, After: second.Next}})
		if first.Prev != "" || third.Next != "" {
			t.Errorf("the list goes on before its beginning (%q) or after its end (%q)", first.Prev, third.Next)
		}
		back := ask(models.PlannedQuery{Page: models.Page{Limit: 3, Before: third.Prev}})
		again := ask(models.PlannedQuery{Page: models.Page{Limit: 3, Before: back.Prev}})
		walked := append(append(of(first), of(second)...), of(third)...)
		if diff := cmp.Diff(names, walked); diff != "" {
			t.Errorf("forth (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([][]string{of(second), of(first)}, [][]string{of(back), of(again)}); diff != "" {
			t.Errorf("back (-want +got):\n%s", diff)
		}
		if again.Prev != "" || again.Next == "" || back.Next == "" {
			t.Errorf("back at the beginning: before it %q, after it %q", again.Prev, again.Next)
		}
		one := ask(models.PlannedQuery{What: models.PlanUpdate, Page: models.Page{Limit: 1}})
		two := ask(models.PlannedQuery{What: models.PlanUpdate, Page: models.Page{Limit: 1, After: one.Next}})
		if one.Next == "" || two.Next != "" || len(two.Items) != 1 || two.Items[0].Name != "user\x1fb@example.com" {
			t.Errorf("after a name with the mark of cursors comes %q", of(two))
		}
		_, err = s.PlannedRecords(t.Context(), conn.Key, models.PlannedQuery{Kind: models.UserTarget, What: models.PlanCreate, Page: models.Page{After: "nonsense"}})
		if e, is := models.AsError(err); !is || !strings.Contains(e.Advice, "first page") {
			t.Errorf("a damaged link: %v", err)
		}
	})
}
