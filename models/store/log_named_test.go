package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
	"muster/models/store/storetest"
)

// namedLog writes entries of users and groups, of some who are gone, and of others with
// their names in another organization. It gives those of the first, newest first.
func namedLog(t *testing.T, s *store.Store, r *rand.Rand) (org int64, all []models.LogEntry) {
	t.Helper()
	org = organization(t, s)
	other, err := s.EnsureOrganization(t.Context(), "other", "Fabrikam")
	ok(t, err)
	entryOf := func(of int64, kind models.TargetType, id, name string) models.LogEntry {
		return models.LogEntry{
			ID: newID(), OrganizationID: of, At: models.Time(1_700_000_000_000 + r.Int64N(40)*60_000), Action: models.Actions()[r.IntN(3)], Status: models.Outcomes()[r.IntN(3)],
			InitiatorKind: models.TokenActor, InitiatorID: "t", TargetType: kind, TargetID: id, TargetName: name, Summary: "s",
		}
	}
	var entries []models.LogEntry
	ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
		for i := range 40 {
			of := []int64{org, org, org, other.Key}[i%4]
			u := person(of, []string{"Ada", "José", "Łucja"}[i%3], []string{"Lovelace", "Fernández", "Sales"}[i/3%3], fmt.Sprintf("u%d@example.com", i))
			g := team(of, fmt.Sprintf("SG-%s-%d", []string{"Sales", "Lodz", "Øst"}[r.IntN(3)], i))
			if i%5 != 0 { // who is gone was never written
				if err := cmp.Or(tx.InsertUser(u), tx.InsertGroup(g)); err != nil {
					return err
				}
			}
			for range 1 + r.IntN(5) {
				entries = append(entries, entryOf(of, models.UserTarget, u.ID, u.DisplayName), entryOf(of, models.UserTarget, u.ID, u.UserName), entryOf(of, models.GroupTarget, g.ID, g.DisplayName))
			}
		}
		return nil
	}))
	ok(t, s.Provision(t.Context(), func(*store.Tx) ([]models.LogEntry, error) { return slices.Clone(entries), nil }))
	for _, of := range []int64{org, other.Key} {
		ok(t, s.EachLogEntry(t.Context(), of, models.LogQuery{}, func(list []models.LogEntry) error {
			if of == org {
				all = append(all, list...)
			}
			return nil
		}))
	}
	return org, all
}

// named are the ids of whom a search finds in the lists.
func named(t *testing.T, s *store.Store, org int64, search string) map[string]bool {
	t.Helper()
	users, err := s.Users(t.Context(), org, models.UserQuery{Search: search, Page: models.Page{Limit: 200}})
	ok(t, err)
	groups, err := s.Groups(t.Context(), org, models.GroupQuery{Search: search, Page: models.Page{Limit: 200}})
	ok(t, err)
	out := map[string]bool{}
	for _, u := range users.Items {
		out[u.ID] = true
	}
	for _, g := range groups.Items {
		out[g.ID] = true
	}
	return out
}

// The log finds the entries of whom the lists find, and of who had a name that begins so,
// in its list, its export, its live tail and its chart alike.
func TestTheLogFindsWhomTheListsFind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := chance(t)
		org, all := namedLog(t, s, r)
		for n, search := range []string{
			"lovelace", "Ada Lovelace", "lovelace ada", "fernandez", "Fernández", "jose", "lucja sa", "sales", "sg", "ost", "lodz", "sg-sales", "ada", "u1", "nobody", "Lovelace, Ada", "--", "(",
		} {
			for range 4 {
				q := models.LogQuery{Search: search}
				if r.IntN(2) == 0 {
					q.Statuses = models.Outcomes()[:2]
				}
				if r.IntN(2) == 0 {
					q.Actions = models.Actions()[:1]
				}
				if r.IntN(2) == 0 {
					q.From, q.To = all[len(all)-1-r.IntN(20)].At, all[r.IntN(20)].At
				}
				if r.IntN(4) == 0 {
					q.TargetID = all[r.IntN(len(all))].TargetID
				}
				wantNamed(t, s, org, all, q, n)
			}
		}
	})
}

func wantNamed(t *testing.T, s *store.Store, org int64, all []models.LogEntry, q models.LogQuery, n int) {
	t.Helper()
	whom := named(t, s, org, q.Search)
	bare := q
	bare.Search = ""
	var want []string
	for _, e := range all {
		if selects(bare, e) && (whom[e.TargetID] || strings.HasPrefix(filter.Fold(e.TargetName), filter.Fold(q.Search))) {
			want = append(want, e.ID)
		}
	}
	if n < 5 && q.Actions == nil && q.Statuses == nil && q.From == 0 && q.TargetID == "" && len(want) == 0 {
		t.Fatalf("nothing was written that %q finds", q.Search)
	}
	forth, back := pages(t, func(p models.Page) (models.Slice[models.LogEntry], error) {
		q := q
		q.Page = p
		return s.LogEntries(t.Context(), org, q)
	})
	var export []string
	ok(t, s.EachLogEntry(t.Context(), org, q, func(list []models.LogEntry) error { export = append(export, entryIDs(list)...); return nil }))
	for way, got := range map[string][]string{"forth": entryIDs(forth), "back": entryIDs(back), "export": export} {
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%s of %+v:\n%s", way, q, diff)
		}
	}
	tail, err := s.LogSince(t.Context(), org, q, 0, 1000)
	ok(t, err)
	if diff := gocmp.Diff(sorted(slices.Clone(want)), sorted(entryIDs(tail))); diff != "" {
		t.Fatalf("tail of %+v:\n%s", q, diff)
	}
	if q.From == 0 {
		q.From, q.To = all[len(all)-1].At, all[0].At+1
	}
	bars, err := s.LogHistogram(t.Context(), org, q, 7)
	ok(t, err)
	sum := int64(0)
	for _, b := range bars {
		for _, n := range b.ByStatus {
			sum += n
		}
	}
	if q.To > q.From && sum != int64(len(want)) {
		t.Fatalf("chart of %+v has %d of %d", q, sum, len(want))
	}
}

// Of a name that very many have, the log shows some, and says so.
func TestTheLogSaysThatItNamedSomeOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		ok(t, s.Provision(t.Context(), func(tx *store.Tx) (list []models.LogEntry, err error) {
			for i := range 60 {
				u := person(org, "Anna", fmt.Sprintf("Smith%02d", i), fmt.Sprintf("a%d@example.com", i))
				if i == 59 {
					u = person(org, "Eva", "Ann", "eva@example.com")
				}
				if err := tx.InsertUser(u); err != nil {
					return nil, err
				}
				list = append(list, entry(u, models.ActionCreate, models.Success))
			}
			return list, nil
		}))
		for search, want := range map[string]struct {
			entries int
			partial bool
		}{"ann": {50, true}, "smith": {50, true}, "anna smith1": {10, false}, "a": {59, true}, "": {60, false}, newID(): {0, false}} {
			found, err := s.LogEntries(t.Context(), org, models.LogQuery{Search: search, Page: models.Page{Limit: 500}})
			if err != nil || len(found.Items) != want.entries || found.Partial != want.partial {
				t.Errorf("%q: %d entries, partial %v, %v; want %+v", search, len(found.Items), found.Partial, err, want)
			}
		}
		best, err := s.LogEntries(t.Context(), org, models.LogQuery{Search: "ann"})
		if err != nil || !slices.ContainsFunc(best.Items, func(e models.LogEntry) bool { return e.TargetName == "eva@example.com" }) {
			t.Errorf("who has the word itself is not among the best, %v", err)
		}
	})
}
